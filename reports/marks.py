"""Which parts of which messages are wrong or missing, from the places of aspects that differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reports.names import WAIVED, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.results import Aspect, Place, Requirement, Results

_LONGEST_NOTE = 120


@dataclass(frozen=True, slots=True)
class Mark:
    """One offending part of one step, and what was expected there."""

    part: Literal["request", "status", "header", "body"]
    name: str
    missing: bool
    verdict: str
    note: str

    @property
    def pointer(self) -> str:
        """The part's name as a JSON pointer; empty for the whole."""
        if not self.name or self.name.startswith("/"):
            return self.name
        return "/" + self.name.replace("~", "~0").replace("/", "~1")


class Marks:
    """All marks of a run, by step."""

    def __init__(self, results: Results) -> None:
        """Look through every aspect that differs."""
        rows = {row.id: row for row in results.requirements}
        self._by_step: defaultdict[str, dict[tuple[str, str], Mark]] = defaultdict(dict)
        for check in results.checks:
            for aspect in check.aspects:
                if not aspect.agrees:
                    verdict = _verdict(rows.get(check.requirement), aspect)
                    for place in aspect.places:
                        self._add(place, aspect, verdict)

    def _add(self, place: Place, aspect: Aspect, verdict: str) -> None:
        known = self._by_step[place.step]
        # The first check that found it names it; ten notes on one line teach nothing.
        known.setdefault(
            (place.part, place.name.lower() if place.part == "header" else place.name),
            Mark(place.part, place.name, place.missing, verdict, _note(aspect)),
        )

    def of(self, step: str) -> Sequence[Mark]:
        """The marks of one step."""
        return tuple(self._by_step.get(step, {}).values())


def _note(aspect: Aspect) -> str:
    text = f"expected: {aspect.expected}"
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]}…"


def _verdict(row: Requirement | None, aspect: Aspect) -> str:
    if row is None:
        return "information"
    if row.waived:
        return WAIVED.key
    return word((row.effective_level or row.level).capped(aspect.at_most).broken).key
