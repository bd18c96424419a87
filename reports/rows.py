"""A requirement with everything that the page says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reports.names import Word, section, specification, web_link, word, word_of
from reports.results import Check, Requirement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from markupsafe import Markup

    from reports.evidence import Evidence, Link
    from reports.names import Anchors
    from reports.results import Aspect, Results

_MOST_CASES = 60
_ACTION = ("suite-error", "fail", "blocked", "finding", "warning", "waived")


@dataclass(frozen=True, slots=True)
class Case:
    """A line of the table of cases."""

    word: Word
    name: str
    expected: str
    actual: str
    links: tuple[Link, ...]


@dataclass(slots=True)
class Row:
    """A requirement and its place in the page."""

    requirement: Requirement
    anchor: str
    checks: tuple[Check, ...]
    word: Word
    exchanges: list[Markup] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    cases: tuple[Case, ...] = ()
    cases_title: str = ""
    more_cases: str = ""
    opened: bool = False

    @property
    def level(self) -> str:
        """The level that it binds this provider with."""
        return (self.requirement.effective_level or self.requirement.level).value

    @property
    def softened(self) -> str:
        """The level in the catalogue, where this provider is held to another."""
        own = self.requirement.level.value
        return own if own != self.level else ""

    @property
    def broken(self) -> bool:
        """Whether a mandatory requirement is not met, waived or not."""
        return self.requirement.verdict is Verdict.FAIL

    @property
    def acts(self) -> bool:
        """Whether it stands among what needs somebody to act."""
        return self.word.key in _ACTION

    @property
    def reference(self) -> str:
        """``RFC 7591 section 3.2.1``."""
        name = specification(self.requirement.spec)
        return f"{name} {section(self.requirement.section)}" if self.requirement.section else name

    @property
    def link(self) -> str:
        """The specification's address, where it is one to follow."""
        return web_link(self.requirement.link)

    @property
    def aspects(self) -> Sequence[Aspect]:
        """What was compared in the case that decides."""
        return self.checks[0].aspects if self.checks else ()

    @property
    def notes(self) -> list[str]:
        """What the checks had to add."""
        return list(dict.fromkeys(note for check in self.checks for note in check.notes))

    @property
    def actual(self) -> str:
        """What came, in one line."""
        if not self.checks:
            return self.requirement.reason
        first = self.checks[0]
        said = first.actual or first.reason or self.requirement.reason
        same = [check for check in self.checks if check.verdict is first.verdict]
        if len(self.checks) > 1 and self.acts:
            return f"{len(same)} of {len(self.checks)} cases: {said}"
        return said


def make_rows(results: Results, anchors: Anchors) -> list[Row]:
    """Every requirement, in the order of the catalogue, the deciding case first."""
    order = list(Verdict)
    by_row: dict[str, list[Check]] = {}
    for check in results.checks:
        by_row.setdefault(check.requirement, []).append(check)
    rows = []
    for requirement in results.requirements:
        checks = sorted(by_row.get(requirement.id, ()), key=lambda c: order.index(c.verdict))
        # A pass stands for the cases that were judged, also where others were not.
        checks.sort(key=lambda c: c.verdict is not requirement.verdict)
        rows.append(
            Row(requirement, anchors.take(requirement.id), tuple(checks), word_of(requirement))
        )
    return rows


def fill_cases(row: Row, evidence: Evidence) -> None:
    """The table of cases where there are several: equal passes in one line."""
    if len(row.checks) < 2:
        return
    passing = [check for check in row.checks if check.verdict is Verdict.PASS]
    others = [check for check in row.checks if check.verdict is not Verdict.PASS]
    same = sum(check.verdict is row.requirement.verdict for check in row.checks)
    number = same if row.acts else row.requirement.judged
    row.cases_title = f"{number} of {len(row.checks)} {_CASES.get(row.word.key, 'judged')}"
    titles = {check.title for check in row.checks}
    row.cases = tuple(_case(c, evidence, titled=len(titles) > 1) for c in others[:_MOST_CASES])
    said = []
    if len(others) > _MOST_CASES:
        said.append(f"{len(others) - _MOST_CASES} more are in results.json.")
    if passing:
        names = ", ".join(check.case or check.title or check.test for check in passing[:40])
        more = f" and {len(passing) - 40} more" if len(passing) > 40 else ""
        said.append(f"{len(passing)} pass: {names}{more}.")
    row.more_cases = " ".join(said)


_CASES = {
    "fail": "broken",
    "waived": "broken",
    "finding": "not met",
    "warning": "not followed",
    "suite-error": "broke the suite",
}


def _case(check: Check, evidence: Evidence, *, titled: bool) -> Case:
    differing = [aspect for aspect in check.aspects if not aspect.agrees]
    name = check.case or check.title or check.test
    if titled and check.case and check.title:
        name = f"{check.title} ({check.case})"
    return Case(
        word=word(check.verdict),
        name=name,
        expected="; ".join(f"{a.name}: {a.expected}" for a in differing),
        actual=check.actual or check.reason,
        links=tuple(evidence.links(evidence.telling([check]))[:3]),
    )


def by_section(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    """Rows under their sections, in the order of the catalogue."""
    sections: dict[str, list[Row]] = {}
    for row in rows:
        sections.setdefault(row.requirement.section, []).append(row)
    return sections
