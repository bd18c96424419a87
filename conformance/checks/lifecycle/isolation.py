"""Nothing of one client shows up at another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

OWN = {
    "contacts": ["owner@first.example"],
    "client_uri": "https://client.example/first",
    "policy_uri": "https://client.example/first/policy",
    "tos_uri": "https://client.example/first/terms",
    "software_id": "dcr-conformance-first",
    "software_version": "1.2.3",
}
"""Members that the second client leaves out."""


@exchange
def full_then_bare(provider: Provider) -> dict[str, Client]:
    """Register a client with many members, then one with few."""
    first = provider.register(
        optional="informational members are refused",
        **provider.baseline(client_name="dcr-conformance full", **OWN),
    )
    return {"full": first, "bare": provider.register(**provider.baseline())}


@requirement("isolation-no-foreign-values-in-any-answer")
def test_no_foreign_values_in_any_answer(full_then_bare: dict[str, Any]) -> None:
    full: Answer = full_then_bare["full"].registration
    bare: Answer = full_then_bare["bare"].registration
    expect.judged(
        any(full.members.get(name) == value for name, value in OWN.items()),
        "no member that the first client sent was registered",
    )
    shown = {name: bare.members[name] for name, value in OWN.items() if _holds(bare, name, value)}
    expect.met(
        not shown,
        "nothing of the client before",
        shown or "nothing of the client before",
        name="client metadata",
        about=bare,
        member=next(iter(shown), ""),
    )


def _holds(answer: Answer, name: str, value: Any) -> bool:
    found = answer.members.get(name)
    if isinstance(value, list) and isinstance(found, list):
        return any(item in found for item in value)
    return bool(found == value)
