"""Columns and details of ours in the page of pytest-html (``--html=FILE``).

That page takes cells and details as HTML, so everything is escaped here. It keeps eight
outcomes of its own; the verdict stands beside them.
https://pytest-html.readthedocs.io/en/latest/user_guide.html#modifying-the-results-table
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from reports.hostile import plain
from reports.transcript import transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.results import Check, Exchange, Requirement

    Judged = tuple[Requirement, Check]

_COLUMNS = ("requirement", "level", "section", "verdict")
_AFTER = 1
"""They stand after pytest's own result."""


class Columns:
    """Hooks of pytest-html, to be registered only where that plugin is.

    Args:
        judged: The requirement and the case that a report of pytest is about, if it is ours.
        exchange: An exchange by its id, as far as it is known by then.

    """

    def __init__(
        self,
        judged: Callable[[Any], Judged | None],
        exchange: Callable[[str], Exchange | None],
    ) -> None:
        self._judged = judged
        self._exchange = exchange

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """One sortable column each."""
        cells[_AFTER:_AFTER] = [
            f'<th class="sortable" data-column-type="{name}">{name.capitalize()}</th>'
            for name in _COLUMNS
        ]

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Empty cells for tests that are not ours: the table must stay even."""
        found = self._judged(report)
        values = ("",) * len(_COLUMNS)
        if found is not None:
            row, check = found
            level = str(row.effective_level or row.level)
            values = (row.id, level, f"{row.spec} {row.section}", str(check.verdict))
        cells[_AFTER:_AFTER] = [
            f'<td class="col-{name}">{escape(plain(value, 300))}</td>'
            for name, value in zip(_COLUMNS, values, strict=True)
        ]

    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        """What was compared and the messages behind it, in place of a traceback."""
        found = self._judged(report)
        if found is not None:
            data[:] = [escape(line) for line in transcript(*found, self._exchange)]
