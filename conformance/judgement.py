"""From a check and its evidence to a verdict, with or without pytest."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.evidence import Answer, ClientRecord, Comparison
from conformance.outcomes import Blocked, LeftOut, NotApplicable, NotJudged, Outcome
from reports.results import Aspect, Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.catalogue import Row
    from conformance.requirement import BoundCheck
    from reports.results import ExchangeFailure, Level


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a planned exchange came to: its evidence, or why there is none."""

    id: str
    value: Any = None
    failure: ExchangeFailure | None = None
    node: Any = None

    def __repr__(self) -> str:
        return f"<evidence of {self.id}>"


@dataclass(frozen=True, slots=True)
class WholeRun:
    """Everything that was said; where it is not everything, it may fail a row but never pass it."""

    answers: tuple[Answer, ...]
    partial: str = ""
    """Why it is not everything."""

    @property
    def plain(self) -> list[Answer]:
        """The answers to requests that are well written, whatever they ask."""
        return [answer for answer in self.answers if not answer.step.id.startswith(_EDGES)]

    def of(self, *operations: str) -> list[Answer]:
        """The plain answers to some operations."""
        return [answer for answer in self.plain if answer.step.operation in operations]


_EDGES = "robustness."
"""How the exchanges begin that go to the edge of JSON and HTTP.

What comes of that has rows of its own, and speaks of no other.
"""


_FAILURES: Mapping[str, type[Outcome]] = {
    "blocked": Blocked,
    "not applicable": NotApplicable,
    "not judged": NotJudged,
}


def judge(
    check: BoundCheck,
    row: Row,
    deliveries: Mapping[str, Delivery],
    declares: Iterable[str],
    *,
    case: str = "",
    whole_run: WholeRun | None = None,
) -> Check:
    """Judge one case of a requirement.

    Args:
        check: The check.
        row: The requirement that it is bound to.
        deliveries: By parameter of the check, what its exchanges came to.
        declares: What the provider is declared to conform to.
        case: What tells this judgement from others of the same check.
        whole_run: For checks that read everything.

    """
    started = time.perf_counter()
    level = row.level_for(declares)
    with expect.judging(level) as state:
        verdict, reason, cause, left_out = _verdict(check, row, level, deliveries, state, whole_run)
    used = [delivery.id for delivery in deliveries.values()]
    used += [place.step.rpartition(":")[0] for a in state.aspects for place in a.places]
    return Check(
        requirement=row.id,
        verdict=verdict,
        title=check.title,
        case=case,
        actual=_actual(state.aspects, reason),
        reason=reason,
        notes=tuple(state.notes),
        aspects=tuple(state.aspects),
        exchanges=tuple(dict.fromkeys(used)),
        cause=cause,
        left_out=left_out,
        test=f"{check.module}.{check.name}",
        duration_s=round(time.perf_counter() - started, 6),
    )


def _verdict(
    check: BoundCheck,
    row: Row,
    level: Level | None,
    deliveries: Mapping[str, Delivery],
    state: expect.Judging,
    whole_run: WholeRun | None,
) -> tuple[Verdict, str, str, bool]:
    """Verdict, reason, cause of a block, and whether it was left out by budget."""
    if level is None:
        return Verdict.NOT_APPLICABLE, f"binds providers that declare {_or(row.binds)}", "", False
    failed = [delivery for delivery in deliveries.values() if delivery.failure is not None]
    if failed:
        failure = failed[0].failure
        assert failure is not None  # noqa: S101 - chosen so
        left_out = failure.kind == "not judged" and failure.reason.startswith(LEFT_OUT)
        cause = failure.cause or failed[0].id
        return Verdict(failure.kind), failure.reason, cause, left_out
    arguments: dict[str, Any] = {name: item.value for name, item in deliveries.items()}
    if check.whole_run:
        arguments["whole_run"] = whole_run
    try:
        check.function(**arguments)
    except expect.Broken:
        pass
    except NotApplicable as outcome:
        return _or_broken(state, level, Verdict.NOT_APPLICABLE, outcome)
    except LeftOut as outcome:
        return Verdict.NOT_JUDGED, outcome.reason, "", True
    except NotJudged as outcome:
        return _or_broken(state, level, Verdict.NOT_JUDGED, outcome)
    except Blocked as outcome:
        cause = outcome.cause or outcome.step.rpartition(":")[0]
        return Verdict.BLOCKED, outcome.reason, cause, False
    except Exception as error:  # noqa: BLE001 - a bug in a check is a verdict of its own
        return Verdict.SUITE_ERROR, _bug(error), "", False
    return _compared(state, level, whole_run if check.whole_run else None)


LEFT_OUT = "left out by"
"""How the reason begins where depth or budget decided."""


def _compared(
    state: expect.Judging, level: Level, whole_run: WholeRun | None
) -> tuple[Verdict, str, str, bool]:
    if not state.aspects:
        return Verdict.SUITE_ERROR, "the check compared nothing", "", False
    verdict = _worst(state.aspects, level)
    if verdict is not Verdict.PASS:
        return verdict, "", "", False
    if whole_run is not None and whole_run.partial:
        return Verdict.NOT_JUDGED, whole_run.partial, "", False
    return verdict, "", "", False


def _worst(aspects: Iterable[Aspect], level: Level) -> Verdict:
    verdicts = [level.capped(a.at_most).broken for a in aspects if not a.agrees]
    return Verdict.fold([*verdicts, Verdict.PASS])


def _or_broken(
    state: expect.Judging, level: Level, verdict: Verdict, outcome: Outcome
) -> tuple[Verdict, str, str, bool]:
    """A disagreement that was already seen outweighs a later lack of evidence."""
    if any(not aspect.agrees for aspect in state.aspects):
        return _worst(state.aspects, level), outcome.reason, "", False
    return verdict, outcome.reason, "", False


def _actual(aspects: Iterable[Aspect], reason: str) -> str:
    broken = [aspect.actual for aspect in aspects if not aspect.agrees]
    return "; ".join(dict.fromkeys(broken)) or reason


def _bug(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "somewhere"
    return f"{type(error).__name__} in {where}: {expect.show(str(error))}"


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)


def fold(checks: Iterable[Check], minimum: int | None) -> tuple[Verdict, str, int, int]:
    """One verdict for all cases of a requirement.

    A row passes only if every case that applies was judged, or the minimum that it
    declares; cases that depth or budget left out are no reason against it.

    Returns:
        The verdict, a reason where it is no plain judgement, cases judged, cases in all.

    """
    checks = list(checks)
    verdict = Verdict.fold(check.verdict for check in checks)
    unjudged = (
        Verdict.NOT_JUDGED,
        Verdict.NOT_APPLICABLE,
        Verdict.BLOCKED,
        Verdict.SUITE_ERROR,
    )
    judged = sum(check.verdict not in unjudged for check in checks)
    reason = next((check.reason for check in checks if check.verdict is verdict), "")
    # Two checks of one row may see it by different means; one of them is enough.
    seen = {check.test for check in checks if check.verdict is Verdict.PASS}
    alone = len({check.test for check in checks}) == 1
    open_cases = [
        c
        for c in checks
        if c.verdict is Verdict.NOT_JUDGED and not c.left_out and (alone or c.test in seen)
    ]
    if verdict is Verdict.PASS and open_cases and (minimum is None or judged < minimum):
        verdict = Verdict.NOT_JUDGED
        reason = f"{judged} of {len(checks)} cases judged: {open_cases[0].reason}"
    return verdict, reason, judged, len(checks)


def evidence_in(value: Any) -> Iterator[Answer]:
    """Every answer in a piece of evidence."""
    if isinstance(value, Answer):
        yield value
    elif isinstance(value, ClientRecord):
        yield value.registration
        yield from value.answers
    elif isinstance(value, Comparison):
        yield value.control
        yield value.odd
        yield from value.followups.values()
    elif isinstance(value, dict):
        for item in value.values():
            yield from evidence_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from evidence_in(item)
