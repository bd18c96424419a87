"""What the sections of RFC 7592 ask of an answer before they judge it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect

if TYPE_CHECKING:
    from conformance.evidence import Answer

NOT_OFFERED = (403, 404, 405, 501)
"""Statuses by which a provider says that it has no such operation."""


def information(answer: Answer) -> Answer:
    """Go on only with client information whose members can be found."""
    expect.conclusive(answer)
    expect.applies(answer.status not in NOT_OFFERED, f"not offered: {answer.line}")
    expect.judged(answer.accepted, f"{answer.line}: the refusal is judged by its own row")
    expect.judged(nested(answer) is None, "the members are nested; judged by its own row")
    return answer


def deleted(evidence: dict[str, Any]) -> None:
    """Go on only where the client was deleted."""
    answer = expect.conclusive(evidence["delete"])
    expect.applies(answer.status not in NOT_OFFERED, f"deleting is not offered: {answer.line}")
    expect.judged(answer.accepted, f"the deletion was refused: {answer.line}")


def nested(answer: Answer) -> str | None:
    """The member under which the metadata hides, None where it is at the top level."""
    for name, value in answer.members.items():
        if isinstance(value, dict) and "redirect_uris" in value:
            return name
    return None


def registered_members(answer: Answer) -> dict[str, Any]:
    """The metadata of client information, as sets where order says nothing."""
    return expect.comparable(answer.members)
