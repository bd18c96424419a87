"""RFC 7591 section 2.3: statements that somebody else than their issuer made or changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.statements.evidence import (
    believed,
    none_believed,
    stated,
    trusted_client,
    with_statement,
)
from conformance.exchange import exchange
from conformance.forging import forms, honest, stranger
from conformance.forging.signers import HmacSigner, Nobody, public_key_forms
from conformance.provider.sender import OMIT
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_UNSIGNED = ("none", "nOnE")
_PUBLIC = {"public-pem": "PEM", "public-jwk": "JWK"}
_FORGER = stranger("ES256", "dcr-conformance-forger")
_KIDS = {
    # Whoever reads the key from that path has an empty one, and who asks that query has 'k'.
    "path": ("../../../../../../dev/null", b""),
    "query": ("x' UNION SELECT 'k' -- ", b"k"),
}


@exchange
def unsigned_statements(provider: Provider) -> dict[str, Answer]:
    """Register by statements without a signature, their algorithm spelled in several ways."""
    answers = {}
    trusted = bool(provider.settings.provider.software_statements)
    if trusted:
        answers["control"] = trusted_client(provider).registration
    for algorithm in _UNSIGNED:
        claims = _claims_of_nobody(provider)
        if trusted:
            _, claims = forms.parts(provider.statement(stated(provider)))
        unsigned = honest({"typ": "JWT"}, claims, Nobody(algorithm))
        answers[algorithm] = with_statement(provider, unsigned)
    return answers


def _claims_of_nobody(provider: Provider) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": "https://directory.example",
        "iat": now,
        "exp": now + 600,
        "software_id": "dcr-conformance",
        **stated(provider),
    }


@exchange(needs="software_statements")
def forged_statements(provider: Provider) -> dict[str, Answer]:
    """Register by statements that were changed, MACed with a public key or signed by a forger."""
    answers = {"control": trusted_client(provider).registration}

    def good() -> str:
        return provider.statement(stated(provider))

    first = provider.statement(provider.baseline())
    forged = {"other claims": forms.with_claims(first, stated(provider))}
    key = provider.directory_key(forms.parts(good())[0].get("kid"))
    for form, name in _PUBLIC.items():
        secret = HmacSigner(public_key_forms(key)[form])
        forged[f"MACed with the {name}"] = forms.signed_by(secret, good())
    forged["key in the header"] = forms.signed_by(_FORGER, good(), jwk=_FORGER.public_jwk)
    for name, (kid, known) in _KIDS.items():
        forged[f"kid is a {name}"] = forms.signed_by(HmacSigner(known), good(), kid=kid)
    for name, statement in forged.items():
        answers[name] = with_statement(provider, statement)
    if provider.demands_statements:
        answers["none"] = with_statement(provider, OMIT)
    return answers


@exchange(depth="full", needs="software_statements")
def odd_serialisations(provider: Provider) -> dict[str, Answer]:
    """Register by good statements in a shape that is no compact JWS."""
    answers = {"control": trusted_client(provider).registration}
    good = [provider.statement(stated(provider)) for _ in range(3)]
    shapes = {
        "flattened JSON": forms.flattened(good[0]),
        "a fourth part": f"{good[1]}.e30",
        "padding": f"{good[2]}==",
    }
    for name, statement in shapes.items():
        answers[name] = with_statement(provider, statement)
    return answers


@exchange(needs="software_statements")
def refused_statements(provider: Provider) -> dict[str, Answer]:
    """Register by a statement that cannot be verified, and by one of an unknown issuer."""
    answers = {"control": trusted_client(provider).registration}
    good = provider.statement(stated(provider))
    answers["unverifiable"] = with_statement(provider, f"{good[:-8]}AAAAAAAA")
    elsewhere = forms.with_claims(good, {"iss": "https://unknown-directory.example"})
    unknown = forms.signed_by(_FORGER, elsewhere, kid=_FORGER.kid)
    answers["unknown issuer"] = with_statement(provider, unknown)
    return answers


@requirement("rfc7591-2.3-unsigned-statement-not-honoured")
def test_unsigned_statement_is_not_honoured(unsigned_statements: dict[str, Answer]) -> None:
    control = unsigned_statements.get("control")
    with expect.together():
        for algorithm in _UNSIGNED:
            answer = expect.conclusive(unsigned_statements[algorithm])
            taken = believed(answer)
            if taken or (control is not None and believed(control)):
                expect.met(
                    not taken,
                    "refused, or registered without what the statement says",
                    f"{answer.status}, registered with {' and '.join(taken)} of the statement"
                    if taken
                    else answer.line,
                    name=f"alg {algorithm}",
                    about=answer,
                )
    expect.judged(
        control is not None and believed(control),
        "nothing of it was registered, but nothing shows either that statements are read here",
    )


@requirement("rfc7591-2.3-tampered-statement-refused")
def test_changed_statement_is_not_believed(forged_statements: dict[str, Answer]) -> None:
    none_believed(forged_statements, "other claims")


@requirement("rfc7591-2.3-statement-key-confusion-refused")
def test_public_key_is_no_secret(forged_statements: dict[str, Answer]) -> None:
    none_believed(forged_statements, "MACed")


@requirement("rfc7591-2.3-statement-embedded-key-untrusted")
def test_key_in_the_header_is_not_trusted(forged_statements: dict[str, Answer]) -> None:
    none_believed(forged_statements, "key in")


@requirement("rfc7591-2.3-statement-kid-not-injectable")
def test_kid_only_looks_up(forged_statements: dict[str, Answer]) -> None:
    none_believed(forged_statements, "kid")


@requirement("rfc7591-2.3-statement-odd-serialisation-refused")
def test_other_shapes_are_no_statement(odd_serialisations: dict[str, Answer]) -> None:
    none_believed(odd_serialisations, "flattened", "a fourth", "padding")


def _code(evidence: dict[str, Answer], name: str, wanted: str) -> None:
    answer: Any = expect.conclusive(evidence[name])
    expect.applies(not answer.registered, "the statement is ignored, or believed")
    expect.judged(answer.refused, f"{answer.line}: neither registered nor refused")
    expect.same(wanted, answer.error or "no error code", name="error", about=answer)


@requirement("rfc7591-3.2.2-bad-statement-error-code")
def test_unverifiable_statement_is_named(refused_statements: dict[str, Answer]) -> None:
    _code(refused_statements, "unverifiable", "invalid_software_statement")


@requirement("rfc7591-3.2.2-untrusted-statement-error-code")
def test_unknown_issuer_is_named(refused_statements: dict[str, Answer]) -> None:
    answer = refused_statements["unknown issuer"]
    # Who looks for the signature first cannot know whether the issuer were approved.
    expect.judged(
        answer.error != "invalid_software_statement",
        "invalid_software_statement: without a trusted key nothing tells whether it is well-formed",
    )
    _code(refused_statements, "unknown issuer", "unapproved_software_statement")
