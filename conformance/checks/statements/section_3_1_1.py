"""RFC 7591 sections 3.1.1 and 3.2.1: what a believed statement does to a registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.statements.evidence import (
    STATED_NAME,
    believed,
    stated,
    trusted_client,
    with_statement,
)
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.sender import OMIT
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_OWN = {
    "client_id": "dcr-conformance-chosen-client",
    "client_secret": "dcr-conformance-chosen-secret",
    "registration_access_token": "dcr-conformance-chosen-token",
}
"""What the server alone gives (RFC 7591 section 3.2.1)."""

_JWT_CLAIMS = ("iss", "aud", "exp", "nbf", "iat", "jti")


@exchange(needs="software_statements")
def stated_registration(provider: Provider) -> dict[str, Answer]:
    """Register by a statement that the request contradicts, and by a statement alone."""
    answers = {"contradicting": trusted_client(provider).registration}
    statement = provider.statement(stated(provider))
    answers["alone"] = with_statement(provider, statement, redirect_uris=OMIT, client_name=OMIT)
    return answers


@exchange(depth="full", needs="software_statements")
def privileged_statement(provider: Provider) -> dict[str, Answer]:
    """Register by a good statement that also claims what only the server gives."""
    answers = {"control": trusted_client(provider).registration}
    answer = with_statement(provider, provider.statement(stated(provider, **_OWN)))
    # Whether they are the same is told here: no secret reaches a check.
    taken = [name for name, value in _OWN.items() if answer.members.get(name) == value]
    answer.step = provider.recorder.replace(answer.step, taken=taken)
    answers["odd"] = answer
    return answers


@exchange(needs="software_statements")
def unsafe_by_statement(provider: Provider) -> dict[str, Answer]:
    """Register a javascript: redirect URI beside a good statement, within one, and without."""
    answers = {"control": trusted_client(provider).registration}
    unsafe = ["javascript:alert(1)"]
    answers["plain"], _ = provider.attempt(provider.baseline(redirect_uris=unsafe))
    # Beside: the statement names no redirect URI, so it cannot take precedence.
    name_only = provider.statement({"client_name": STATED_NAME})
    answers["beside"] = with_statement(provider, name_only, redirect_uris=unsafe)
    within = provider.statement(stated(provider, redirect_uris=unsafe))
    answers["within"] = with_statement(provider, within)
    return answers


@exchange(depth="full")
def unsupported_statement(provider: Provider) -> dict[str, Answer]:
    """Send a signed statement to a provider that is not said to know its issuer."""
    if provider.settings.provider.software_statements:
        raise NotApplicable("the provider reads software statements")
    return {"odd": with_statement(provider, UNKNOWN)}


UNKNOWN = (
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJpc3MiOiJodHRwczovL2RpcmVjdG9yeS5leGFtcGxlIiwic29mdHdhcmVfaWQiOiJkY3ItY29uZm9ybWFuY2UiLCJj"
    "bGllbnRfbmFtZSI6ImRjci1jb25mb3JtYW5jZSBzdGF0ZWQifQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
"""A statement of https://directory.example with another name; the signature is of another token."""


@requirement("rfc7591-3.1.1-statement-values-take-precedence")
def test_statement_values_take_precedence(stated_registration: dict[str, Answer]) -> None:
    answer = stated_registration["contradicting"]
    uris = answer.request.members["redirect_uris"]
    shown = {name: answer.members.get(name) for name in ("client_name", "redirect_uris")}
    expect.judged(any(shown.values()), "the answer states neither name nor redirect URIs")
    with expect.together():
        if shown["client_name"] is not None:
            expect.met(
                shown["client_name"] != answer.request.members["client_name"],
                "not what the request says beside the statement",
                shown["client_name"],
                name="client_name",
                about=answer,
                member="client_name",
            )
        if isinstance(registered := shown["redirect_uris"], list):
            expect.met(
                not set(map(str, uris)).intersection(map(str, registered)),
                "not what the request says beside the statement",
                registered,
                name="redirect_uris",
                about=answer,
                member="redirect_uris",
            )


@requirement("rfc7591-3.2.1-used-statement-returned-unmodified")
def test_statement_is_returned_unmodified(stated_registration: dict[str, Answer]) -> None:
    answer = stated_registration["contradicting"]
    expect.judged(believed(answer), "nothing shows that the statement was used")
    sent = answer.request.members["software_statement"]
    returned = answer.members.get("software_statement")
    expect.met(
        returned == sent,
        "the statement as sent",
        "none" if returned is None else "the same" if returned == sent else "another text",
        name="software_statement",
        about=answer,
        member="software_statement",
    )


@requirement("rfc7591-3.2.1-statement-values-returned-top-level")
def test_statement_values_are_returned_top_level(stated_registration: dict[str, Answer]) -> None:
    answer = expect.conclusive(stated_registration["alone"])
    expect.judged(answer.registered, f"by a statement alone nobody is registered: {answer.line}")
    usual = stated_registration["contradicting"].members
    names = [name for name in ("client_name", "redirect_uris") if name in usual]
    expect.judged(names, "no answer of this provider states a name or redirect URIs")
    with expect.together():
        for name in names:
            expect.member(answer, name, str if name == "client_name" else list)


@requirement("rfc7591-2.3-statement-server-members-not-adopted")
def test_server_members_of_a_statement_are_not_adopted(
    privileged_statement: dict[str, Answer],
) -> None:
    answer = expect.conclusive(privileged_statement["odd"])
    if answer.refused:
        expect.refused(answer)
        return
    expect.judged(answer.registered, f"{answer.line}: neither registered nor refused")
    taken = answer.step.observations["taken"]
    with expect.together():
        for name in _OWN:
            if name in answer.members:
                expect.met(
                    name not in taken,
                    "another value than the statement claims",
                    "the value that it claims" if name in taken else "another value",
                    name=name,
                    about=answer,
                    member=name,
                )


@requirement("rfc7591-2.3-statement-jwt-claims-not-metadata")
def test_jwt_claims_are_no_metadata(stated_registration: dict[str, Answer]) -> None:
    answer = stated_registration["contradicting"]
    expect.judged(believed(answer), "nothing shows that the statement was used")
    copied = [name for name in _JWT_CLAIMS if name in answer.members]
    expect.met(
        not copied,
        "no claim that is about the JWT itself",
        ", ".join(copied) or "none",
        name="members",
        about=answer,
    )


@requirement("rfc7591-5-statement-does-not-skip-checks")
def test_statement_does_not_skip_checks(unsafe_by_statement: dict[str, Answer]) -> None:
    plain = expect.conclusive(unsafe_by_statement["plain"])
    expect.judged(not _unsafe(plain), "javascript: is registered without a statement too")
    with expect.together():
        for name in ("beside", "within"):
            answer = expect.conclusive(unsafe_by_statement[name])
            if answer.refused:
                expect.refused(answer, name=f"{name} the statement")
                continue
            kept = _unsafe(answer)
            expect.met(
                not kept,
                "refused or replaced",
                f"{answer.status}, {'javascript:alert(1) registered' if kept else 'replaced'}",
                name=f"{name} the statement",
                about=answer,
                member="redirect_uris",
            )


def _unsafe(answer: Answer) -> bool:
    uris = answer.members.get("redirect_uris") if answer.registered else None
    return isinstance(uris, list) and "javascript:alert(1)" in uris


@requirement("rfc7591-3.1.1-unsupported-statement-ignored")
def test_unsupported_statement_is_ignored(unsupported_statement: dict[str, Answer]) -> None:
    answer = expect.conclusive(unsupported_statement["odd"])
    expect.met(
        answer.registered and not believed(answer),
        "registered, as if the statement were not there",
        f"registered with {' and '.join(believed(answer))} of a statement that nobody verified"
        if believed(answer)
        else answer.line,
        name="outcome",
        about=answer,
    )
