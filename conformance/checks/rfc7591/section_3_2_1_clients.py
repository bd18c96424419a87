"""RFC 7591 section 3.2.1: what the client of a response can do."""

from __future__ import annotations

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from conformance import expect
from conformance.checks.rfc7591.evidence import authenticated
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.credentials import altered
from conformance.requirement import requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer, ClientRecord
    from conformance.exchange import Case
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

AT_ONCE = 3
"""Registrations sent at the same moment; a provider may take few in an hour."""

METHODS = ("client_secret_post", "client_secret_basic")


@exchange
def secret_in_the_body_registration(provider: Provider) -> dict[str, Answer]:
    """Register for client_secret_post; authenticate by that and by HTTP Basic."""
    provider.endpoint("token_endpoint")
    if provider.settings.provider.approval_step:
        raise NotApplicable("a person approves clients before they can be used")
    client = provider.register(
        optional="client_secret_post is refused",
        **provider.baseline(token_endpoint_auth_method="client_secret_post"),
    )
    answers = {"registration": client.registration}
    if client.secret is None:
        return answers
    wrong = altered(client.secret)
    for method in METHODS:
        answers[method] = provider.authenticates(client, method=method)
        answers[f"wrong {method}"] = provider.authenticates(client, method=method, secret=wrong)
    return answers


@exchange
def code_flow(provider: Provider, described_registration: dict[str, Client]) -> dict[str, Answer]:
    """Take the client with every common member through the code flow."""
    provider.endpoint("token_endpoint")
    client = described_registration["client"]
    code = provider.code(client)
    return {"registration": client.registration, "token": provider.redeem(client, code)}


@exchange(cases=load_cases("key_methods"))
def key_method_registration(provider: Provider, case: Case) -> Client:
    """Register a client that authenticates with a key of its own."""
    offered = provider.metadata.get("token_endpoint_auth_methods_supported") or []
    if case.method not in offered:
        raise NotApplicable(f"the provider does not offer {case.method}")
    good = next(item for item in load_cases("key_sets") if item.kind == "good")
    return provider.register(
        optional=f"{case.method} is refused",
        **provider.baseline(token_endpoint_auth_method=case.method, jwks=json.loads(good.json)),
    )


@exchange
def simultaneous_registrations(provider: Provider) -> dict[str, Answer]:
    """Send differing registrations at the same moment, then read or use each client."""
    alone = provider.control(**provider.baseline())
    names = [f"at-once-{number}" for number in range(AT_ONCE)]

    def one(name: str) -> tuple[Answer, Client | None]:
        return provider.attempt(
            provider.baseline(
                client_name=f"dcr-conformance {name}", redirect_uris=[provider.redirect_uri(name)]
            )
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = list(pool.map(one, names))
    evidence: dict[str, Answer] = {"alone": alone.registration}
    if alone.manageable:
        evidence["read alone"] = alone.read()
    for number, (answer, client) in enumerate(made):
        evidence[f"answer {number}"] = answer
        if client is not None and client.manageable:
            evidence[f"read {number}"] = provider.patiently(client.read, _registered)
        elif client is not None:
            with contextlib.suppress(NotApplicable, NotJudged):
                uri = client.redirect_uris[0]
                own = alone.redirect_uris[0]
                evidence["redirect alone"] = provider.tries_redirect(alone, own)
                evidence[f"redirect {number}"] = provider.tries_redirect(client, uri)
    return evidence


def _registered(answer: Answer) -> bool:
    return answer.registered


@requirement("rfc7591-3.2.1-substituted-values-shown")
def test_stated_authentication_method_is_the_registered_one(
    secret_in_the_body_registration: dict[str, Answer],
) -> None:
    evidence = secret_in_the_body_registration
    stated = evidence["registration"].members.get("token_endpoint_auth_method")
    expect.applies(stated in METHODS, f"the answer states the method {stated}")
    expect.applies(str(stated) in evidence, "no client_secret was issued")
    own = expect.conclusive(evidence[str(stated)])
    other = next(method for method in METHODS if method != stated)
    expect.judged(
        _taken(evidence, str(stated)) or _taken(evidence, other),
        "right and wrong secrets are answered alike, whatever the method",
    )
    # A server may take more than what is registered; it may not take only something else.
    expect.met(
        _taken(evidence, str(stated)) or own.error != "invalid_client",
        f"the secret is taken by {stated}, which the answer states",
        f"{own.line} {own.error or ''}, while {other} is taken",
        name="token_endpoint_auth_method",
        about=own,
    )


def _taken(evidence: dict[str, Answer], method: str) -> bool:
    return authenticated(evidence[method], evidence[f"wrong {method}"])


@requirement("rfc7591-3.2.1-no-secret-for-key-based-methods")
def test_client_with_a_key_gets_no_secret(key_method_registration: ClientRecord) -> None:
    answer = key_method_registration.registration
    method = answer.request.members["token_endpoint_auth_method"]
    stated = answer.members.get("token_endpoint_auth_method")
    expect.applies(stated == method, f"the answer states the method {stated}")
    expect.no_member(answer, "client_secret")


@requirement("rfc7591-3.2.1-client-id-usable-at-once")
def test_client_is_usable_at_once(described_registration: dict[str, ClientRecord]) -> None:
    expect.applies("redirect 0" in described_registration, "there is no authorization to try")
    landed = expect.conclusive(cast("Answer", described_registration["redirect 0"]))
    control = cast("Answer", described_registration["control"])
    expect.judged(
        control.landing in ("client", "interaction"),
        f"the client registered first is not taken either: {control.line}",
    )
    expect.judged(
        landed.landing in ("client", "interaction", "refused"),
        f"the authorization endpoint does not tell: {landed.line}",
    )
    expect.tells(landed)
    expect.met(
        landed.landing != "refused",
        "taken, as the client registered first is",
        landed.line,
        name="authorization",
        about=landed,
    )


@requirement("rfc7591-3.2.1-registered-client-completes-code-flow")
def test_registered_client_completes_the_code_flow(code_flow: dict[str, Answer]) -> None:
    token = expect.conclusive(code_flow["token"])
    refused = ("invalid_grant", "unauthorized_client", "unsupported_grant_type")
    expect.judged(
        token.accepted or token.error in refused,
        f"{token.line} {token.error}: something else may be needed",
    )
    expect.met(
        "access_token" in token.members,
        "an access token for the code",
        f"{token.line} {token.error or ''}".strip(),
        name="token",
        about=token,
    )


@requirement("rfc7591-3.2.1-secret-unique-per-instance")
def test_instances_of_one_client_id_get_secrets_of_their_own(
    repeated_registration: dict[str, Any],
) -> None:
    first, again = repeated_registration["first"], repeated_registration["again"]
    expect.applies(
        again.registered and again.members["client_id"] == first.client_id,
        "the two registrations do not share a client_id",
    )
    expect.applies("client_secret" in again.members, "no client_secret was issued")
    shared = repeated_registration["shared secret"]
    expect.met(
        not shared,
        "two secrets",
        "one secret for both" if shared else "two secrets",
        name="client_secret",
        about=again,
        member="client_secret",
    )


@requirement("rfc7591-3.2.1-repeat-of-a-registration-leaves-the-first-alone")
def test_repetition_leaves_the_first_client_alone(
    described_registration: dict[str, Any], repeated_registration: dict[str, Any]
) -> None:
    again = expect.conclusive(repeated_registration["again"])
    expect.judged(again.registered or again.refused, f"{again.line}: judged by its own row")
    proofs: dict[str, Callable[[Answer], bool]] = {
        "read": lambda answer: answer.registered,
        "authentication": lambda answer: authenticated(
            answer, described_registration["false authentication"]
        ),
        "redirect 0": lambda answer: answer.landing in ("client", "interaction"),
    }
    told = [
        (role, works(repeated_registration[role]))
        for role, works in proofs.items()
        if role in described_registration
        and role in repeated_registration
        and works(described_registration[role])
        and not repeated_registration[role].inconclusive
    ]
    expect.judged(told, "nothing of the first client worked before")
    with expect.together():
        for role, good in told:
            answer: Answer = repeated_registration[role]
            expect.met(good, "works as before", answer.line, name=role, about=answer)


@requirement("rfc7591-3.2.1-concurrent-registrations-all-persist")
def test_simultaneous_registrations_all_persist(
    simultaneous_registrations: dict[str, Answer],
) -> None:
    evidence = simultaneous_registrations
    made = [n for n in range(AT_ONCE) if evidence[f"answer {n}"].registered]
    expect.judged(len(made) > 1, "fewer than two of them were registered")
    identifiers = {evidence[f"answer {n}"].members["client_id"] for n in made}
    expect.judged(len(identifiers) == len(made), "two share a client_id; judged by its own row")
    tried = {n: evidence[f"redirect {n}"] for n in made if f"redirect {n}" in evidence}
    landed = {n: a for n, a in tried.items() if a.landing in ("client", "interaction", "refused")}
    if landed and evidence["redirect alone"].landing not in ("client", "interaction"):
        landed = {}
    read = {n: evidence[f"read {n}"] for n in made if f"read {n}" in evidence}
    read = {n: answer for n, answer in read.items() if not answer.inconclusive}
    steady = _steady(evidence) if read else []
    expect.judged(len(landed) > 1 or steady, "even a client registered alone cannot be read back")
    with expect.together():
        for number, answer in landed.items():
            expect.met(
                answer.landing != "refused",
                "the client can be used",
                answer.line,
                name=f"client {number}",
                about=answer,
            )
        for number, answer in read.items():
            made_as = evidence[f"answer {number}"].members
            lost = [name for name in steady if answer.members.get(name) != made_as.get(name)]
            expect.met(
                answer.registered and not lost,
                {name: made_as.get(name) for name in lost} or "the client as it was registered",
                {name: answer.members.get(name) for name in lost} or answer.line,
                name=f"client {number}",
                about=answer,
                member=lost[0] if lost else "",
            )


def _steady(evidence: dict[str, Answer]) -> list[str]:
    """The members that a client registered alone is read back with; none if it is not."""
    made_as, read = evidence["alone"], evidence["read alone"]
    names = ("client_id", "client_name", "redirect_uris")
    return [
        name
        for name in names
        if read.registered and read.members.get(name) == made_as.members.get(name)
    ]
