"""``compliance.html``: the whole of a run as one file that opens anywhere and asks no network."""

from __future__ import annotations

import re
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


def render(results: Results, *, digest: str = "") -> str:
    """The page of a run: a pure function of its results.

    Args:
        results: As read.
        digest: SHA-256 of the file that they were read from, in hexadecimal; the page
            states it, and so binds itself to that file.

    """
    return framed("page.html", page(results, digest), styles=_STYLES, script="page")


def write(results: Results, path: Path, *, digest: str = "") -> None:
    """Write the page of a run; ``digest`` as :func:`render`."""
    path.write_text(render(results, digest=digest), encoding="utf-8", newline="\n")


def stated_digest(page: str) -> str:
    """The SHA-256 that a page states of its results; empty if it states none."""
    found = re.search(r"<code id=results-digest>([0-9a-f]{64})</code>", page)
    return found[1] if found else ""
