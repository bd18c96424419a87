"""TLS handshakes of a client that offers little: what a server takes, and what it refuses.

No certificate is verified, nothing is sent: only what was negotiated is asked. What the TLS
library of this machine cannot offer at all is found out first, for a server refuses it surely.
"""

from __future__ import annotations

import functools
import select
import socket
import ssl
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

_ROUNDS = 20


@dataclass(frozen=True)
class Offer:
    """What a client offers: versions by the names of ``ssl.TLSVersion``, suites as OpenSSL does."""

    least: str
    most: str
    suites: str = ""


@dataclass(frozen=True)
class Handshake:
    """What came of it."""

    outcome: str
    """``taken``, ``refused``, ``failed`` (no answer to the question), ``impossible`` (here)."""
    detail: str = ""
    """Version and suite that were negotiated, or why none was."""


def shake(host: str, port: int, offer: Offer, timeout_s: float) -> Handshake:
    """Connect, and offer this and nothing else, at most ``timeout_s`` seconds for all of it."""
    if not possible(offer):
        return Handshake("impossible", "the TLS library here cannot offer it")
    end = time.monotonic() + timeout_s
    try:
        with socket.create_connection((host, port), timeout_s) as plain:
            plain.settimeout(0)
            return _shaken(_context(ssl.PROTOCOL_TLS_CLIENT, offer), plain, host, end)
    except OSError as error:
        return Handshake("failed", error.strerror or str(error))


def _shaken(context: ssl.SSLContext, plain: socket.socket, host: str, end: float) -> Handshake:
    try:
        with context.wrap_socket(
            plain, server_hostname=host, do_handshake_on_connect=False
        ) as secure:
            _agree(secure, end)
            suite = secure.cipher()
            return Handshake("taken", f"{secure.version()}, {suite[0] if suite else 'no suite'}")
    except TimeoutError:
        return Handshake("failed", "no answer in time")
    except ssl.SSLError as error:
        return Handshake("refused", error.reason or "the handshake failed")
    except OSError as error:  # a server that ends the connection without an alert
        return Handshake("refused", error.strerror or "the connection ended")


def _agree(secure: ssl.SSLSocket, end: float) -> None:
    """Shake hands until it is done or ``end`` has come: a drop now and then is no progress.

    Raises:
        TimeoutError: it has come.
        OSError: the server refused, or left.

    """
    while True:
        try:
            secure.do_handshake()
        except ssl.SSLWantReadError:
            waits: tuple[list[ssl.SSLSocket], list[ssl.SSLSocket]] = ([secure], [])
        except ssl.SSLWantWriteError:
            waits = ([], [secure])
        else:
            return
        left = end - time.monotonic()
        if left <= 0 or not any(select.select(*waits, [], left)):
            raise TimeoutError


def _context(protocol: int, offer: Offer) -> ssl.SSLContext:
    """A context of exactly the offer, old and weak as it may be.

    Raises:
        ssl.SSLError: the library knows no such suite.
        ValueError: ... or no such version.

    """
    context = ssl.SSLContext(protocol)
    if protocol == ssl.PROTOCOL_TLS_CLIENT:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(f"{offer.suites or 'ALL'}:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is asked for
        context.minimum_version = ssl.TLSVersion[offer.least]
        context.maximum_version = ssl.TLSVersion[offer.most]
    return context


@functools.cache
def possible(offer: Offer) -> bool:
    """Whether the library here can offer it: a server in memory that takes it is reached."""
    try:
        server = _context(ssl.PROTOCOL_TLS_SERVER, offer)
        client = _context(ssl.PROTOCOL_TLS_CLIENT, offer)
        _load(server)
        return _meet(client, server)
    except (ssl.SSLError, ValueError):
        return False


def _load(server: ssl.SSLContext) -> None:
    from conformance.provider.certificates import self_signed  # noqa: PLC0415 - slow to import

    made, _ = self_signed("dcr-conformance")
    with tempfile.TemporaryDirectory(prefix="dcr-conformance-") as folder:
        file = Path(folder) / "server.pem"
        file.write_text(made.private_key + made.pem)
        server.load_cert_chain(file)


def _meet(client: ssl.SSLContext, server: ssl.SSLContext) -> bool:
    """Whether the two agree, over nothing but memory."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_hostname="localhost"),
        server.wrap_bio(up, down, server_side=True),
    ]
    waiting = list(ends)
    for _ in range(_ROUNDS):
        for end in list(waiting):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(end)
        if not waiting:
            return True
    return False
