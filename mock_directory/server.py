"""The directory on a socket: for people, for providers under test, and for the suite itself."""

import asyncio
import contextlib
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from mock_directory import dialects
from mock_directory.access import Access, is_loopback
from mock_directory.app import App
from mock_directory.client import DirectoryClient
from mock_directory.clock import Clock
from mock_directory.delivery import TRANSPORT, Delivery
from mock_directory.directory import Directory
from mock_directory.keyring import Keyring
from mock_directory.state import State, write_private

_START_LIMIT = 10.0
_CERTIFICATE, _KEY, BUNDLE = "server.pem", "server-key.pem", "ca.pem"


@dataclass(frozen=True, slots=True)
class RunningDirectory:
    """A directory that answers."""

    base: str
    """Its URL, as providers know it."""
    address: str
    """Its URL on this machine."""
    directory: Directory
    client: DirectoryClient = field(repr=False)
    """Its API, as for one that runs elsewhere."""
    token: str | None = field(default=None, repr=False)
    """What a change demands; None on loopback."""

    @property
    def keyring(self) -> Keyring:
        """Its private keys: they never leave this process, so the API has them not."""
        return self.directory.keyring


class _Protocol(H11Protocol):
    """HTTP/1.1, with the connection in the state of each request: some outages close it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class _Server(uvicorn.Server):
    """A server that waits for no outage when it stops."""

    def __init__(self, config: uvicorn.Config, delivery: Delivery) -> None:
        super().__init__(config)
        self._delivery = delivery

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._delivery.stop()
        await super().shutdown(sockets)


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket whose protocol is named.

    asyncio sets TCP_NODELAY only where it is, and answers would wait otherwise.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        # Who comes before the server runs waits for it and is not turned away.
        bound.listen(2048)
    except OSError:
        bound.close()
        raise
    return bound


def _base_url(bound: socket.socket, *, tls: bool) -> str:
    host, port = bound.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@contextlib.contextmanager
def opened(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    state_dir: Path,
    tls: bool = False,
    public_url: str | None = None,
    dialect: str = "default",
    token: str | None = None,
    clock: Clock | None = None,
) -> Iterator[tuple[RunningDirectory, uvicorn.Server, socket.socket]]:
    """A directory, and a server for it that does not run yet.

    Raises:
        StateError: the state folder cannot be used.
        OSError: the address cannot be used.

    """
    spoken = dialects.load(dialect)
    with listening_socket(host, port) as bound, contextlib.closing(State(state_dir)) as state:
        address = _base_url(bound, tls=tls)
        base = (public_url or address).rstrip("/")
        if token is None and needs_token(host, public_url):
            token = secrets.token_urlsafe(24)
        directory = Directory(state, spoken, base, clock)
        client = DirectoryClient(address, token, ca_bundle=directory.authority.pem)
        running = RunningDirectory(base, address, directory, client, token)
        app = App(directory, Access(base, token))
        write_private(state_dir / BUNDLE, directory.authority.pem.encode())
        if tls:
            hosts = dict.fromkeys([urlsplit(base).hostname or host, host, "localhost", "127.0.0.1"])
            key, certificate = directory.authority.server(list(hosts), int(time.time()))
            write_private(state_dir / _KEY, key.encode())
            write_private(state_dir / _CERTIFICATE, certificate.encode())
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            ssl_keyfile=str(state_dir / _KEY) if tls else None,
            ssl_certfile=str(state_dir / _CERTIFICATE) if tls else None,
        )
        with client:
            yield running, _Server(config, app.delivery), bound


def needs_token(host: str, public_url: str | None) -> bool:
    """Tell whether others than this machine's people may reach the directory."""
    public = urlsplit(public_url).hostname if public_url else None
    return not is_loopback(host) or (public is not None and not is_loopback(public))


@contextlib.contextmanager
def running(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    state_dir: Path | None = None,
    tls: bool = False,
    public_url: str | None = None,
    dialect: str = "default",
    token: str | None = None,
    clock: Clock | None = None,
) -> Iterator[RunningDirectory]:
    """Serve a directory from a thread of this process until the block ends.

    Without a state folder it has one of its own, which goes with it.
    """
    with contextlib.ExitStack() as stack:
        if state_dir is None:
            held = stack.enter_context(tempfile.TemporaryDirectory(prefix="mock-directory-"))
            state_dir = Path(held)
        made, server, bound = stack.enter_context(
            opened(
                host, port, state_dir=state_dir, tls=tls, public_url=public_url,
                dialect=dialect, token=token, clock=clock,
            )
        )  # fmt: skip
        thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
        thread.start()
        _wait_until_started(server, thread)
        try:
            yield made
        finally:
            # First: over TLS a server waits for whoever keeps a connection open.
            made.client.close()
            server.should_exit = True
            thread.join(_START_LIMIT)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_LIMIT
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the mock directory did not start")
        time.sleep(0.002)


def default_state_dir() -> Path:
    """Return where a directory is kept that nobody named a folder for."""
    folder = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(folder) / "dcr-conformance" / "directory"
