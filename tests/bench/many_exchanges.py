"""A suite of 300 exchanges, each a registration and a read, for the benchmark alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import Case, exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

NUMBERS = tuple(Case(f"{number:03}", {}) for number in range(300))


@exchange(cases=NUMBERS)
def numbered_registration(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register a client and read it."""
    client = provider.register(**provider.baseline(client_name=f"client {case.id}"))
    return {"registration": client.registration, "read": client.read()}


@requirement("rfc7592-2.1-read-answers-200")
def test_numbered_client_is_read(numbered_registration: dict[str, Answer]) -> None:
    expect.status(numbered_registration["read"], 200)
