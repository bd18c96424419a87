"""The vocabulary of checks. Every call adds an aspect: what was expected, what came, do they agree.

A strict disagreement ends the check at once; one capped by ``at_most`` is noted and the
check goes on. What cannot be judged from the evidence ends it without a verdict.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.evidence import (
    CREDENTIAL_MEMBERS,
    Answer,
    Comparison,
    as_answer,
)
from conformance.outcomes import Blocked, NotApplicable, NotJudged
from conformance.provider.facts import json_type
from reports.results import Aspect, Level, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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


def _compare(
    name: str,
    expected: object,
    actual: object,
    *,
    agrees: bool,
    at_most: Level | None = None,
    places: Iterable[Place] = (),
) -> bool:
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


def _conclusive(answer: Answer) -> Answer:
    """The answer, if one came that speaks of the question."""
    if not answer.answered:
        raise Blocked(answer.line, step=answer.step.id)
    if answer.inconclusive:
        raise NotJudged(f"{answer.line} says nothing about the question", step=answer.step.id)
    return answer


def conclusive(answer: Answer) -> Answer:
    """Go on only with an answer that came and does not speak of load or outage."""
    return _conclusive(answer)


def status(evidence: Any, *codes: int, at_most: Level | None = None) -> bool:
    """The answer has one of these status codes."""
    answer = _conclusive(as_answer(evidence))
    wanted = " or ".join(map(str, codes))
    place = Place(step=answer.step.id, part="status")
    return _compare(
        "status",
        wanted,
        answer.status,
        agrees=answer.status in codes,
        at_most=at_most,
        places=[place],
    )


def accepted(evidence: Any, *, at_most: Level | None = None) -> bool:
    """The answer is a 2xx."""
    answer = _conclusive(as_answer(evidence))
    place = Place(step=answer.step.id, part="status")
    return _compare(
        "status", "2xx", _outcome(answer), agrees=answer.accepted, at_most=at_most, places=[place]
    )


def refused(evidence: Any, *, at_most: Level | None = None, name: str = "status") -> bool:
    """The answer is a 4xx that names no client; a 5xx is judged by its own row."""
    answer = _conclusive(as_answer(evidence))
    if answer.status >= 500:
        raise NotJudged(f"{answer.line}: a server error is judged by its own row")
    place = Place(step=answer.step.id, part="status")
    return _compare(
        name,
        "refused (4xx, no client_id)",
        _outcome(answer),
        agrees=answer.refused,
        at_most=at_most,
        places=[place],
    )


def _outcome(answer: Answer) -> str:
    text = str(answer.status)
    if answer.error:
        text += f" {answer.error}"
    elif answer.registered:
        text += ", a client is registered"
    return text


def header(evidence: Any, name: str, *, contains: str = "", at_most: Level | None = None) -> bool:
    """A header field is present, and contains a word (letter case aside) where one is given."""
    answer = _conclusive(as_answer(evidence))
    values = answer.header_values(name)
    agrees = any(contains.lower() in value.lower() for value in values)
    place = Place(step=answer.step.id, part="header", name=name, missing=not values)
    return _compare(
        name,
        contains or "present",
        ", ".join(values) if values else f"no {name}",
        agrees=agrees,
        at_most=at_most,
        places=[place],
    )


def json_body(evidence: Any, *, at_most: Level | None = None) -> bool:
    """The media type is application/json and the body is one JSON object."""
    answer = _conclusive(as_answer(evidence))
    with together():
        media_type = _compare(
            "Content-Type",
            "application/json",
            answer.header("content-type") or "none",
            agrees=answer.media_type == "application/json",
            at_most=at_most,
            places=[
                Place(
                    step=answer.step.id,
                    part="header",
                    name="Content-Type",
                    missing=not answer.media_type,
                )
            ],
        )
        body = _compare(
            "body",
            "a JSON object",
            _kind(answer),
            agrees=answer.body.json_kind == "object",
            at_most=at_most,
            places=[Place(step=answer.step.id)],
        )
    return media_type and body


def _kind(answer: Answer) -> str:
    if answer.body.json_kind:
        return f"a JSON {answer.body.json_kind}"
    if not answer.body.length:
        return "empty"
    start = answer.text[:60].replace("\n", " ")
    return f"no JSON: {start}"


def error_answer(evidence: Any, *, at_most: Level | None = None) -> bool:
    """A refusal in the form of RFC 7591 section 3.2.2: 4xx, application/json, error."""
    answer = _conclusive(as_answer(evidence))
    with together():
        first = refused(answer, at_most=at_most)
        second = json_body(answer, at_most=at_most)
        third = member(answer, "error", str, at_most=at_most)
    return first and second and third


_TYPES: Mapping[type, str] = {
    str: "string",
    int: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}


def member(
    evidence: Any,
    name: str,
    type: type | None = None,  # noqa: A002 - reads as the sentence it is
    *,
    at_most: Level | None = None,
) -> bool:
    """A JSON object has a member, of a JSON type where one is given."""
    answer = _conclusive(as_answer(evidence))
    present = name in answer.members
    kind = json_type(answer.members.get(name)) if present else ""
    if present and name in answer.facts:
        kind = str(answer.facts[name]["type"])
    wanted = f"{_TYPES[type]} member {name}" if type else f"member {name}"
    actual = f"no {name}" if not present else f"{name}: {kind}"
    place = Place(step=answer.step.id, name=name, missing=not present)
    return _compare(
        name,
        wanted,
        actual,
        agrees=present and (type is None or kind == _TYPES[type]),
        at_most=at_most,
        places=[place],
    )


def no_member(evidence: Any, name: str, *, at_most: Level | None = None) -> bool:
    """A JSON object lacks a member."""
    answer = _conclusive(as_answer(evidence))
    present = name in answer.members
    return _compare(
        name,
        f"no {name}",
        f"{name}: {show(answer.members.get(name))}" if present else f"no {name}",
        agrees=not present,
        at_most=at_most,
        places=[Place(step=answer.step.id, name=name)],
    )


def met(
    condition: object,
    expected: object,
    actual: object,
    *,
    name: str = "value",
    at_most: Level | None = None,
    about: Answer | None = None,
    member: str = "",
) -> bool:
    """A condition holds; ``expected`` and ``actual`` say in words what it compared."""
    places = [Place(step=about.step.id, name=member)] if about is not None else []
    return _compare(name, expected, actual, agrees=bool(condition), at_most=at_most, places=places)


def same(
    expected: object,
    actual: object,
    *,
    name: str = "value",
    at_most: Level | None = None,
    about: Answer | None = None,
) -> bool:
    """Two values are equal."""
    return met(
        expected == actual, expected, actual, name=name, at_most=at_most, about=about, member=name
    )


def comparable(members: Mapping[str, Any]) -> dict[str, Any]:
    """Client metadata as sets where order says nothing, without credentials and nulls."""
    result: dict[str, Any] = {}
    for name, value in members.items():
        if name in CREDENTIAL_MEMBERS or value is None:
            continue
        if name == "scope" and isinstance(value, str):
            result[name] = sorted(value.split())
        elif isinstance(value, list):
            result[name] = sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
        else:
            result[name] = value
    return result


def same_registration(
    before: Any, after: Any, *, ignore: Iterable[str] = (), at_most: Level | None = None
) -> bool:
    """Two answers describe one registration; order of lists and words aside."""
    first = _conclusive(as_answer(before))
    second = _conclusive(as_answer(after))
    left, right = comparable(first.members), comparable(second.members)
    differing = [
        name
        for name in sorted(left.keys() | right.keys())
        if name not in set(ignore) and left.get(name) != right.get(name)
    ]
    return _compare(
        "registration",
        {name: left.get(name) for name in differing} or "the same metadata",
        {name: right.get(name) for name in differing} or "the same metadata",
        agrees=not differing,
        at_most=at_most,
        places=[Place(step=second.step.id, name=name) for name in differing],
    )


def refused_or_replaced(
    comparison: Comparison,
    member: str,  # noqa: A002, RUF100 - the name of the member compared
    *,
    at_most: Level | None = None,
) -> bool:
    """The odd request was refused where its control was not, or the value visibly replaced.

    Silence about the member is no replacement: without a follow-up that shows the value
    dead, it is not judged.
    """
    odd = comparison.odd
    if odd.inconclusive or odd.status >= 500:
        raise NotJudged(f"{odd.line}: judged by the row on server errors", step=odd.step.id)
    offending = comparison.offending[member]
    place = Place(step=odd.step.id, name=member)
    wanted = "refused, or registered without it"
    control = comparison.control
    _compare(
        "control",
        "accepted without the offending value",
        control.line,
        agrees=control.registered,
        places=[Place(step=control.step.id, part="request")],
    )
    if odd.refused:
        return _compare(member, wanted, _outcome(odd), agrees=True, places=[place])
    if not odd.registered:
        return _compare(
            member, wanted, f"{odd.line}, neither", agrees=False, at_most=at_most, places=[place]
        )
    followup = comparison.followups.get("odd")
    alive = followup.landing == "client" if followup is not None else None
    if member in odd.members:
        kept = _kept(offending, odd.members[member])
        text = f"{odd.status}, returned" if kept else f"{odd.status}, replaced by another value"
        if alive:
            text += ", and the authorization endpoint redirects to it"
        return _compare(
            member, wanted, text, agrees=not kept and not alive, at_most=at_most, places=[place]
        )
    if alive:
        text = f"{odd.status}, not returned, yet the authorization endpoint redirects to it"
        return _compare(member, wanted, text, agrees=False, at_most=at_most, places=[place])
    if followup is not None and followup.landing == "refused":
        return _compare(
            member, wanted, f"{odd.status}, and the value is dead", agrees=True, places=[place]
        )
    raise NotJudged(f"the answer says nothing of {member}, and nothing shows whether it works")


def _kept(offending: Any, registered: Any) -> bool:
    """Whether a registered value still holds what was offending in the requested one."""
    if isinstance(offending, list) and isinstance(registered, list):
        return any(item in registered for item in offending)
    return bool(offending == registered)


def not_redirected(answer: Answer, *, what: str, at_most: Level | None = None) -> bool:
    """The authorization endpoint does not send the browser to the client.

    A login or consent page is no redirect yet: that warns at most.
    """
    _conclusive(answer)
    if answer.landing in ("", "unclear"):
        raise NotJudged("the authorization endpoint answers right and wrong requests alike")
    if answer.landing == "failed":
        raise NotJudged(f"{answer.line}: a server error")
    place = Place(step=answer.step.id, part="header", name="Location")
    cap = Level.SHOULD if answer.landing == "interaction" else None
    if at_most is not None:
        cap = (cap or at_most).capped(at_most)
    return _compare(
        what,
        "no redirect to it",
        _landing(answer),
        agrees=answer.landing == "refused",
        at_most=cap,
        places=[place],
    )


def _landing(answer: Answer) -> str:
    words = {
        "client": "redirects to it",
        "interaction": "shows the login or consent page as for a registered one",
        "refused": "refused",
    }
    return f"{answer.status}, {words.get(answer.landing, answer.landing)}"


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
