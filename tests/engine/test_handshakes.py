"""TLS handshakes with servers of little TLS: what they take is seen, and what they refuse."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import warnings
from typing import TYPE_CHECKING

import pytest

from conformance.provider.handshakes import Offer, possible, shake
from conformance.reference_provider.certificates import server_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TLS13, TLS12, TLS10 = (Offer(name, name) for name in ("TLSv1_3", "TLSv1_2", "TLSv1"))
NULL = Offer("TLSv1", "TLSv1_2", "eNULL")
ANONYMOUS = Offer("TLSv1", "TLSv1_2", "aNULL:!eNULL")
SSL3 = Offer("SSLv3", "SSLv3")
LIMIT_S = 3.0


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[int]:
    """A server that shakes hands and ends the connection; without a context it just ends it."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        stopping = threading.Event()

        def serve() -> None:
            while not stopping.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = bound.accept()
                    with connection:
                        if context is not None:
                            context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield bound.getsockname()[1]
        stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection(bound.getsockname(), 1).close()
        thread.join(LIMIT_S)


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    key, certificate = server_certificate("127.0.0.1")
    (tmp_path / "server.pem").write_text(key + certificate)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(tmp_path / "server.pem")
    return made


def limited(context: ssl.SSLContext, least: str, most: str, suites: str = "") -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.set_ciphers(f"{suites or 'ALL'}:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion[least]
        context.maximum_version = ssl.TLSVersion[most]
    return context


def outcome(port: int, offer: Offer) -> str:
    return shake("127.0.0.1", port, offer, LIMIT_S).outcome


def test_a_server_of_today_takes_today_and_refuses_yesterday(context: ssl.SSLContext) -> None:
    with serving(context) as port:
        assert outcome(port, TLS13) == "taken"
        assert outcome(port, TLS12) == "taken"
        for old in (TLS10, NULL, ANONYMOUS):
            assert outcome(port, old) == "refused"


@pytest.mark.skipif(not possible(TLS10), reason="the TLS library here cannot offer TLS 1.0")
def test_an_old_server_is_seen(context: ssl.SSLContext) -> None:
    with serving(limited(context, "TLSv1", "TLSv1")) as port:
        came = shake("127.0.0.1", port, TLS10, LIMIT_S)
        assert came.outcome == "taken"
        assert came.detail.startswith("TLSv1, ")
        assert outcome(port, TLS12) == "refused"


def test_a_server_of_one_version_is_seen(context: ssl.SSLContext) -> None:
    with serving(limited(context, "TLSv1_3", "TLSv1_3")) as port:
        assert (outcome(port, TLS13), outcome(port, TLS12)) == ("taken", "refused")


@pytest.mark.parametrize("offer", [NULL, ANONYMOUS], ids=["null", "anonymous"])
def test_suites_that_protect_nothing_are_seen(context: ssl.SSLContext, offer: Offer) -> None:
    if not possible(offer):
        pytest.skip("the TLS library here cannot offer them")
    with serving(limited(context, "TLSv1", "TLSv1_2", f"ALL:{offer.suites}")) as port:
        assert outcome(port, offer) == "taken"


def test_what_cannot_be_offered_is_no_refusal(context: ssl.SSLContext) -> None:
    with serving(context) as port:
        assert outcome(port, SSL3) == ("refused" if possible(SSL3) else "impossible")
        assert outcome(port, Offer("TLSv1_2", "TLSv1_2", "no-such-suite")) == "impossible"


def test_a_server_that_drips_has_its_time_and_no_more() -> None:
    record = b"\x16\x03\x03\x40\x00" + bytes(16_384)  # a handshake record that never ends

    def drip() -> None:
        with contextlib.suppress(OSError), bound.accept()[0] as connection:
            for byte in record:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        began = time.monotonic()
        assert shake("127.0.0.1", bound.getsockname()[1], TLS12, 0.5).outcome == "failed"
        assert time.monotonic() - began < LIMIT_S
        thread.join(LIMIT_S)


def test_a_connection_that_ends_is_a_refusal_and_none_at_all_is_not(
    context: ssl.SSLContext,
) -> None:
    del context
    with serving(None) as port:
        assert outcome(port, TLS12) == "refused"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert shake("127.0.0.1", silent.getsockname()[1], TLS12, 0.2).outcome == "failed"
        port = silent.getsockname()[1]
    assert outcome(port, TLS12) == "failed"
