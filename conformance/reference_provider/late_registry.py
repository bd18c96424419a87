"""Client records whose changes take a moment to arrive where they are asked for."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from conformance.reference_provider.registry import Client, Registry


@dataclass(slots=True)
class LateRegistry:
    """Shows each client as it was ``delay_s`` ago; new ones at once, unless those are late too."""

    inner: Registry
    clock: Callable[[], float]
    delay_s: float
    delays_s: Mapping[str, float] = field(default_factory=dict)
    """Other delays by endpoint."""
    adds_late: bool = False
    asked: threading.local = field(default_factory=threading.local)
    """Its ``endpoint`` says where this thread answers."""
    _before: dict[str, list[tuple[float, Client | None]]] = field(default_factory=dict)
    """By identifier: when a client changed, and what it was until then, the oldest first."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, client: Client) -> None:
        """Keep a new client."""
        with self._lock:
            self.inner.add(client)
            if self.adds_late:
                self._show_still(client.client_id, None)

    def find(self, client_id: str) -> Client | None:
        """Return the client of that identifier, as it was."""
        with self._lock:
            endpoint = getattr(self.asked, "endpoint", "")
            then = self.clock() - self.delays_s.get(endpoint, self.delay_s)
            for changed_at, client in self._before.get(client_id, []):
                if changed_at > then:
                    return client
            return self.inner.find(client_id)

    def find_by_token(self, token: str) -> Client | None:
        """Return the client to which a registration access token was issued, as it was."""
        with self._lock:
            owner = self.inner.find_by_token(token)
            for client_id in [*self._before, *([owner.client_id] if owner else [])]:
                client = self.find(client_id)
                if client is not None and client.registration_token == token:
                    return client
        return None

    def replace(self, previous: Client, updated: Client) -> bool:
        """Put ``updated`` in the place of whatever is there now; False if nothing is."""
        with self._lock:
            present = self.inner.find(previous.client_id)
            if present is None or not self.inner.replace(present, updated):
                return False
            self._show_still(present.client_id, present)
            return True

    def remove(self, client_id: str) -> bool:
        """Forget a client; False if there was none."""
        with self._lock:
            present = self.inner.find(client_id)
            if present is None or not self.inner.remove(client_id):
                return False
            self._show_still(present.client_id, present)
            return True

    def _show_still(self, client_id: str, client: Client | None) -> None:
        now = self.clock()
        oldest = now - max(self.delay_s, *self.delays_s.values(), 0)
        states = [state for state in self._before.get(client_id, []) if state[0] > oldest]
        self._before[client_id] = [*states, (now, client)]

    def __iter__(self) -> Iterator[Client]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)
