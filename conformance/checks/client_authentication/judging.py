"""What is expected of assertions: the honest one is taken, and the odd one is or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.client_authentication.proving import outcome
from conformance.outcomes import NotJudged

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from reports.results import Level


def taken(evidence: dict[str, Any]) -> bool:
    """Whether the odd request came to what the honest one did.

    Raises:
        NotJudged: the honest one came to nothing, before it or after, or the odd one to a 5xx.

    """
    control, odd = expect.conclusive(evidence["control"]), expect.conclusive(evidence["odd"])
    if not _authenticated(control):
        raise NotJudged(f"the honest assertion before is refused: {_line(control)}")
    if odd.status >= 500:
        raise NotJudged(f"{odd.line}: a server error is judged by its own row")
    if outcome(odd) == outcome(control):
        return True
    after = expect.conclusive(evidence["after"])
    if outcome(after) != outcome(control):
        raise NotJudged(f"the honest assertion after it is refused as well: {_line(after)}")
    return False


def _authenticated(answer: Answer) -> bool:
    given, error = outcome(answer)
    return given or error not in (None, "invalid_client", "invalid_request")


def refused(
    evidence: dict[str, Any], *, name: str = "the assertion", at_most: Level | None = None
) -> bool:
    """The odd assertion does not authenticate the client, while honest ones do."""
    found = taken(evidence)
    odd = evidence["odd"]
    return expect.met(
        not found,
        "refused",
        f"taken: {_line(odd)}" if found else f"refused: {_line(odd)}",
        name=name,
        about=odd,
        at_most=at_most,
    )


def accepted(evidence: dict[str, Any], *, name: str, at_most: Level | None = None) -> bool:
    """The odd assertion authenticates the client as the honest ones do."""
    found = taken(evidence)
    odd = evidence["odd"]
    return expect.met(
        found,
        "taken, as without it",
        f"taken: {_line(odd)}" if found else f"refused: {_line(odd)}",
        name=name,
        about=odd,
        at_most=at_most,
    )


def _line(answer: Answer) -> str:
    given, error = outcome(answer)
    return f"{answer.status}, a token" if given else f"{answer.status} {error or 'without error'}"
