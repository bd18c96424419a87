"""One request over the wire: its whole answer, or why there is none."""

from __future__ import annotations

import ipaddress
import os
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from conformance.provider import transport
from conformance.provider.capture import Received
from conformance.settings import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.provider.capture import Sent
    from conformance.provider.certificates import ClientCertificate
    from conformance.settings import Settings

LATE = "no whole answer within"
"""How the reason begins where an answer did not come in time."""

PIECES = 3
"""Chunks of a body that is sent so."""


def exchange(
    http: httpx.BaseTransport,
    sent: Sent,
    timeout_s: float,
    certificate: ClientCertificate | None = None,
) -> tuple[Received | None, str, int]:
    """Send a request and read its answer, at most ``timeout_s`` seconds for both.

    The certificate is shown to a server that asks for one.

    Returns:
        The answer or None, the reason in words where there is none, and the bytes received.

    """
    with transport.deadline(timeout_s):
        try:
            # Below httpx.Client, which raises on a Location that is no URL (javascript:).
            content = _in_pieces(sent.content) if sent.chunked else sent.content or None
            request = httpx.Request(
                sent.method,
                sent.url,
                headers=list(sent.headers),
                content=content,
                extensions={transport.CERTIFICATE: certificate} if certificate else {},
            )
            response = http.handle_request(request)
            try:
                content, cut = _read(response)
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            count = transport.bytes_received()
            return None, _reason(error, timeout_s, count), count
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in response.headers.raw
        )
        return Received(response.status_code, headers, content, cut), "", len(content)


def _in_pieces(content: bytes) -> Iterator[bytes]:
    """A few pieces of a body, each of which becomes a chunk (RFC 9112 section 7.1)."""
    size = len(content) // PIECES + 1
    for start in range(0, len(content), size):
        yield content[start : start + size]


def _read(response: httpx.Response) -> tuple[bytes, bool]:
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > transport.MAX_BODY:
            return bytes(content[: transport.MAX_BODY]), True
    return bytes(content), False


def _reason(error: Exception, timeout_s: float, count: int) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"{LATE} {timeout_s:g} s"
    if isinstance(error, httpx.InvalidURL):
        return f"not a usable URL: {error}"
    text = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectError):
        return text.partition("] ")[2].lower() if "Errno" in text else text
    if isinstance(error, httpx.RemoteProtocolError) and "without sending a response" in text:
        # The parser had no whole header yet, whatever came before the end.
        return f"not an HTTP answer: {count} bytes, then the end" if count else text
    if isinstance(error, httpx.RemoteProtocolError):
        return f"not an HTTP answer: {text}"
    if isinstance(error, httpx.ReadError):
        return "the connection broke before the answer was whole"
    return text


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS as the operator's settings want it.

    Raises:
        UsageProblem: a file that is named cannot be used.

    """
    network = settings.network
    bundle = network.ca_bundle or os.environ.get("SSL_CERT_FILE")
    try:
        context = ssl.create_default_context(cafile=str(bundle) if bundle else None)
        if network.client_certificate:
            key = network.client_key
            context.load_cert_chain(network.client_certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise UsageProblem(f"[network] names TLS files that cannot be used: {error}") from error
    return context


def is_loopback(url: str) -> bool:
    """Whether a URL is on this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
