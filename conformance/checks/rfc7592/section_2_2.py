"""RFC 7592 section 2.2: the client update request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

_NOT_OFFERED = (403, 404, 405, 501)


def _updatable(provider: Provider) -> Client:
    """A client of our own that took an unchanged update: the control of every other one."""
    client = provider.register(**provider.baseline())
    client.need_management()
    control = client.update()
    if control.status in _NOT_OFFERED:
        raise NotApplicable(f"updating is not offered: {control.line}", step=control.step.id)
    if not control.accepted:
        raise NotJudged(f"an unchanged update is refused: {control.line}", step=control.step.id)
    return client


@exchange
def redirect_update(provider: Provider) -> dict[str, Answer | Client]:
    """Replace the redirect URI of a client, then try the old one and the new one."""
    client = _updatable(provider)
    old, new = provider.redirect_uri(), provider.redirect_uri("updated")
    answers: dict[str, Answer | Client] = {
        "client": client,
        "update": client.update(redirect_uris=[new]),
    }
    answers["read"] = client.read()
    try:
        answers["old"] = provider.patiently(
            lambda: provider.tries_redirect(client, old), lambda answer: answer.landing == "refused"
        )
        answers["new"] = provider.tries_redirect(client, new)
    except (NotApplicable, NotJudged):
        pass  # without an authorization endpoint the answers alone are judged
    return answers


@exchange
def refused_update(provider: Provider) -> dict[str, Answer]:
    """Send an update that mixes a good name with a bad redirect URI; read before and after."""
    client = _updatable(provider)
    before = client.read()
    # The good change first: who stores member by member has stored it when the bad one comes.
    changed = {"client_name": "dcr-conformance changed"}
    body = {**changed, **client.update_body(**changed, redirect_uris=["not a uri"])}
    bad = client.replace(body)
    return {"before": before, "update": bad, "after": client.read()}


@exchange
def foreign_token_calls(provider: Provider) -> dict[str, Answer]:
    """Read, update and delete a client with the token of another one, each used once."""
    victim = provider.register(**provider.baseline())
    victim.need_management()
    answers: dict[str, Answer] = {"control": victim.read()}
    for name in ("read", "update", "delete"):
        attacker = provider.register(**provider.baseline())
        token = attacker.registration_token
        if name == "read":
            answers[name] = victim.read(token=token)
        elif name == "update":
            body = victim.update_body(client_name="dcr-conformance taken over")
            answers[name] = victim.replace(body, token=token)
        else:
            answers[name] = victim.delete(token=token)
    answers["after"] = victim.read()
    return answers


@requirement("rfc7592-2.2-update-answers-200-json")
def test_update_answers_200_and_json(redirect_update: dict[str, Answer]) -> None:
    update = expect.conclusive(redirect_update["update"])
    expect.judged(update.accepted, f"the change itself was refused: {update.line}")
    with expect.together():
        expect.status(update, 200)
        expect.json_body(update)


@requirement("rfc7592-2.2-client-id-stable-on-update")
def test_client_id_is_stable(redirect_update: dict[str, Answer | ClientRecord]) -> None:
    update = redirect_update["update"]
    expect.judged(update.accepted, "the change itself was refused")  # type: ignore[union-attr]
    expect.same(
        redirect_update["client"].client_id,  # type: ignore[union-attr]
        update.members.get("client_id"),
        name="client_id",
        about=update,  # type: ignore[arg-type]
    )


@requirement("rfc7592-2.2-update-replaces-not-augments")
def test_update_replaces_redirect_uris(redirect_update: dict[str, Any]) -> None:
    update = expect.conclusive(redirect_update["update"])
    expect.judged(update.registered, f"the change itself was refused: {update.line}")
    sent = update.request.members.get("redirect_uris", [])
    stated: Any = update.members.get("redirect_uris")
    expect.judged(isinstance(stated, list), "the answer does not state redirect_uris")
    before = redirect_update["client"].registration.members.get("redirect_uris") or []
    merged = [uri for uri in before if uri in stated and uri not in sent]
    replaced = any(uri in stated for uri in sent)
    expect.met(
        not (merged and replaced),
        sent,
        stated,
        name="redirect_uris",
        about=update,
        member="redirect_uris",
    )
    if "old" in redirect_update and redirect_update["old"].landing:
        expect.not_redirected(redirect_update["old"], what="the replaced redirect URI")


@requirement("rfc7592-2.2-failed-update-changes-nothing")
def test_failed_update_changes_nothing(refused_update: dict[str, Answer]) -> None:
    update = refused_update["update"]
    expect.judged(update.refused, f"the bad update was not refused: {update.line}")
    before, after = refused_update["before"], refused_update["after"]
    expect.judged(before.registered and after.registered, "reading is not offered")
    expect.same_registration(before, after)


@requirement("rfc7592-b-token-bound-to-its-client")
def test_token_opens_its_own_client_only(foreign_token_calls: dict[str, Answer]) -> None:
    expect.applies(foreign_token_calls["control"].accepted, "reading is not offered")
    with expect.together():
        for name in ("read", "update", "delete"):
            answer = foreign_token_calls[name]
            if answer.status not in (405, 501):
                expect.refused(answer, name=f"{name} with another client's token")
