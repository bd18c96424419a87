"""HTTP below the client: a total deadline for each request, and sockets that can be cut.

The time-outs of HTTP clients restart with each byte, so a server that drips one byte a
second is never late. Here one deadline covers connecting, sending, headers and body.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.provider.certificates import ClientCertificate

MAX_BODY = 1024 * 1024
"""Bytes of a body that are read; what comes after is never asked for."""

CERTIFICATE = "client_certificate"
"""The extension of a request that has the certificate to be shown."""


class DeadlineExceededError(httpx.TimeoutException):
    """The whole exchange took longer than its deadline."""


class _Clock(threading.local):
    """The deadline of the request that this thread is busy with."""

    end: float = float("inf")
    received: int = 0


_clock = _Clock()


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let all network traffic of this thread end within so many seconds."""
    _clock.end = time.monotonic() + seconds
    _clock.received = 0
    try:
        yield
    finally:
        _clock.end = float("inf")


def bytes_received() -> int:
    """How many bytes this thread's last request was sent; tells slow from silent."""
    return _clock.received


def _remaining(timeout: float | None) -> float:
    left = _clock.end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline of the request is over")
    return min(left, timeout) if timeout is not None else min(left, 3600.0)


class _Stream(httpcore.NetworkStream):
    """A stream whose every operation ends with the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, backend: Backend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, _remaining(timeout))
        _clock.received += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _remaining(timeout))

    def close(self) -> None:
        self._backend.streams.discard(self)
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _remaining(timeout))
        return self._backend.adopt(inner)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Opens streams that obey the deadline, and knows them, to cut them on interrupt."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()
        self.streams: set[_Stream] = set()

    def adopt(self, inner: httpcore.NetworkStream) -> _Stream:
        """Wrap a stream and remember it."""
        stream = _Stream(inner, self)
        self.streams.add(stream)
        return stream

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection that obeys the deadline."""
        inner = self._inner.connect_tcp(
            host, port, _remaining(timeout), local_address, socket_options
        )
        return self.adopt(inner)

    def cut(self) -> None:
        """Shut every open socket, so that whoever waits on one wakes with an error."""
        import socket  # noqa: PLC0415 - only on interrupt

        for stream in list(self.streams):
            raw = stream.get_extra_info("socket")
            if raw is not None:
                with contextlib.suppress(OSError):
                    raw.shutdown(socket.SHUT_RDWR)


_ERRORS: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.TimeoutException: DeadlineExceededError,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.NetworkError: httpx.ReadError,
    httpcore.ProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.ProxyError: httpx.ProxyError,
}


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for theirs, ours in _ERRORS.items():
            if isinstance(error, theirs):
                raise ours(str(error) or type(error).__name__) from error
        raise


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._inner

    def close(self) -> None:
        self._inner.close()


class DeadlineTransport(httpx.BaseTransport):
    """A pool of connections whose traffic ends with the deadline of the request."""

    def __init__(
        self,
        context: Callable[[], ssl.SSLContext],
        *,
        connections: int = 32,
        proxy: str | None = None,
    ) -> None:
        # At level DEBUG they write header fields as they come, and codes stand in Location.
        for name in ("httpcore", "httpx"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self.backend = Backend()
        self._context, self._connections, self._proxy = context, connections, proxy
        self._pools: dict[ClientCertificate | None, httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._pool(None)

    def _pool(self, certificate: ClientCertificate | None) -> httpcore.ConnectionPool:
        """The connections over which a certificate is shown, or none."""
        with self._lock:
            if certificate not in self._pools:
                context = self._context()
                if certificate is not None:
                    certificate.shown_by(context)
                self._pools[certificate] = self._made(context)
            return self._pools[certificate]

    def _made(self, context: ssl.SSLContext) -> httpcore.ConnectionPool:
        if self._proxy:
            return httpcore.HTTPProxy(
                self._proxy,
                ssl_context=context,
                max_connections=self._connections,
                network_backend=self.backend,
            )
        return httpcore.ConnectionPool(
            ssl_context=context, max_connections=self._connections, network_backend=self.backend
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body of the response is read by the caller."""
        assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101 - narrows the type
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions={},
        )
        pool = self._pool(request.extensions.get(CERTIFICATE))
        with _translated():
            response = pool.handle_request(inner)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=response.extensions,
        )

    def cut(self) -> None:
        """End all traffic under way, from any thread."""
        self.backend.cut()

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()
