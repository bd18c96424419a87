"""An internal address that tells who came: what a provider must not fetch is seen to be fetched.

For a provider on this machine it is a port of this machine, opened when it is first needed. For
any other it is the directory, at an internal address of the provider's network that the operator
names. Nothing else than the two is ever named to a provider as something to fetch.
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

    from conformance.provider.trust_anchor import TrustAnchor

Contact = dict[str, str]
"""One request that came: ``method``, ``host`` as it was named, ``agent`` that it called itself."""

KEPT = 10_000
"""So many contacts are remembered."""
_LONGEST = 200
_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Trap:
    """One path of the canary that nobody else has heard of."""

    origin: str
    path: str
    id: str = ""

    def url(self, host: str = "") -> str:
        """The URL of the trap, its host spelled in another way if one is given."""
        if not host:
            return self.origin + self.path
        parts = urlsplit(self.origin)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{host}{port}{self.path}"

    @property
    def address(self) -> str:
        """The host of the origin, as it stands there."""
        return urlsplit(self.origin).hostname or ""


@dataclass
class LoopbackCanary:
    """A port of this machine."""

    _contacts: dict[str, list[Contact]] = field(default_factory=dict)
    _documents: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def trap(self, document: Any) -> Trap:
        """A new trap that answers with a document."""
        path = f"/{secrets.token_urlsafe(16)}"
        with self._lock:
            if self._server is None:
                self._server = _started(self)
            self._documents[path] = json.dumps(document).encode()
            port = self._server.server_address[1]
        return Trap(f"http://127.0.0.1:{port}", path)

    def contacts(self, trap: Trap) -> list[Contact]:
        """Who came to a trap so far."""
        with self._lock:
            return list(self._contacts.get(trap.path, ()))

    def came(self, target: str, contact: Contact) -> bytes | None:
        """Take a contact down, and return the document that it is answered with."""
        path = target.partition("?")[0]
        with self._lock:
            if path in self._documents and len(self._contacts) < KEPT:
                self._contacts.setdefault(path, []).append(contact)
            return self._documents.get(path)

    def close(self) -> None:
        """Close the port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _started(canary: LoopbackCanary) -> ThreadingHTTPServer:
    # Most runs open no port.
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: PLC0415

    class Handler(BaseHTTPRequestHandler):
        timeout = _WAIT_S

        def _answer(self) -> None:
            document = canary.came(self.path, _contact(self.command, self.headers))
            self.send_response(404 if document is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(document or b"")))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(document or b"")

        do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = _answer  # noqa: N815 - names it wants

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its own name
            """Say nothing: what came is in the evidence."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing: who has gone meanwhile was here all the same."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def _contact(method: str, headers: Any) -> Contact:
    return {
        "method": method[:20],
        "host": str(headers.get("Host", ""))[:_LONGEST],
        "agent": str(headers.get("User-Agent", ""))[:_LONGEST],
    }


@dataclass(frozen=True)
class DirectoryCanary:
    """The directory, at an internal address of the provider's network."""

    anchor: TrustAnchor
    origin: str

    def trap(self, document: Any) -> Trap:
        """A new trap that answers with a document."""
        with self.anchor.directory() as directory:
            made = directory.collect(document=document)
        self.anchor.undo_later(made.id, lambda directory: directory.forget_collected(made.id))
        return Trap(self.origin, urlsplit(made.url).path, made.id)

    def contacts(self, trap: Trap) -> list[Contact]:
        """Who came to a trap so far."""
        with self.anchor.directory() as directory:
            fetches = directory.collected(trap.id).fetches
        headers = [{n.title(): v for n, v in fetch.headers} for fetch in fetches]
        return [
            _contact(fetch.method, named) for fetch, named in zip(fetches, headers, strict=True)
        ]

    def close(self) -> None:
        """Nothing was opened."""
