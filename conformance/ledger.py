"""The ledger: every client registered, written ahead, and how it is removed again.

Deleted is only a client that a 2xx answer to our own create named, with the token of
that answer, at a URI of the same origin. Whatever else was named is for the operator.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass
class Entry:
    """A client as the ledger knows it; ``token`` and ``uri`` are the newest ones stated."""

    number: int
    exchange: str
    endpoint: str = ""
    """Where the registration was sent; its client is managed at the same origin only."""
    client_id: str = ""
    uri: str = ""
    token: str = ""
    state: str = "attempted"
    reason: str = ""

    def __repr__(self) -> str:
        return f"<ledger entry {self.client_id!r}, {self.state}>"


class Ledger:
    """The clients of one run; safe to use from several threads."""

    def __init__(self, path: Path | None, *, marker: str, target: str) -> None:
        self.path = path
        self.entries: list[Entry] = []
        self._lock = threading.Lock()
        self._file = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path, self._file = _new(path)
            self._write({"run": marker, "target": target, "process": os.getpid()})

    def attempt(self, exchange: str, endpoint: str) -> Entry:
        """Note that a registration is about to be sent."""
        with self._lock:
            entry = Entry(len(self.entries), exchange, endpoint)
            self.entries.append(entry)
        self._write({"attempt": entry.number, "exchange": exchange, "endpoint": endpoint})
        return entry

    def settled(self, entry: Entry, state: str, reason: str = "") -> None:
        """Note what became of it: ``refused``, ``removed`` or ``left``."""
        entry.state, entry.reason = state, reason
        self._write({"attempt": entry.number, "state": state})

    def registered(self, entry: Entry, members: dict[str, Any], origin: str) -> None:
        """Note the client that a 2xx named; only a URI of our target's origin is kept."""
        entry.client_id = str(members.get("client_id", ""))
        entry.state = "registered"
        self.renewed(entry, members, origin)

    def renewed(self, entry: Entry, members: dict[str, Any], origin: str) -> None:
        """Note a newer token or URI."""
        token, uri = members.get("registration_access_token"), members.get(URI)
        if isinstance(token, str):
            entry.token = token
        if isinstance(uri, str) and same_origin(uri, origin):
            entry.uri = uri
        self._write(
            {
                "attempt": entry.number,
                "state": entry.state,
                "client_id": entry.client_id,
                "uri": entry.uri,
                "token": entry.token,
            }
        )

    def alive(self) -> list[Entry]:
        """The clients that are still to be removed."""
        return [entry for entry in self.entries if entry.state == "registered"]

    def close(self) -> None:
        """Forget the file if nothing is left that ``sweep`` could remove."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self.path is not None and all(entry.state in _DONE for entry in self.entries):
            with contextlib.suppress(OSError):
                self.path.unlink()

    def _write(self, record: dict[str, Any]) -> None:
        if self._file is not None:
            with self._lock:
                self._file.write(json.dumps(record) + "\n")
                self._file.flush()


URI = "registration_client_uri"
_DONE = {"refused", "removed", "unknown", "left"}
"""States in which there is nothing more to try; what is left is the operator's."""


def _new(path: Path) -> tuple[Path, TextIO]:
    """A file of our own: a run with the same seed may have left one."""
    for number in itertools.count(2):
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            return path, os.fdopen(handle, "a", encoding="utf-8")
        path = path.with_stem(f"{path.stem.partition('.')[0]}.{number}")
    raise AssertionError  # itertools.count has no end


@dataclass(frozen=True)
class Leftover:
    """What an earlier run could not remove, as its ledger tells."""

    path: Path
    target: str
    entries: tuple[Entry, ...]


def same_origin(uri: str, other: str) -> bool:
    """Whether two URLs have one scheme, host and port."""
    try:
        first, second = urlsplit(uri), urlsplit(other)
        return _origin(first) == _origin(second)
    except ValueError:
        return False


def _origin(parts: Any) -> tuple[str, str, int]:
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return parts.scheme, parts.hostname or "", port


def leftovers(folder: Path) -> Iterator[Leftover]:
    """The ledgers of runs that ended without removing their clients."""
    for path in sorted(folder.glob("run-*.jsonl")):
        found = _read(path)
        if found is not None:
            yield found


def _read(path: Path) -> Leftover | None:
    entries: dict[int, Entry] = {}
    target, process = "", 0
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue  # cut short by the crash
        if "run" in record:
            target, process = record.get("target", ""), record.get("process", 0)
            continue
        entry = entries.setdefault(record["attempt"], Entry(record["attempt"], ""))
        for name in ("exchange", "endpoint", "state", "client_id", "uri", "token"):
            if name in record:
                setattr(entry, name, record[name])
    if process and _running(process):
        return None
    left = tuple(e for e in entries.values() if e.state not in _DONE)
    return Leftover(path, target, left)


def note(path: Path, states: Mapping[int, str]) -> None:
    """Add to a ledger that was left behind what became of its attempts; forget it when all is."""
    with path.open("a", encoding="utf-8") as file:
        # The crash may have cut the last line short.
        file.write("\n")
        for number, state in states.items():
            file.write(json.dumps({"attempt": number, "state": state}) + "\n")
    found = _read(path)
    if found is not None and not found.entries:
        path.unlink(missing_ok=True)


def _running(process: int) -> bool:
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
