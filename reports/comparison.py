"""Two results side by side: what got better, worse, new and gone, and the reasons of both."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Literal

from reports.hostile import plain
from reports.names import Anchors, moment, plural
from reports.results import Change, Requirement, Results, Since, Verdict
from reports.rows import make_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.rows import Row

KINDS: tuple[Literal["worse", "better", "new", "gone", "other"], ...] = (
    "worse",
    "better",
    "new",
    "gone",
    "other",
)
"""In the order of reports."""

_BADNESS = {Verdict.FAIL: 3, Verdict.FINDING: 2, Verdict.WARNING: 1}
_MET = (Verdict.PASS, Verdict.INFORMATION, Verdict.NOT_APPLICABLE)
_LONGEST = 300


def compare(
    old: Results, new: Results, kind: Literal["earlier run", "recording"] = "earlier run"
) -> Since:
    """What ``new`` says differently from ``old``.

    A requirement that was met and of which nothing is said any more got worse: silence
    must not hide a fault. One that was broken and is not judged now did not get better.
    """
    before = {row.requirement.id: row for row in make_rows(old, Anchors())}
    after = {row.requirement.id: row for row in make_rows(new, Anchors())}
    changes = []
    unchanged = 0
    for key in dict.fromkeys([*after, *before]):
        change = _change(before.get(key), after.get(key))
        if change is not None:
            changes.append(change)
        elif key in after and after[key].requirement.checked:
            unchanged += 1
    changes.sort(key=lambda change: KINDS.index(change.kind))
    return Since(
        kind=kind,
        started=old.run.started,
        suite=old.suite.version,
        target=old.target.issuer or old.target.url,
        notes=tuple(_notes(old, new)),
        unchanged=unchanged,
        changes=tuple(changes),
    )


def direction(before: Verdict, after: Verdict) -> Literal["worse", "better", "other", ""]:
    """What it means that a verdict became another one; empty where it did not."""
    if before is after:
        return ""
    old, new = _BADNESS.get(before, 0), _BADNESS.get(after, 0)
    if old and new:
        return "worse" if new > old else "better"
    if before in _MET:
        return "other" if after in _MET else "worse"
    if after in _MET:
        return "better"
    if old:
        return "other"
    # Before, nothing was said: left out, blocked, or a bug of the suite.
    if before is Verdict.NOT_JUDGED:
        return "worse"
    return "better" if after is Verdict.NOT_JUDGED else "other"


def sentence(since: Since) -> str:
    """``1 worse, 2 better, 1 new, 0 gone, 50 unchanged``."""
    counts = {kind: sum(item.kind == kind for item in since.changes) for kind in KINDS}
    said = [f"{counts[kind]} {kind}" for kind in KINDS if kind != "other"]
    if counts["other"]:
        said.append(f"{counts['other']} otherwise changed")
    return ", ".join([*said, f"{since.unchanged:,} unchanged"])


def title(since: Since) -> str:
    """``Since the run of 23 November 2026, 02:00 UTC``, or what it is compared with."""
    when = moment(since.started)
    if since.kind == "recording":
        return f"Against the verdicts recorded {when} by dcr-conformance {since.suite}"
    return f"Since the run of {when}"


def lines(since: Since, most: int = 200) -> Iterator[str]:
    """The comparison as lines of plain text, a stranger's characters by number."""
    yield plain(title(since), _LONGEST)
    yield f"  {sentence(since)}"
    for note in since.notes:
        yield from _labelled("note", note)
    for change in since.changes[:most]:
        before, after = change.before or "not there", change.after or "not there"
        yield f"{change.kind.upper():<8}{plain(change.requirement, 200)}"
        yield f"  verdict   {before} -> {after}"
        if change.before_reason:
            yield from _labelled("before", change.before_reason)
        if change.after_reason:
            yield from _labelled("now", change.after_reason)
    if len(since.changes) > most:
        yield f"  and {len(since.changes) - most} more"


def _labelled(label: str, text: str) -> Iterator[str]:
    """A label, and its text at most 80 columns wide where words allow."""
    wrapped = textwrap.wrap(plain(text, _LONGEST), 68, break_long_words=False)
    for number, line in enumerate(wrapped):
        yield f"  {'' if number else label:<10}{line}"


def _change(before: Row | None, after: Row | None) -> Change | None:
    old = before.requirement if before is not None and before.requirement.checked else None
    new = after.requirement if after is not None and after.requirement.checked else None
    if old is None and new is None:
        return None
    kind: Literal["worse", "better", "new", "gone", "other", ""]
    if old is None or new is None:
        kind = "gone" if new is None else "new"
    else:
        kind = direction(old.verdict, new.verdict)
        if not kind and bool(old.waived) != bool(new.waived):
            kind = "other"
    if not kind:
        return None
    known = new or old
    assert known is not None  # noqa: S101 - one of them is there
    return Change(
        requirement=known.id,
        kind=kind,
        before=old.verdict if old else None,
        after=new.verdict if new else None,
        before_reason=_reason(before, old),
        after_reason=_reason(after, new) or ("" if new else "not checked by this run"),
    )


def _reason(row: Row | None, taken: Requirement | None) -> str:
    if row is None or taken is None:
        return ""
    return f"waived: {taken.waived}; {row.actual}" if taken.waived else row.actual


def _notes(old: Results, new: Results) -> Iterator[str]:
    names = [run.target.issuer or run.target.url for run in (old, new)]
    if names[0] != names[1]:
        yield f"these are two targets: {names[0]} and {names[1]}"
    for word, run in (("older", old), ("newer", new)):
        if not run.complete:
            yield f"the {word} run was interrupted"
        elif run.selection.partial:
            yield f"the {word} run is partial ({run.selection.deselected_by or 'a selection'})"
    if old.suite.version != new.suite.version or old.suite.catalogue != new.suite.catalogue:
        yield (
            f"judged by dcr-conformance {old.suite.version} (catalogue {old.suite.catalogue}) "
            f"and {new.suite.version} (catalogue {new.suite.catalogue})"
        )
    if set(old.target.declares) != set(new.target.declares):
        added = sorted(set(new.target.declares) ^ set(old.target.declares))
        yield f"held to other specifications: {', '.join(added)} in only one of them"
    if old.selection.depth != new.selection.depth:
        yield f"depth {old.selection.depth} and {new.selection.depth}"
    bugs = sum(row.verdict is Verdict.SUITE_ERROR for row in new.requirements)
    if bugs:
        yield f"{plural(bugs, 'suite error')} in the newer run"
