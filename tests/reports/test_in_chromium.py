from __future__ import annotations

import http.server
import re
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest

from reports import compliance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=5000",
]


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
            found = state.pages.get(self.path.partition("?")[0])
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
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
    def load(address: str, *options: str) -> str:
        assert CHROMIUM is not None
        done = subprocess.run(
            [CHROMIUM, *OPTIONS, *options, f"--user-data-dir={tmp_path}", "--dump-dom", address],
            capture_output=True,
            timeout=120,
            check=True,
        )
        return done.stdout.decode("utf-8", "replace")

    return load


def test_nothing_of_a_provider_runs_or_is_fetched(
    make: Any, served: Served, dom: Callable[..., str]
) -> None:
    tag = f"<img src={served.url}/gone onerror=document.title='ran'>"
    said = f"</script></title></style>{tag}<script>document.title='ran'</script>\u202e\x00\ud800"
    served.pages["/page"] = compliance.render(
        make.waived(make.blocked(make.results(4, cases=2, said=said)))
    )
    shown = dom(f"{served.url}/page?verdict=fail&q=provider")
    assert re.search(r"<title>Does not conform", shown)
    assert 'class="js"' in shown
    assert "<img" not in shown
    assert not [path for path in served.asked if path.startswith("/gone")]
    assert re.search(r'id="count"[^>]*>3 of 72 requirements<', shown)


# A window is never narrower than 500 px here, but a frame is.
FRAME = """<!doctype html><title>waiting</title><body style="margin:0">
<iframe id=f src="/page" width=320 height=3000 style="border:0"></iframe><script>
document.getElementById('f').addEventListener('load', () => {
  const page = document.getElementById('f').contentDocument;
  page.querySelectorAll('details').forEach((box) => { box.open = true; });
  const wide = [...page.querySelectorAll('main *, .top *')].filter((e) =>
    e.getBoundingClientRect().right > 321 && !e.closest('.chips') && !e.closest('.hide'));
  document.title = page.documentElement.scrollWidth + ' ' + wide.length;
});
</script>"""


@pytest.mark.parametrize("said", ["Probe", "W" * 400, "\u202e" * 50 + "\U0010ffff" * 400])
def test_nothing_overflows_a_narrow_phone(
    make: Any, served: Served, dom: Callable[..., str], said: str
) -> None:
    served.pages["/page"] = compliance.render(
        make.waived(make.blocked(make.results(14, requirements=40, cases=2, said=said)))
    )
    served.pages["/frame"] = FRAME
    found = re.search(r"<title>(\d+) (\d+)</title>", dom(f"{served.url}/frame"))
    assert found is not None
    assert int(found[1]) <= 320
    assert found[2] == "0"
