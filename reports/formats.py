"""The formats that results are rendered in, and what their files are called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.results import Results

FILES = {
    "html": "compliance.html",
    "markdown": "summary.md",
    "junit": "junit.xml",
    "badge": "badge.json",
}
"""Default file by format, beside the results."""


def renderer(name: str, digest: str = "") -> Callable[[Results], str]:
    """The function that renders one format; only what that format needs is imported.

    Args:
        name: Of the format.
        digest: SHA-256 of the results file in hexadecimal, for formats that state it.

    Raises:
        KeyError: no such format.

    """
    match name:
        case "html":
            from reports import compliance  # noqa: PLC0415 - Jinja2 is heavy

            return partial(compliance.render, digest=digest)
        case "markdown":
            from reports import markdown  # noqa: PLC0415

            return markdown.render
        case "junit":
            from reports import junit  # noqa: PLC0415

            return junit.render
        case "badge":
            from reports import badge  # noqa: PLC0415

            return badge.render
        case _:
            raise KeyError(name)
