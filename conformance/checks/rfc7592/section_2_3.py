"""RFC 7592 section 2.3: the client delete request."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.rfc7592.evidence import NOT_OFFERED, deleted
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.credentials import altered
from conformance.requirement import requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider
    from conformance.provider.session import LiveAnswer

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
    uri = (client.redirect_uris or [provider.redirect_uri()])[0]
    _ask(answers, "authorize before", lambda: provider.tries_redirect(client, uri))
    stranger = altered(client.client_id)
    _ask(
        answers,
        "authorize stranger",
        lambda: provider.tries_redirect(client, uri, client_id=stranger),
    )
    for name, ask in _elsewhere(provider, client).items():
        _ask(answers, f"{name} before", ask)
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
            lambda: provider.tries_redirect(client, uri), lambda a: a.landing == "refused"
        ),
    )
    for name, ask in _elsewhere(provider, client).items():
        _ask(
            answers,
            f"{name} after",
            partial(provider.patiently, ask, lambda answer: not answer.accepted),
        )
    return answers


def _elsewhere(provider: Provider, client: Client) -> dict[str, Callable[[], LiveAnswer]]:
    """Authenticate at every endpoint but the token endpoint; of a token that nobody issued."""
    if client.secret is None:
        return {}
    return {
        "par": lambda: provider.par(client),
        "introspect": lambda: provider.introspect(client, UNKNOWN_TOKEN),
        "revoke": lambda: provider.revoke(client, UNKNOWN_TOKEN),
    }


def _ask(answers: dict[str, Answer], name: str, ask: Callable[[], Answer]) -> None:
    """Keep an answer; what the provider does not offer is left out."""
    with contextlib.suppress(NotApplicable, NotJudged):
        answers[name] = ask()


@requirement("rfc7592-2.3-delete-answers-204")
def test_deleting_answers_204(deletion: dict[str, Answer]) -> None:
    deleted(deletion)
    expect.status(deletion["delete"], 204)


@requirement("rfc7592-2.3-deleted-token-answers-401")
def test_token_of_a_deleted_client_is_dead(deletion: dict[str, Answer]) -> None:
    deleted(deletion)
    expect.status(deletion["again"], 401)


@requirement("rfc7592-2.3-deleted-client-cannot-authenticate")
def test_deleted_client_cannot_authenticate(deletion: dict[str, Answer]) -> None:
    deleted(deletion)
    expect.applies("token before" in deletion, "there is no token endpoint, or no client_secret")
    before, wrong = deletion["token before"], expect.conclusive(deletion["wrong secret"])
    expect.judged(
        wrong.error == "invalid_client" and before.error != "invalid_client",
        "right and wrong secrets are answered alike",
    )
    answer = expect.conclusive(deletion["token after"])
    expect.judged(answer.status < 500, f"{answer.line}: a server error is judged by its own row")
    same = (answer.status, answer.error) == (before.status, before.error)
    alike = ", as before the deletion" if same else ""
    expect.met(
        answer.refused and not alike,
        "refused, as a client that does not exist",
        f"{answer.status} {answer.error or ''}{alike}",
        name="authentication",
        about=answer,
    )


@requirement("rfc7592-2.3-deleted-client-cannot-authorize")
def test_deleted_client_cannot_authorize(deletion: dict[str, Answer]) -> None:
    deleted(deletion)
    names = ("authorize before", "authorize stranger", "authorize after")
    expect.applies(
        all(name in deletion for name in names), "the provider offers no authorization endpoint"
    )
    before, stranger, after = (deletion[name] for name in names)
    taken = ("client", "interaction")
    expect.judged(before.landing in taken, "it never could authorize")
    # Who shows a login page first, or redirects for anybody, does not look at the client yet.
    expect.judged(
        stranger.landing not in taken,
        f"a client that never was is answered as one that is: {stranger.line}",
    )
    expect.not_redirected(after, what="the deleted client")


@requirement("rfc7592-2.3-deleted-credentials-refused-at-every-endpoint")
def test_deleted_credentials_are_refused_everywhere(deletion: dict[str, Answer]) -> None:
    deleted(deletion)
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
