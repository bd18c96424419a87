"""Servers that lie or misbehave, for proving that the suite never believes them.

Each liar is a context manager that gives its base URL on loopback:

    with liars.drips() as url:
        ...

They stop by themselves: when the block ends every connection is shut down and
every thread joined, and none talks for longer than LIFETIME_SECONDS. Those
with `discoverable` answer metadata requests truthfully when it is set, and
lie only about the rest: what a suite meets that looks for metadata first.

Lent to other test folders by path, as conftest.py here does. By hand:
`python tests/liars/liars.py drips`
"""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.client import responses as reasons
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

LIFETIME_SECONDS = 300.0
MAX_CONNECTIONS = 128
MAX_REQUEST_BYTES = 4 << 20
WELL_KNOWN = "/.well-known/oauth-authorization-server"
ADDED = (
    "client_id",
    "client_secret",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
)
HOSTILE = (
    "<script>alert('dcr')</script>",
    "\"><img src=x onerror=alert('dcr')>",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe\u202c\u2066",
    "nul\x00byte",
    "lone\ud800surrogate\udfff",
    "line\r\nSet-Cookie: dcr=1\r\n\r\n::error::annotation",
    "{{7*7}} ${7*7} %s %n {0}",
)


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    base: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of the query and of a form body."""
        query = urlsplit(self.target).query
        form = self.body.decode("utf-8", "replace")
        return {
            name: values[-1]
            for text in (query, form)
            for name, values in parse_qs(text, keep_blank_values=True).items()
        }

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Connection:
    """One accepted connection: its socket, and waiting that ends with the server."""

    def __init__(self, sock: socket.socket, base: str, stop: threading.Event) -> None:
        self.sock = sock
        self.base = base
        self._stop = stop
        self._ends = time.monotonic() + LIFETIME_SECONDS
        self._received = b""

    def going(self) -> bool:
        return not self._stop.is_set() and time.monotonic() < self._ends

    def wait(self, seconds: float) -> None:
        self._stop.wait(max(0.0, min(seconds, self._ends - time.monotonic())))

    def until_closed(self) -> None:
        """Wait in silence until the other side gives up."""
        while self.going() and self._more():
            self._received = b""

    def _more(self) -> bool:
        data = self.sock.recv(65536)
        self._received += data
        if len(self._received) > MAX_REQUEST_BYTES:
            raise ConnectionError
        return bool(data)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._received:
            if not self._more():
                raise ConnectionError
        part, _, self._received = self._received.partition(mark)
        return part

    def _exactly(self, size: int) -> bytes:
        while len(self._received) < size:
            if not self._more():
                raise ConnectionError
        part, self._received = self._received[:size], self._received[size:]
        return part

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            body += self._exactly(size)
            self._until(b"\r\n")
        while self._until(b"\r\n"):
            pass
        return body

    def request(self) -> Request:
        """The next request, or ConnectionError where none comes."""
        first, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        try:
            method, target, _ = first.split(" ")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            if "chunked" in headers.get("transfer-encoding", ""):
                body = self._chunks()
            else:
                body = self._exactly(int(headers.get("content-length", "0")))
        except ValueError:
            raise ConnectionError from None
        return Request(method, target, headers, body, self.base)

    def send(self, answer: Answer, *, to: Request) -> None:
        head = f"HTTP/1.1 {answer.status} {reasons.get(answer.status, 'Unknown')}\r\n"
        headers = dict(answer.headers)
        if answer.status != 204:
            headers["Content-Length"] = str(len(answer.body))
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        silent = to.method == "HEAD" or answer.status == 204
        self.sock.sendall(head.encode("latin-1") + b"\r\n" + (b"" if silent else answer.body))

    def raw(self, data: bytes) -> None:
        self.sock.sendall(data)


@contextlib.contextmanager
def _serving(converse: Callable[[Connection], None]) -> Iterator[str]:
    """A server that leaves each accepted connection to `converse`, in a thread of its own."""
    stop = threading.Event()
    threads: set[threading.Thread] = set()
    sockets: set[socket.socket] = set()

    with socket.create_server(("127.0.0.1", 0), backlog=MAX_CONNECTIONS) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def handle(sock: socket.socket) -> None:
            with sock, contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                converse(Connection(sock, base, stop))
            sockets.discard(sock)
            threads.discard(threading.current_thread())

        def accept() -> None:
            while True:
                sock, _ = listener.accept()
                if stop.is_set() or len(threads) >= MAX_CONNECTIONS:
                    sock.close()
                    if stop.is_set():
                        return
                    continue
                thread = threading.Thread(target=handle, args=(sock,), daemon=True)
                sockets.add(sock)
                threads.add(thread)
                thread.start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield base
        finally:
            stop.set()
            # Whoever waits in accept() is woken by one more connection.
            with contextlib.suppress(OSError):
                socket.create_connection(listener.getsockname(), timeout=1).close()
            accepting.join(5)
            for sock in list(sockets):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            for thread in list(threads):
                thread.join(5)


def _json(status: int, value: Any, **headers: str) -> Answer:
    """An answer with the headers that a careful provider sends."""
    fields = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
    fields |= {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, json.dumps(value).encode(), fields)


def _refusal(status: int, error: str, description: str, **headers: str) -> Answer:
    return _json(status, {"error": error, "error_description": description}, **headers)


def metadata(base: str, **changes: Any) -> dict[str, Any]:
    """A valid RFC 8414 document; a member changed to None is left out."""
    document = {
        "issuer": base,
        "registration_endpoint": f"{base}/register",
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "pushed_authorization_request_endpoint": f"{base}/par",
        "introspection_endpoint": f"{base}/introspect",
        "revocation_endpoint": f"{base}/revoke",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
        "code_challenge_methods_supported": ["S256"],
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


def _metadata_for(request: Request) -> Answer | None:
    """The truth about where things are, where that is what was asked."""
    if request.method in {"GET", "HEAD"} and request.path == WELL_KNOWN:
        return _json(200, metadata(request.base))
    return None


def _lying(
    lie: Callable[[Connection, Request], bool | None], *, discoverable: bool
) -> contextlib.AbstractContextManager[str]:
    """A server that lies to each request; a lie that returns true keeps the connection."""

    def converse(connection: Connection) -> None:
        while connection.going():
            request = connection.request()
            truth = _metadata_for(request) if discoverable else None
            if truth is not None:
                connection.send(truth, to=request)
            elif not lie(connection, request):
                return

    return _serving(converse)


def _answering(
    reply: Callable[[Request], Answer], *, discoverable: bool = False
) -> contextlib.AbstractContextManager[str]:
    """A server that speaks proper HTTP, whatever it says."""

    def lie(connection: Connection, request: Request) -> bool:
        connection.send(reply(request), to=request)
        return True

    return _lying(lie, discoverable=discoverable)


# Those that answer everybody the same.


def refuses_everything(*, discoverable: bool = False) -> contextlib.AbstractContextManager[str]:
    """A flawless 400 to anything."""
    refusal = _refusal(400, "invalid_client_metadata", "This request is not acceptable.")
    return _answering(lambda _: refusal, discoverable=discoverable)


def fails_everything(*, discoverable: bool = False) -> contextlib.AbstractContextManager[str]:
    """500 with a JSON error to anything."""
    failure = _refusal(500, "server_error", "Something went wrong.")
    return _answering(lambda _: failure, discoverable=discoverable)


def accepts_everything(*, discoverable: bool = False) -> contextlib.AbstractContextManager[str]:
    """201 with nothing but a client_id to anything, whatever the method."""
    return _answering(lambda _: _json(201, {"client_id": "everybody"}), discoverable=discoverable)


def redirects_to_itself(*, discoverable: bool = False) -> contextlib.AbstractContextManager[str]:
    """307 to the very URL that was asked."""

    def reply(request: Request) -> Answer:
        return Answer(307, headers={"Location": request.base + request.target})

    return _answering(reply, discoverable=discoverable)


def html_metadata() -> contextlib.AbstractContextManager[str]:
    """A web page with status 200 where metadata should be, as many a front end does."""
    page = b"<!DOCTYPE html><title>Welcome</title><h1>Welcome</h1>"
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return _answering(
        lambda request: Answer(200 if "/.well-known/" in request.path else 404, page, headers)
    )


def metadata_without_registration() -> contextlib.AbstractContextManager[str]:
    """A valid RFC 8414 document that offers no registration."""

    def reply(request: Request) -> Answer:
        if request.path == WELL_KNOWN:
            return _json(200, metadata(request.base, registration_endpoint=None))
        return _refusal(404, "not_found", "There is nothing here.")

    return _answering(reply)


def protected() -> contextlib.AbstractContextManager[str]:
    """Wants an initial access token and holds every one for wrong."""

    def reply(request: Request) -> Answer:
        if request.path != "/register":
            return _refusal(404, "not_found", "There is nothing here.")
        challenge = 'Bearer realm="registration"'
        if "authorization" in request.headers:
            challenge += ', error="invalid_token"'
        return _refusal(
            401,
            "invalid_token",
            "The initial access token is not valid.",
            WWW_Authenticate=challenge,
        )

    return _answering(reply, discoverable=True)


# Those that break HTTP, or wear the client out.


def drips(
    *,
    interval: float = 1.0,
    headers_at_once: bool = False,
    status: int = 201,
    discoverable: bool = False,
) -> contextlib.AbstractContextManager[str]:
    """One byte each `interval`, of the headers too unless they are sent at once."""
    body = json.dumps({"client_id": "drip", "client_name": "x" * 1000}).encode()
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n"
    head_bytes = f"{head}Content-Length: {len(body)}\r\n\r\n".encode()

    def lie(connection: Connection, _: Request) -> None:
        slowly = body if headers_at_once else head_bytes + body
        if headers_at_once:
            connection.raw(head_bytes)
        for byte in slowly:
            if not connection.going():
                return
            connection.raw(bytes([byte]))
            connection.wait(interval)

    return _lying(lie, discoverable=discoverable)


def endless_body(
    *, status: int = 201, chunked: bool = True, discoverable: bool = False
) -> contextlib.AbstractContextManager[str]:
    """A JSON answer that begins well and never ends."""
    block = b"x" * 16384
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n" if chunked else "Connection: close\r\n\r\n"

    def part(data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data) if chunked else data

    def lie(connection: Connection, _: Request) -> None:
        connection.raw(head.encode() + part(b'{"client_id": "endless", "client_name": "'))
        while connection.going():
            connection.raw(part(block))

    return _lying(lie, discoverable=discoverable)


def hangs(*, discoverable: bool = False) -> contextlib.AbstractContextManager[str]:
    """Takes the request and never answers."""
    return _lying(lambda connection, _: connection.until_closed(), discoverable=discoverable)


def closes(
    *, midway: bool = False, discoverable: bool = False
) -> contextlib.AbstractContextManager[str]:
    """Takes the request and closes: without a word, or in the middle of the body."""

    def lie(connection: Connection, _: Request) -> None:
        if midway:
            head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
            connection.raw(head + b'Content-Length: 1000\r\n\r\n{"client_id": "half')

    return _lying(lie, discoverable=discoverable)


def garbage(*, discoverable: bool = False) -> contextlib.AbstractContextManager[str]:
    """Something else than HTTP listens on the port."""

    def lie(connection: Connection, _: Request) -> None:
        connection.raw(b"SSH-2.0-OpenSSH_9.6\r\n\x00\x16\x03\x01\xff\xfe\r\n")

    return _lying(lie, discoverable=discoverable)


def huge_headers(
    *, size: int = 1 << 20, discoverable: bool = False
) -> contextlib.AbstractContextManager[str]:
    """A proper answer below `size` bytes of headers."""
    lines = {f"X-Padding-{number}": "x" * 8000 for number in range(size // 8000 + 1)}

    def reply(_: Request) -> Answer:
        return _json(201, {"client_id": "huge"}, **lines)

    return _answering(reply, discoverable=discoverable)


# Those that look like a provider.


class _Echo:
    """Takes everything, checks nothing, and says back what it was told."""

    def __init__(self, add: Collection[str]) -> None:
        self._add = add
        self._clients: dict[str, dict[str, Any]] = {}

    def __call__(self, request: Request) -> Answer:
        if request.path.startswith("/register"):
            return self._registration(request)
        if request.path == "/authorize":
            return self._authorize(request.asked)
        pushed = quote(request.asked.get("redirect_uri", ""), safe="")
        answers = {
            "/token": {
                "access_token": secrets.token_urlsafe(32),
                "token_type": "Bearer",
                "expires_in": 3600,
            },
            "/par": {"request_uri": f"urn:echo:{pushed}", "expires_in": 60},
            "/introspect": {"active": True},
            "/revoke": {},
        }
        if request.path in answers:
            return _json(201 if request.path == "/par" else 200, answers[request.path])
        return _refusal(404, "not_found", "There is nothing here.")

    def _authorize(self, asked: dict[str, str]) -> Answer:
        client = self._clients.get(asked.get("client_id", ""), {})
        registered = client.get("redirect_uris")
        pushed = unquote(asked.get("request_uri", "").removeprefix("urn:echo:"))
        known = str(registered[0]) if isinstance(registered, list) and registered else ""
        uri = asked.get("redirect_uri") or pushed or known or "https://client.example.org/callback"
        answer = {"code": secrets.token_urlsafe(16), "state": asked.get("state", "")}
        address = f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}"
        # What would end the header line, or is no Latin-1, goes encoded.
        location = quote(address, safe="".join(map(chr, range(33, 127))))
        return Answer(302, headers={"Location": location, "Cache-Control": "no-store"})

    def _registration(self, request: Request) -> Answer:
        named = request.path.removeprefix("/register").strip("/")
        if request.method == "DELETE":
            return Answer(204, headers={"Cache-Control": "no-store"})
        if request.method == "GET":
            stored = self._clients.get(named, {})
            return _json(200, stored | self._added(request.base, named, stored))
        status = 201 if request.method == "POST" else 200
        sent = request.json()
        if not self._add:
            if isinstance(sent, dict):
                return _json(status, sent)
            headers = _json(status, None).headers
            return Answer(status, request.body, headers)
        members = sent if isinstance(sent, dict) else {}
        stored = self._clients.get(named, {})
        client_id = named or secrets.token_urlsafe(16)
        client = members | self._added(request.base, client_id, stored)
        self._clients[client_id] = client
        return _json(status, client)

    def _added(self, base: str, client_id: str, stored: dict[str, Any]) -> dict[str, Any]:
        fresh: dict[str, Any] = {
            "client_id": client_id,
            "client_secret": secrets.token_urlsafe(32),
            "client_secret_expires_at": 0,
            "registration_access_token": secrets.token_urlsafe(32),
            "registration_client_uri": f"{base}/register/{client_id}",
        }
        return {name: stored.get(name, fresh[name]) for name in ADDED if name in self._add}


def echoes(*, add: Collection[str] = ADDED) -> contextlib.AbstractContextManager[str]:
    """Answers with what it was sent and perfect headers, and lets everybody do everything.

    Of ADDED it adds what is named: all of a real answer, or () for none, not even a client_id.
    """
    return _answering(_Echo(add), discoverable=True)


class _Minimal:
    """As much of a provider as a registration and its management need."""

    def __init__(self) -> None:
        self._clients: dict[str, dict[str, Any]] = {}
        self.lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        with self.lock:
            if request.path == "/register" and request.method == "POST":
                return self.register(request)
            if request.path.startswith("/register/"):
                return self._manage(request)
        return _refusal(404, "not_found", "There is nothing here.")

    def _objection(self, sent: Any) -> Answer | None:
        if not isinstance(sent, dict):
            return _refusal(400, "invalid_client_metadata", "The body is no JSON object.")
        uris = sent.get("redirect_uris")
        if not isinstance(uris, list) or not uris:
            return _refusal(400, "invalid_redirect_uri", "There are no redirect URIs.")
        for uri in uris:
            scheme = str(uri).partition("://")[0]
            if not isinstance(uri, str) or scheme not in {"https", "http"} or "#" in uri:
                return _refusal(400, "invalid_redirect_uri", "A redirect URI is not acceptable.")
        return None

    def register(self, request: Request) -> Answer:
        sent = request.json()
        if objection := self._objection(sent):
            return objection
        client_id = secrets.token_urlsafe(16)
        self._clients[client_id] = {
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
            **sent,
            "client_id": client_id,
            "client_secret": secrets.token_urlsafe(32),
            "client_secret_expires_at": 0,
            "client_id_issued_at": int(time.time()),
            "registration_access_token": secrets.token_urlsafe(32),
            "registration_client_uri": f"{request.base}/register/{client_id}",
        }
        return _json(201, self._clients[client_id])

    def _manage(self, request: Request) -> Answer:
        client_id = request.path.removeprefix("/register/")
        client = self._clients.get(client_id)
        token = request.headers.get("authorization", "").partition(" ")[2]
        if client is None or token != client["registration_access_token"]:
            return _refusal(
                401,
                "invalid_token",
                "The registration access token is not valid.",
                WWW_Authenticate='Bearer error="invalid_token"',
            )
        match request.method:
            case "DELETE":
                del self._clients[client_id]
                return Answer(204, headers={"Cache-Control": "no-store"})
            case "PUT":
                sent = request.json()
                if objection := self._objection(sent):
                    return objection
                kept = {name: client[name] for name in (*ADDED, "client_id_issued_at")}
                self._clients[client_id] = sent | kept
            case "GET":
                pass
            case _:
                return _refusal(405, "invalid_request", "This method is not offered.")
        return _json(200, self._clients[client_id])


class _RateLimited(_Minimal):
    def __init__(self, limit: int, retry_after: int, window: float | None) -> None:
        super().__init__()
        self._limit = limit
        self._retry_after = retry_after
        self._window = window
        self._taken = 0
        self._since = time.monotonic()

    def register(self, request: Request) -> Answer:
        now = time.monotonic()
        if self._window is not None and now - self._since >= self._window:
            self._taken, self._since = 0, now
        if self._taken >= self._limit:
            return _refusal(
                429,
                "temporarily_unavailable",
                "There were too many registrations.",
                Retry_After=str(self._retry_after),
            )
        self._taken += 1
        return super().register(request)


def rate_limited(
    limit: int = 5, *, retry_after: int = 1, window: float | None = None
) -> contextlib.AbstractContextManager[str]:
    """Correct for `limit` attempts to register, then 429: for good, or until `window` is over."""
    return _answering(_RateLimited(limit, retry_after, window), discoverable=True)


class _Hostile(_Minimal):
    def __init__(self) -> None:
        super().__init__()
        self._strings = itertools.cycle(HOSTILE)

    def __call__(self, request: Request) -> Answer:
        answer = super().__call__(request)
        if answer.body:
            members = json.loads(answer.body)
            name = "error_description" if "error" in members else "client_name"
            members[name] = next(self._strings)
            # And once as the name of a member, which a report may show as well.
            members["<b>\x1b[1m\u202e"] = HOSTILE[0]
            answer = Answer(answer.status, json.dumps(members).encode(), answer.headers)
        return answer


def hostile_strings() -> contextlib.AbstractContextManager[str]:
    """Correct, with texts made to break out of a terminal, a page or a log."""
    return _answering(_Hostile(), discoverable=True)


# A slow line to an honest server.


def slow(delay: float, upstream: str) -> contextlib.AbstractContextManager[str]:
    """Passes everything on to `upstream` and each answer back after `delay` seconds.

    Its own address takes the place of the other in headers and bodies, both
    ways, so that nobody who follows what the metadata say goes round it.
    """
    there = urlsplit(upstream)
    if there.scheme != "http" or there.hostname is None or there.path.strip("/"):
        raise ValueError(f"{upstream} is not the http address of a server")
    origin = f"http://{there.netloc}"

    def swapped(text: bytes, old: str, new: str) -> bytes:
        text = text.replace(old.encode(), new.encode())
        return text.replace(quote(old, safe="").encode(), quote(new, safe="").encode())

    def converse(connection: Connection) -> None:
        line = HTTPConnection(there.hostname or "", there.port or 80, timeout=60)
        with contextlib.closing(line), contextlib.suppress(HTTPException):
            while connection.going():
                request = connection.request()
                connection.send(passed_on(connection, line, request), to=request)

    def passed_on(connection: Connection, line: HTTPConnection, request: Request) -> Answer:
        own = connection.base
        hop_by_hop = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
        headers = {
            name: swapped(value.encode("latin-1"), own, origin).decode("latin-1")
            for name, value in request.headers.items()
            if name not in hop_by_hop | {"accept-encoding"}
        }
        target = swapped(request.target.encode("latin-1"), own, origin).decode("latin-1")
        sent = swapped(request.body, own, origin)
        arrived = time.monotonic()
        try:
            line.request(request.method, target, body=sent or None, headers=headers)
            response = line.getresponse()
        except ConnectionError:  # the server had closed the idle connection
            line.close()
            line.request(request.method, target, body=sent or None, headers=headers)
            response = line.getresponse()
        body = swapped(response.read(), origin, own)
        # Equal names (two cookies, two challenges) stay separate lines.
        back: dict[str, str] = {}
        for name, value in response.getheaders():
            if name.lower() not in hop_by_hop:
                text = swapped(value.encode("latin-1"), origin, own).decode("latin-1")
                back[name] = f"{back[name]}\r\n{name}: {text}" if name in back else text
        connection.wait(delay - (time.monotonic() - arrived))
        return Answer(response.status, body, back)

    return _serving(converse)


LIARS: dict[str, Callable[[], contextlib.AbstractContextManager[str]]] = {
    liar.__name__: liar
    for liar in (
        refuses_everything,
        fails_everything,
        accepts_everything,
        echoes,
        redirects_to_itself,
        drips,
        endless_body,
        hangs,
        closes,
        garbage,
        html_metadata,
        metadata_without_registration,
        protected,
        rate_limited,
        huge_headers,
        hostile_strings,
    )
}


def main() -> int:
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in LIARS:
        sys.stderr.write(f"usage: python liars.py {'|'.join(LIARS)}\n")
        return 2
    with LIARS[name]() as url, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(f"{name}: {url}\n")
        sys.stdout.flush()
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
