"""Exchanges that several sections look at."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.credentials import altered, quoted
from conformance.provider.operations import authorize_with
from conformance.provider.sender import OMIT

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


def machine(**changes: Any) -> dict[str, Any]:
    """Metadata of a client of the client credentials grant alone, with changes."""
    return {
        "grant_types": ["client_credentials"],
        "response_types": [],
        "token_endpoint_auth_method": "client_secret_basic",
        "client_name": "dcr-conformance",
        **changes,
    }


def credentials_client(provider: Provider) -> Client:
    """The client of a secret and of the client credentials grant, by which tokens can be seen."""
    return provider.control(**machine())


def other_credentials_client(provider: Provider) -> Client:
    """Another client of that kind."""
    return provider.control(**machine(client_name="dcr-conformance other"))


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


@exchange
def read_client(provider: Provider) -> dict[str, Answer | Client]:
    """Register a client and read it with its token, twice."""
    client = provider.register(**provider.baseline())
    client.need_management()
    return {"client": client, "read": client.read(), "again": client.read()}


@exchange
def written_back(provider: Provider) -> dict[str, Answer | Client]:
    """Read a client, put back exactly what was read, and read it again."""
    client = provider.register(**provider.baseline(client_name="dcr-conformance written back"))
    client.need_management()
    answers: dict[str, Answer | Client] = {"client": client, "before": client.read()}
    old = client.secret
    answers["update"] = update = client.update()
    answers["after"] = client.read()
    if old and client.secret and client.secret != old and update.accepted:
        with contextlib.suppress(NotApplicable):
            answers["new secret"] = provider.patiently(
                lambda: provider.authenticates(client), lambda a: a.error != "invalid_client"
            )
            answers["old secret"] = provider.patiently(
                lambda: provider.authenticates(client, secret=old),
                lambda a: a.error == "invalid_client",
            )
    return answers


def description(provider: Provider, name: str) -> dict[str, Any]:
    """Every common member of RFC 7591 section 2, all on the host of the redirect URI."""
    parts = urlsplit(provider.redirect_uri())
    site = f"{parts.scheme}://{parts.netloc}"
    offered = provider.metadata.get("grant_types_supported") or []
    more_grants = ["refresh_token"] if "refresh_token" in offered else []
    scopes = plain_scopes(provider)[:2]
    return provider.baseline(
        redirect_uris=[provider.redirect_uri(name), provider.redirect_uri(f"{name}-second")],
        client_name=f"dcr-conformance {name}",
        client_uri=f"{site}/about",
        logo_uri=f"{site}/logo.png",
        tos_uri=f"{site}/terms",
        policy_uri=f"{site}/policy",
        contacts=[f"dcr-conformance@{parts.hostname}"],
        grant_types=["authorization_code", *more_grants],
        response_types=["code"],
        software_id="4NRB1-0XZABZI9E6-5SM3R",
        software_version="2.2.0-rc+1",
        scope=" ".join(scopes) or OMIT,
    )


def plain_scopes(provider: Provider) -> list[str]:
    """The advertised scopes that stand for access and not for a person's login."""
    offered = provider.metadata.get("scopes_supported")
    login = {"openid", "profile", "email", "address", "phone", "offline_access"}
    words = offered if isinstance(offered, list) else []
    return [word for word in words if isinstance(word, str) and word not in login]


@exchange
def described_registration(provider: Provider) -> dict[str, Answer | Client]:
    """Register a client with every common member; read it and try what it registered."""
    client = provider.register(
        optional="a client with every common member is refused",
        **description(provider, "described"),
    )
    answers: dict[str, Answer | Client] = {"client": client}
    if client.manageable:
        answers["read"] = client.read()
    if provider.settings.provider.approval_step:
        return answers
    with contextlib.suppress(NotApplicable, NotJudged):
        answers["authentication"] = provider.authenticates(client)
        wrong = altered(client.secret) if client.secret else OMIT
        answers["false authentication"] = provider.authenticates(client, secret=wrong)
    with contextlib.suppress(NotApplicable, NotJudged):
        control = provider.control(**provider.baseline())
        answers["control"] = provider.tries_redirect(control, control.redirect_uris[0])
        for number, uri in enumerate(client.redirect_uris):
            answers[f"redirect {number}"] = provider.tries_redirect(client, uri)
        answers["page"] = provider.authorize(client)
    return answers


@exchange
def repeated_registration(
    provider: Provider, described_registration: dict[str, Client]
) -> dict[str, Answer | Client | bool]:
    """Send the registration with every common member again; use the first client afterwards."""
    client = described_registration["client"]
    again, second = provider.attempt(description(provider, "described"))
    shared = second is not None and client.secret and second.secret == client.secret
    answers: dict[str, Answer | Client | bool] = {
        "first": client,
        "again": again,
        "shared secret": bool(shared),
    }
    # A read would tell of a secret that was changed, so the one at hand is tried first.
    with contextlib.suppress(NotApplicable, NotJudged):
        answers["authentication"] = provider.authenticates(client)
    if client.manageable:
        answers["read"] = client.read()
    with contextlib.suppress(NotApplicable, NotJudged):
        answers["redirect 0"] = provider.tries_redirect(client, client.redirect_uris[0])
    return answers


@exchange
def unstated_authentication(provider: Provider) -> dict[str, Answer]:
    """Ask for tokens as a client that asked for no authentication method, in several ways."""
    provider.endpoint("token_endpoint")
    client = provider.control(**provider.baseline())
    answers: dict[str, Answer] = {"registration": client.registration}
    # What may be right comes first: some providers lock a client after a few failures.
    methods = ("client_secret_basic", "client_secret_post")
    if client.secret is not None:
        for method in methods:
            answers[method] = provider.authenticates(client, method=method)
    answers["alone"] = provider.authenticates(client, method="none")
    stranger = altered(client.client_id)
    answers["stranger"] = provider.authenticates(client, method="none", client_id=stranger)
    if client.secret is not None:
        wrong = altered(client.secret)
        for method in methods:
            answers[f"wrong {method}"] = provider.authenticates(client, method=method, secret=wrong)
    return answers


@exchange(cases=load_cases("member_values"))
def odd_value_registration(provider: Provider, case: Case) -> Comparison:
    """Send the same registration twice, once with a member of another type, null or empty."""
    return provider.compare(provider.baseline(), offending={case.member: json.loads(case.json)})


@exchange
def misused_read(provider: Provider) -> dict[str, Answer]:
    """Read a client rightly, then without a token, and with the token wrong or wrongly sent."""
    client = provider.register(**provider.baseline())
    client.need_management()
    answers: dict[str, Answer] = {"control": client.read()}
    # Each with the newest token, and the misuse last: it may rightly end the token.
    lower = {"Authorization": f"bearer {client.registration_token}"}
    answers["lower case"] = client.read(token=None, headers=lower)
    token, uri = client.registration_token or "", client.configuration_uri or ""
    answers["anonymous"] = client.read(token=None)
    query = f"{uri}{'&' if '?' in uri else '?'}access_token={quoted(token)}"
    answers["query"] = client.read(token=None, uri=query)
    answers["empty"] = client.read(token=None, headers={"Authorization": "Bearer"})
    answers["two words"] = client.read(token=None, headers={"Authorization": "Bearer no such"})
    answers["altered"] = client.read(token=altered(token))
    return answers


@exchange
def initial_token_misuse(provider: Provider) -> dict[str, Answer]:
    """Register without the initial access token, and with it altered."""
    token = provider.initial_access_token()
    if token is None:
        raise NotApplicable("the run has no initial access token")
    answers = {"control": provider.control(**provider.baseline()).registration}
    answers["anonymous"], _ = provider.attempt(provider.baseline(), initial_token=None)
    answers["altered"], _ = provider.attempt(provider.baseline(), initial_token=altered(token))
    return answers
