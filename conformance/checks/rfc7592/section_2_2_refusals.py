"""RFC 7592 section 2.2: updates that must not be applied, and what they leave as it was."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.rfc7592.evidence import NOT_OFFERED, information
from conformance.checks.rfc7592.updating import updatable
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.credentials import altered, form_encoded
from conformance.provider.sender import FORM
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

_HOSTILE = tuple(
    case
    for case in load_cases("redirect_uris")
    if case.id in ("javascript", "fragment", "relative-path")
)


@exchange
def refused_update(provider: Provider) -> dict[str, Answer]:
    """Mix a good name with a bad redirect URI in an update; try the client before and after."""
    client = updatable(provider)
    answers: dict[str, Answer] = {"before": client.read(), **_tried(provider, client, "before")}
    if client.secret is not None:
        wrong = altered(client.secret)
        with contextlib.suppress(NotApplicable, NotJudged):
            answers["wrong secret"] = provider.authenticates(client, secret=wrong)
    # The good change first: who stores member by member has stored it when the bad one comes.
    changed = {"client_name": "dcr-conformance changed"}
    body = {**changed, **client.update_body(**changed, redirect_uris=["not a uri"])}
    answers["update"] = client.replace(body)
    answers["after"] = client.read()
    return {**answers, **_tried(provider, client, "after")}


def _tried(provider: Provider, client: Client, when: str) -> dict[str, Answer]:
    """What the client can do at the token and authorization endpoints."""
    answers: dict[str, Answer] = {}
    if client.secret is not None:
        with contextlib.suppress(NotApplicable, NotJudged):
            answers[f"token {when}"] = provider.authenticates(client)
    with contextlib.suppress(NotApplicable, NotJudged):
        answers[f"authorize {when}"] = provider.authorize(client)
    return answers


@exchange
def hostile_updates(provider: Provider) -> dict[str, Answer | Client]:
    """Register hostile redirect URIs, then update a client to the same ones and read it."""
    client = updatable(provider)
    answers: dict[str, Answer | Client] = {"client": client}
    for case in _HOSTILE:
        registration, _ = provider.attempt(provider.baseline(redirect_uris=[case.uri]))
        answers[f"registration {case.id}"] = registration
        answers[f"update {case.id}"] = client.update(redirect_uris=[case.uri])
        answers[f"read {case.id}"] = client.read()
    return answers


@exchange
def unreadable_updates(provider: Provider) -> dict[str, Answer]:
    """Update a client with bodies that are no JSON object; read it before and after each."""
    client = updatable(provider)
    answers: dict[str, Answer] = {"before": client.read()}
    for case in load_cases("bad_bodies"):
        answers[f"update {case.id}"] = client.replace(case.body.encode())
        answers[f"after {case.id}"] = client.read()
    form = {"client_id": client.client_id, "client_name": "dcr-conformance form"}
    answers["update form"] = client.replace(form_encoded(form).encode(), content_type=FORM)
    answers["after form"] = client.read()
    return answers


@exchange
def altered_token_calls(provider: Provider) -> dict[str, Answer]:
    """Update and delete a client with an altered token, then read and delete it with its own."""
    client = updatable(provider)
    wrong = altered(client.registration_token or "")
    body = client.update_body(client_name="dcr-conformance taken over")
    return {
        "before": client.read(),
        "update": client.replace(body, token=wrong),
        "between": client.read(),
        "delete": client.delete(token=wrong),
        "after": client.read(),
        "right delete": client.delete(),
    }


@exchange
def foreign_token_calls(provider: Provider) -> dict[str, Answer]:
    """Read, update and delete a client with the token of another one that is good for its own."""
    victim = provider.register(**provider.baseline())
    victim.need_management()
    answers: dict[str, Answer] = {"control": victim.read()}
    attacker = provider.register(**provider.baseline())
    for name in ("read", "update", "delete"):
        if name != "read" and not attacker.read().accepted:
            # Its token was rightly revoked when it was tried on the other client.
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


def _refused_update(evidence: dict[str, Answer]) -> Answer:
    update = expect.conclusive(evidence["update"])
    expect.judged(update.refused, f"the bad update was not refused: {update.line}")
    return update


@requirement("rfc7592-2.2-failed-update-changes-nothing")
def test_failed_update_changes_nothing(refused_update: dict[str, Answer]) -> None:
    _refused_update(refused_update)
    before, after = refused_update["before"], refused_update["after"]
    expect.judged(before.registered and after.registered, "reading is not offered")
    expect.same_registration(before, after)


@requirement("rfc7592-a.1-failed-request-keeps-token")
def test_failed_update_keeps_the_token(refused_update: dict[str, Answer]) -> None:
    _refused_update(refused_update)
    expect.judged(refused_update["before"].registered, "reading is not offered")
    expect.accepted(refused_update["after"])


@requirement("rfc7592-2.2-refused-update-leaves-behaviour-unchanged")
def test_refused_update_leaves_the_secret(refused_update: dict[str, Answer]) -> None:
    _refused_update(refused_update)
    expect.applies(
        "token before" in refused_update and "wrong secret" in refused_update,
        "there is no token endpoint, or no client_secret",
    )
    before, after = refused_update["token before"], expect.conclusive(refused_update["token after"])
    wrong = expect.conclusive(refused_update["wrong secret"])
    expect.judged(
        wrong.error == "invalid_client" and before.error != "invalid_client",
        "right and wrong secrets are answered alike",
    )
    expect.met(
        after.error != "invalid_client",
        "the secret authenticates as before",
        f"{after.status} {after.error or ''}",
        name="authentication",
        about=after,
    )


@requirement("rfc7592-2.2-refused-update-leaves-behaviour-unchanged")
def test_refused_update_leaves_authorization(refused_update: dict[str, Answer]) -> None:
    _refused_update(refused_update)
    before, after = refused_update.get("authorize before"), refused_update.get("authorize after")
    expect.applies(before and after, "the provider offers no authorization endpoint")
    assert before is not None  # noqa: S101 - applies() has looked
    assert after is not None  # noqa: S101 - applies() has looked
    expect.judged(before.landing in ("client", "interaction"), "it never could authorize")
    landing = expect.conclusive(after).landing
    expect.judged(landing not in ("unclear", "failed"), f"{after.line}: it shows nothing")
    expect.met(
        after.landing == before.landing,
        f"ends as before: {before.landing}",
        after.landing,
        name="authorization",
        about=after,
    )


@requirement("rfc7592-2.2-invalid-value-answers-error")
def test_invalid_value_answers_an_error(refused_update: dict[str, Answer]) -> None:
    update = expect.conclusive(refused_update["update"])
    expect.judged(not update.registered, "the value was replaced or taken; judged by other rows")
    with expect.together():
        expect.status(update, 400)
        expect.json_body(update)
        expect.member(update, "error", str)


@requirement("rfc7592-2.2-update-validated-like-registration")
def test_updates_are_validated_like_registrations(hostile_updates: dict[str, Any]) -> None:
    compared = 0
    with expect.together():
        for case in _HOSTILE:
            registration = hostile_updates[f"registration {case.id}"]
            update = expect.conclusive(hostile_updates[f"update {case.id}"])
            if not registration.refused or update.status >= 500:
                continue  # what a registration takes is judged by the rows of RFC 7591
            # An update that is not refused says what it made of the URI, or a read does.
            read = hostile_updates[f"read {case.id}"]
            stated = update if "redirect_uris" in update.members else read
            if not update.refused and "redirect_uris" not in stated.members:
                continue
            compared += 1
            kept = not update.refused and case.uri in (stated.members["redirect_uris"] or [])
            expect.met(
                not kept,
                "refused, as in a registration",
                f"{update.status}, registered" if kept else update.status,
                name=case.id,
                about=update,
                member="redirect_uris",
            )
    expect.judged(compared, "registrations with such URIs are not refused; judged by RFC 7591")


@requirement("rfc7592-2.2-malformed-update-answers-json-error")
def test_malformed_update_answers_a_json_error(unreadable_updates: dict[str, Answer]) -> None:
    asked = [name for name in unreadable_updates if name.startswith("update ")]
    with expect.together():
        for name in asked:
            answer = expect.conclusive(unreadable_updates[name])
            if name == "update form":
                continue  # a wrong media type may be refused by the server below
            expect.met(
                answer.refused and answer.body.json_kind == "object" and answer.error,
                "4xx with a JSON error",
                f"{answer.status}, {answer.media_type or 'no body'}, error {answer.error}",
                name=name,
                about=answer,
            )


@requirement("rfc7592-2.2-non-json-update-not-applied")
def test_non_json_update_is_not_applied(unreadable_updates: dict[str, Answer]) -> None:
    before = information(unreadable_updates["before"])
    with expect.together():
        for name, after in unreadable_updates.items():
            if name.startswith("after "):
                expect.judged(after.registered, f"the client cannot be read: {after.line}")
                expect.same_registration(before, after)


@requirement("rfc7592-2.2-bad-token-update-refused")
def test_update_with_an_altered_token_is_refused(altered_token_calls: dict[str, Answer]) -> None:
    update = altered_token_calls["update"]
    with expect.together():
        expect.refused(update)
        if update.refused:
            expect.status(update, 401, at_most=Level.SHOULD)
        before, after = altered_token_calls["before"], altered_token_calls["between"]
        if before.registered and after.registered:
            expect.same_registration(before, after)


@requirement("rfc7592-2.3-bad-token-deletes-nothing")
def test_altered_token_deletes_nothing(altered_token_calls: dict[str, Answer]) -> None:
    delete = expect.conclusive(altered_token_calls["delete"])
    expect.applies(delete.status not in (405, 501), f"deleting is not offered: {delete.line}")
    # Who deletes nothing for anybody refuses this as well, and that shows nothing.
    right = altered_token_calls["right delete"]
    expect.applies(delete.accepted or right.status not in NOT_OFFERED, f"{right.line}: not offered")
    expect.judged(delete.accepted or right.accepted, f"the right token is refused: {right.line}")
    with expect.together():
        expect.refused(delete)
        if altered_token_calls["between"].registered:
            expect.accepted(altered_token_calls["after"])


@requirement("rfc7592-b-token-bound-to-its-client")
def test_token_opens_its_own_client_only(foreign_token_calls: dict[str, Answer]) -> None:
    expect.applies(foreign_token_calls["control"].accepted, "reading is not offered")
    with expect.together():
        for name in ("read", "update", "delete"):
            answer = foreign_token_calls[name]
            if answer.status not in (405, 501):
                expect.refused(answer, name=f"{name} with another client's token")
        after = foreign_token_calls["after"]
        if after.registered:
            taken_over = foreign_token_calls["update"].request.members.get("client_name")
            left = after.members.get("client_name")
            expect.met(
                left != taken_over,
                "the client as it was",
                f"client_name is {left}",
                name="the client afterwards",
                about=after,
                member="client_name",
            )
