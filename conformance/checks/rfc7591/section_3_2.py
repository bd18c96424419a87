"""RFC 7591 section 3.2: what is answered, whatever the client prefers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import exchange, load_cases
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider

NOT_ACCEPTABLE = 406


@exchange(cases=load_cases("accepted_types"))
def other_accept_registration(provider: Provider, case: Case) -> dict[str, Answer]:
    """Send a registration that asks for JSON, and the same asking for another media type."""
    metadata = provider.baseline()
    answers: dict[str, Answer] = {}
    if case.refused:
        metadata["redirect_uris"] = ["not a uri"]
        answers["control"], _ = provider.attempt(metadata)
    else:
        answers["control"] = provider.control(**metadata).registration
    answers["odd"], _ = provider.attempt(metadata, headers=[("Accept", case.accept)])
    return answers


@requirement("rfc7591-3.2-json-whatever-accept-says")
def test_answer_is_json_whatever_accept_says(
    other_accept_registration: dict[str, Answer],
) -> None:
    control = expect.conclusive(other_accept_registration["control"])
    odd = expect.conclusive(other_accept_registration["odd"])
    expect.judged(
        control.media_type == "application/json" and control.body.json_kind == "object",
        "the answer is no JSON even where JSON is asked for; judged by its own row",
    )
    expect.judged(odd.status < 500, f"{odd.line}: a server error is judged by its own row")
    if odd.status == NOT_ACCEPTABLE:
        expect.status(odd, NOT_ACCEPTABLE)
    else:
        expect.json_body(odd)
