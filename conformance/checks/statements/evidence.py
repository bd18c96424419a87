"""What a statement says beside what the request says, and which of both was believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.outcomes import Blocked, NotJudged
from conformance.provider.sender import OMIT, said

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

STATED_NAME = "dcr-conformance stated"
PLAIN_NAME = "dcr-conformance"


def stated(provider: Provider, **more: Any) -> dict[str, Any]:
    """What a statement says: another name and redirect URI than the request."""
    return {
        "client_name": STATED_NAME,
        "redirect_uris": [provider.redirect_uri("stated")],
        **more,
    }


def with_statement(provider: Provider, statement: Any, **changes: Any) -> Answer:
    """A registration that says its own things and carries the statement."""
    answer, _ = provider.attempt(provider.baseline(software_statement=statement, **changes))
    return answer


def trusted_client(provider: Provider) -> Client:
    """The control: a client registered by a good statement, once a run.

    Raises:
        NotApplicable: the provider is not said to trust the directory.
        NotJudged: no more registrations are taken.
        Blocked: the provider refuses a good statement.

    """
    provider.need_trust()
    key = "control-statement"
    provider.session.leans(provider.recorder.exchange, key)

    def make() -> Client:
        own = provider.apart(key)
        statement = own.statement(stated(own))
        answer, client = own.attempt(own.baseline(software_statement=statement))
        if client is None:
            if answer.status == 429:
                raise NotJudged(own.session.limited, step=answer.step.id)
            raise Blocked(
                f"a good statement of the directory is refused: {said(answer)}",
                step=answer.step.id,
            )
        return client

    client: Client = provider.session.once(key, make)
    return client.bound_to(provider)


def unstated(provider: Provider) -> Answer:
    """What the same registration without any statement came to, asked once a run."""
    key = "control-no-statement"
    provider.session.leans(provider.recorder.exchange, key)

    def ask() -> Answer:
        return with_statement(provider.apart(key), OMIT)

    answer: Answer = provider.session.once(key, ask)
    return answer


def believed(answer: Answer) -> list[str]:
    """The members that were registered as the statement says and the request does not."""
    members = answer.members if answer.registered else {}
    found = []
    if members.get("client_name") == STATED_NAME:
        found.append("client_name")
    uris = members.get("redirect_uris")
    if isinstance(uris, list) and any(str(uri).endswith("/stated") for uri in uris):
        found.append("redirect_uris")
    return found


def not_believed(evidence: dict[str, Answer]) -> None:
    """The odd statement is refused, or nothing that it says is registered.

    Where nobody is registered without a statement (``none``), only a refusal will do.
    """
    control, answer = evidence["control"], expect.conclusive(evidence["odd"])
    demanded = "none" in evidence and evidence["none"].refused
    expect.judged(
        believed(control),
        f"what a good statement says is not registered either: {control.line}",
    )
    if answer.refused:
        expect.refused(answer, name="statement")
        return
    expect.judged(answer.registered, f"{answer.line}: neither registered nor refused")
    taken = believed(answer)
    said = f"{answer.status}, registered with {' and '.join(taken)} of the statement"
    if demanded and not taken:
        said = f"{answer.status}, registered although a statement is demanded"
    expect.met(
        not taken and not demanded,
        "refused, or registered without what the statement says",
        said if taken or demanded else f"{answer.status}, nothing of the statement registered",
        name="statement",
        about=answer,
    )
