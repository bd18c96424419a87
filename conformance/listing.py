"""The catalogue for people: all rows in short, one in full."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.catalogue import Catalogue, Row


def state(row: Row) -> str:
    """Whether this version judges a row, and if not, why."""
    if row.same_as:
        return f"judged as {row.same_as}"
    if row.untestable:
        return "untestable"
    return "planned" if row.planned else "checked"


def show(catalogue: Catalogue) -> int:
    """Print a line a row; exit status 0."""
    counts: dict[str, int] = {}
    for row in sorted(catalogue, key=lambda item: item.order):
        word = state(row)
        counts[word.split()[0]] = counts.get(word.split()[0], 0) + 1
        mark = "" if word == "checked" else f"  ({word})"
        print(f"{row.level:<8}  {row.id}{mark}")  # noqa: T201 - its purpose
    summary = ", ".join(f"{number} {word}" for word, number in sorted(counts.items()))
    print(f"\n{len(catalogue)} requirements: {summary}")  # noqa: T201
    return 0


def explain(catalogue: Catalogue, key: str) -> int:
    """Print one row in full; exit status 4 where there is none of that id."""
    if key not in catalogue:
        near = [row.id for row in catalogue if key in row.id][:8]
        hint = "\n  ".join(["Did you mean:", *near]) if near else "See --dcr-list."
        print(f"error: there is no requirement {key}. {hint}")  # noqa: T201
        return 4
    row = catalogue[key]
    lines = [row.id, f"{row.level}, {row.specification.name} section {row.section}, {state(row)}"]
    parts = (
        ("", row.statement),
        ("why", row.why),
        ("fix", row.fix),
        ("often", row.common_failure),
        ("needs", row.needs),
        ("note", row.note),
        ("binds", " or ".join(row.binds)),
        ("untestable", row.untestable),
        ("spec", row.link),
    )
    for label, text in parts:
        if text:
            lines += _wrapped(label, text)
    print("\n".join(lines))  # noqa: T201
    return 0


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        80,
        initial_indent=f"  {label:<10}" if label else "  ",
        subsequent_indent=" " * (12 if label else 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
