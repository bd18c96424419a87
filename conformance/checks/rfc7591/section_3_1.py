"""RFC 7591 section 3.1: the client registration request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.provider.operations import Provider


@exchange
def chosen_identifier_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with a client_id of one's own choice."""
    chosen = f"dcr-conformance-chosen-{provider.session.marker}"
    return provider.compare(provider.baseline(), offending={"client_id": chosen})


@exchange
def chosen_secret_registration(provider: Provider) -> dict[str, Answer | bool]:
    """Register with a client_secret of one's own choice."""
    chosen = f"dcr-conformance-chosen-secret-{provider.session.marker}"
    answer, client = provider.attempt(provider.baseline(client_secret=chosen))
    return {"answer": answer, "adopted": client is not None and client.secret == chosen}


@requirement("rfc7591-3.1-server-chooses-client-id")
def test_server_chooses_the_client_id(chosen_identifier_registration: Comparison) -> None:
    odd = expect.conclusive(chosen_identifier_registration.odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    expect.met(
        odd.members.get("client_id") != chosen_identifier_registration.offending["client_id"],
        "refused, or another client_id",
        odd.members.get("client_id", odd.line),
        name="client_id",
        about=odd,
        member="client_id",
    )


@requirement("rfc7591-3.1-requested-secret-not-adopted")
def test_requested_secret_is_not_adopted(chosen_secret_registration: dict[str, Answer]) -> None:
    answer = expect.conclusive(chosen_secret_registration["answer"])
    expect.judged(answer.registered or answer.refused, f"{answer.line}: judged by its own row")
    expect.judged(
        answer.refused or "client_secret" in answer.members,
        "the answer is silent about client_secret, so it may have been adopted",
    )
    expect.met(
        not chosen_secret_registration["adopted"],
        "refused, or a secret of the server's choice",
        "the requested secret is the registered one",
        name="client_secret",
        about=answer,
        member="client_secret",
    )


@requirement("rfc7591-3.1-malformed-json-answers-json-error", where=lambda c: c.kind == "malformed")
def test_malformed_json_is_a_json_error(bad_body_registration: dict[str, Answer]) -> None:
    expect.error_answer(bad_body_registration["odd"])


@requirement("rfc7591-3.1-non-object-json-refused", where=lambda c: c.kind == "root")
def test_json_that_is_no_object_is_refused(bad_body_registration: dict[str, Answer]) -> None:
    expect.error_answer(bad_body_registration["odd"])
