"""From results to what the page shows, in the order in which it hands out exchanges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports import about, comparison, coverage, heading, mend, rows, tally
from reports.comparison_page import described
from reports.evidence import Evidence
from reports.names import (
    COLUMNS,
    UNCHECKED,
    Anchors,
    Word,
    section,
    specification,
    web_link,
    word,
)
from reports.results import Results, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.rows import Row


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a specification with the requirements that the run took up."""

    name: str
    rows: tuple[Row, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Spec:
    """A specification as a branch of the tree of all requirements."""

    key: str
    anchor: str
    name: str
    sections: tuple[Section, ...]
    unchecked: tuple[Row, ...]
    counts: tuple[tuple[Word, int], ...]
    opened: bool

    @property
    def checked(self) -> int:
        """How many requirements the run took up."""
        return sum(len(section.rows) for section in self.sections)


def page(results: Results, digest: str = "") -> dict[str, Any]:
    """Everything that the templates read."""
    anchors = Anchors()
    every = rows.make_rows(results, anchors)
    spec_anchors = {
        spec: anchors.take(spec, "spec-")
        for spec in dict.fromkeys(row.requirement.spec for row in every)
    }
    evidence = Evidence(results, anchors)
    groups = mend.groups(every, evidence)
    for row in every:
        if row.requirement.checked and not row.acts:
            row.links = evidence.links(evidence.telling(row.checks))[:6]
            rows.fill_cases(row, evidence)
    shown, more, title = heading.in_short(every)
    index, standing = evidence.rest()
    return {
        "results": results,
        "title": _title(results, every),
        "head": heading.verdicted(results, every, groups),
        "facts": heading.facts(results, every),
        "since": _since(results, every),
        "long": _long(results, every, shown),
        "in_short": {"rows": shown, "more": more, "title": title},
        "tally": tally.tally(every, spec_anchors),
        "groups": groups,
        "specs": _specs(every, spec_anchors),
        "unchecked": UNCHECKED,
        "words": (*COLUMNS, UNCHECKED),
        "substitutions": about.substitutions(results, evidence),
        "clients": about.clients(results, evidence),
        "waivers": _waivers(results, every),
        "settings": about.settings(results),
        "commands": about.commands(results),
        "again": about.pytest_line(results),
        "coverage": coverage.coverage(every, spec_anchors),
        "digest": digest,
        "documents": [(item, web_link(item.link)) for item in results.specifications],
        "silent": about.silent(results),
        "kinds": coverage.KINDS,
        "kind": coverage.kind,
        "index": index,
        "standing": standing,
    }


def _since(results: Results, every: Sequence[Row]) -> dict[str, Any] | None:
    """What changed against another results file, where there is one."""
    since = results.since
    if since is None:
        return None
    changes = described(since, {row.requirement.id: row.requirement.statement for row in every})
    return {
        "title": comparison.title(since),
        "sentence": comparison.sentence(since),
        "notes": since.notes,
        "worse": [change for change in changes if change["kind"] == "worse"],
        "changes": changes,
        "anchors": {row.requirement.id: row.anchor for row in every},
    }


_PAGE = 30
"""Lines of a table that the summary leaves room for on a printed page."""


def _long(results: Results, every: Sequence[Row], shown: Sequence[Row]) -> bool:
    """Whether the summary is more than one printed page, by the lines that it takes."""
    taken = [row for row in every if row.requirement.checked]
    lines = len({row.requirement.spec for row in taken}) + len({row.level for row in taken})
    lines += 2 * len(shown) + 3 * bool(results.since) + 3 * bool(about.operator(results))
    return lines > _PAGE


def _title(results: Results, every: Sequence[Row]) -> str:
    name = results.target.issuer or results.target.url
    return f"{heading.verdicted(results, every, ()).word.rstrip(':')}: {name}"


def _specs(every: Sequence[Row], spec_anchors: dict[str, str]) -> list[Spec]:
    found = []
    for key, anchor in spec_anchors.items():
        own = [row for row in every if row.requirement.spec == key]
        taken = [row for row in own if row.requirement.checked]
        counts = tuple(
            (column, count)
            for column in COLUMNS
            if (count := sum(row.word.key == column.key for row in taken))
        )
        sections = tuple(
            Section(section(name), tuple(inside), inside[0].link)
            for name, inside in rows.by_section(taken).items()
        )
        unchecked = tuple(row for row in own if not row.requirement.checked)
        found.append(
            Spec(
                key,
                anchor,
                specification(key),
                sections,
                unchecked,
                counts,
                opened=any(row.acts for row in taken),
            )
        )
    return found


def _waivers(results: Results, every: Sequence[Row]) -> list[dict[str, Any]]:
    """Waivers with the place of their requirement and the word of the waived verdict."""
    places = {row.requirement.id: row.anchor for row in every}
    known = {verdict.value: word(verdict) for verdict in Verdict}
    return [
        {
            "waiver": waiver,
            "anchor": places.get(waiver.requirement, ""),
            "word": known.get(waiver.verdict),
        }
        for waiver in results.waivers
    ]
