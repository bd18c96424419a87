"""RFC 7592 section 2.3: the client delete request."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.rfc7592.evidence import NOT_OFFERED
from conformance.checks.shared import credentials_client, machine
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.credentials import altered
from conformance.requirement import requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer
    from conformance.judgement import WholeRun
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

UNKNOWN_TOKEN = "dcr-conformance-no-such-token"


@exchange
def deletion(provider: Provider) -> dict[str, Answer]:
    """Try a client everywhere, delete it, and try it again."""
    client = provider.register(**provider.baseline())
    client.need_management()
    readable = client.read().accepted
    answers: dict[str, Answer] = {}
    if client.secret is not None:
        secret = client.secret
        _ask(answers, "token before", lambda: provider.authenticates(client))
        _ask(
            answers, "wrong secret", lambda: provider.authenticates(client, secret=altered(secret))
        )
    _ask(answers, "authorize before", lambda: provider.authorize(client))
    _everywhere(provider, client, answers, "before")
    answers["delete"] = client.delete()
    if not answers["delete"].accepted:
        return answers
    answers["again"] = provider.patiently(
        client.read if readable else client.delete, lambda answer: answer.refused
    )
    if "token before" in answers:
        _ask(
            answers,
            "token after",
            lambda: provider.patiently(
                lambda: provider.authenticates(client), lambda a: a.error == "invalid_client"
            ),
        )
    _ask(
        answers,
        "authorize after",
        lambda: provider.patiently(
            lambda: provider.authorize(client), lambda a: a.landing == "refused"
        ),
    )
    _everywhere(provider, client, answers, "after")
    return answers


def _everywhere(provider: Provider, client: Client, answers: dict[str, Answer], when: str) -> None:
    """Authenticate at every endpoint but the token endpoint; of a token that nobody issued."""
    if client.secret is not None:
        _ask(answers, f"par {when}", lambda: provider.par(client))
        _ask(answers, f"introspect {when}", lambda: provider.introspect(client, UNKNOWN_TOKEN))
        _ask(answers, f"revoke {when}", lambda: provider.revoke(client, UNKNOWN_TOKEN))


@exchange
def sibling_deletion(provider: Provider) -> dict[str, Answer | Client]:
    """Delete one of two clients of one software, read the other, and register a third."""
    metadata = provider.baseline(
        software_id="dcr-conformance-siblings", client_name="dcr-conformance sibling"
    )
    gone, kept = provider.register(**metadata), provider.register(**metadata)
    gone.need_management()
    kept.need_management()
    answers: dict[str, Answer | Client] = {"gone": gone, "kept": kept, "before": kept.read()}
    answers["delete"] = gone.delete()
    answers["after"] = kept.read()
    answers["gone after"] = provider.patiently(gone.read, lambda answer: answer.refused)
    answers["next"] = provider.register(**metadata)
    return answers


@exchange
def token_of_the_deleted(provider: Provider) -> dict[str, Answer]:
    """Get an access token, delete its client, and let another client ask about the token."""
    provider.endpoint("introspection_endpoint")
    watcher = credentials_client(provider)
    client = provider.register(
        optional="the client credentials grant is refused",
        **machine(client_name="dcr-conformance token holder"),
    )
    client.need_management()
    granted = provider.token(client, grant_type="client_credentials")
    token = granted.members.get("access_token")
    if not isinstance(token, str):
        raise NotApplicable("there is no access token to ask about")
    answers: dict[str, Answer] = {"before": provider.introspect(watcher, token)}
    answers["delete"] = client.delete()
    answers["after"] = provider.patiently(
        lambda: provider.introspect(watcher, token),
        lambda answer: answer.members.get("active") is not True,
    )
    return answers


@exchange
def pending_at_deletion(provider: Provider) -> dict[str, Answer]:
    """Get a code and push a request as a public client, delete it, and use both."""
    client = provider.register(
        optional="public clients are refused",
        **provider.baseline(token_endpoint_auth_method="none"),
    )
    client.need_management()
    answers: dict[str, Answer] = {}
    code = provider.code(client)
    # Another code of the same kind shows that such codes are worth something.
    answers["control"] = provider.redeem(client, provider.code(client))
    answers["delete"] = client.delete()
    answers["code"] = provider.redeem(client, code)
    return answers


def _ask(answers: dict[str, Answer], name: str, ask: Callable[[], Answer]) -> None:
    """Keep an answer; what the provider does not offer is left out."""
    with contextlib.suppress(NotApplicable, NotJudged):
        answers[name] = ask()


def _deleted(deletion: dict[str, Answer]) -> None:
    answer = expect.conclusive(deletion["delete"])
    expect.applies(answer.status not in NOT_OFFERED, f"deleting is not offered: {answer.line}")
    expect.judged(answer.accepted, f"the deletion was refused: {answer.line}")


@requirement("rfc7592-2.3-delete-answers-204")
def test_deleting_answers_204(deletion: dict[str, Answer]) -> None:
    _deleted(deletion)
    expect.status(deletion["delete"], 204)


@requirement("rfc7592-2.3-deleted-token-answers-401")
def test_token_of_a_deleted_client_is_dead(deletion: dict[str, Answer]) -> None:
    _deleted(deletion)
    expect.status(deletion["again"], 401)


@requirement("rfc7592-2.3-deleted-client-cannot-authenticate")
def test_deleted_client_cannot_authenticate(deletion: dict[str, Answer]) -> None:
    _deleted(deletion)
    expect.applies("token before" in deletion, "there is no token endpoint, or no client_secret")
    before, wrong = deletion["token before"], expect.conclusive(deletion["wrong secret"])
    expect.judged(
        wrong.error == "invalid_client" and before.error != "invalid_client",
        "right and wrong secrets are answered alike",
    )
    answer = expect.conclusive(deletion["token after"])
    alike = ", as before the deletion" if answer.error == before.error else ""
    expect.met(
        answer.error is not None and not alike,
        "refused, as a client that does not exist",
        f"{answer.status} {answer.error or ''}{alike}",
        name="authentication",
        about=answer,
    )


@requirement("rfc7592-2.3-deleted-client-cannot-authorize")
def test_deleted_client_cannot_authorize(deletion: dict[str, Answer]) -> None:
    _deleted(deletion)
    before, after = deletion.get("authorize before"), deletion.get("authorize after")
    expect.applies(before and after, "the provider offers no authorization endpoint")
    expect.judged(before.landing in ("client", "interaction"), "it never could authorize")  # type: ignore[union-attr]
    expect.not_redirected(after, what="the deleted client")  # type: ignore[arg-type]


@requirement("rfc7592-2.3-deleted-credentials-refused-at-every-endpoint")
def test_deleted_credentials_are_refused_everywhere(deletion: dict[str, Answer]) -> None:
    _deleted(deletion)
    expect.applies("token before" in deletion, "there is no token endpoint, or no client_secret")
    judged = 0
    with expect.together():
        for name in ("par", "introspect", "revoke"):
            before, after = deletion.get(f"{name} before"), deletion.get(f"{name} after")
            if before is None or after is None or not before.accepted:
                continue
            judged += 1
            expect.refused(after, name=f"{name} by the deleted client")
    expect.applies(judged, "no other endpoint took the client's authentication")


@requirement("rfc7592-2.3-unsupported-delete-answers-405")
def test_unsupported_deletion_answers_405(deletion: dict[str, Answer]) -> None:
    answer = expect.conclusive(deletion["delete"])
    expect.applies(answer.status in NOT_OFFERED, f"deleting is offered: {answer.line}")
    # 403 is for a client that may not delete itself, which looks the same from outside.
    expect.status(answer, 405, 403)


@requirement("rfc7592-2.3-method-refusal-lists-allow")
def test_method_refusal_lists_allow(deletion: dict[str, Answer]) -> None:
    answer = expect.conclusive(deletion["delete"])
    expect.applies(answer.status == 405, "deleting is not answered 405")
    expect.header(answer, "Allow")


def _two_clients(sibling_deletion: dict[str, Any]) -> None:
    # RFC 7591 section 3.2.1 lets the instances of one software share an identifier.
    gone, kept = sibling_deletion["gone"], sibling_deletion["kept"]
    expect.applies(gone.client_id != kept.client_id, "identical clients share one client_id")


@requirement("rfc7592-2.3-deletion-spares-similar-clients")
def test_deletion_spares_similar_clients(sibling_deletion: dict[str, Any]) -> None:
    _deleted(sibling_deletion)
    _two_clients(sibling_deletion)
    expect.judged(sibling_deletion["before"].accepted, "reading is not offered")
    alive = sibling_deletion["gone after"].accepted
    expect.judged(not alive, "nothing was deleted; that is judged by its own row")
    expect.accepted(sibling_deletion["after"])


@requirement("rfc7592-2.3-deleted-client-id-not-reissued")
def test_deleted_client_id_is_not_reissued(sibling_deletion: dict[str, Any]) -> None:
    _deleted(sibling_deletion)
    _two_clients(sibling_deletion)
    gone, after = sibling_deletion["gone"], sibling_deletion["next"]
    again = after.client_id == gone.client_id
    expect.met(
        not again,
        "an identifier that was never used",
        "the identifier of the deleted client" if again else after.client_id,
        name="client_id",
        about=after.registration,
        member="client_id",
    )


@requirement("rfc7592-2.3-deleted-client-id-not-reissued")
def test_no_client_id_is_issued_again(whole_run: WholeRun) -> None:
    ended: dict[str, float] = {}
    ids = {}
    for answer in whole_run.of("register"):
        if answer.registered:
            ids[str(answer.members.get("registration_client_uri"))] = answer.members["client_id"]
    for answer in whole_run.of("delete"):
        client_id = ids.get(answer.step.request.url)
        if client_id is not None and answer.status == 204:
            ended[client_id] = answer.step.at
    expect.applies(ended, "no client was deleted")
    expect.throughout(
        "an identifier that was never used",
        [
            (answer, "client_id", "the identifier of a client that was deleted before")
            for answer in whole_run.of("register")
            if answer.registered
            and answer.step.at - answer.step.elapsed_s
            > ended.get(answer.members["client_id"], float("inf"))
        ],
        seen=len(ended),
        name="deleted clients",
    )


@requirement("rfc7592-2.3-deletion-revokes-tokens")
def test_deletion_revokes_tokens(token_of_the_deleted: dict[str, Answer]) -> None:
    _deleted(token_of_the_deleted)
    before = expect.conclusive(token_of_the_deleted["before"])
    expect.judged(
        before.members.get("active") is True, "no other client may ask about its access tokens"
    )
    after = expect.conclusive(token_of_the_deleted["after"])
    expect.met(
        after.members.get("active") is not True,
        "the token is not active",
        f"active: {after.members.get('active')}",
        name="introspection",
        about=after,
    )


@requirement("rfc7592-2.3-delete-kills-pending-artefacts")
def test_deletion_kills_pending_codes(pending_at_deletion: dict[str, Answer]) -> None:
    _deleted(pending_at_deletion)
    control = pending_at_deletion["control"]
    expect.judged("access_token" in control.members, f"a code is worth nothing: {control.line}")
    expect.no_token(pending_at_deletion["code"], name="redemption of the code")
