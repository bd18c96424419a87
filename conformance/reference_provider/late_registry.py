"""Client records whose changes take a moment to arrive where they are asked for."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from conformance.reference_provider.registry import Client, Registry


@dataclass(slots=True)
class LateRegistry:
    """Shows each client as it was ``delay_s`` ago; new clients are there at once."""

    inner: Registry
    clock: Callable[[], float]
    delay_s: float
    _before: dict[str, list[tuple[float, Client]]] = field(default_factory=dict)
    """By identifier: until when a client is shown as it was, the oldest state first."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, client: Client) -> None:
        """Keep a new client."""
        self.inner.add(client)

    def find(self, client_id: str) -> Client | None:
        """Return the client of that identifier, as it was."""
        with self._lock:
            now = self.clock()
            states = [item for item in self._before.get(client_id, []) if item[0] > now]
            self._before[client_id] = states
            return states[0][1] if states else self.inner.find(client_id)

    def find_by_token(self, token: str) -> Client | None:
        """Return the client to which a registration access token was issued."""
        with self._lock:
            for client_id in list(self._before):
                client = self.find(client_id)
                if client is not None and client.registration_token == token:
                    return client
        return self.inner.find_by_token(token)

    def replace(self, previous: Client, updated: Client) -> bool:
        """Put ``updated`` in the place of whatever is there now; False if nothing is."""
        with self._lock:
            present = self.inner.find(previous.client_id)
            if present is None or not self.inner.replace(present, updated):
                return False
            self._show_still(present)
            return True

    def remove(self, client_id: str) -> bool:
        """Forget a client; False if there was none."""
        with self._lock:
            present = self.inner.find(client_id)
            if present is None or not self.inner.remove(client_id):
                return False
            self._show_still(present)
            return True

    def _show_still(self, client: Client) -> None:
        until = self.clock() + self.delay_s
        self._before.setdefault(client.client_id, []).append((until, client))

    def __iter__(self) -> Iterator[Client]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)
