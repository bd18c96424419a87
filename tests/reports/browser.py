"""Chromium for tests: pages served on loopback, and what became of them."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIRTUAL = "--virtual-time-budget=5000"
"""Time that timers of a page are given; none of it passes outside."""
DARK = "--blink-settings=preferredColorScheme=0"


class Served:
    """Pages on loopback, and every path that was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.asked: list[str] = []
        self.url = ""


@pytest.fixture
def served() -> Iterator[Served]:
    state = Served()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            path = self.path.partition("?")[0]
            found = state.pages.get(path)
            self.send_response(404 if found is None else 200)
            kind = "text/javascript" if path.endswith(".js") else "text/html"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write((found or "").encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def dom(tmp_path: Path) -> Callable[..., str]:
    """What the document is once a page has come to rest."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")

    def load(address: str, *options: str, virtual: bool = True) -> str:
        assert CHROMIUM is not None
        options = (*([VIRTUAL] if virtual else []), *options)
        done = subprocess.run(
            [
                CHROMIUM,
                *OPTIONS,
                *options,
                f"--user-data-dir={tmp_path}",
                "--dump-dom",
                address,
            ],
            capture_output=True,
            timeout=120,
            check=True,
        )
        return done.stdout.decode("utf-8", "replace")

    return load
