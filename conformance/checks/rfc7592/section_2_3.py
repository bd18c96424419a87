"""RFC 7592 section 2.3: the client delete request."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.credentials import altered
from conformance.requirement import requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer
    from conformance.provider.operations import Provider


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
    answers["delete"] = client.delete()
    if answers["delete"].status in (403, 404, 405, 501):
        raise NotApplicable(f"deleting is not offered: {answers['delete'].line}")
    answers["again"] = client.read() if readable else client.delete()
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
    return answers


def _ask(answers: dict[str, Answer], name: str, ask: Callable[[], Answer]) -> None:
    """Keep an answer; what the provider does not offer is left out."""
    with contextlib.suppress(NotApplicable, NotJudged):
        answers[name] = ask()


def _deleted(deletion: dict[str, Answer]) -> None:
    answer = expect.conclusive(deletion["delete"])
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
    expect.met(
        answer.error is not None and answer.error != before.error,
        "refused, as a client that does not exist",
        f"{answer.status} {answer.error}, as before the deletion",
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
