"""RFC 7591 section 2.3: statements that somebody else than their issuer made or changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.statements.evidence import (
    believed,
    not_believed,
    stated,
    trusted_client,
    with_statement,
)
from conformance.exchange import exchange
from conformance.provider import tampering
from conformance.provider.sender import OMIT
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_UNSIGNED = ("none", "nOnE")
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
        text = provider.statement(stated(provider)) if trusted else _of_nobody(provider)
        answers[algorithm] = with_statement(provider, tampering.unsigned(text, algorithm))
    return answers


def _of_nobody(provider: Provider) -> str:
    now = int(time.time())
    claims = {
        "iss": "https://directory.example",
        "iat": now,
        "exp": now + 600,
        "software_id": "dcr-conformance",
    }
    told = {**claims, **stated(provider)}
    return f"{tampering.encoded({'alg': 'none'})}.{tampering.encoded(told)}."


@exchange(needs="software_statements")
def forged_statements(provider: Provider) -> dict[str, Answer]:
    """Register by statements that were changed, MACed with a public key or signed by a forger."""
    answers = {"control": trusted_client(provider).registration}

    def good() -> str:
        return provider.statement(stated(provider))

    first = provider.statement(provider.baseline())
    forged = {"other claims": tampering.with_claims(first, **stated(provider))}
    key = provider.directory_key(tampering.parts(good())[0].get("kid"))
    for form, secret in tampering.public_forms(key).items():
        forged[f"MACed with the {form}"] = tampering.maced(good(), secret)
    own = tampering.forger().export_public(as_dict=True)
    forged["key in the header"] = tampering.resigned(good(), jwk=own)
    for name, (kid, secret) in _KIDS.items():
        forged[f"kid is a {name}"] = tampering.maced(good(), secret, kid=kid)
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
        "flattened JSON": tampering.flattened(good[0]),
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
    elsewhere = {"iss": "https://unknown-directory.example"}
    unknown = tampering.resigned(good, claims=elsewhere, kid=tampering.FORGER)
    answers["unknown issuer"] = with_statement(provider, unknown)
    return answers


def _judge(evidence: dict[str, Answer], *starts: str) -> None:
    demanded = "none" in evidence and evidence["none"].refused
    with expect.together():
        for name, evidence_of in evidence.items():
            if name.startswith(starts):
                answer = expect.conclusive(evidence_of)
                not_believed(evidence["control"], answer, name, demanded=demanded)


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
    _judge(forged_statements, "other claims")


@requirement("rfc7591-2.3-statement-key-confusion-refused")
def test_public_key_is_no_secret(forged_statements: dict[str, Answer]) -> None:
    _judge(forged_statements, "MACed")


@requirement("rfc7591-2.3-statement-embedded-key-untrusted")
def test_key_in_the_header_is_not_trusted(forged_statements: dict[str, Answer]) -> None:
    _judge(forged_statements, "key in")


@requirement("rfc7591-2.3-statement-kid-not-injectable")
def test_kid_only_looks_up(forged_statements: dict[str, Answer]) -> None:
    _judge(forged_statements, "kid")


@requirement("rfc7591-2.3-statement-odd-serialisation-refused")
def test_other_shapes_are_no_statement(odd_serialisations: dict[str, Answer]) -> None:
    _judge(odd_serialisations, "flattened", "a fourth", "padding")


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
