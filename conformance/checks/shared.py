"""Exchanges that several sections look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange import exchange

if TYPE_CHECKING:
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


@exchange(gate=True)
def minimal_registration(provider: Provider) -> Client:
    """Register a client with redirect_uris and nothing else."""
    return provider.register(redirect_uris=[provider.redirect_uri()])
