"""RFC 7591 section 2.3: who may sign a statement, and by what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.lying import told
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
from conformance.outcomes import Blocked, NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider


@exchange(cases=told(full=("iss-elsewhere", "iss-of-another")), needs="software_statements")
def statement_in_another_name(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register by a statement that names another issuer than the directory, which signed it."""
    return tell(provider, case)


@exchange(depth="full", needs="software_statements")
def rs256_statement(provider: Provider) -> dict[str, Any]:
    """Register by a statement that the directory signed by RS256."""
    control = trusted_client(provider).registration
    try:
        statement = provider.statement(stated(provider), algorithm="RS256")
    except Blocked as reason:
        raise NotJudged(f"the directory does not sign by RS256: {reason.reason}") from None
    odd = with_statement(provider, statement)
    fetched = provider.directory_key_fetched(parts(statement)[0].get("kid"))
    return {"control": control, "odd": odd, "fetched": fetched}


@requirement("rfc7591-2.3-statement-issuer-matches-key")
def test_key_of_one_issuer_does_not_sign_for_another(
    statement_in_another_name: dict[str, Answer],
) -> None:
    not_believed(statement_in_another_name)


@requirement("rfc7591-2.3-rs256-statement-usable")
def test_statement_by_rs256_is_believed(rs256_statement: dict[str, Any]) -> None:
    control, odd = rs256_statement["control"], expect.conclusive(rs256_statement["odd"])
    expect.judged(believed(control), "what a good statement says is not registered either")
    expect.judged(odd.registered or odd.refused, f"{odd.line}: neither registered nor refused")
    expect.judged(
        rs256_statement["fetched"],
        "the directory's keys were not fetched since its RS256 key was published",
    )
    expect.met(
        believed(odd),
        "registered as the statement says",
        f"{odd.status} {odd.error}" if odd.refused else odd.line,
        name="a statement by RS256",
        about=odd,
    )
