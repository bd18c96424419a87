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


def members_of(provider: Provider, **changes: Any) -> dict[str, Any]:
    """All that the baseline registration sends here, with the operator's own and a statement."""
    added = provider.settings.registration.metadata
    return provider.with_statement({**added, **provider.baseline(), **changes})


def written(members: Mapping[str, Any]) -> str:
    """Members as JSON text, without the braces around them."""
    return json.dumps(members)[1:-1]


def malformed(provider: Provider) -> Answer:
    """The answer to a body that is no JSON at all, asked for once a run."""
    return _once(provider, "control-malformed-body", raw=b"{")


def with_charset(provider: Provider) -> Answer:
    """The answer to a good registration with the plainest charset parameter, asked once a run."""
    metadata, media_type = provider.baseline(), "application/json; charset=utf-8"
    return _once(provider, "control-charset", metadata, content_type=media_type)


def _once(provider: Provider, memo: str, *metadata: dict[str, Any], **request: Any) -> Answer:
    provider.session.leans(provider.recorder.exchange, memo)

    def make() -> Answer:
        return provider.apart(memo).attempt(*metadata, **request)[0]

    answer: Answer = provider.session.once(memo, make)
    return answer


def told(answer: Answer) -> Answer:
    """Go on only with an answer: whoever cuts a strange request off says nothing of the question.

    Raises:
        NotJudged: there is none, or it speaks of load.

    """
    if not answer.answered:
        raise NotJudged(f"no answer: {answer.line}", step=answer.step.id)
    return expect.conclusive(answer)


def handled(answer: Answer, plain: Answer, *, name: str) -> bool:
    """The answer registers or refuses; what should be JSON is well-formed.

    A 400 is an error of RFC 7591 section 3.2.2 and JSON, where ``plain``, the answer to a
    body that is no JSON at all, is so; another 4xx may come from in front.

    Raises:
        NotJudged: no such refusal is JSON here, which has its own row.

    """
    told(answer)
    if answer.status == 400 and not _is_object(answer) and not _is_object(plain):
        raise NotJudged("malformed bodies are not answered in JSON at all; that has its own row")
    needs_json = answer.status == 400 or answer.accepted
    good = answer.status < 500 and (_is_object(answer) or not needs_json)
    return expect.met(
        good,
        "a registration or a refusal, in well-formed JSON",
        f"{answer.status}" if good else f"{answer.status}, {_fault(answer)}",
        name=name,
        about=answer,
    )


def registers_as_sent(control: Answer, odd: Answer, *, name: str) -> bool:
    """The odd request registers the redirect URI that it alone has, as the control did its own.

    Raises:
        NotJudged: the answers do not state redirect URIs as they are sent.

    """
    expect.judged(_states_its_own(control), "the answers do not state redirect URIs as sent")
    expect.judged(
        not odd.registered or "redirect_uris" in odd.members,
        "the answer says nothing of redirect_uris",
    )
    read = odd.registered and _states_its_own(odd)
    return expect.met(
        read,
        "registered, as the same in plain writing",
        f"{odd.status}, registered with another redirect URI"
        if odd.registered and not read
        else f"{odd.status} {odd.error or ''}".strip(),
        name=name,
        about=odd,
        member="redirect_uris",
    )


def _states_its_own(answer: Answer) -> bool:
    """Whether an answer has the first redirect URI of its request."""
    sent, stated = answer.request.members.get("redirect_uris"), answer.members.get("redirect_uris")
    return bool(isinstance(sent, list) and isinstance(stated, list) and sent[0] in stated)


def _is_object(answer: Answer) -> bool:
    return bool(answer.body.json_kind == "object")


def _fault(answer: Answer) -> str:
    if answer.status >= 500:
        return "a server error"
    body = answer.body
    return f"no JSON object: {body.json_fault or body.json_kind or 'an empty body'}"
