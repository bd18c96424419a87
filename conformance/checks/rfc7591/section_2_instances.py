"""RFC 7591 section 2: the same software registered again, and the order of what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.shared import description
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord
    from conformance.provider.operations import Provider

_OWN = ("client_name", "redirect_uris")
"""What the reordered registration has of its own, so that it is no duplicate."""


@exchange
def reordered_registration(
    provider: Provider, repeated_registration: dict[str, ClientRecord]
) -> dict[str, Any]:
    """Send the registration with every common member in another order of members and values."""
    metadata = description(provider, "reordered")
    reordered = {name: _reversed(name, metadata[name]) for name in reversed(metadata)}
    answer, _ = provider.attempt(reordered)
    return {
        "control": repeated_registration["first"].registration,
        "again": repeated_registration["again"],
        "odd": answer,
    }


def _reversed(name: str, value: Any) -> Any:
    if name == "scope":
        return " ".join(reversed(value.split()))
    return value[::-1] if isinstance(value, list) else value


@requirement("rfc7591-2-client-id-varies-between-instances")
def test_same_software_gets_another_client_id(repeated_registration: dict[str, Any]) -> None:
    first: ClientRecord = repeated_registration["first"]
    again = expect.conclusive(repeated_registration["again"])
    expect.judged(again.registered or again.refused, f"{again.line}: judged by its own row")
    other = again.refused or again.members["client_id"] != first.client_id
    expect.met(
        other,
        "another client_id, or a refusal of the suspected duplicate",
        again.line if other else f"twice {first.client_id}",
        name="client_id",
        about=again,
        member="client_id",
    )


@requirement("rfc7591-2-order-of-members-and-values-is-irrelevant")
def test_order_has_no_influence(reordered_registration: dict[str, Answer]) -> None:
    control, again = reordered_registration["control"], reordered_registration["again"]
    odd = expect.conclusive(reordered_registration["odd"])
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    expect.judged(odd.registered or again.registered, "a repetition in the same order is refused")
    expect.accepted(odd)
    unsteady = set(_OWN)
    if again.registered:
        left, right = expect.comparable(control.members), expect.comparable(again.members)
        unsteady |= {n for n in left.keys() | right.keys() if left.get(n) != right.get(n)}
    names = set(odd.request.members) | {"scope"}
    unsteady |= (control.members.keys() | odd.members.keys()) - names
    expect.same_registration(control, odd, ignore=(*unsteady, "client_id"))
