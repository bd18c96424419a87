"""What somebody has to act on, the worst first; an exchange stands with its worst requirement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reports.names import plural
from reports.results import Level, Verdict
from reports.rows import fill_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markupsafe import Markup

    from reports.evidence import Evidence, Link
    from reports.rows import Row

MOST_OPEN = 12
"""Broken requirements that are shown open; of more, only the first."""


@dataclass(slots=True)
class Cause:
    """One thing that blocks several requirements."""

    title: str
    rows: list[Row] = field(default_factory=list)
    exchanges: list[Markup] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """Requirements with one verdict."""

    anchor: str
    title: str
    note: str
    rows: list[Row] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many requirements are in it."""
        return len(self.rows) + sum(len(cause.rows) for cause in self.causes)


def groups(rows: Sequence[Row], evidence: Evidence) -> list[Group]:
    """All groups that are not empty, in the order in which they hand out the exchanges."""
    found = []
    for key, anchor, title, noun, nouns in _GROUPS:
        chosen = [row for row in rows if row.word.key == key]
        if not chosen:
            continue
        if key == "blocked":
            causes = _causes(chosen, evidence)
            note = f"{plural(len(chosen), noun, nouns)} under {plural(len(causes), 'cause')}"
            found.append(Group(anchor, title, note, causes=causes))
            continue
        note = plural(len(chosen), _mandatory(chosen, noun), _mandatory(chosen, nouns))
        for number, row in enumerate(chosen):
            _fill(row, evidence)
            row.opened = key in _OPENED and (not number or len(chosen) <= MOST_OPEN)
        found.append(Group(anchor, title, note, rows=chosen))
    return found


_OPENED = ("suite-error", "fail")
_GROUPS = (
    ("suite-error", "suite-errors", "Suite errors", "requirement", "requirements"),
    ("fail", "broken", "Broken", "requirement", "requirements"),
    ("blocked", "blocked", "Blocked", "requirement", "requirements"),
    ("finding", "findings", "Security findings", "expectation not met", "expectations not met"),
    (
        "warning",
        "warnings",
        "Warnings",
        "recommendation not followed",
        "recommendations not followed",
    ),
    ("waived", "waived", "Waived", "known and accepted", "known and accepted"),
)


def _mandatory(rows: Iterable[Row], noun: str) -> str:
    if noun.startswith("requirement") and all(row.level == Level.MUST for row in rows):
        return f"mandatory {noun}"
    return noun


def _fill(row: Row, evidence: Evidence) -> None:
    deciding = [check for check in row.checks if check.verdict is row.requirement.verdict]
    others = [check for check in row.checks if check.verdict is not row.requirement.verdict]
    ids = evidence.telling(deciding)
    row.exchanges, row.links = evidence.claim(ids, opened=True)
    also = [link for link in evidence.links(evidence.telling(others)) if link not in row.links]
    row.links += also[: max(0, _MOST_LINKS - len(row.links))]
    del row.links[_MOST_LINKS:]
    fill_cases(row, evidence)


_MOST_LINKS = 12


def _causes(rows: Iterable[Row], evidence: Evidence) -> list[Cause]:
    """Blocked requirements under the exchange that is their one cause."""
    causes: dict[str, Cause] = {}
    for row in rows:
        check = next((c for c in row.checks if c.verdict is Verdict.BLOCKED), None)
        exchange = evidence.get(check.cause) if check is not None else None
        reason = (check.reason if check is not None else "") or row.requirement.reason
        if exchange is not None and exchange.failure is not None:
            reason = exchange.failure.reason
        key = exchange.id if exchange is not None else reason
        title = reason[:1].upper() + reason[1:] or "The cause was not recorded."
        cause = causes.setdefault(key, Cause(title))
        cause.rows.append(row)
    for key, cause in causes.items():
        cause.exchanges, cause.links = evidence.claim([key], opened=True)
    return sorted(causes.values(), key=lambda cause: -len(cause.rows))
