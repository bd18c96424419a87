"""The reference provider on a socket: for people, and for tests through a real server."""

import argparse
import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.reference_provider.app import App
from conformance.reference_provider.behaviour.foundation import Trust
from conformance.reference_provider.certificates import MutualTls
from conformance.reference_provider.fetching import Fetch, loopback_fetch, no_fetch
from conformance.reference_provider.registry import MemoryRegistry, Registry
from conformance.reference_provider.sqlite_registry import SqliteRegistry
from conformance.reference_provider.tenants import (
    Tenant,
    Tenants,
    all_tenants,
    fault_tenants,
    legal_tenants,
)
from conformance.reference_provider.tls_listener import CERTIFICATE, listening

if TYPE_CHECKING:
    import uvicorn

_START_LIMIT = 10.0
_BACKLOG = 128


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers: its base URL and the tenants behind it."""

    base: str
    tenants: Tenants
    mutual_tls: MutualTls | None = None
    """Where clients are asked for certificates, if anywhere."""

    def issuer(self, name: str = "") -> str:
        """Return the issuer of a tenant, or of the one at the root."""
        return self.tenants.issuer(name) if name else self.base


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a bound socket whose protocol is named.

    asyncio sets TCP_NODELAY only where it is, and each answer would wait some
    30 ms for an acknowledgement otherwise.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)  # whoever reads the address may connect at once
    except OSError:
        bound.close()
        raise
    return bound


def base_url(bound: socket.socket) -> str:
    """Return the URL of a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(tenants: Tenants, delay_s: float) -> "uvicorn.Server":
    # A heavy import that listing the tenants does not need.
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(
        App(tenants, delay_s=delay_s),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


@contextlib.contextmanager
def _opened(
    host: str,
    port: int,
    make: Callable[[str, MutualTls | None], Tenants],
    delay_s: float,
    tls_folder: Path | None,
) -> Iterator[tuple[socket.socket, Tenants, MutualTls | None]]:
    """Open the socket that is served, and where a folder is given the one with TLS."""
    with contextlib.ExitStack() as stack:
        bound = stack.enter_context(listening_socket(host, port))
        if tls_folder is None:
            yield bound, make(base_url(bound), None), None
            return
        second = stack.enter_context(listening_socket(host, 0))
        made = MutualTls(base_url(second).replace("http:", "https:", 1))
        held = make(base_url(bound), made)
        app = App(held, delay_s=delay_s)
        stack.enter_context(listening(second, tls_folder, app, made))
        yield bound, held, made


@contextlib.contextmanager
def running(
    host: str = "127.0.0.1",
    port: int = 0,
    tenants: Mapping[str, Tenant] | None = None,
    *,
    root: str = "default",
    fetch: Fetch = no_fetch,
    trust: Trust = MappingProxyType({}),
    delay_s: float = 0.0,
    tls_folder: Path | None = None,
) -> Iterator[RunningServer]:
    """Serve tenants from a thread of this process until the block ends.

    With a folder for its key, a second port asks clients for certificates (RFC 8705).
    """

    def make(base: str, made: MutualTls | None) -> Tenants:
        return Tenants(base, tenants, root=root, fetch=fetch, trust=trust, mutual_tls=made)

    with _opened(host, port, make, delay_s, tls_folder) as (bound, held, made):
        server = _server(held, delay_s)
        thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
        thread.start()
        _wait_until_started(server, thread)
        try:
            yield RunningServer(held.base, held, made)
        finally:
            server.should_exit = True
            thread.join(_START_LIMIT)


def _wait_until_started(server: "uvicorn.Server", thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_LIMIT
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the reference provider did not start")
        time.sleep(0.002)


def serve(
    host: str = "127.0.0.1",
    port: int = 9000,
    *,
    tenant: str = "default",
    database: str | None = None,
    fetch: Fetch = no_fetch,
    trust: Trust = MappingProxyType({}),
    delay_s: float = 0.0,
    tls_folder: Path | None = None,
    authorities: str = "",
) -> None:
    """Serve all tenants until interrupted, ``tenant`` also at the root.

    With a folder for its key, a second port asks clients for certificates; those that the
    authorities (PEM) issued are believed.
    """

    def registry_of(name: str) -> Registry:
        return MemoryRegistry() if database is None else SqliteRegistry(database, name)

    def make(base: str, made: MutualTls | None) -> Tenants:
        return Tenants(
            base, root=tenant, registry_of=registry_of, fetch=fetch, trust=trust, mutual_tls=made
        )

    with _opened(host, port, make, delay_s, tls_folder) as (bound, held, made):
        sys.stdout.write(f"issuer  {held.base}   ({tenant}: {held.tenants[tenant].about})\n")
        sys.stdout.write(f"others  {held.base}/t/NAME   (--list names them)\n")
        if made is not None and tls_folder is not None:
            made.trust_authority(authorities)
            sys.stdout.write(f"mutual TLS  {made.base}   (CA: {tls_folder / CERTIFICATE})\n")
        sys.stdout.write(f"try     pytest --target-url {held.base}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            _server(held, delay_s).run([bound])


def listing() -> str:
    """Return the names of all tenants, with a sentence on each."""
    groups = {"conforming": legal_tenants(), "each with one fault": fault_tenants()}
    lines: list[str] = []
    for title, tenants in groups.items():
        lines += [title, *(f"  {item.name:<44} {item.about}" for item in tenants.values())]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``dcr-conformance reference``."""
    parser = argparse.ArgumentParser(
        prog="dcr-conformance reference",
        description="A correct, small authorization server with dynamic client registration.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
    parser.add_argument("--port", type=int, default=9000, help="port to listen at, 0 for any")
    parser.add_argument("--tenant", default="default", help="the tenant at the root")
    parser.add_argument("--list", action="store_true", help="name all tenants and faults")
    parser.add_argument("--database", metavar="FILE", help="keep clients in an SQLite file")
    parser.add_argument(
        "--delay", type=float, default=0.0, metavar="S", help="seconds that every answer takes"
    )
    parser.add_argument(
        "--fetch-loopback", action="store_true", help="fetch jwks_uri from this machine"
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="ISSUER=JWKS_URL",
        help="believe the software statements of this issuer, whose keys are on this machine",
    )
    parser.add_argument(
        "--tls-folder",
        type=Path,
        metavar="DIR",
        help="take client certificates at a second port, whose key and certificate lie there",
    )
    parser.add_argument(
        "--trust-authority",
        type=Path,
        metavar="FILE",
        help="believe client certificates of this CA, for instance ca.pem of a directory",
    )
    options = parser.parse_args(argv)
    if options.list:
        sys.stdout.write(listing())
        return 0
    if options.tenant not in all_tenants():
        parser.error(f"no tenant is named {options.tenant}; --list names them")
    trust = dict(pair.split("=", 1) for pair in options.trust if "=" in pair)
    if len(trust) != len(options.trust):
        parser.error("--trust wants ISSUER=JWKS_URL, each issuer once")
    try:
        serve(
            options.host,
            options.port,
            tenant=options.tenant,
            database=options.database,
            fetch=loopback_fetch if options.fetch_loopback or trust else no_fetch,
            trust=trust,
            delay_s=options.delay,
            tls_folder=options.tls_folder,
            authorities=options.trust_authority.read_text() if options.trust_authority else "",
        )
    except OSError as error:
        parser.error(f"cannot serve at {options.host}:{options.port} ({error.strerror})")
    return 0
