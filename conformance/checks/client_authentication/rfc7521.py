"""RFC 7521 sections 4.2, 4.2.1 and 5.2: whom an assertion authenticates, and what beside it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.client_authentication.judging import refused
from conformance.checks.client_authentication.proving import main_prover
from conformance.checks.client_authentication.telling import between, tell
from conformance.checks.lying import told
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange
from conformance.provider.credentials import basic
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider


@exchange
def body_names_another_client(provider: Provider) -> dict[str, Any]:
    """Send an assertion of one client with the client_id of another; ask whose token that is."""
    prover = main_prover(provider)
    other = credentials_client(provider)
    odd = prover.ask(provider, prover.assertion(provider), client_id=other.client_id)
    answers: dict[str, Any] = {"control": prover.honest(provider), "odd": odd}
    answers |= {"own": prover.client.client_id, "other": other.client_id}
    token = odd.members.get("access_token")
    if odd.accepted and isinstance(token, str) and provider.session.endpoint(_INTROSPECTION):
        answers["whose"] = provider.introspect(other, token)
    return answers


_INTROSPECTION = "introspection_endpoint"


@exchange
def assertion_beside_a_secret(provider: Provider) -> dict[str, Answer]:
    """Send an honest assertion and Basic credentials of the same client at once."""
    prover = main_prover(provider)
    secret = prover.client.secret or secrets.token_urlsafe(24)
    fields = [("Authorization", basic(prover.client.client_id, secret))]
    return between(provider, prover, lambda: prover.honest(provider, headers=fields))


@exchange(cases=told("iss-elsewhere", "iss-of-another"))
def assertion_of_another_issuer(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate by an honest assertion, by one of another iss, and honestly again."""
    other = ""
    if case.id == "iss-of-another":
        other = provider.control(**provider.baseline()).client_id
    return tell(provider, case, other=other)


@requirement("rfc7521-4.2-body-client-id-matches-assertion")
def test_client_id_beside_an_assertion_makes_nobody_else(
    body_names_another_client: dict[str, Any],
) -> None:
    found = body_names_another_client
    control, odd = expect.conclusive(found["control"]), expect.conclusive(found["odd"])
    expect.judged("access_token" in control.members, f"no token to look at: {control.line}")
    owner = _owner(found)
    expect.judged(odd.refused or owner, "nothing shows whose token was given")
    expect.met(
        odd.refused or owner == found["own"],
        "refused, or a token of the client that the assertion is of",
        f"refused: {odd.status} {odd.error or ''}" if odd.refused else f"a token of {owner}",
        name="client_id of another client",
        about=odd,
    )


def _owner(found: dict[str, Any]) -> str:
    """Whose token it is: one of the two clients, or nobody known."""
    whose = found.get("whose")
    if whose is None or not whose.accepted or whose.members.get("active") is not True:
        return ""
    named = whose.members.get("client_id")
    return str(named) if named in (found["own"], found["other"]) else ""


@requirement("rfc7521-4.2.1-second-mechanism-beside-assertion-refused")
def test_second_mechanism_beside_an_assertion_is_refused(
    assertion_beside_a_secret: dict[str, Any],
) -> None:
    refused(assertion_beside_a_secret, name="an assertion and Basic credentials")


@requirement("rfc7521-5.2-self-issued-assertion-issuer-is-client")
def test_assertion_of_another_issuer_is_refused(
    assertion_of_another_issuer: dict[str, Any],
) -> None:
    refused(assertion_of_another_issuer)
