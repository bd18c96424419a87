"""RFC 7592 section 2.2: what an update replaces, and where that shows."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.rfc7592.evidence import information
from conformance.checks.rfc7592.updating import updatable
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


RENAMED = "dcr-conformance renamed"


@exchange
def redirect_update(provider: Provider) -> dict[str, Answer | Client]:
    """Replace the redirect URI of a client, read it, then try the old one and the new one."""
    client = updatable(provider)
    old, new = provider.redirect_uri(), provider.redirect_uri("updated")
    answers: dict[str, Answer | Client] = {
        "client": client,
        "update": client.update(redirect_uris=[new]),
    }
    answers |= _three_reads(provider, client, old)
    # Without an authorization endpoint the answers alone are judged.
    with contextlib.suppress(NotApplicable, NotJudged):
        answers["old"] = provider.patiently(
            lambda: provider.tries_redirect(client, old), lambda answer: answer.landing == "refused"
        )
        answers["new"] = provider.patiently(
            lambda: provider.tries_redirect(client, new), lambda answer: answer.landing != "refused"
        )
    with contextlib.suppress(NotApplicable, NotJudged):
        answers["old pushed"] = provider.patiently(
            lambda: provider.par(client, redirect_uri=old), lambda answer: not answer.accepted
        )
        answers["new pushed"] = provider.patiently(
            lambda: provider.par(client, redirect_uri=new), lambda answer: answer.accepted
        )
        never = provider.redirect_uri("never-registered")
        answers["unregistered pushed"] = provider.par(client, redirect_uri=never)
    return answers


def _three_reads(provider: Provider, client: Client, old: str) -> dict[str, Answer]:
    """Read until the old redirect URI is gone, and twice more.

    Replicas that disagree are all asked again when each had time to hear of the update.
    """
    first = provider.patiently(client.read, lambda a: a.members.get("redirect_uris") != [old])
    reads = [first, client.read(), client.read()]
    if any(a.members.get("redirect_uris") != first.members.get("redirect_uris") for a in reads):
        provider.settle()
        reads = [client.read() for _ in reads]
    return dict(zip(("read", "read 2", "read 3"), reads, strict=True))


@exchange
def client_id_updates(provider: Provider) -> dict[str, Answer | Client]:
    """Update a client with the client_id of another one in the body, and with none."""
    client, victim = updatable(provider), provider.control(**provider.baseline())
    before = victim.read()
    absent = client.update_body(client_name=RENAMED)
    absent.pop("client_id")
    answers: dict[str, Answer | Client] = {"victim": victim, "before": before}
    answers["absent"] = client.replace(absent)
    body = client.update_body(client_name=RENAMED, client_id=victim.client_id)
    answers["foreign"] = client.replace(body)
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
    update = information(redirect_update["update"])  # type: ignore[arg-type]
    expect.same(
        redirect_update["client"].client_id,  # type: ignore[union-attr]
        update.members.get("client_id"),
        name="client_id",
        about=update,
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


@requirement("rfc7592-2.2-update-takes-effect")
def test_update_takes_effect(redirect_update: dict[str, Any]) -> None:
    _redirects_replaced(redirect_update)
    expect.applies("new" in redirect_update, "the provider offers no authorization endpoint")
    answer = expect.conclusive(redirect_update["new"])
    expect.judged(
        answer.landing in ("client", "interaction", "refused"),
        "the authorization endpoint answers right and wrong requests alike",
    )
    # Who takes any redirect URI shows nothing by taking the new one.
    expect.judged(
        answer.landing == "refused"
        or redirect_update["old"].landing not in ("client", "interaction"),
        "the replaced redirect URI is taken as well; that is judged by its own row",
    )
    expect.met(
        answer.landing != "refused",
        "the new redirect URI is taken",
        f"{answer.status}, refused" if answer.landing == "refused" else f"{answer.status}, taken",
        name="authorization",
        about=answer,
    )


@requirement("rfc7592-2.2-update-takes-effect-at-every-endpoint")
def test_update_takes_effect_at_par(redirect_update: dict[str, Any]) -> None:
    _redirects_replaced(redirect_update)
    expect.applies("new pushed" in redirect_update, "the provider offers no pushed requests")
    old, new = (expect.conclusive(redirect_update[f"{age} pushed"]) for age in ("old", "new"))
    expect.judged(old.accepted or new.accepted, f"pushed requests are refused: {new.line}")
    # RFC 9126 section 2.4 lets clients that authenticate push URIs that are not registered.
    never = redirect_update["unregistered pushed"]
    expect.judged(never.refused, f"unregistered redirect URIs can be pushed: {never.line}")
    with expect.together():
        expect.met(
            new.accepted,
            "the new redirect URI can be pushed",
            new.status,
            name="pushed request",
            about=new,
        )
        expect.refused(old, name="the replaced redirect URI pushed")


def _redirects_replaced(redirect_update: dict[str, Any]) -> None:
    """Go on only where the answer says that the redirect URIs are the ones sent."""
    update = information(redirect_update["update"])
    sent = update.request.members.get("redirect_uris")
    expect.judged(update.members.get("redirect_uris") == sent, "the answer states other URIs")


@requirement("rfc7592-2.2-replaced-values-returned")
def test_update_states_what_is_stored(redirect_update: dict[str, Any]) -> None:
    update, read = information(redirect_update["update"]), information(redirect_update["read"])
    # What only one of them states is judged by other rows.
    missing = update.members.keys() ^ read.members.keys()
    expect.same_registration(update, read, ignore=["client_id", *missing])


@requirement("rfc7592-2.1-reads-agree-across-connections")
def test_reads_agree(redirect_update: dict[str, Any]) -> None:
    first = information(redirect_update["read"])
    with expect.together():
        for number in (2, 3):
            again = expect.conclusive(redirect_update[f"read {number}"])
            expect.judged(again.registered, f"a later read was refused: {again.line}")
            expect.same_registration(first, again)


@requirement("rfc7592-2.2-writing-back-what-was-read-changes-nothing")
def test_writing_back_changes_nothing(written_back: dict[str, Any]) -> None:
    before = information(written_back["before"])
    update = expect.conclusive(written_back["update"])
    expect.applies(update.status not in (403, 404, 405, 501), f"not offered: {update.line}")
    expect.accepted(update)
    after = information(written_back["after"])
    # What the server adds of its own, and says so, takes nothing from what was written.
    grown = [name for name in update.members if _grown(before, update, name)]
    # Where one is demanded, the update carried a fresh statement that says the same.
    expect.same_registration(before, after, ignore=[*grown, "software_statement"])


def _grown(before: Answer, update: Answer, name: str) -> bool:
    """Whether a list holds all that it held and more."""
    old, new = before.members.get(name), update.members.get(name)
    if not (isinstance(old, list) and isinstance(new, list)):
        return False
    return len(new) > len(old) and all(item in new for item in old)


@requirement("rfc7592-2.2-foreign-client-id-not-applied")
def test_foreign_client_id_is_not_applied(client_id_updates: dict[str, Any]) -> None:
    foreign = expect.conclusive(client_id_updates["foreign"])
    before, after = information(client_id_updates["before"]), client_id_updates["after"]
    expect.judged(foreign.status < 500, f"{foreign.line}: a server error")
    victim = client_id_updates["victim"].client_id
    with expect.together():
        # Who looks only at the URL and the token updates the right client, and may.
        expect.met(
            foreign.members.get("client_id") != victim,
            "no answer for the other client",
            f"{foreign.status}, client_id {foreign.members.get('client_id')}",
            name="update",
            about=foreign,
        )
        expect.judged(after.registered, f"the other client cannot be read: {after.line}")
        expect.met(
            after.members.get("client_name") != RENAMED
            or before.members.get("client_name") == RENAMED,
            "the other client as it was",
            f"client_name is {after.members.get('client_name')}",
            name="the other client",
            about=after,
            member="client_name",
        )


@requirement("rfc7592-2.2-missing-client-id-refused")
def test_update_without_client_id_is_refused(client_id_updates: dict[str, Any]) -> None:
    expect.refused(client_id_updates["absent"])
