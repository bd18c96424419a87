"""RFC 7592 appendix A: registration access tokens and client credentials over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.rfc7592.evidence import information
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider


@exchange
def token_rotation(provider: Provider) -> dict[str, Answer]:
    """Read a client; where that changed its token, read with the new one, then the old one."""
    client = provider.register(**provider.baseline())
    client.need_management()
    first = client.registration_token
    answers: dict[str, Answer] = {"read": client.read()}
    if client.registration_token == first or not answers["read"].accepted:
        raise NotApplicable("reading does not change the registration access token")
    answers["new"] = provider.patiently(client.read, lambda answer: answer.accepted)
    # Asked once, after the wait: each read that the old token earns would rotate it away.
    provider.settle()
    answers["old"] = client.read(token=first)
    return answers


@exchange
def registration_token_elsewhere(provider: Provider) -> dict[str, Answer]:
    """Ask about an access token, authenticated by a registration access token."""
    provider.endpoint("introspection_endpoint")
    client = credentials_client(provider)
    client.need_management()
    token = provider.token(client, grant_type="client_credentials").members.get("access_token")
    if not isinstance(token, str):
        raise NotApplicable("there is no access token to ask about")
    control = provider.introspect(client, token)
    # Its own client asks: what is refused is the kind of credential and nothing else.
    misused = provider.post_form(
        provider.endpoint("introspection_endpoint"),
        {"token": token},
        operation="introspect",
        headers=[("Authorization", f"Bearer {client.registration_token}")],
    )
    return {"control": control, "misused": misused}


@requirement("rfc7592-a-registration-token-only-for-management")
def test_registration_token_works_only_for_management(
    registration_token_elsewhere: dict[str, Answer],
) -> None:
    control = expect.conclusive(registration_token_elsewhere["control"])
    expect.judged(
        control.members.get("active") is True,
        f"the client itself learns nothing by introspection: {control.line}",
    )
    misused = expect.conclusive(registration_token_elsewhere["misused"])
    expect.judged(misused.status < 500, f"{misused.line}: a server error")
    expect.met(
        misused.members.get("active") is not True,
        "no answer for a registration access token",
        f"{misused.status}, active: {misused.members.get('active')}",
        name="introspection",
        about=misused,
    )


@requirement("rfc7592-a.1-current-secret-included")
def test_read_includes_the_secret(written_back: dict[str, Any]) -> None:
    _includes_secret(written_back, "before")


@requirement("rfc7592-a.1-current-secret-included")
def test_update_includes_the_secret(written_back: dict[str, Any]) -> None:
    _includes_secret(written_back, "update")


def _includes_secret(written_back: dict[str, Any], name: str) -> None:
    expect.applies(
        "client_secret" in written_back["client"].registration.members, "no secret was issued"
    )
    expect.member(information(written_back[name]), "client_secret", str)


@requirement("rfc7592-a.1-rotated-secret-replaces-old")
def test_rotated_secret_replaces_the_old_one(written_back: dict[str, Answer]) -> None:
    expect.applies("old secret" in written_back, "an update does not change the secret")
    new, old = (expect.conclusive(written_back[f"{age} secret"]) for age in ("new", "old"))
    with expect.together():
        expect.met(
            new.error != "invalid_client",
            "the new secret authenticates",
            f"{new.status} {new.error or ''}",
            name="new secret",
            about=new,
        )
        if new.error != "invalid_client":
            expect.judged(
                old.error == "invalid_client" or old.accepted or old.error == "invalid_grant",
                f"{old.line} {old.error} says neither",
            )
            expect.met(
                old.error == "invalid_client",
                "the old secret is refused",
                f"{old.status} {old.error or ''}",
                name="old secret",
                about=old,
                # No sentence says when the old one ends; an overlap spares clients an outage.
                at_most=Level.SHOULD,
            )


@requirement("rfc7592-a.1-old-token-discarded-after-rotation")
def test_old_token_is_discarded(token_rotation: dict[str, Answer]) -> None:
    expect.judged(token_rotation["new"].accepted, "the new token is refused")
    expect.refused(token_rotation["old"], name="the old token")


@requirement("rfc7592-5-rotated-token-works")
def test_rotated_token_works(token_rotation: dict[str, Answer]) -> None:
    expect.accepted(token_rotation["new"])
