"""Client records, and where they are kept.

A record is replaced as a whole and only if it is still the one that was read:
so two updates never mix, and an update never brings a deleted client back.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client: its metadata and its credentials."""

    client_id: str
    metadata: Mapping[str, Any]
    issued_at: int
    secret: str | None = None
    """As it is kept: a provider that hashes secrets has a digest here."""
    secret_expires_at: int = 0
    registration_token: str | None = None
    revision: int = 0

    @property
    def auth_method(self) -> str:
        """The registered client authentication method."""
        return str(self.metadata.get("token_endpoint_auth_method", "client_secret_basic"))

    @property
    def grant_types(self) -> tuple[str, ...]:
        """The registered grant types."""
        return tuple(self.metadata.get("grant_types", ()))

    @property
    def response_types(self) -> tuple[str, ...]:
        """The registered response types."""
        return tuple(self.metadata.get("response_types", ()))

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The registered redirect URIs, exactly as registered."""
        return tuple(self.metadata.get("redirect_uris", ()))

    @property
    def scopes(self) -> tuple[str, ...]:
        """The single words of the registered scope."""
        return tuple(str(self.metadata.get("scope", "")).split())


class Registry(Protocol):
    """Where client records are kept."""

    def add(self, client: Client) -> None:
        """Keep a new client."""

    def find(self, client_id: str) -> Client | None:
        """Return the client of that identifier, compared exactly."""

    def find_by_token(self, token: str) -> Client | None:
        """Return the client to which a registration access token was issued."""

    def replace(self, previous: Client, updated: Client) -> bool:
        """Put ``updated`` in the place of ``previous``; False if that is no longer there."""

    def remove(self, client_id: str) -> bool:
        """Forget a client; False if there was none."""

    def __iter__(self) -> Iterator[Client]:
        """Every live client."""

    def __len__(self) -> int:
        """How many clients live."""


@dataclass(slots=True)
class MemoryRegistry:
    """Client records that live as long as the process."""

    _clients: dict[str, Client] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, client: Client) -> None:
        """Keep a new client."""
        with self._lock:
            self._put(client)

    def find(self, client_id: str) -> Client | None:
        """Return the client of that identifier, compared exactly."""
        return self._clients.get(client_id)

    def find_by_token(self, token: str) -> Client | None:
        """Return the client to which a registration access token was issued."""
        return self._clients.get(self._owners.get(token, ""))

    def replace(self, previous: Client, updated: Client) -> bool:
        """Put ``updated`` in the place of ``previous``; False if that is no longer there."""
        with self._lock:
            if self._clients.get(previous.client_id) is not previous:
                return False
            self._owners.pop(previous.registration_token or "", None)
            self._put(updated)
            return True

    def remove(self, client_id: str) -> bool:
        """Forget a client; False if there was none."""
        with self._lock:
            client = self._clients.pop(client_id, None)
            if client is None:
                return False
            self._owners.pop(client.registration_token or "", None)
            return True

    def _put(self, client: Client) -> None:
        self._clients[client.client_id] = client
        if client.registration_token:
            self._owners[client.registration_token] = client.client_id

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._clients.values()))

    def __len__(self) -> int:
        return len(self._clients)
