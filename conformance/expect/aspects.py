"""What one judgement gathers: an aspect for everything that was compared.

A strict disagreement ends the check at once; one capped by ``at_most`` is noted and the
check goes on.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.outcomes import Blocked, NotApplicable, NotJudged
from reports.results import Aspect, Level, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.evidence import Answer

LONGEST = 300
"""Characters of a value that a line for people shows."""


class Broken(Exception):  # noqa: N818 - a judgement, no error
    """A check found a disagreement that its row's level applies to in full."""


@dataclass
class Judging:
    """What one judgement has gathered so far."""

    aspects: list[Aspect] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    level: Level | None = None
    gathering: bool = False


_current: contextvars.ContextVar[Judging] = contextvars.ContextVar("judging")


@contextlib.contextmanager
def judging(level: Level | None = None) -> Iterator[Judging]:
    """Gather the aspects of one check."""
    state = Judging(level=level)
    token = _current.set(state)
    try:
        yield state
    finally:
        _current.reset(token)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Compare everything in the block before a disagreement ends the check."""
    state = _current.get()
    before, state.gathering = state.gathering, True
    start = len(state.aspects)
    try:
        yield
    finally:
        state.gathering = before
    if not before and any(not a.agrees and a.at_most is None for a in state.aspects[start:]):
        raise Broken


def show(value: object) -> str:
    """A value as one bounded, printable line: JSON where it is data, as it stands where text."""
    if isinstance(value, str):
        text = value
    else:
        try:
            text = json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError):
            text = repr(value)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}... ({len(text)} characters)"
    return text


def compare(
    name: str,
    expected: object,
    actual: object,
    *,
    agrees: bool,
    at_most: Level | None = None,
    places: Iterable[Place] = (),
) -> bool:
    """Add an aspect; every word of this vocabulary ends here.

    Raises:
        Broken: they disagree, in full, and nothing gathers.

    """
    state = _current.get()
    state.aspects.append(
        Aspect(
            name=name,
            expected=show(expected),
            actual=show(actual),
            agrees=agrees,
            at_most=None if agrees else at_most,
            places=tuple(places),
        )
    )
    if not agrees and at_most is None and not state.gathering:
        raise Broken
    return agrees


def conclusive(answer: Answer) -> Answer:
    """Go on only with an answer that came and does not speak of load or outage.

    Raises:
        Blocked: no answer came.
        NotJudged: it speaks of something else.

    """
    if not answer.answered:
        raise Blocked(answer.line, step=answer.step.id)
    if answer.inconclusive:
        raise NotJudged(f"{answer.line} says nothing about the question", step=answer.step.id)
    return answer


def applies(condition: object, reason: str) -> None:
    """Go on only if the precondition holds; else the row is not applicable, for this reason."""
    if not condition:
        raise NotApplicable(reason)


def judged(condition: object, reason: str) -> None:
    """Go on only if the evidence can show one thing or the other; else not judged."""
    if not condition:
        raise NotJudged(reason)


def note(text: str) -> None:
    """Something worth knowing that is no disagreement."""
    _current.get().notes.append(show(text))
