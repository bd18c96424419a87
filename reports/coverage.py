"""What the report speaks about and what it is silent on, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.names import specification
from reports.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.rows import Row

KINDS = ("Checked", "Not selected", "Same as another", "Planned", "Untestable")
"""Each requirement of the catalogue is exactly one of these."""


def kind(row: Row) -> str:
    """Which of the kinds a requirement is; the reason of an unchecked one begins with it."""
    if row.requirement.checked:
        return "Checked"
    reason = row.requirement.reason
    for beginning, name in _BEGINNINGS:
        if reason.startswith(beginning):
            return name
    return "Not selected"


_BEGINNINGS = (
    ("untestable", "Untestable"),
    ("judged as", "Same as another"),
    ("planned", "Planned"),
    ("no check", "Planned"),
)


@dataclass(frozen=True, slots=True)
class Share:
    """One specification, or all, by kind."""

    label: str
    anchor: str
    total: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """A reason, and the requirements about which nothing is said for it."""

    reason: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """For the section of that name."""

    shares: tuple[Share, ...]
    all: Share
    not_judged: tuple[Silence, ...]
    not_applicable: tuple[Silence, ...]
    untestable: tuple[Silence, ...]


def coverage(rows: Sequence[Row], spec_anchors: dict[str, str]) -> Coverage:
    """Count and group."""
    return Coverage(
        shares=tuple(
            _share(specification(spec), anchor, [r for r in rows if r.requirement.spec == spec])
            for spec, anchor in spec_anchors.items()
        ),
        all=_share("All", "", rows),
        not_judged=_silences(_with(rows, Verdict.NOT_JUDGED)),
        not_applicable=_silences(_with(rows, Verdict.NOT_APPLICABLE)),
        untestable=_silences(row for row in rows if kind(row) == "Untestable"),
    )


def _with(rows: Iterable[Row], verdict: Verdict) -> Iterable[Row]:
    return (row for row in rows if row.requirement.checked and row.requirement.verdict is verdict)


def _share(label: str, anchor: str, rows: Sequence[Row]) -> Share:
    kinds = [kind(row) for row in rows]
    return Share(label, anchor, len(rows), tuple(kinds.count(name) for name in KINDS))


def _silences(rows: Iterable[Row]) -> tuple[Silence, ...]:
    reasons: dict[str, list[Row]] = {}
    for row in rows:
        said = row.requirement.reason or row.actual
        said = said.removeprefix("untestable").lstrip(": ")
        said = said[:1].upper() + said[1:]
        reasons.setdefault(said or "No reason is recorded.", []).append(row)
    return tuple(Silence(reason, tuple(found)) for reason, found in reasons.items())
