"""What is expected of an authorization request: where the browser ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.expect.aspects import compare, conclusive
from conformance.outcomes import NotJudged
from reports.results import Level, Place

if TYPE_CHECKING:
    from conformance.evidence import Answer


def not_redirected(answer: Answer, *, what: str, at_most: Level | None = None) -> bool:
    """The authorization endpoint does not send the browser to the client.

    A login or consent page is no redirect yet: that warns at most.
    """
    conclusive(answer)
    if answer.landing in ("", "unclear"):
        raise NotJudged("the authorization endpoint answers right and wrong requests alike")
    if answer.landing == "failed":
        raise NotJudged(f"{answer.line}: a server error")
    place = Place(step=answer.step.id, part="header", name="Location")
    cap = Level.SHOULD if answer.landing == "interaction" else None
    if at_most is not None:
        cap = (cap or at_most).capped(at_most)
    return compare(
        what,
        "no redirect to it",
        _landing(answer),
        agrees=answer.landing == "refused",
        at_most=cap,
        places=[place],
    )


def tells(answer: Answer) -> Answer:
    """Go on to conclude from a redirect only where other URIs are not redirected to.

    Raises:
        NotJudged: browsers are sent to any URI, which is judged by a row of its own.

    """
    if answer.step.observations.get("anywhere"):
        raise NotJudged("the authorization endpoint redirects to any URI; judged by its own row")
    return answer


def _landing(answer: Answer) -> str:
    words = {
        "client": "redirects to it",
        "interaction": "shows the login or consent page as for a registered one",
        "refused": "refused",
    }
    return f"{answer.status}, {words.get(answer.landing, answer.landing)}"
