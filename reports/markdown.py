"""The summary of a run as Markdown: the body of a mail, or a step summary.

Whatever a provider or an operator wrote stands in code spans, of which nothing can get
out: every character that would end a line or hide is shown by number, and the fence is
longer than any run of backticks inside. Tables hold only words and numbers of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from reports import comparison
from reports.explanation import BROKEN, explanation
from reports.hostile import plain
from reports.names import COLUMNS, Anchors, Word, moment, plural, specification
from reports.results import Verdict
from reports.rows import make_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.results import Results
    from reports.rows import Row

_LONGEST = 300
_MOST_BROKEN = 50
_MOST_REASONS = 8
_MOST_CHANGES = 30
# Not every punctuation mark, for a mail is also read as it is: what could be a link, an
# address, a mention, code, emphasis, a formula or the end of a cell.
_SPECIAL = re.compile(
    r"[\\`*\[\]|~@$#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\.", re.IGNORECASE
)


def render(results: Results) -> str:
    """The text of ``summary.md``."""
    return "\n".join(_lines(results)) + "\n"


def code(text: str, limit: int = _LONGEST) -> str:
    """A stranger's text as a code span on one line, whatever is in it."""
    shown = plain(text, limit)
    if not shown:
        return "(empty)"
    runs = [len(run) for run in re.findall("`+", shown)]
    fence = "`" * (max(runs, default=0) + 1)
    # Spaces at both ends are taken off by readers, and keep backticks off the fence.
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def words(text: str, limit: int = 600) -> str:
    """A sentence as plain Markdown text: no character of it means anything."""
    shown = plain(text, limit).replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(r"\\\g<0>", shown)


def prose(text: str) -> str:
    """A sentence of the catalogue, in which backticks stand around code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return words(text)
    return "".join(
        code(part) if index % 2 else words(part) for index, part in enumerate(parts) if part
    )


def _lines(results: Results) -> Iterator[str]:
    rows = make_rows(results, Anchors())
    taken = [row for row in rows if row.requirement.checked]
    yield f"## DCR conformance: {words(results.gate.sentence.rstrip('.'))}"
    yield ""
    yield from _facts(results)
    yield from _changes(results)
    yield from _counts(taken)
    yield from _broken(results, taken)
    yield from _silence(rows)


def _facts(results: Results) -> Iterator[str]:
    run, target = results.run, results.target
    name = target.issuer or target.url
    yield f"- Target: {code(name)}" + (f" ({code(target.url)})" if target.url != name else "")
    yield f"- Held to: {words(', '.join(map(specification, target.declares)) or 'nothing')}"
    judged = words(moment(run.judged_at or run.started))
    yield f"- Judged: {judged}, by dcr-conformance {words(results.suite.version)}"
    if run.replayed_from:
        yield f"- Recorded answers judged again, from {code(run.replayed_from)}"
    if not results.complete:
        yield "- **Interrupted**: what is missing was not asked"
    elif results.selection.partial:
        yield (
            "- **Partial run**, no statement of conformance: "
            f"{words(results.selection.deselected_by or 'a selection')}"
        )
    for reason in results.gate.reasons:
        yield f"- Gate: {words(reason)}"
    left = sum(client.state == "left" for client in results.clients)
    if left:
        yield f"- {plural(left, 'client')} left behind at the provider"
    yield ""


def _changes(results: Results) -> Iterator[str]:
    """What changed against another results file."""
    since = results.since
    if since is None:
        return
    yield f"### {words(comparison.title(since))}"
    yield ""
    yield f"{words(comparison.sentence(since))}."
    yield ""
    for note in since.notes:
        yield f"- note: {code(note)}"
    for change in since.changes[:_MOST_CHANGES]:
        before, after = change.before or "not there", change.after or "not there"
        reason = f": {code(change.after_reason)}" if change.after_reason else ""
        yield f"- {change.kind}: {code(change.requirement)} {before} -> {after}{reason}"
    if len(since.changes) > _MOST_CHANGES:
        yield f"- {len(since.changes) - _MOST_CHANGES} more are in compliance.html"
    yield ""


def _counts(taken: Sequence[Row]) -> Iterator[str]:
    """Specification by verdict, columns without a number left out."""
    used = {row.word.key for row in taken}
    columns: list[Word] = [word for word in COLUMNS if word.key in used]
    if not columns:
        yield "Nothing was judged."
        yield ""
        return
    yield "| Specification | " + " | ".join(word.label for word in columns) + " | All |"
    yield "|---|" + "---:|" * (len(columns) + 1)
    specs = dict.fromkeys(row.requirement.spec for row in taken)
    for spec in [*specs, ""]:
        own = [row for row in taken if spec in ("", row.requirement.spec)]
        count = Counter(row.word.key for row in own)
        numbers = " | ".join(str(count[word.key] or "") for word in columns)
        yield f"| {words(specification(spec)) if spec else 'All'} | {numbers} | {len(own)} |"
    yield ""


def _broken(results: Results, taken: Sequence[Row]) -> Iterator[str]:
    order = {verdict: number for number, verdict in enumerate(BROKEN)}
    broken = [
        row for row in taken if row.requirement.verdict in order and not row.requirement.waived
    ]
    broken.sort(key=lambda row: order[row.requirement.verdict])
    causes: set[str] = set()
    for row in broken[:_MOST_BROKEN]:
        if row.requirement.verdict is Verdict.BLOCKED:
            yield from _blocked(row, causes)
            continue
        yield from _one(row, results)
    if len(broken) > _MOST_BROKEN:
        yield f"{len(broken) - _MOST_BROKEN} more are in compliance.html."
        yield ""


def _one(row: Row, results: Results) -> Iterator[str]:
    yield f"### {row.word.label}: {prose(row.requirement.statement)}"
    yield ""
    where = f"{code(row.requirement.id)}, {row.level}"
    if row.link:
        where += f", [{words(row.reference)}]({_address(row.link)})"
    if len(row.checks) > 1:
        same = sum(check.verdict is row.requirement.verdict for check in row.checks)
        where += f", {same} of {len(row.checks)} cases"
    yield where
    yield ""
    check = row.checks[0] if row.checks else None
    for label, text in explanation(row.requirement, check):
        shown = prose(text) if label in ("why", "fix", "do") else code(text)
        yield f"- {label}: {shown}"
    if check is not None and check.exchanges:
        names = {exchange.id: exchange.name for exchange in results.exchanges}
        yield f"- seen in: {code(names.get(check.exchanges[0], check.exchanges[0]))}"
    yield ""


def _blocked(row: Row, causes: set[str]) -> Iterator[str]:
    """One block a cause; the requirements behind it are counted in the table."""
    check = row.checks[0] if row.checks else None
    cause = check.cause if check is not None else ""
    if cause in causes:
        return
    causes.add(cause)
    yield f"### Blocked by {code(cause or 'an earlier step')}"
    yield ""
    yield f"- reason: {code((check.reason if check else '') or row.requirement.reason)}"
    yield ""


def _silence(rows: Sequence[Row]) -> Iterator[str]:
    """What nothing is said about, and why."""
    taken = [row for row in rows if row.requirement.checked]
    said = False
    for verdict in (Verdict.NOT_JUDGED, Verdict.NOT_APPLICABLE):
        own = [row for row in taken if row.requirement.verdict is verdict]
        reasons = Counter(row.requirement.reason or row.actual for row in own)
        for reason, number in reasons.most_common(_MOST_REASONS):
            if not said:
                yield "### What was not judged"
                yield ""
            said = True
            yield f"- {number} {verdict}: {code(reason)}"
        rest = len(own) - sum(number for _, number in reasons.most_common(_MOST_REASONS))
        if rest:
            yield f"- {rest} {verdict} for other reasons"
    unchecked = len(rows) - len(taken)
    if unchecked:
        if not said:
            yield "### What was not judged"
            yield ""
        yield f"- {plural(unchecked, 'requirement')} of the catalogue not checked by this run"
    if said or unchecked:
        yield ""


def _address(link: str) -> str:
    """A web address as a link's destination: nothing in it ends the link."""
    return re.sub(r"[()<>\\\[\]|`\"']", lambda found: f"%{ord(found[0]):02X}", link)
