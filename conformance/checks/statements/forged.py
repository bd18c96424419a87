"""RFC 7591 section 2.3: statements that somebody else than their issuer made or changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance import expect, forging
from conformance.checks.lying import among, told
from conformance.checks.statements.evidence import (
    believed,
    not_believed,
    stated,
    trusted_client,
    with_statement,
)
from conformance.checks.statements.telling import ANOTHER, tell
from conformance.exchange import exchange
from conformance.forging import forms, stranger
from conformance.forging.signers import Nobody
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider

_CHANGED = ("payload-changed", "signature-stripped", "strange-key")
_CHANGED_TOO = ("signature-flipped", "signature-truncated", "strange-key-strange-kid")
_MACED = ("hmac-public-pem",)
_MACED_TOO = ("hmac-public-jwk", "hmac-public-octets")
_BROUGHT = ("embedded-jwk",)
_BROUGHT_TOO = ("embedded-x5c", "jku-inline")
_KIDS = ("kid-path",)
_KIDS_TOO = ("kid-sql",)
_SHAPES = ("json-serialisation", "nested", "fourth-part", "signature-part-missing")
_WRITTEN = ("padded", "line-break", "standard-alphabet", "claims-then-text", "claims-then-object")


@exchange(cases=told("alg-none", "alg-none-mixed", full=("alg-none-capital", "alg-missing")))
def unsigned_statement(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register by a statement that nobody signed; by a good one too where one can be had."""
    if provider.settings.provider.software_statements:
        return tell(provider, case)
    unsigned = forging.forge(
        forging.Lie.of_case(case),
        {"typ": "JWT"},
        _claims_of_nobody(provider),
        Nobody(),
        now=provider.session.clock(),
    )
    return {"odd": with_statement(provider, unsigned)}


def _claims_of_nobody(provider: Provider) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": ANOTHER,
        "iat": now,
        "exp": now + 600,
        "software_id": "dcr-conformance",
        **stated(provider),
    }


@exchange(
    cases=told(*_CHANGED, *_MACED, *_BROUGHT, *_KIDS,
               full=(*_CHANGED_TOO, *_MACED_TOO, *_BROUGHT_TOO, *_KIDS_TOO)),
    needs="software_statements",
)  # fmt: skip
def forged_statement(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register by a statement that was changed, or signed by somebody else than its issuer."""
    return tell(provider, case)


@exchange(cases=told(full=(*_SHAPES, *_WRITTEN)), needs="software_statements")
def odd_serialisation(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register by what the issuer signed, in a shape that is no compact JWS of a JSON object."""
    return tell(provider, case)


@exchange(needs="software_statements")
def refused_statements(provider: Provider) -> dict[str, Answer]:
    """Register by a statement that cannot be verified, and by one of an unknown issuer."""
    answers = {"control": trusted_client(provider).registration}
    good = provider.statement(stated(provider))
    answers["unverifiable"] = with_statement(provider, f"{good[:-8]}AAAAAAAA")
    elsewhere = forms.with_claims(good, {"iss": "https://unknown-directory.example"})
    forger = stranger("ES256", "dcr-conformance-forger")
    unknown = forms.signed_by(forger, elsewhere, kid=forger.kid)
    answers["unknown issuer"] = with_statement(provider, unknown)
    return answers


@requirement("rfc7591-2.3-unsigned-statement-not-honoured")
def test_unsigned_statement_is_not_honoured(unsigned_statement: dict[str, Answer]) -> None:
    control = unsigned_statement.get("control")
    answer = expect.conclusive(unsigned_statement["odd"])
    if believed(answer) or (control is not None and believed(control)):
        not_believed({"control": answer, **unsigned_statement})
        return
    expect.judged(
        False,  # noqa: FBT003
        "nothing of it was registered, but nothing shows either that statements are read here",
    )


@requirement("rfc7591-2.3-tampered-statement-refused", where=among(*_CHANGED, *_CHANGED_TOO))
def test_changed_statement_is_not_believed(forged_statement: dict[str, Answer]) -> None:
    not_believed(forged_statement)


@requirement("rfc7591-2.3-statement-key-confusion-refused", where=among(*_MACED, *_MACED_TOO))
def test_public_key_is_no_secret(forged_statement: dict[str, Answer]) -> None:
    not_believed(forged_statement)


@requirement("rfc7591-2.3-statement-embedded-key-untrusted", where=among(*_BROUGHT, *_BROUGHT_TOO))
def test_key_in_the_header_is_not_trusted(forged_statement: dict[str, Answer]) -> None:
    not_believed(forged_statement)


@requirement("rfc7591-2.3-statement-kid-not-injectable", where=among(*_KIDS, *_KIDS_TOO))
def test_kid_only_looks_up(forged_statement: dict[str, Answer]) -> None:
    not_believed(forged_statement)


@requirement("rfc7591-2.3-statement-odd-serialisation-refused")
def test_other_shapes_are_no_statement(odd_serialisation: dict[str, Answer]) -> None:
    not_believed(odd_serialisation)


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
