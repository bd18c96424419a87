"""The two tables that a verdict can be checked by: specification and level, by verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.names import COLUMNS, Word, plural, specification
from reports.results import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.rows import Row


@dataclass(frozen=True, slots=True)
class Cell:
    """How many requirements, where the first of them stands, and what filter shows them."""

    word: Word
    count: int
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One specification, one level, or all."""

    label: str
    cells: tuple[Cell, ...]
    total: int
    spec: str = ""
    level: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of the requirements that the run took up."""

    columns: tuple[Word, ...]
    specifications: tuple[Line, ...]
    levels: tuple[Line, ...]
    all: Line
    arithmetic: str


def tally(rows: Sequence[Row], spec_anchors: dict[str, str]) -> Tally:
    """Count rows that are checked."""
    taken = [row for row in rows if row.requirement.checked]
    used = {row.word.key for row in taken}
    # A run without a bug of ours has no column for one.
    columns = tuple(w for w in COLUMNS if w.key != "suite-error" or w.key in used)
    specs = dict.fromkeys(row.requirement.spec for row in taken)
    levels = [level.value for level in Level if any(row.level == level.value for row in taken)]
    return Tally(
        columns=columns,
        specifications=tuple(
            _line(
                specification(spec),
                [row for row in taken if row.requirement.spec == spec],
                columns,
                spec=spec,
                anchor=spec_anchors.get(spec, ""),
            )
            for spec in specs
        ),
        levels=tuple(
            _line(level, [row for row in taken if row.level == level], columns, level=level)
            for level in levels
        ),
        all=_line("All", taken, columns),
        arithmetic=_arithmetic(taken),
    )


def _line(
    label: str,
    rows: Sequence[Row],
    columns: Sequence[Word],
    *,
    spec: str = "",
    level: str = "",
    anchor: str = "",
) -> Line:
    cells = []
    for word in columns:
        found = [row for row in rows if row.word.key == word.key]
        cells.append(Cell(word, len(found), found[0].anchor if found else ""))
    return Line(label, tuple(cells), len(rows), spec, level, anchor)


def _arithmetic(taken: Sequence[Row]) -> str:
    """The sum of mandatory requirements, such as ``31 = 24 passed + 6 broken + 1 waived``."""
    must = [row for row in taken if row.level == Level.MUST]
    parts = [
        (sum(row.word.key == "pass" for row in must), "passed"),
        (sum(row.word.key == "fail" for row in must), "broken"),
        (sum(row.word.key == "waived" and row.broken for row in must), "broken and waived"),
        # Single cases may be capped below the level of their requirement.
        (sum(row.word.key in _CAPPED for row in must), "short of a lesser expectation"),
    ]
    total = sum(number for number, _ in parts)
    said = " + ".join(f"{number} {what}" for number, what in parts if number)
    return (
        f"Mandatory and judged: {total} = {said}."
        if total
        else (f"None of {plural(len(must), 'mandatory requirement')} was judged.")
    )


_CAPPED = frozenset({"finding", "warning", "information"})
