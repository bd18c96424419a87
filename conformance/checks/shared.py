"""Exchanges that several sections look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable
from conformance.provider.credentials import altered
from conformance.provider.operations import authorize_with

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.exchange import Case
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


@pytest.fixture(scope="session")
def whole_run() -> None:
    """Stand for everything that was said; judgement hands the check the evidence itself."""


@exchange(gate=True)
def minimal_registration(provider: Provider) -> Client:
    """Register a client with redirect_uris and nothing else."""
    return provider.register(redirect_uris=[provider.redirect_uri()])


@exchange
def second_registration(provider: Provider) -> Client:
    """Register another client, of another name and redirect URI."""
    return provider.register(
        redirect_uris=[provider.redirect_uri("second")], client_name="dcr-conformance second"
    )


@exchange(cases=load_cases("redirect_uris"))
def hostile_redirect_registration(provider: Provider, case: Case) -> Comparison:
    """Send the same registration twice, differing in one redirect URI; try the odd one."""
    return provider.compare(
        provider.baseline(), offending={"redirect_uris": [case.uri]}, then=authorize_with(case.uri)
    )


@exchange(cases=load_cases("bad_bodies"))
def bad_body_registration(provider: Provider, case: Case) -> dict[str, Answer]:
    """Send a body that is no JSON object, after the baseline was taken."""
    control = provider.control(**provider.baseline())
    answer, _ = provider.attempt(raw=case.body.encode())
    return {"control": control.registration, "odd": answer}


@exchange
def unusable_redirect_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with a redirect URI that is none."""
    return provider.compare(provider.baseline(), offending={"redirect_uris": ["not a uri"]})


def credentials_client(provider: Provider) -> Client:
    """The client of a secret and of the client credentials grant, by which tokens can be seen."""
    return provider.control(
        grant_types=["client_credentials"],
        response_types=[],
        token_endpoint_auth_method="client_secret_basic",
        client_name="dcr-conformance",
    )


@exchange
def credentials_requests(provider: Provider) -> dict[str, Answer]:
    """Ask for a client credentials token with the right secret, an altered one and none."""
    provider.endpoint("token_endpoint")
    client = credentials_client(provider)
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    grant = "client_credentials"
    return {
        "right": provider.token(client, grant_type=grant),
        "wrong": provider.token(client, secret=altered(client.secret), grant_type=grant),
        "none": provider.token(client, method="none", grant_type=grant),
    }


@exchange
def token_authentication(provider: Provider) -> dict[str, Answer]:
    """Ask for tokens with the right secret and with a wrong one."""
    provider.endpoint("token_endpoint")
    client = provider.register(
        optional="a client with a secret is refused",
        **provider.baseline(token_endpoint_auth_method="client_secret_basic"),
    )
    right = provider.authenticates(client)
    answers = {"registration": client.registration, "right": right}
    if client.secret is not None:
        answers["wrong"] = provider.authenticates(client, secret=altered(client.secret))
    return answers
