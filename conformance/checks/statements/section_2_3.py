"""RFC 7591 section 2.3: statements of the right signer that are wrong in one thing."""

from __future__ import annotations

import json
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
from conformance.forging.forms import parts
from conformance.provider.sender import OMIT
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

HOUR_S = 3600
"""Off by more than any leeway for clocks."""


@exchange(needs="software_statements")
def wrong_by_a_claim(provider: Provider) -> dict[str, Answer]:
    """Register by signed statements: out of time, for others, without issuer, critical."""
    answers = {"control": trusted_client(provider).registration}
    now = int(time.time())
    wrong: dict[str, dict[str, Any]] = {
        "expired": {"lifetime_s": -HOUR_S},
        "not yet valid": {"claims": {"nbf": now + HOUR_S, "exp": now + 2 * HOUR_S}},
        "for another server": {"claims": {"aud": "https://another-server.example"}},
        "without issuer": {"without": ["iss"]},
        "critical": {
            "header": {"crit": ["urn:dcr-conformance:unknown"], "urn:dcr-conformance:unknown": 1}
        },
        "access token": {"header": {"typ": "at+jwt"}, "without": ["software_id"]},
    }
    for name, request in wrong.items():
        claims = stated(provider, **request.pop("claims", {}))
        answers[name] = with_statement(provider, provider.statement(claims, **request))
    if provider.demands_statements:
        answers["none"] = with_statement(provider, OMIT)
    return answers


@exchange(depth="full", needs="software_statements")
def odd_statements(provider: Provider) -> dict[str, Answer]:
    """Send statements that are a number, an object and a list, where one would do."""
    trusted_client(provider)
    odd: dict[str, Any] = {"number": 7, "object": {"iss": "x"}, "list": ["x"]}
    return {name: with_statement(provider, value) for name, value in odd.items()}


@exchange(depth="full", needs="software_statements")
def doubled_claims(provider: Provider) -> dict[str, Answer]:
    """Register by a signed statement that says its name twice, each time another."""
    answers = {"control": trusted_client(provider).registration}
    claims = parts(provider.statement(stated(provider)))[1]
    first = json.dumps({"client_name": FIRST_NAME})[:-1]
    doubled = provider.signed_statement(f"{first}, {json.dumps(claims)[1:]}")
    answers["odd"] = with_statement(provider, doubled)
    return answers


FIRST_NAME = "dcr-conformance stated first"


@requirement("rfc7591-2.3-expired-statement-refused")
def test_expired_statement_is_not_believed(wrong_by_a_claim: dict[str, Answer]) -> None:
    none_believed(wrong_by_a_claim, "expired")


@requirement("rfc7591-2.3-future-statement-refused")
def test_statement_before_its_time_is_not_believed(wrong_by_a_claim: dict[str, Answer]) -> None:
    none_believed(wrong_by_a_claim, "not yet valid")


@requirement("rfc7591-2.3-statement-foreign-audience-refused")
def test_statement_for_others_is_not_believed(wrong_by_a_claim: dict[str, Answer]) -> None:
    none_believed(wrong_by_a_claim, "for another server")


@requirement("rfc7591-2.3-statement-without-issuer-not-honoured")
def test_statement_without_issuer_is_not_believed(wrong_by_a_claim: dict[str, Answer]) -> None:
    none_believed(wrong_by_a_claim, "without issuer")


@requirement("rfc7591-2.3-statement-unknown-crit-refused")
def test_critical_unknown_header_is_not_ignored(wrong_by_a_claim: dict[str, Answer]) -> None:
    none_believed(wrong_by_a_claim, "critical")


@requirement("rfc7591-2.3-other-jwt-not-a-statement")
def test_another_kind_of_token_is_no_statement(wrong_by_a_claim: dict[str, Answer]) -> None:
    none_believed(wrong_by_a_claim, "access token")


@requirement("rfc7591-2.3-statement-duplicate-claims-consistent")
def test_doubled_claim_is_refused_or_the_last_counts(doubled_claims: dict[str, Answer]) -> None:
    control, answer = doubled_claims["control"], expect.conclusive(doubled_claims["odd"])
    expect.judged(believed(control), "what a good statement says is not registered either")
    if answer.refused:
        expect.refused(answer)
        return
    expect.judged(answer.registered, f"{answer.line}: neither registered nor refused")
    name = answer.members.get("client_name")
    expect.met(
        name != FIRST_NAME,
        "refused, or not the first of both",
        name,
        name="client_name",
        about=answer,
        member="client_name",
    )


@requirement("rfc7591-2.3-non-string-statement-handled")
def test_statement_that_is_no_string_is_handled(odd_statements: dict[str, Answer]) -> None:
    with expect.together():
        for name, evidence in odd_statements.items():
            answer = expect.conclusive(evidence)
            expect.met(
                answer.refused or (answer.registered and not believed(answer)),
                "refused or ignored",
                answer.line,
                name=name,
                about=answer,
            )
