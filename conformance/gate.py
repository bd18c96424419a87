"""From verdicts to the gate: does the run count as passed, and with which exit status."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reports.results import Gate, Level, Requirement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.results import Waiver

PASSED, FAILED, INTERRUPTED, SUITE_ERROR, USAGE, NOTHING = 0, 1, 2, 3, 4, 5

_GATING = {
    "must": (Verdict.FAIL, Verdict.BLOCKED),
    "security": (Verdict.FAIL, Verdict.BLOCKED, Verdict.FINDING),
    "should": (Verdict.FAIL, Verdict.BLOCKED, Verdict.FINDING, Verdict.WARNING),
}
JUDGED = (
    Verdict.PASS,
    Verdict.FAIL,
    Verdict.FINDING,
    Verdict.WARNING,
    Verdict.INFORMATION,
)


def gate(
    requirements: Sequence[Requirement],
    waivers: Iterable[Waiver],
    *,
    fail_on: str = "must",
    min_judged: int = 0,
    require: Iterable[str] = (),
    partial: bool = False,
    interrupted: bool = False,
    refused_anything: bool = True,
) -> Gate:
    """Decide.

    Args:
        requirements: Those that the run took up, and the others.
        waivers: With their states.
        fail_on: The weakest level that gates.
        min_judged: How many requirements must have been judged.
        require: Specifications of which something must have been judged.
        partial: Whether only a selection ran.
        interrupted: Whether it was cut short.
        refused_anything: Whether the endpoint refused something that it had to refuse.

    """
    taken = [item for item in requirements if item.checked]
    judged = [item for item in taken if item.verdict in JUDGED]
    reasons: list[str] = []
    broken = [i for i in taken if i.verdict in _GATING[fail_on] and not i.waived]
    if broken:
        reasons.append(f"{len(broken)} requirements fail the gate ({fail_on})")
    for waiver in waivers:
        if waiver.state != "used":
            reasons.append(f"the waiver of {waiver.requirement} is {waiver.state}")
    if len(judged) < min_judged:
        reasons.append(f"{len(judged)} requirements judged, {min_judged} wanted")
    for key in require:
        if not any(item.spec == key for item in judged):
            reasons.append(f"{key} was required and the provider offers nothing of it")
    if judged and not broken and not partial and not refused_anything:
        reasons.append("the endpoint refused nothing at all, not even a body that is no JSON")
    bug = any(item.verdict is Verdict.SUITE_ERROR for item in taken)
    if interrupted:
        status = INTERRUPTED
    elif bug:
        status = SUITE_ERROR
        reasons.append("the suite itself failed; please report it")
    elif reasons:
        status = FAILED
    else:
        status = PASSED if judged else NOTHING
    counts = Counter("waived" if i.waived else str(i.verdict) for i in taken)
    by_level = {
        level.value: dict(
            Counter(
                "waived" if i.waived else str(i.verdict)
                for i in taken
                if (i.effective_level or i.level) is level
            )
        )
        for level in Level
    }
    return Gate(
        passed=status == PASSED,
        exit_status=status,
        sentence=sentence(taken, partial=partial, interrupted=interrupted, reasons=reasons),
        reasons=tuple(reasons),
        counts=dict(counts),
        by_level=by_level,
    )


def sentence(
    taken: Sequence[Requirement], *, partial: bool, interrupted: bool, reasons: Sequence[str]
) -> str:
    """The verdict of the run in one sentence."""
    must = [i for i in taken if (i.effective_level or i.level) is Level.MUST]
    judged = [i for i in must if i.verdict in (Verdict.PASS, Verdict.FAIL)]
    failed = [i for i in judged if i.verdict is Verdict.FAIL and not i.waived]
    blocked = [i for i in taken if i.verdict is Verdict.BLOCKED]
    if interrupted:
        return "Interrupted: no verdict."
    if any(i.verdict is Verdict.SUITE_ERROR for i in taken):
        return "No verdict: the suite itself failed; please report it."
    if failed:
        return (
            f"Does not conform: {len(failed)} of {len(judged)} mandatory requirements judged "
            f"{'is' if len(failed) == 1 else 'are'} broken."
        )
    if blocked:
        return f"No verdict: {len(blocked)} requirements could not be judged."
    if not any(i.verdict in JUDGED for i in taken):
        return "Nothing was judged."
    waived = sum(bool(i.waived) for i in judged)
    met = f"all {len(judged)} mandatory requirements judged are met"
    if waived:
        met = f"{len(judged) - waived} of {len(judged)} mandatory requirements judged are met, "
        met += f"{waived} waived"
    if partial:
        return f"Partial run: {met}."
    if reasons:
        return f"Gate failed: {reasons[0]}."
    return f"Conforms: {met}."
