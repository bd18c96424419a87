"""RFC 7592 section 2.3: the client delete request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider


@exchange
def deletion(provider: Provider) -> dict[str, Answer]:
    """Try a client everywhere, delete it, and try it again."""
    client = provider.register(**provider.baseline())
    client.need_management()
    answers: dict[str, Answer] = {}
    _try("before", answers, provider, client)
    answers["delete"] = client.delete()
    if answers["delete"].status in (403, 404, 405, 501):
        raise NotApplicable(f"deleting is not offered: {answers['delete'].line}")
    answers["read"] = client.read()
    _try("after", answers, provider, client)
    return answers


def _try(when: str, answers: dict[str, Answer], provider: Provider, client: object) -> None:
    """Whether the client authenticates and authorizes; what is not offered is left out."""
    calls = {"token": provider.authenticates, "authorize": provider.authorize}
    for name, call in calls.items():
        try:
            answers[f"{name} {when}"] = call(client)  # type: ignore[arg-type]
        except (NotApplicable, NotJudged):
            continue


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
    expect.status(deletion["read"], 401)


@requirement("rfc7592-2.3-deleted-client-cannot-authenticate")
def test_deleted_client_cannot_authenticate(deletion: dict[str, Answer]) -> None:
    _deleted(deletion)
    before, after = deletion.get("token before"), deletion.get("token after")
    expect.applies(before and after, "the provider offers no token endpoint")
    expect.judged(before.error != "invalid_client", "the client never could authenticate")  # type: ignore[union-attr]
    answer = expect.conclusive(after)  # type: ignore[arg-type]
    expect.met(
        answer.error == "invalid_client" or answer.error != before.error,  # type: ignore[union-attr]
        "invalid_client, as for a client that does not exist",
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
