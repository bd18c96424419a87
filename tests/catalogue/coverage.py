"""The README's table of what is covered: ``python tests/catalogue/coverage.py --write``."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from conformance import catalogue

README = Path(__file__).parents[2] / "README.md"
START, END = "<!-- coverage, computed -->\n", "<!-- end of coverage -->"
KINDS = ("checked", "judged as another row", "untestable", "planned")


def kind(row: catalogue.Row) -> str:
    if row.has_check:
        return "checked"
    if row.same_as:
        return "judged as another row"
    return "untestable" if row.untestable else "planned"


def table() -> str:
    """One line a specification, in the order of reports, and the sum."""
    rows = catalogue.load()
    counts: dict[str, Counter[str]] = {}
    for row in sorted(rows, key=lambda row: row.order):
        counts.setdefault(row.specification.name, Counter())[kind(row)] += 1
    counts["all"] = sum(counts.values(), Counter())
    lines = ["| specification | rows | " + " | ".join(KINDS) + " |", "|---" + "|---:" * 5 + "|"]
    for name, found in counts.items():
        numbers = " | ".join(str(found[word] or "") for word in KINDS)
        lines.append(f"| {name} | {found.total()} | {numbers} |")
    return "\n".join(lines) + "\n"


def written(text: str) -> str:
    """The README with the table as it is today."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    if "--write" in sys.argv:
        README.write_text(written(text), encoding="utf-8")
    else:
        print(table(), end="")
