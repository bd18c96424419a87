"""RFC 7591 section 2.3: statements of the right signer that are wrong in one thing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.lying import among, told
from conformance.checks.statements.evidence import (
    believed,
    not_believed,
    stated,
    trusted_client,
    with_statement,
)
from conformance.checks.statements.telling import tell
from conformance.exchange import exchange
from conformance.forging.forms import parts
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider


@exchange(
    cases=told(
        "expired", "not-yet-valid", "aud-elsewhere", "no-iss", "unknown-crit", "access-token"
    ),
    needs="software_statements",
)
def wrong_statement(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register by a signed statement that is out of time, for others, without issuer, critical."""
    return tell(provider, case)


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


@requirement("rfc7591-2.3-expired-statement-refused", where=among("expired"))
def test_expired_statement_is_not_believed(wrong_statement: dict[str, Answer]) -> None:
    not_believed(wrong_statement)


@requirement("rfc7591-2.3-future-statement-refused", where=among("not-yet-valid"))
def test_statement_before_its_time_is_not_believed(wrong_statement: dict[str, Answer]) -> None:
    not_believed(wrong_statement)


@requirement("rfc7591-2.3-statement-foreign-audience-refused", where=among("aud-elsewhere"))
def test_statement_for_others_is_not_believed(wrong_statement: dict[str, Answer]) -> None:
    not_believed(wrong_statement)


@requirement("rfc7591-2.3-statement-without-issuer-not-honoured", where=among("no-iss"))
def test_statement_without_issuer_is_not_believed(wrong_statement: dict[str, Answer]) -> None:
    not_believed(wrong_statement)


@requirement("rfc7591-2.3-statement-unknown-crit-refused", where=among("unknown-crit"))
def test_critical_unknown_header_is_not_ignored(wrong_statement: dict[str, Answer]) -> None:
    not_believed(wrong_statement)


@requirement("rfc7591-2.3-other-jwt-not-a-statement", where=among("access-token"))
def test_another_kind_of_token_is_no_statement(wrong_statement: dict[str, Answer]) -> None:
    not_believed(wrong_statement)


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
