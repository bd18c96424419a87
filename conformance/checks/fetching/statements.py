"""Statements by a key of the directory that is chosen, and by one that nobody published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.statements.evidence import believed, stated
from conformance.outcomes import NotJudged

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider


def by_statement(provider: Provider, key: str, **request: Any) -> Answer:
    """A registration by a new statement that one key of the directory signs.

    Args:
        provider: As the exchange has it.
        key: Its id, or one of the names that the directory has for some.
        request: What else :meth:`Provider.attempt` takes.

    Raises:
        NotJudged: no more registrations are taken.

    """
    at = int(provider.session.clock())
    statement = provider.statement(stated(provider), key=key, at=at)
    answer, _ = provider.attempt(provider.baseline(software_statement=statement), **request)
    if answer.status == 429:
        raise NotJudged(provider.session.limited, step=answer.step.id)
    return answer


def by_a_stranger(provider: Provider) -> Answer:
    """The control: a registration by a statement whose key nobody ever published, once a run."""
    memo = "control-stranger-statement"
    provider.session.leans(provider.recorder.exchange, memo)

    def make() -> Answer:
        return by_statement(provider.apart(memo), "stranger")

    answer: Answer = provider.session.once(memo, make)
    return answer


def verifies(found: dict[str, Any]) -> None:
    """Go on only where good statements are believed, and those of a stranger are not.

    Raises:
        NotJudged: whatever key signed, it makes no difference; that has its own row.

    """
    expect.judged(believed(found["control"]), "what a good statement says is not registered either")
    expect.judged(
        not believed(expect.conclusive(found["stranger"])),
        "a statement by a key that nobody published is believed; that has its own row",
    )
