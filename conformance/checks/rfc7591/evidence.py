"""What the sections of RFC 7591 take from the evidence of the whole run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.evidence import GATE_EXCHANGE

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.judgement import WholeRun

OPERATIONS = ("register", "read", "update")
"""What is answered with client information."""


def registrations(run: WholeRun) -> list[Answer]:
    """Every answer that states a registration."""
    return [answer for answer in run.of(*OPERATIONS) if answer.registered]


def exchange_of(answer: Answer) -> str:
    """The exchange in which an answer came."""
    return answer.step.id.rpartition(":")[0]


def requested_values(run: WholeRun) -> dict[tuple[str, str], list[Any]]:
    """By exchange and member, all that its requests asked for.

    A server may show again what an exchange registered that sends odd values on purpose;
    whether it may register them is judged by rows of their own.
    """
    found: dict[tuple[str, str], list[Any]] = {}
    for answer in run.of("register", "update"):
        for name, value in answer.request.members.items():
            found.setdefault((exchange_of(answer), name), []).append(value)
    return found


def refusals(run: WholeRun) -> list[Answer]:
    """Every registration error: a 400 to a registration."""
    return [answer for answer in run.of("register") if answer.status == 400]


def first_registrations(run: WholeRun) -> list[Answer]:
    """The answers to the minimal registration, a repeated one after a 429 last."""
    return [answer for answer in run.of("register") if exchange_of(answer) == GATE_EXCHANGE]


def authenticated(right: Answer, wrong: Answer) -> bool:
    """Whether good credentials are taken where false ones of the same form are not."""
    taken = right.accepted or right.error not in ("invalid_client", None)
    return taken and wrong.error == "invalid_client"
