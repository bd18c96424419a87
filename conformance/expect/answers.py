"""What is expected of one answer: its status, header fields, body and members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.evidence import Answer, as_answer
from conformance.expect.aspects import compare, conclusive, show, together
from conformance.outcomes import NotJudged
from conformance.provider.facts import json_type
from reports.results import Level, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def status(evidence: Any, *codes: int, at_most: Level | None = None) -> bool:
    """The answer has one of these status codes."""
    answer = conclusive(as_answer(evidence))
    wanted = " or ".join(map(str, codes))
    place = Place(step=answer.step.id, part="status")
    return compare(
        "status",
        wanted,
        answer.status,
        agrees=answer.status in codes,
        at_most=at_most,
        places=[place],
    )


def accepted(evidence: Any, *, at_most: Level | None = None) -> bool:
    """The answer is a 2xx."""
    answer = conclusive(as_answer(evidence))
    place = Place(step=answer.step.id, part="status")
    return compare(
        "status", "2xx", outcome(answer), agrees=answer.accepted, at_most=at_most, places=[place]
    )


def refused(evidence: Any, *, at_most: Level | None = None, name: str = "status") -> bool:
    """The answer is a 4xx that hands out no client; a 5xx is judged by its own row."""
    answer = conclusive(as_answer(evidence))
    if answer.status >= 500:
        raise NotJudged(f"{answer.line}: a server error is judged by its own row")
    place = Place(step=answer.step.id, part="status")
    return compare(
        name,
        "refused (4xx, and no client)",
        outcome(answer),
        agrees=answer.refused,
        at_most=at_most,
        places=[place],
    )


def outcome(answer: Answer) -> str:
    """A status with what it came to, for a line."""
    text = str(answer.status)
    if answer.error:
        text += f" {answer.error}"
    elif answer.registered:
        text += ", a client is registered"
    return text


def header(evidence: Any, name: str, *, contains: str = "", at_most: Level | None = None) -> bool:
    """A header field is present, and contains a word (letter case aside) where one is given."""
    answer = conclusive(as_answer(evidence))
    values = answer.header_values(name)
    agrees = any(contains.lower() in value.lower() for value in values)
    place = Place(step=answer.step.id, part="header", name=name, missing=not values)
    return compare(
        name,
        contains or "present",
        ", ".join(values) if values else f"no {name}",
        agrees=agrees,
        at_most=at_most,
        places=[place],
    )


def json_body(evidence: Any, *, at_most: Level | None = None) -> bool:
    """The media type is application/json and the body is one JSON object."""
    answer = conclusive(as_answer(evidence))
    with together():
        media_type = compare(
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
        body = compare(
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
    answer = conclusive(as_answer(evidence))
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
    answer = conclusive(as_answer(evidence))
    present = name in answer.members
    kind = json_type(answer.members.get(name)) if present else ""
    if present and name in answer.facts:
        kind = str(answer.facts[name]["type"])
    wanted = f"{_TYPES[type]} member {name}" if type else f"member {name}"
    actual = f"no {name}" if not present else f"{name}: {kind}"
    place = Place(step=answer.step.id, name=name, missing=not present)
    return compare(
        name,
        wanted,
        actual,
        agrees=present and (type is None or kind == _TYPES[type]),
        at_most=at_most,
        places=[place],
    )


def no_member(evidence: Any, name: str, *, at_most: Level | None = None) -> bool:
    """A JSON object lacks a member."""
    answer = conclusive(as_answer(evidence))
    present = name in answer.members
    return compare(
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
    return compare(name, expected, actual, agrees=bool(condition), at_most=at_most, places=places)


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


def no_token(evidence: Any, *, name: str) -> bool:
    """A token request gave no access token, whatever else it answered.

    A 5xx is no answer to the question, and judged by its own row.
    """
    answer = conclusive(as_answer(evidence))
    if answer.status >= 500:
        raise NotJudged(f"{answer.line}: a server error is judged by its own row")
    given = "access_token" in answer.members
    actual = f"{answer.status}, a token" if given else f"{answer.status}, no token"
    return met(not given, "no token", actual, name=name, about=answer)


def throughout(
    expected: object,
    offences: Iterable[tuple[Answer, str, object]],
    *,
    seen: int,
    name: str,
    at_most: Level | None = None,
) -> bool:
    """Nothing in the whole run offends.

    Args:
        expected: In words, what every one of the things looked at should be.
        offences: Answer, member and what it was, of each that is not; the first is shown.
        seen: How many were looked at; none at all is not judged.
        name: What they are called together.
        at_most: As everywhere.

    Raises:
        NotJudged: nothing was seen.

    """
    if not seen:
        raise NotJudged(f"the run saw no {name}")
    first = next(iter(offences), None)
    if first is None:
        return met(condition=True, expected=expected, actual=f"so in all {seen}", name=name)
    answer, part, actual = first
    return met(
        condition=False,
        expected=expected,
        actual=actual,
        name=part,
        about=answer,
        member=part,
        at_most=at_most,
    )
