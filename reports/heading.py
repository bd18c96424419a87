"""The verdict of the run in words: the sentence, what else a decision needs, and the facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.about import exchanged, operator
from reports.names import day, listed, moment, plural, specification
from reports.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.mend import Group
    from reports.results import Results, Target
    from reports.rows import Row


@dataclass(frozen=True, slots=True)
class Verdicted:
    """The head of the page."""

    css: str
    sign: str
    word: str
    rest: str
    kind: str
    more: tuple[str, ...]
    beside: tuple[tuple[str, str], ...]
    """Other groups, as anchor and words."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the facts under the verdict."""

    name: str
    value: str
    sub: str = ""
    link: str = ""
    stamp: str = ""


def verdicted(results: Results, rows: Sequence[Row], groups: Sequence[Group]) -> Verdicted:
    """Say it."""
    css, sign = _class(results, rows)
    sentence = _sentence(results, css)
    word, colon, rest = sentence.rstrip(".").partition(": ")
    counts = {group.anchor: group.count for group in groups}
    return Verdicted(
        css=css,
        sign=sign,
        word=word + ":" * bool(colon),
        rest=rest,
        kind=_kind(results),
        more=tuple(_more(results, rows, groups, sentence)),
        beside=tuple(
            (f"#{anchor}", plural(counts[anchor], one))
            for anchor, one in (("findings", "security finding"), ("warnings", "warning"))
            if anchor in counts
        ),
    )


def _class(results: Results, rows: Sequence[Row]) -> tuple[str, str]:
    """The colour and the sign, in the order in which the gate decides."""
    keys = {row.word.key for row in rows}
    if not results.complete:
        return "v-not-judged", "not-judged"
    if "suite-error" in keys:
        return "v-suite-error", "suite-error"
    if any(row.word.key == "fail" and row.level == "MUST" for row in rows):
        return "v-fail", "fail"
    if "blocked" in keys:
        return "v-blocked", "blocked"
    if not keys - {"unchecked", "not-judged", "not-applicable"}:
        return "v-not-judged", "not-judged"
    if not results.gate.passed:
        return "v-fail", "fail"
    if results.selection.partial:
        return "v-not-judged", "information"
    return "v-pass", "pass"


def _sentence(results: Results, css: str) -> str:
    sentence = results.gate.sentence or {
        "v-fail": "Does not conform",
        "v-blocked": "No verdict: requirements could not be judged",
        "v-suite-error": "No verdict: the suite itself failed",
        "v-pass": "Conforms",
    }.get(css, "No verdict")
    # Whoever wrote the sentence: only a whole run that passed may say this.
    if sentence.startswith("Conforms") and css != "v-pass":
        word = "Partial run" if results.selection.partial else "No verdict"
        return word + sentence.removeprefix("Conforms")
    return sentence


def _kind(results: Results) -> str:
    if not results.complete:
        return "Interrupted run: what is missing was not asked"
    if results.selection.partial:
        by = results.selection.deselected_by
        return "Partial run: no statement of conformance" + (f" ({by})" if by else "")
    if results.run.replayed_from:
        return f"Recorded answers judged again, from {results.run.replayed_from}"
    return "Complete run: every selected requirement was taken up"


def _more(
    results: Results, rows: Sequence[Row], groups: Sequence[Group], sentence: str
) -> list[str]:
    said = []
    waived = [row for row in rows if row.word.key == "waived" and row.broken]
    if waived:
        until = sorted({w.expires for w in results.waivers if w.expires and w.state == "used"})
        by = f" until {day(until[0])}" if len(until) == 1 else ""
        said.append(f"{len(waived)} broken and waived{by}")
    for group in groups:
        for cause in group.causes[:2]:
            verb = "is" if len(cause.rows) == 1 else "are"
            reason = cause.title.rstrip(".")
            said.append(f"{plural(len(cause.rows), 'requirement')} {verb} blocked: {reason}")
    said += [_capital(r) for r in results.gate.reasons if r not in sentence and _adds(r)]
    return said


def _adds(reason: str) -> bool:
    """Whether a reason of the gate says more than the counts do."""
    return "requirements fail the gate" not in reason and "suite itself" not in reason


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def facts(results: Results, rows: Sequence[Row]) -> list[Fact]:
    """Eight of them, or a line more where the settings say who had it run."""
    run, target, gate, suite = results.run, results.target, results.gate, results.suite
    who = operator(results)
    product = " ".join(filter(None, (who.get("product"), who.get("version"))))
    checked = sum(row.requirement.checked for row in rows)
    left = sum(client.state == "left" for client in results.clients)
    removed = len(results.clients) - left
    judged = run.judged_at or run.started
    name = target.issuer or target.url
    found = [
        Fact("Target", product or name, name if product else _address(target)),
        Fact(
            "Profile",
            listed(map(specification, target.declares)) or "none",
            "discovered" if target.declared_by == "discovered" else f"by {target.declared_by}",
        ),
        Fact(
            "Judged",
            moment(judged),
            f"{exchanged(results)} in {run.duration_s:.1f} s",
            stamp=judged,
        ),
        Fact(
            "Suite",
            f"dcr-conformance {suite.version}",
            f"catalogue {suite.catalogue}, seed {run.seed}",
        ),
        Fact("Gate", "Passed" if gate.passed else "Failed", f"exit status {gate.exit_status}"),
        Fact(
            "Coverage",
            f"{checked} of {plural(len(rows), 'requirement')} checked",
            "what is left out, and why",
            "#coverage",
        ),
        Fact(
            "Clients",
            f"{len(results.clients)} registered, {removed} removed",
            f"{left} left behind" if left else "none left behind",
            "#clients",
        ),
        Fact("Evidence", "results.json", "every message; its SHA-256, and limits", "results.json"),
    ]
    if who:
        by = [Fact(_capital(name), who[name]) for name in ("operator", "assessor") if who.get(name)]
        found = [*found, *by]
    return found


def _address(target: Target) -> str:
    """The address that was given, where it is not the name already."""
    return target.kind if target.issuer in ("", target.url) else target.url


def in_short(rows: Sequence[Row]) -> tuple[list[Row], int, str]:
    """The broken requirements as lines beside the matrix: the first ones, how many more, title."""
    broken = [row for row in rows if row.requirement.checked and row.word.key == "fail"]
    mandatory = all(row.requirement.verdict is Verdict.FAIL for row in broken)
    noun = "broken mandatory requirement" if mandatory else "broken requirement"
    title = f"The {plural(len(broken), noun)}" if len(broken) > 1 else f"The {noun}"
    return broken[:_SHOWN], max(0, len(broken) - _SHOWN), title


_SHOWN = 8
