"""Registrations that are honest but for the way in which they are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.outcomes import NotJudged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.evidence import Answer
    from conformance.provider.operations import Provider
    from reports.results import Level


def members_of(provider: Provider, **changes: Any) -> dict[str, Any]:
    """All that the baseline registration sends here, with the operator's own and a statement."""
    added = provider.settings.registration.metadata
    return provider.with_statement({**added, **provider.baseline(), **changes})


def written(members: Mapping[str, Any]) -> str:
    """Members as JSON text, without the braces around them."""
    return json.dumps(members)[1:-1]


def told(answer: Answer) -> Answer:
    """Go on only with an answer: whoever cuts a strange request off says nothing of the question.

    Raises:
        NotJudged: there is none, or it speaks of load.

    """
    if not answer.answered:
        raise NotJudged(f"no answer: {answer.line}", step=answer.step.id)
    return expect.conclusive(answer)


def handled(answer: Answer, *, name: str, at_most: Level | None = None) -> bool:
    """The answer registers or refuses; what should be JSON is well-formed.

    A 400 is an error of RFC 7591 section 3.2.2 and JSON; another 4xx may come from in front.
    """
    told(answer)
    body = answer.body
    needs_json = answer.status == 400 or answer.accepted
    well_formed = body.json_kind == "object"
    good = answer.status < 500 and (well_formed or not needs_json)
    fault = body.json_fault or f"a JSON {body.json_kind}" if body.length else "an empty body"
    return expect.met(
        good,
        "a registration or a refusal, in well-formed JSON",
        f"{answer.status}"
        if good
        else f"{answer.status}, a server error"
        if answer.status >= 500
        else f"{answer.status}, no JSON object: {fault}",
        name=name,
        about=answer,
        at_most=at_most,
    )
