"""What is expected of two answers that belong together: the same registration, or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.evidence import CREDENTIAL_MEMBERS, Comparison, as_answer
from conformance.expect.answers import outcome
from conformance.expect.aspects import compare, conclusive
from conformance.expect.metadata import metadata_names
from conformance.outcomes import NotJudged
from reports.results import Level, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def comparable(members: Mapping[str, Any]) -> dict[str, Any]:
    """Client metadata as sets where order says nothing, without credentials and nulls."""
    result: dict[str, Any] = {}
    for name, value in members.items():
        if name in CREDENTIAL_MEMBERS or value is None:
            continue
        if name == "scope" and isinstance(value, str):
            result[name] = sorted(value.split())
        elif isinstance(value, list):
            result[name] = sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
        else:
            result[name] = value
    return result


def same_registration(
    before: Any, after: Any, *, ignore: Iterable[str] = (), at_most: Level | None = None
) -> bool:
    """Two answers describe one registration; order of lists and words aside.

    What the server computes, such as the time of the last change, is no part of it.
    """
    first = conclusive(as_answer(before))
    second = conclusive(as_answer(after))
    left, right = comparable(first.members), comparable(second.members)
    differing = [
        name
        for name in sorted(metadata_names(first, second).difference(ignore))
        if left.get(name) != right.get(name)
    ]
    return compare(
        "registration",
        {name: left.get(name) for name in differing} or "the same metadata",
        {name: right.get(name) for name in differing} or "the same metadata",
        agrees=not differing,
        at_most=at_most,
        places=[Place(step=second.step.id, name=name) for name in differing],
    )


def refused_or_replaced(
    comparison: Comparison,
    member: str,  # noqa: A002, RUF100 - the name of the member compared
    *,
    at_most: Level | None = None,
) -> bool:
    """The odd request was refused where its control was not, or the value visibly replaced.

    Silence about the member is no replacement: without a follow-up that shows the value
    dead, it is not judged.
    """
    odd = comparison.odd
    if odd.inconclusive or odd.status >= 500:
        raise NotJudged(f"{odd.line}: judged by the row on server errors", step=odd.step.id)
    offending = comparison.offending[member]
    place = Place(step=odd.step.id, name=member)
    wanted = "refused, or registered without it"
    control = comparison.control
    compare(
        "control",
        "accepted without the offending value",
        control.line,
        agrees=control.registered,
        places=[Place(step=control.step.id, part="request")],
    )
    if odd.refused:
        return compare(member, wanted, outcome(odd), agrees=True, places=[place])
    if not odd.registered:
        return compare(
            member, wanted, f"{odd.line}, neither", agrees=False, at_most=at_most, places=[place]
        )
    followup = comparison.followups.get("odd")
    alive = followup.landing == "client" if followup is not None else None
    if member in odd.members:
        kept = _kept(offending, odd.members[member])
        text = f"{odd.status}, returned" if kept else f"{odd.status}, replaced by another value"
        if alive:
            text += ", and the authorization endpoint redirects to it"
        return compare(
            member, wanted, text, agrees=not kept and not alive, at_most=at_most, places=[place]
        )
    if alive:
        text = f"{odd.status}, not returned, yet the authorization endpoint redirects to it"
        return compare(member, wanted, text, agrees=False, at_most=at_most, places=[place])
    if followup is not None and followup.landing == "refused":
        return compare(
            member, wanted, f"{odd.status}, and the value is dead", agrees=True, places=[place]
        )
    raise NotJudged(f"the answer says nothing of {member}, and nothing shows whether it works")


def _kept(offending: Any, registered: Any) -> bool:
    """Whether a registered value still holds what was offending in the requested one."""
    if isinstance(offending, list) and isinstance(registered, list):
        return any(item in registered for item in offending)
    return bool(offending == registered)
