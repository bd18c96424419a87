"""Outgoing fetches of a served provider: client keys, from this machine only."""

import contextlib
import http.client
import ipaddress
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a document may take as a whole, and how long it may be."""

    timeout_s: float = 2.0
    """Seconds from the first connection attempt to the last byte."""
    limit: int = 1 << 20
    """Bytes; a longer document is none."""


Fetch = Callable[[str, Bounds], bytes]
"""Gets a document for the provider; raises OSError where it must not or cannot."""


class RedirectedError(ConnectionError):
    """The document is said to be elsewhere; who follows must look where that leads."""

    def __init__(self, location: str) -> None:
        super().__init__("the document is elsewhere")
        self.location = location


def no_fetch(url: str, bounds: Bounds) -> bytes:
    """Fetch nothing: without an operator's word the provider calls nobody."""
    del bounds
    raise PermissionError(f"fetching is off: {url}")


def loopback_fetch(url: str, bounds: Bounds) -> bytes:
    """Return a document from this machine, within bounds, or raise ``OSError``.

    Redirects are not followed: they are how a fetch is led elsewhere.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError as error:
        raise PermissionError("this is no URL") from error
    if parts.scheme != "http":
        raise PermissionError("only http is spoken here")
    connection = http.client.HTTPConnection(
        _own_address(host, port), port, timeout=bounds.timeout_s
    )
    try:
        connection.connect()
        with _ended_after(connection.sock, bounds.timeout_s):
            headers = {"Host": parts.netloc.rpartition("@")[2]}
            target = f"{parts.path or '/'}?{parts.query}".rstrip("?")
            connection.request("GET", target, headers=headers)
            response = connection.getresponse()
            document = response.read(bounds.limit + 1)
    except (http.client.HTTPException, ValueError) as error:
        raise ConnectionError("the answer was no HTTP") from error
    finally:
        connection.close()
    return _good(response, document, bounds)


def _good(response: http.client.HTTPResponse, document: bytes, bounds: Bounds) -> bytes:
    location = response.headers.get("location")
    if 300 <= response.status < 400 and location:
        raise RedirectedError(location)
    if response.status != 200:
        raise ConnectionError(f"the answer was {response.status}: {document[:80]!r}")
    # What is left tells a document that ended early from one that is whole.
    if len(document) > bounds.limit or response.length:
        raise ConnectionError("the document was not whole, or too long")
    return document


def _own_address(host: str, port: int) -> str:
    """Return the address that a host is; no name is looked up, and others are refused."""
    if host.lower() == "localhost":
        return "127.0.0.1"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError) as error:
        raise PermissionError("only this machine is fetched from") from error
    text = str(found[0][4][0])
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if not (address.is_loopback or address.is_unspecified):
        raise PermissionError("only this machine is fetched from")
    return text


class _ended_after(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads as a word
    """Break a connection off at a moment: time-outs of sockets begin anew with each byte."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end, (sock,))
        self._timer.daemon = True

    @staticmethod
    def _end(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
