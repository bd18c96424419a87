"""RFC 7523 sections 2.2, 3 and 3.2: which client assertions authenticate, and which do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect, forging
from conformance.checks.client_authentication.judging import refused, taken
from conformance.checks.client_authentication.proving import (
    keys_client,
    main_prover,
    outcome,
    signer_of,
)
from conformance.checks.client_authentication.telling import between, tell
from conformance.checks.lying import among, told
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider

_UNSIGNED = (
    "alg-none",
    "alg-none-capital",
    "alg-none-upper",
    "alg-none-mixed",
    "alg-missing",
    "signature-stripped",
    "signature-part-missing",
    "signature-flipped",
    "signature-truncated",
    "payload-changed",
    "hmac-public-pem",
    "hmac-public-jwk",
    "hmac-public-octets",
)
_CLAIMS = (
    "no-iss",
    "no-sub",
    "sub-of-another",
    "no-aud",
    "aud-elsewhere",
    "aud-upper-case",
    "no-exp",
    "expired",
    "not-yet-valid",
    "far-future-exp",
)
_STRANGE = ("strange-key", "strange-key-strange-kid")


@exchange(cases=told(*_UNSIGNED, *_CLAIMS, *_STRANGE))
def lying_assertion(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate by an honest assertion, by one that lies, and honestly again."""
    other = ""
    if case.id == "sub-of-another":
        other = provider.control(**provider.baseline()).client_id
    return tell(provider, case, other=other)


@exchange
def assertion_by_another_clients_key(provider: Provider) -> dict[str, Any]:
    """Authenticate honestly, and by an assertion that another client's key signed."""
    prover = main_prover(provider)
    signer = signer_of(prover.signer.algorithm, "second")
    second = keys_client(provider, "second", [signer.public_jwk])
    # That client's own assertion shows that its key is registered.
    own = prover.of(second, signer).honest(provider)
    foreign = forging.honest({}, prover.claims(provider), signer)
    answers = between(provider, prover, lambda: prover.ask(provider, foreign))
    return {**answers, "own": own}


@exchange
def other_assertion_types(provider: Provider) -> dict[str, dict[str, Answer]]:
    """Send honest assertions without their type, under another one, and two in one value."""
    prover = main_prover(provider)
    saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"

    def ask(assertion: str, **changes: Any) -> dict[str, Answer]:
        return between(provider, prover, lambda: prover.ask(provider, assertion, **changes))

    first, second = prover.assertion(provider), prover.assertion(provider)
    return {
        "no type": ask(prover.assertion(provider), client_assertion_type=provider.OMIT),
        "type of SAML": ask(prover.assertion(provider), client_assertion_type=saml),
        "two in one value": ask(f"{first} {second}"),
    }


@requirement("rfc7523-3-assertion-signature-verified", where=among(*_UNSIGNED))
def test_assertion_without_a_valid_signature_is_refused(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3-assertion-key-belongs-to-client", where=among(*_STRANGE))
def test_assertion_by_a_strange_key_is_refused(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3-assertion-key-belongs-to-client")
def test_assertion_by_another_clients_key_is_refused(
    assertion_by_another_clients_key: dict[str, Any],
) -> None:
    own, control = (assertion_by_another_clients_key[name] for name in ("own", "control"))
    expect.judged(
        outcome(expect.conclusive(own)) == outcome(control),
        f"the other client's own assertion is refused: {own.line}",
    )
    refused(assertion_by_another_clients_key)


@requirement("rfc7523-3-assertion-needs-issuer", where=among("no-iss"))
def test_assertion_without_issuer_is_refused(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3-assertion-sub-is-client", where=among("no-sub", "sub-of-another"))
def test_assertion_about_somebody_else_is_refused(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3-assertion-audience-is-server", where=among("no-aud", "aud-elsewhere"))
def test_assertion_for_somebody_else_is_refused(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3-audience-compared-as-string", where=among("aud-upper-case"))
def test_audience_is_compared_as_a_string(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3-assertion-needs-valid-expiry", where=among("no-exp", "expired"))
def test_assertion_without_time_left_is_refused(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3-assertion-not-before-respected", where=among("not-yet-valid"))
def test_assertion_of_the_future_is_refused(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3-assertion-lifetime-bounded", where=among("far-future-exp"))
def test_assertion_for_years_is_refused(lying_assertion: dict[str, Any]) -> None:
    refused(lying_assertion)


@requirement("rfc7523-3.2-bad-assertion-error-code", where=among("strange-key", "expired"))
def test_bad_assertion_is_answered_invalid_client(lying_assertion: dict[str, Any]) -> None:
    expect.judged(not taken(lying_assertion), "it is taken; that is judged by its own row")
    odd = lying_assertion["odd"]
    expect.met(
        odd.error == "invalid_client",
        "error invalid_client",
        f"{odd.status} {odd.error or 'without error'}",
        name="error",
        about=odd,
        member="error",
    )


@requirement("rfc7523-2.2-assertion-type-and-single-assertion")
def test_assertion_is_alone_and_says_what_it_is(other_assertion_types: dict[str, Any]) -> None:
    with expect.together():
        for name, evidence in other_assertion_types.items():
            refused(evidence, name=name)
