"""Who fetched what, and when: proof that a provider asked, or that it did not."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 10_000
"""So many of the newest fetches are remembered, until the process ends."""
_SECRET = {"authorization", "cookie", "proxy-authorization"}
_LONGEST = 1000
_MOST = 8_000
"""So many characters of all headers together: a fetch must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request for something that the directory publishes."""

    number: int
    at: float
    method: str
    path: str
    status: int
    client: str
    """The address that it came from."""
    headers: tuple[tuple[str, str], ...]

    def members(self) -> dict[str, Any]:
        """The fetch as JSON shows it."""
        return asdict(self)


class FetchLog:
    """The newest fetches, numbered from 1 without gaps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fetches: deque[Fetch] = deque(maxlen=KEPT)
        self._number = 0

    def add(
        self,
        at: float,
        method: str,
        path: str,
        status: int,
        client: str,
        headers: Iterable[tuple[bytes, bytes]],
    ) -> None:
        """Remember a fetch; what it carried to prove who it is stays out."""
        shown = _shown(headers)
        with self._lock:
            self._number += 1
            made = Fetch(self._number, at, method, path[:_LONGEST], status, client, shown)
            self._fetches.append(made)

    @property
    def newest(self) -> int:
        """The number of the newest fetch; 0 before the first."""
        return self._number

    def since(self, number: int = 0, path: str | None = None) -> list[Fetch]:
        """Return what was fetched after that number, of one path if asked; oldest first."""
        with self._lock:
            held = list(self._fetches)
        return [f for f in held if f.number > number and path in (None, f.path.partition("?")[0])]

    def clear(self) -> None:
        """Forget what was fetched; numbers go on."""
        with self._lock:
            self._fetches.clear()


def _shown(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    found, left = [], _MOST
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        value = "(left out)" if name in _SECRET else value[:_LONGEST]
        left -= len(name) + len(value)
        if left < 0:
            break
        found.append((name, value))
    return tuple(found)
