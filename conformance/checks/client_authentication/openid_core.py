"""OpenID Connect Core sections 9 and 16.19: more on client assertions and their secrets."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Any

from conformance import expect, forging
from conformance.checks.client_authentication.judging import accepted, refused
from conformance.checks.client_authentication.proving import (
    Prover,
    audiences,
    is_taken,
    main_prover,
)
from conformance.checks.client_authentication.telling import between, tell
from conformance.checks.lying import among, told
from conformance.checks.shared import machine
from conformance.exchange import exchange
from conformance.forging.signers import HmacSigner, decoded
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.credentials import altered
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

_METHOD = "client_secret_jwt"
_OCTETS = {"HS256": 32, "HS384": 48, "HS512": 64}
"""The least length of a key by algorithm (RFC 7518 section 3.2)."""


@exchange
def assertion_sent_twice(provider: Provider) -> dict[str, Answer]:
    """Authenticate twice by one and the same assertion, then by a new one."""
    prover = main_prover(provider)
    assertion = prover.assertion(provider)
    first, second = (prover.ask(provider, assertion) for _ in range(2))
    return {"control": first, "odd": second, "after": prover.honest(provider)}


@exchange(cases=told("no-jti", "aud-and-another"))
def loose_assertion(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate honestly, and by an assertion that RFC 7523 alone does not forbid."""
    return tell(provider, case)


@exchange
def assertion_for_the_issuer(provider: Provider) -> dict[str, Answer]:
    """Authenticate honestly, and by an assertion whose audience is the issuer."""
    prover, issuer = main_prover(provider), provider.metadata.get("issuer")
    if not isinstance(issuer, str):
        raise NotApplicable("the provider's metadata names no issuer")
    assertion = prover.assertion(provider, aud=issuer)
    return between(provider, prover, lambda: prover.ask(provider, assertion))


@exchange
def assertion_with_an_unknown_claim(provider: Provider) -> dict[str, Answer]:
    """Authenticate honestly, and by an assertion with a claim that nobody knows."""
    prover = main_prover(provider)
    note = {"dcr-conformance": {"a": ["note"]}}
    return between(
        provider, prover, lambda: prover.ask(provider, prover.assertion(provider, **note))
    )


@exchange
def secret_client(provider: Provider) -> Client:
    """Register a client of client_secret_jwt."""
    offered = provider.metadata.get("token_endpoint_auth_methods_supported")
    if isinstance(offered, list) and _METHOD not in offered:
        raise NotApplicable("the provider does not offer client_secret_jwt")
    members = {
        "token_endpoint_auth_method": _METHOD,
        "client_name": "dcr-conformance secret assertions",
    }
    grants = provider.metadata.get("grant_types_supported")
    lacking = isinstance(grants, list) and "client_credentials" not in grants
    metadata = provider.baseline(**members) if lacking else machine(**members)
    client = provider.register(optional="client_secret_jwt is refused", **metadata)
    if client.members.get("token_endpoint_auth_method", _METHOD) != _METHOD:
        raise NotApplicable("client_secret_jwt is replaced by another method")
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    return client


@exchange
def secret_assertions(provider: Provider, secret_client: Client) -> dict[str, Any]:
    """Authenticate by HMAC with the octets of the secret; else with other readings of it."""
    client, secret = secret_client, secret_client.secret or ""
    algorithm = _algorithm(client)
    answers: dict[str, Any] = {}
    for name, octets in _readings(secret).items():
        for audience in _audiences(provider):
            prover = Prover(client, HmacSigner(octets, algorithm), audience, named=True)
            answers[name] = prover.honest(provider)
            if is_taken(provider, prover, answers[name]):
                wrong = HmacSigner(altered(secret).encode(), algorithm)
                lying = forging.honest({}, prover.claims(provider), wrong)
                told = between(provider, prover, lambda: prover.ask(provider, lying))  # noqa: B023
                return {**answers, **told, "key": name}
    return {**answers, "key": ""}


def _algorithm(client: Any) -> str:
    stated = client.members.get("token_endpoint_auth_signing_alg")
    return stated if stated in _OCTETS else "HS256"


def _audiences(provider: Provider) -> list[str]:
    """The audience that is known to be taken, else all."""
    with contextlib.suppress(NotApplicable, NotJudged):
        return [main_prover(provider).audience]
    return audiences(provider)


def _readings(secret: str) -> dict[str, bytes]:
    """The octets of the secret first, and then what careless code makes of them."""
    octets = secret.encode(errors="surrogatepass")
    readings = {"the octets of the secret": octets}
    with contextlib.suppress(ValueError):
        readings["the secret decoded from base64url"] = decoded(secret)
    with contextlib.suppress(ValueError):
        readings["the secret decoded from hexadecimal"] = bytes.fromhex(secret)
    readings["the SHA-256 of the secret"] = hashlib.sha256(octets).digest()
    readings["the SHA-256 of the secret in hexadecimal"] = (
        hashlib.sha256(octets).hexdigest().encode()
    )
    return readings


@requirement("oidc-core-9-assertion-used-once")
def test_assertion_is_taken_once(assertion_sent_twice: dict[str, Any]) -> None:
    refused(assertion_sent_twice, name="the assertion for the second time")


@requirement("oidc-core-9-assertion-used-once", where=among("no-jti"))
def test_assertion_without_identifier_is_refused(loose_assertion: dict[str, Any]) -> None:
    refused(loose_assertion)


@requirement("oidc-core-9-assertion-sole-audience", where=among("aud-and-another"))
def test_server_is_the_sole_audience(loose_assertion: dict[str, Any]) -> None:
    refused(loose_assertion)


@requirement("oidc-core-9-issuer-accepted-as-audience")
def test_issuer_is_taken_as_audience(assertion_for_the_issuer: dict[str, Any]) -> None:
    accepted(assertion_for_the_issuer, name="the issuer as aud")


@requirement("oidc-core-9-unknown-assertion-claims-ignored")
def test_unknown_claims_are_ignored(assertion_with_an_unknown_claim: dict[str, Any]) -> None:
    accepted(assertion_with_an_unknown_claim, name="a claim that nobody knows")


@requirement("oidc-core-9-secret-octets-as-hmac-key")
def test_octets_of_the_secret_are_the_key(secret_assertions: dict[str, Any]) -> None:
    key = secret_assertions["key"]
    expect.judged(key, "no assertion of client_secret_jwt is taken, however its key is made")
    expect.judged(not _any_key(secret_assertions), "any key is taken; that has its own row")
    octets = "the octets of the secret"
    about = secret_assertions[octets]
    expect.met(key == octets, octets, key, name="the key of the HMAC", about=about)


def _any_key(evidence: dict[str, Any]) -> bool:
    odd = evidence.get("odd")
    return odd is not None and odd.accepted and "access_token" in odd.members


@requirement("rfc7523-3-assertion-signature-verified")
def test_assertion_by_another_secret_is_refused(secret_assertions: dict[str, Any]) -> None:
    expect.judged(secret_assertions["key"], "no assertion of client_secret_jwt is taken")
    refused(secret_assertions, name="an assertion by an altered secret")


@requirement("oidc-core-16.19-symmetric-secret-long-enough")
def test_secret_is_long_enough_for_the_algorithm(secret_client: Any) -> None:
    facts = secret_client.registration.facts.get("client_secret", {})
    length = facts.get("length")
    expect.judged(isinstance(length, int), "the secret is not known as a string")
    algorithm = _algorithm(secret_client)
    expect.met(
        length >= _OCTETS[algorithm],
        f"at least {_OCTETS[algorithm]} octets for {algorithm}",
        f"{length} octets",
        name="client_secret",
        about=secret_client.registration,
        member="client_secret",
    )
