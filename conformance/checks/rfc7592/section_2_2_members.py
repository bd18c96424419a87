"""RFC 7592 section 2.2: what single members of an update mean."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.rfc7592.evidence import information
from conformance.checks.rfc7592.updating import taking_updates, updatable
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.credentials import altered
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider
    from conformance.provider.session import LiveAnswer

NAME = "dcr-conformance"
OWNED = {
    "registration_access_token": "dcr-conformance-chosen-registration-token",
    "registration_client_uri": "https://client.example/chosen",
    "client_secret_expires_at": 1,
    "client_id_issued_at": 1,
}
"""The members that only the server sets, with values that a client would like them to have."""


@exchange
def name_updates(provider: Provider) -> dict[str, Answer]:
    """Leave the name of a client out, send it as null and in another letter case; read each."""
    client = updatable(provider)
    answers: dict[str, Answer] = {}
    omitted = client.update_body(client_name=NAME)
    omitted.pop("client_name")
    bodies = {
        "omitted": omitted,
        "null": client.update_body(client_name=None),
        "other case": {**client.update_body(client_name=NAME), "Client_Name": "another name"},
        "unknown": client.update_body(client_name=NAME, dcr_conformance_unknown="value"),
    }
    for name, body in bodies.items():
        answers[name] = update = client.replace(body)
        answers[f"{name} read"] = _read_after(provider, client, update)
    return answers


def _read_after(provider: Provider, client: Client, update: LiveAnswer) -> LiveAnswer:
    """Read a client once its name is what the update stated, or after some patience."""
    stated = update.members.get("client_name")
    return provider.patiently(
        client.read,
        lambda answer: not update.accepted or answer.members.get("client_name") == stated,
    )


@exchange
def owned_member_update(provider: Provider) -> dict[str, Answer | Client]:
    """Send the members that only the server sets; read with the token that was chosen."""
    client = updatable(provider)
    answers: dict[str, Answer | Client] = {"client": client}
    answers["update"] = client.replace(client.update_body(**OWNED))
    answers["read"] = client.read()
    answers["chosen token"] = client.read(token=OWNED["registration_access_token"])
    return answers


@exchange
def secret_updates(provider: Provider) -> dict[str, Answer]:
    """Repeat the secret of a client in an update, then choose another one; try that one."""
    client = updatable(
        provider, **provider.baseline(token_endpoint_auth_method="client_secret_basic")
    )
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    answers: dict[str, Answer] = {}
    answers["current"] = client.update(client_secret=client.secret)
    chosen = altered(client.secret)
    with contextlib.suppress(NotApplicable):
        answers["before"] = provider.authenticates(client, secret=chosen)
    answers["other"] = client.update(client_secret=chosen)
    with contextlib.suppress(NotApplicable):
        answers["with chosen"] = provider.authenticates(client, secret=chosen)
    return answers


@exchange
def switch_to_secret(provider: Provider) -> dict[str, Answer]:
    """Register a public client and update it to authenticate with a secret."""
    client = provider.register(
        optional="public clients are refused",
        **provider.baseline(token_endpoint_auth_method="none"),
    )
    if client.secret is not None:
        raise NotApplicable("the client was given a secret at once")
    taking_updates(client)
    return {"update": client.update(token_endpoint_auth_method="client_secret_basic")}


@exchange
def switch_to_none(provider: Provider) -> dict[str, Answer]:
    """Update a client to be public; try its secret before and after."""
    client = updatable(
        provider, **provider.baseline(token_endpoint_auth_method="client_secret_basic")
    )
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    secret, wrong = client.secret, altered(client.secret)
    basic = {"method": "client_secret_basic"}
    answers: dict[str, Answer] = {
        "right before": provider.authenticates(client, secret=secret, **basic),
        "wrong before": provider.authenticates(client, secret=wrong, **basic),
        "update": client.update(token_endpoint_auth_method="none"),
    }
    answers["right after"] = provider.patiently(
        lambda: provider.authenticates(client, secret=secret, **basic),
        lambda answer: answer.error == "invalid_client",
    )
    answers["wrong after"] = provider.authenticates(client, secret=wrong, **basic)
    return answers


@exchange
def withdrawn_grant(provider: Provider) -> dict[str, Answer]:
    """Get a refresh token, take that grant away by an update, and use the token."""
    grants = ["authorization_code", "refresh_token"]
    client = provider.register(
        optional="the refresh token grant is refused", **provider.baseline(grant_types=grants)
    )
    taking_updates(client)
    tokens = provider.redeem(client, provider.code(client))
    token = tokens.members.get("refresh_token")
    if not isinstance(token, str):
        raise NotApplicable(f"no refresh token is issued: {tokens.line}", step=tokens.step.id)
    newest = [token]

    def refreshed() -> LiveAnswer:
        # Where tokens rotate each is spent by its use, so the next request needs the next one.
        answer = provider.token(client, grant_type="refresh_token", refresh_token=newest[-1])
        newest.append(str(answer.members.get("refresh_token") or newest[-1]))
        return answer

    answers: dict[str, Answer] = {"control": refreshed()}
    answers["update"] = client.update(grant_types=["authorization_code"])
    answers["after"] = provider.patiently(refreshed, lambda answer: answer.refused)
    return answers


def _stated_name(answer: Answer) -> Any:
    return information(answer).members.get("client_name")


@requirement("rfc7592-2.2-omitted-member-reported-truthfully")
def test_omitted_member_is_reported_truthfully(name_updates: dict[str, Answer]) -> None:
    update, read = name_updates["omitted"], name_updates["omitted read"]
    expect.same(_stated_name(update), _stated_name(read), name="client_name", about=read)


@requirement("rfc7592-2.2-null-member-handled")
def test_null_member_is_handled(name_updates: dict[str, Answer]) -> None:
    update = expect.conclusive(name_updates["null"])
    expect.met(update.status < 500, "no server error", update.status, name="status", about=update)
    read = name_updates["null read"]
    expect.judged(update.registered and read.registered, "the update was refused, as it may be")
    expect.met(
        read.members.get("client_name") in (None, "", NAME),
        "no name, or the old one",
        json.dumps(read.members.get("client_name")),
        name="client_name",
        about=read,
        member="client_name",
    )


@requirement("rfc7592-1.1-update-member-names-case-sensitive")
def test_member_names_are_case_sensitive(name_updates: dict[str, Answer]) -> None:
    expect.conclusive(name_updates["other case"])
    read = name_updates["other case read"]
    expect.met(
        _stated_name(read) != "another name",
        "Client_Name is not client_name",
        f"client_name: {read.members.get('client_name')}",
        name="client_name",
        about=read,
        member="client_name",
    )


@requirement("rfc7592-2.2-unknown-member-ignored-on-update")
def test_unknown_member_is_ignored(name_updates: dict[str, Answer]) -> None:
    expect.accepted(name_updates["unknown"])


@requirement("rfc7592-2.2-server-owned-members-not-adopted")
def test_server_owned_members_are_not_adopted(owned_member_update: dict[str, Any]) -> None:
    update = expect.conclusive(owned_member_update["update"])
    expect.judged(update.status < 500, f"{update.line}: a server error")
    with expect.together():
        for when in ("update", "read"):
            answer = owned_member_update[when]
            for name in ("registration_client_uri", "client_secret_expires_at"):
                value = answer.members.get(name)
                expect.met(
                    value is None or value != OWNED[name],
                    "the server's own value",
                    value,
                    name=f"{name} in the {when}",
                    about=answer,
                    member=name,
                )
        expect.refused(owned_member_update["chosen token"], name="the chosen token")


@requirement("rfc7592-2.2-prohibited-members-refused")
def test_prohibited_members_are_refused(owned_member_update: dict[str, Any]) -> None:
    expect.refused(owned_member_update["update"])


@requirement("rfc7592-2.2-current-secret-accepted")
def test_current_secret_is_accepted(secret_updates: dict[str, Answer]) -> None:
    expect.accepted(secret_updates["current"])


@requirement("rfc7592-2.2-chosen-secret-not-adopted")
def test_chosen_secret_is_not_adopted(secret_updates: dict[str, Answer]) -> None:
    expect.applies("with chosen" in secret_updates, "the provider offers no token endpoint")
    before = expect.conclusive(secret_updates["before"])
    expect.judged(before.error == "invalid_client", "a wrong secret is not told from a right one")
    answer = expect.conclusive(secret_updates["with chosen"])
    expect.met(
        answer.error == "invalid_client",
        "the chosen secret is refused",
        f"{answer.status} {answer.error or ''}",
        name="authentication",
        about=answer,
    )


@requirement("rfc7592-2.2-update-with-wrong-secret-refused")
def test_update_with_a_wrong_secret_is_refused(secret_updates: dict[str, Answer]) -> None:
    expect.judged(secret_updates["current"].accepted, "the right secret is refused as well")
    expect.refused(secret_updates["other"])


@requirement("rfc7592-2.2-switch-to-secret-issues-secret")
def test_switch_to_a_secret_issues_one(switch_to_secret: dict[str, Answer]) -> None:
    update = information(switch_to_secret["update"])
    method = update.members.get("token_endpoint_auth_method")
    expect.judged(method == "client_secret_basic", f"the method became {method}")
    with expect.together():
        expect.member(update, "client_secret", str)
        expect.member(update, "client_secret_expires_at")


@requirement("rfc7592-2.2-switch-to-none-retires-secret")
def test_switch_to_none_retires_the_secret(switch_to_none: dict[str, Answer]) -> None:
    update = information(switch_to_none["update"])
    method = update.members.get("token_endpoint_auth_method")
    expect.judged(method == "none", f"the method became {method}")
    right, wrong = switch_to_none["right before"], expect.conclusive(switch_to_none["wrong before"])
    expect.judged(
        wrong.error == "invalid_client" and right.error != "invalid_client",
        "right and wrong secrets are answered alike",
    )
    after = expect.conclusive(switch_to_none["right after"])
    blind = expect.conclusive(switch_to_none["wrong after"])
    # A public client's Authorization header may be ignored: then every secret is as good.
    alive = after.error != "invalid_client" and blind.error == "invalid_client"
    expect.met(
        not alive,
        "the old secret is worth no more than a wrong one",
        f"{after.status} {after.error or ''}, a wrong one {blind.status} {blind.error or ''}",
        name="authentication",
        about=after,
    )


@requirement("rfc7592-2.2-withdrawn-grant-or-scope-not-usable-with-old-tokens")
def test_withdrawn_grant_is_not_served(withdrawn_grant: dict[str, Answer]) -> None:
    control, update = withdrawn_grant["control"], information(withdrawn_grant["update"])
    expect.judged("access_token" in control.members, f"refreshing does not work: {control.line}")
    granted = update.members.get("grant_types")
    expect.judged(
        isinstance(granted, list) and "refresh_token" not in granted,
        "the answer does not state that the grant was withdrawn",
    )
    expect.no_token(withdrawn_grant["after"], name="refresh by the withdrawn grant")
