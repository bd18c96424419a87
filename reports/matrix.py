"""Many results as one page of requirement by run: how providers, or nights, stand side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from reports.about import operator
from reports.explanation import comparison
from reports.frame import framed
from reports.hostile import plain
from reports.names import COLUMNS, Anchors, Word, section, specification, web_link
from reports.rows import make_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.results import Results
    from reports.rows import Row

_STYLES = ("colours", "base", "top", "requirements", "run", "matrix")
_ORDER = {word.key: number for number, word in enumerate(COLUMNS)}
_BROKEN = ("suite-error", "fail", "blocked", "finding", "warning", "waived")
_SHORT = {"not-judged": "n/j", "not-applicable": "n/a", "suite-error": "Error"}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run says about one requirement."""

    word: Word
    anchor: str
    """Its place in that run's page."""
    actual: str
    differences: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Column:
    """One run.

    ``page`` is the address of its compliance page as seen from the matrix, empty where
    there is none: then what was expected and what came stands below the table.
    """

    name: str
    judged: str
    version: str
    sentence: str
    page: str
    passed: bool
    cells: dict[str, Cell]
    broken: int = 0

    @property
    def when(self) -> str:
        """``2026-11-24 07:12``: columns are narrow."""
        return self.judged[:16].replace("T", " ")


@dataclass(slots=True)
class Line:
    """One requirement over all runs."""

    id: str
    statement: str
    level: str
    reference: str
    link: str
    spec: str
    anchor: str = ""
    cells: list[Markup] = field(default_factory=list)
    broken: int = 0
    differs: bool = False


def column(results: Results, page: str = "") -> tuple[Column, list[Row]]:
    """One run as a column; of the results nothing but this is kept.

    Args:
        results: As read.
        page: Relative address of its ``compliance.html``, empty where there is none.

    """
    rows = [row for row in make_rows(results, Anchors()) if row.requirement.checked]
    who = operator(results)
    product = " ".join(filter(None, (who.get("product"), who.get("version"))))
    cells = {row.requirement.id: _cell(row) for row in rows}
    return (
        Column(
            name=plain(product or results.target.issuer or results.target.url, 200),
            judged=results.run.judged_at or results.run.started,
            version=results.suite.version,
            sentence=results.gate.sentence,
            page=page,
            passed=results.gate.passed,
            cells=cells,
            broken=sum(cell.word.key == "fail" for cell in cells.values()),
        ),
        rows,
    )


def render(runs: Iterable[tuple[Results, str]]) -> str:
    """The page: a pure function of results and of the addresses of their pages."""
    columns: list[Column] = []
    lines: dict[str, Line] = {}
    for results, page in runs:
        made, rows = column(results, page)
        columns.append(made)
        for row in rows:
            if row.requirement.id not in lines:
                lines[row.requirement.id] = _line(row)
    evidence = _fill(lines, columns)
    names = {item.name for item in columns}
    return framed(
        "matrix.html",
        {
            "columns": columns,
            "lines": list(lines.values()),
            "specs": [
                (specification(spec), [line for line in lines.values() if line.spec == spec])
                for spec in dict.fromkeys(line.spec for line in lines.values())
            ],
            "evidence": evidence,
            "words": COLUMNS,
            "short": _SHORT,
            "differing": sum(line.differs for line in lines.values()),
            "one_target": next(iter(names)) if len(names) == 1 else "",
        },
        styles=_STYLES,
        script="matrix",
    )


def _cell(row: Row) -> Cell:
    check = row.checks[0] if row.checks else None
    differences = comparison(check) if check is not None and row.word.key in _BROKEN else []
    return Cell(
        row.word,
        row.anchor,
        row.actual[: 2 * _LONGEST],
        tuple((label, text[: 2 * _LONGEST]) for label, text in differences[:6]),
    )


def _line(row: Row) -> Line:
    return Line(
        id=row.requirement.id,
        statement=row.requirement.statement,
        level=row.level,
        reference=section(row.requirement.section),
        link=web_link(row.requirement.link),
        spec=row.requirement.spec,
    )


def _fill(lines: dict[str, Line], columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Write the cells; give back the evidence that stands on this page itself."""
    anchors = Anchors()
    evidence: list[dict[str, Any]] = []
    for line in lines.values():
        line.anchor = anchors.take(line.id, "r-")
        shown = []
        keys = set()
        for number, run in enumerate(columns):
            cell = run.cells.get(line.id)
            if cell is None:
                line.cells.append(Markup("<td class=empty></td>"))
                continue
            keys.add(cell.word.key)
            line.broken += cell.word.key in _BROKEN
            place = ""
            if not run.page and (cell.word.key in _BROKEN or cell.actual):
                place = f"e-{len(evidence)}-{number}"
                shown.append({"run": run, "cell": cell, "anchor": place})
            line.cells.append(_markup(cell, run.page, place))
        line.differs = len(keys) > 1
        if shown:
            evidence.append({"line": line, "entries": shown})
    return evidence


def _markup(cell: Cell, page: str, place: str) -> Markup:
    """A word, linked to its evidence; a number for sorting."""
    label = _SHORT.get(cell.word.key, cell.word.label)
    head = f"<td class=v-{cell.word.key} data-n={_ORDER[cell.word.key]}>"
    if page:
        address = f'<a href="{escape(page)}#{escape(cell.anchor)}">{label}</a>'
    elif place:
        address = f'<a href="#{place}">{label}</a>'
    else:
        address = f"<span>{label}</span>"
    return Markup(f"{head}{address}</td>")  # noqa: S704 - every piece is escaped or ours
