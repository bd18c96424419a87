"""A listener that asks clients for certificates, and tells the provider which came (RFC 8705).

It serves once somebody comes: most runs never do, and TLS takes a moment to start.
"""

import asyncio
import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.reference_provider.app import CLIENT_CERTIFICATE, App
from conformance.reference_provider.certificates import MutualTls, server_certificate

if TYPE_CHECKING:
    import uvicorn

KEY, CERTIFICATE = "tls-key.pem", "tls-certificate.pem"
"""The files of the listener in its folder; the certificate vouches for itself."""

_STOP_LIMIT_S = 10.0


class TlsListener:
    """One port with TLS; its ``context`` may be given more certificates while it runs."""

    def __init__(self, bound: socket.socket, folder: Path) -> None:
        self._bound = bound
        self._wake, self._woken = socket.socketpair()
        self._server: uvicorn.Server | None = None
        key, certificate = server_certificate(bound.getsockname()[0])
        (folder / KEY).touch(mode=0o600)
        (folder / KEY).write_text(key)
        (folder / CERTIFICATE).write_text(certificate)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
        self.context.verify_mode = ssl.CERT_OPTIONAL

    def let_through(self, certificate: bytes) -> None:
        """Take a certificate, or what it issued, in handshakes from now on."""
        with contextlib.suppress(ssl.SSLError):  # text that is no certificate opens nothing
            self.context.load_verify_locations(cadata=certificate)

    def serve(self, app: App) -> None:
        """Wait for the first connection, and serve from then on until stopped."""
        ready = select.select([self._bound, self._woken], [], [])[0]
        if self._woken in ready:
            return
        self._server = _server(app, self.context)
        self._server.run([self._bound])

    def stop(self) -> None:
        """Serve no more, if it ever did."""
        self._wake.send(b"!")
        if self._server is not None:
            self._server.should_exit = True

    def close(self) -> None:
        """Let go of what woke it."""
        self._wake.close()
        self._woken.close()


def _server(app: App, context: ssl.SSLContext) -> "uvicorn.Server":
    import uvicorn  # noqa: PLC0415 - heavy
    from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: PLC0415

    class Protocol(H11Protocol):
        """HTTP/1.1, with the client's certificate in the state of each request."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            connection: Any = transport.get_extra_info("ssl_object")
            certificate = connection.getpeercert(binary_form=True)
            self.app_state = {**self.app_state, CLIENT_CERTIFICATE: certificate}

    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    config.load()
    config.ssl = context
    return uvicorn.Server(config)


@contextlib.contextmanager
def listening(bound: socket.socket, folder: Path, app: App, made: MutualTls) -> Iterator[None]:
    """Serve an application at a bound socket until the block ends.

    Args:
        bound: A socket of its own.
        folder: For the key and the certificate of the server.
        app: What is served.
        made: Says from now on which certificates handshakes have to take.

    """
    bound.listen(128)
    listener = TlsListener(bound, folder)
    made.listeners.append(listener.let_through)
    thread = threading.Thread(target=listener.serve, args=(app,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.stop()
        thread.join(_STOP_LIMIT_S)
        listener.close()
