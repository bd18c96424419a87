"""Two results side by side as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import comparison
from reports.frame import framed
from reports.names import Anchors, web_link, word
from reports.rows import make_rows

if TYPE_CHECKING:
    from reports.results import Change, Results, Since

_STYLES = ("colours", "base", "top", "requirements", "run", "comparison", "phone", "print")
_TITLES = {
    "worse": ("Worse", "fail"),
    "better": ("Better", "pass"),
    "new": ("New", "information"),
    "gone": ("Gone", "not-judged"),
    "other": ("Otherwise changed", "waived"),
}


def render(old: Results, new: Results) -> str:
    """The page of a comparison: a pure function of both results."""
    since = comparison.compare(old, new)
    rows = {row.requirement.id: row for run in (old, new) for row in make_rows(run, Anchors())}
    changes = described(since, {key: row.requirement.statement for key, row in rows.items()})
    for change in changes:
        row = rows.get(change["requirement"])
        change["link"] = web_link(row.requirement.link) if row else ""
        change["reference"] = row.reference if row else ""
        change["level"] = row.level if row else ""
    return framed(
        "comparison.html",
        {
            "since": since,
            "sentence": comparison.sentence(since),
            "worse": sum(change.kind == "worse" for change in since.changes),
            "runs": (("Older", old), ("Newer", new)),
            "groups": [
                (kind, *_TITLES[kind], [c for c in changes if c["kind"] == kind])
                for kind in comparison.KINDS
            ],
        },
        styles=_STYLES,
    )


def described(since: Since, statements: dict[str, str]) -> list[dict[str, Any]]:
    """The changes as templates show them: with words of verdicts, and the statements."""
    return [_described(change, statements) for change in since.changes]


def _described(change: Change, statements: dict[str, str]) -> dict[str, Any]:
    return {
        "requirement": change.requirement,
        "statement": statements.get(change.requirement, ""),
        "kind": change.kind,
        "before": word(change.before) if change.before else None,
        "after": word(change.after) if change.after else None,
        "before_reason": change.before_reason,
        "after_reason": change.after_reason,
        "link": "",
        "reference": "",
        "level": "",
    }
