"""Clients that are known to take an update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.checks.rfc7592.evidence import NOT_OFFERED
from conformance.outcomes import NotApplicable, NotJudged

if TYPE_CHECKING:
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


def updatable(provider: Provider, **metadata: Any) -> Client:
    """A client of our own that took an unchanged update: the control of every other one.

    Raises:
        NotApplicable: the provider offers no updates.
        NotJudged: it refuses one that changes nothing.

    """
    return taking_updates(provider.register(**(metadata or provider.baseline())))


def taking_updates(client: Client) -> Client:
    """The client, once it took an unchanged update; raises as :func:`updatable`."""
    client.need_management()
    control = client.update()
    if control.status in NOT_OFFERED:
        raise NotApplicable(f"updating is not offered: {control.line}", step=control.step.id)
    if not control.accepted:
        raise NotJudged(f"an unchanged update is refused: {control.line}", step=control.step.id)
    return client
