"""RFC 8725 section 3: algorithms and keys that no assertion may be taken by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.client_authentication.judging import refused
from conformance.checks.client_authentication.proving import (
    algorithms,
    keys_client,
    keys_metadata,
    main_prover,
    prover_by,
    signer_of,
)
from conformance.checks.client_authentication.ring import key_ring
from conformance.checks.client_authentication.telling import between, tell
from conformance.checks.lying import among, told
from conformance.exchange import exchange
from conformance.forging.signers import HmacSigner, LocalSigner, key
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.forging import Signer
    from conformance.provider.operations import Provider

_OFFERED = "token_endpoint_auth_signing_alg_values_supported"
_LISTS = ("_encryption_alg_values_supported", "_auth_signing_alg_values_supported")
_RSA = ("PS256", "RS256")
_HINTS = ("embedded-jwk", "embedded-x5c", "jku-inline", "kid-path", "kid-sql")
_CURVES = ("zero-signature", "order-signature")


@exchange(cases=told("digest-sha1", "hmac-client-secret"))
def assertion_by_an_algorithm_not_offered(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate honestly, then by an algorithm that the metadata does not list."""
    offered = provider.metadata.get(_OFFERED)
    if case.header["alg"] in (offered if isinstance(offered, list) else []):
        if case.id == "digest-sha1":
            raise NotApplicable("the provider offers RS1")
    elif not isinstance(offered, list):
        raise NotApplicable("the metadata does not say which algorithms are taken")
    if case.id == "digest-sha1":
        prover = prover_by(provider, *_RSA)
        sha1 = LocalSigner(key("RSA", "main"), "RS1", prover.signer.kid)
        return tell(provider, case, *_RSA, others={"sha1": sha1})
    secret = main_prover(provider).client.secret
    if secret is None:
        raise NotApplicable("the client has no secret beside its key")
    return tell(provider, case, others={"secret": HmacSigner(secret.encode())})


@exchange
def assertion_by_a_key_of_another_algorithm(provider: Provider) -> dict[str, Answer]:
    """Register an RSA key that says RS256; authenticate by RS256, then by PS256."""
    if not {"RS256", "PS256"} <= set(algorithms(provider)):
        raise NotApplicable("the provider does not take both RS256 and PS256")
    free = prover_by(provider, "PS256")  # PS256 works with a key that says nothing
    signer = signer_of("RS256", "one-algorithm", alg="RS256")
    client = keys_client(provider, "one-algorithm", [signer.public_jwk])
    prover = free.of(client, signer)
    other = replace(prover, signer=replace(signer, algorithm="PS256"))
    return between(provider, prover, lambda: other.honest(provider))


@exchange
def advertised_algorithms(provider: Provider) -> dict[str, Any]:
    """Look at the algorithms that the metadata lists."""
    return {
        name: [str(item) for item in value]
        for name, value in provider.metadata.items()
        if isinstance(value, list) and name.endswith(_LISTS)
    }


@exchange(cases=told(*_CURVES))
def assertion_with_an_empty_ecdsa_signature(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate by ES256, then with a signature of numbers that none can have."""
    return tell(provider, case, "ES256")


@exchange(cases=told("wrong-curve"))
def assertion_on_another_curve(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate honestly, then by ES256 with a registered key that is not of P-256."""
    prover, others = key_ring(provider)
    return tell(provider, case, others=others, prover=prover)


@exchange(cases=told("weak-key"))
def assertion_by_a_weak_key(provider: Provider, case: Case) -> dict[str, Any]:
    """Register an RSA key of 1024 bits, and authenticate by it."""
    main = prover_by(provider, *_RSA)
    weak = LocalSigner(key("RSA", "weak", 1024), main.signer.algorithm, "dcr-conformance-weak")
    good = signer_of(main.signer.algorithm, "beside-weak")
    keys = {"keys": [good.public_jwk, weak.public_jwk]}
    answer, client = provider.attempt(keys_metadata(provider, "weak key", keys))
    if client is None:
        return {"control": main.honest(provider), "registration": answer}
    others: dict[str, Signer] = {"weak": weak}
    found = tell(provider, case, others=others, prover=main.of(client, good))
    return {**found, "registration": answer}


@exchange(cases=told(*_HINTS))
def assertion_with_a_key_of_its_own(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate honestly, then by an assertion whose header brings or names its key."""
    return tell(provider, case)


@requirement("rfc8725-3.1-configured-algorithms-only")
def test_algorithm_that_is_not_offered_is_refused(
    assertion_by_an_algorithm_not_offered: dict[str, Any],
) -> None:
    refused(assertion_by_an_algorithm_not_offered)


@requirement("rfc8725-3.1-one-algorithm-per-key")
def test_key_is_used_by_its_own_algorithm_alone(
    assertion_by_a_key_of_another_algorithm: dict[str, Any],
) -> None:
    refused(assertion_by_a_key_of_another_algorithm, name="PS256 by a key of RS256")


@requirement("rfc8725-3.2-legacy-algorithms-disabled")
def test_legacy_algorithms_are_not_offered(advertised_algorithms: dict[str, Any]) -> None:
    expect.applies(advertised_algorithms, "the metadata lists no algorithms")
    with expect.together():
        for name, offered in advertised_algorithms.items():
            # Unsigned request objects and ID Tokens are lawful (OIDC Core sections 2 and 6.1).
            legacy = "none" if name.endswith(_LISTS[1]) else "RSA1_5"
            expect.met(
                legacy not in offered,
                f"no {legacy}",
                f"without {legacy}" if legacy not in offered else ", ".join(offered),
                name=name,
            )


@requirement("rfc8725-3.4-elliptic-curve-inputs-validated")
def test_ecdsa_signature_of_empty_numbers_is_refused(
    assertion_with_an_empty_ecdsa_signature: dict[str, Any],
) -> None:
    refused(assertion_with_an_empty_ecdsa_signature)


@requirement("rfc8725-3.4-elliptic-curve-inputs-validated")
def test_signature_on_another_curve_is_refused(assertion_on_another_curve: dict[str, Any]) -> None:
    refused(assertion_on_another_curve)


@requirement("rfc8725-3.5-weak-keys-not-usable")
def test_weak_key_is_not_usable(assertion_by_a_weak_key: dict[str, Any]) -> None:
    answer = expect.conclusive(assertion_by_a_weak_key["registration"])
    if answer.registered:
        refused(assertion_by_a_weak_key)
    else:
        expect.refused(answer, name="registration of the weak key")


@requirement("rfc8725-3.10-header-key-hints-untrusted", where=among(*_HINTS))
def test_key_that_an_assertion_brings_is_not_trusted(
    assertion_with_a_key_of_its_own: dict[str, Any],
) -> None:
    refused(assertion_with_a_key_of_its_own)
