"""``compliance.html``: the whole of a run as one file that opens anywhere and asks no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.frame import framed
from reports.view import page

if TYPE_CHECKING:
    from pathlib import Path

    from reports.results import Results

_STYLES = (
    "colours",
    "base",
    "top",
    "requirements",
    "exchanges",
    "run",
    "comparison",
    "phone",
    "print",
)


def render(results: Results) -> str:
    """The page of a run: a pure function of its results."""
    return framed("page.html", page(results), styles=_STYLES, script="page")


def write(results: Results, path: Path) -> None:
    """Write the page of a run."""
    path.write_text(render(results), encoding="utf-8", newline="\n")
