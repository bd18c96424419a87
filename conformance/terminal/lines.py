"""Lines of at most 80 columns on a terminal, in which nothing of a provider's can steer it."""

from __future__ import annotations

import sys
import textwrap
from typing import Any, Protocol

from reports.hostile import is_strange

WIDTH = 80
COLOURS = {
    "fail": {"red": True, "bold": True},
    "suite error": {"red": True, "bold": True},
    "blocked": {"purple": True, "bold": True},
    "finding": {"yellow": True, "bold": True},
    "warning": {"yellow": True},
    "pass": {"green": True},
}
"""Colour only repeats what a word says."""


class Writer(Protocol):
    """What of pytest's terminal writer is used."""

    hasmarkup: bool

    def line(self, s: str = "", **markup: bool) -> None:
        """Write a line."""

    def write(self, msg: str, *, flush: bool = False, **markup: bool) -> None:
        """Write."""


def printable(text: str) -> str:
    """A text without characters that steer a terminal or hide in it."""
    return "".join(
        c if c == "\n" or not is_strange(c) else c.encode("unicode_escape").decode() for c in text
    )


class Lines:
    """What writes lines, labels and wrapped text."""

    def __init__(self, writer: Any) -> None:
        self.out: Writer = writer

    def coloured(self, text: str, verdict: str) -> None:
        """A piece of a line in the colour of a verdict."""
        self.out.write(text, **COLOURS.get(verdict, {}))

    def line(self, text: str = "") -> None:
        """One line as it stands."""
        self.out.line(text)

    def labelled(self, label: str, text: str) -> None:
        """Text behind a label, wrapped under itself."""
        self.wrapped(text, f"  {label:<10}", " " * 12)

    def wrapped(self, text: str, first: str, later: str | None = None) -> None:
        """Text made printable and wrapped, the first line and the later ones indented as given."""
        lines = textwrap.wrap(
            printable(text),
            WIDTH,
            initial_indent=first,
            subsequent_indent=" " * len(first) if later is None else later,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines or [first.rstrip()]:
            self.line(line)


def to_stderr(text: str) -> None:
    """One sentence for whoever used us wrongly."""
    print(f"error: {printable(text)}", file=sys.stderr)  # noqa: T201 - its purpose
