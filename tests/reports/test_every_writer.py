"""A provider whose every answer is hostile, judged live, and what each writer makes of it."""

from __future__ import annotations

import http.server
import itertools
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from reports.hostile import is_strange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
RAN = "document.title='ran'"


class HostileProvider:
    """Registers whatever it is asked to, and says something hostile in each place of an answer."""

    def __init__(self, texts: list[str]) -> None:
        self.url = ""
        self._texts = itertools.cycle(texts)
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def text(self) -> str:
        with self._lock:
            text = next(self._texts)
        tag = f"<img src={self.url}/gone onerror={RAN}>"
        return f"{text}</script></title></style>{tag}<script>{RAN}</script>"

    def answer(self, path: str, sent: Any) -> tuple[int, Any]:
        if "well-known" in path:
            return 200, self.metadata(path)
        with self._lock:
            number = next(self._numbers)
        # By the path, not by the number: the order of a run's requests is not the same each time.
        if not path.startswith("/register"):
            return 400, {"error": self.text(), "error_description": self.text()}
        own = sent if isinstance(sent, dict) else {}
        members = {name: self.text() for name in ("client_name", "scope", "client_uri")}
        return 201, {
            **own,
            **members,
            self.text()[:200]: self.text(),
            "client_id": f"{number}{self.text()}",
            "client_secret": f"secret-{number}-{self.text()}",
            "registration_client_uri": f"{self.url}/register/{number}",
            "registration_access_token": f"token-{number}",
            "redirect_uris": [self.text(), f"{self.url}/gone"],
            "token_endpoint_auth_method": self.text(),
        }

    def metadata(self, path: str) -> Any:
        if "openid" in path:
            return {}
        return {
            "issuer": self.url,
            "registration_endpoint": f"{self.url}/register",
            "token_endpoint": f"{self.url}/token",
            "authorization_endpoint": f"{self.url}/authorize?x=<script>",
            "service_documentation": self.text(),
            self.text()[:200]: self.text(),
        }


@pytest.fixture(scope="module")
def provider(make: Any) -> Iterator[HostileProvider]:
    texts = [text for text in make.hostile.values() if len(text) < 10_000]
    hostile = HostileProvider([*texts, "A" * 900_000, "\u202e" * 100_000])

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                sent = json.loads(raw)
            except (ValueError, RecursionError):
                sent = None
            status, body = hostile.answer(self.path, sent)
            self.send_response(status, "\x1b[31m<script>")
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Said", f"<script>{RAN}</script>\t::error ::x ##[error]y")
            # What a header injection makes of an answer: one more line, and a bent one.
            self.send_header("X-Injected", "a\r\nSet-Cookie: injected=<b>\r\n folded: ::error::z")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST  # noqa: N815 - the name that http.server calls
        do_PUT = do_POST  # noqa: N815
        do_DELETE = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        hostile.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield hostile
        server.shutdown()
        thread.join()


def python(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_", "GITHUB"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**clean, "XDG_STATE_HOME": str(folder / "state"), **environment},
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def written(provider: HostileProvider, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that every writer wrote; the terminal's text in ``*.txt``."""
    folder = tmp_path_factory.mktemp("written")
    done = python(
        folder,
        *("-m", "pytest", "-vv", "--target-url", provider.url),
        *("--junitxml", "pytest.xml", "--html", "pytest.html", "--self-contained-html"),
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(folder / "step.md"),
    )
    assert done.returncode in (1, 3), done.stdout[-3000:] + done.stderr[-3000:]
    (folder / "run.txt").write_bytes(done.stdout + done.stderr)
    python(folder, "-m", "pytest", "--target-url", "reference", "--dcr-report-dir", "clean")
    ours = str(ROOT / "dcr_conformance.py")
    new, old = "dcr-report/results.json", "clean/results.json"
    for name, arguments in {
        "compliance": ("report", new, "--since", old, "--output", "compliance.html"),
        "markdown": ("report", new, "--since", old, "--format", "markdown", "--output", "own.md"),
        "junit": ("report", new, "--format", "junit", "--output", "own.xml"),
        "badge": ("report", new, "--format", "badge", "--output", "badge.json"),
        "compare": ("compare", old, new, "--html", "compare.html"),
        "back": ("compare", new, old, "--html", "back.html"),
        "matrix": ("matrix", new, old, "--output", "matrix.html"),
    }.items():
        done = python(folder, ours, *arguments)
        assert done.returncode in (0, 1), done.stderr
        (folder / f"{name}.txt").write_bytes(done.stdout + done.stderr)
    (folder / "dcr-report" / "compliance.html").rename(folder / "of-the-run.html")
    done = python(folder, ours, "matrix", new, old, "--output", "embedded.html")
    assert done.returncode == 0, done.stderr
    return folder


PAGES = ("of-the-run", "compliance", "compare", "back", "matrix", "embedded", "pytest")
TEXTS = ("run", "compare", "back", "markdown", "junit")


def test_the_provider_was_as_hostile_as_meant(written: Path, make: Any) -> None:
    results = json.loads((written / "dcr-report" / "results.json").read_text(encoding="utf-8"))
    text = json.dumps(results, ensure_ascii=False)
    for said in ("<script>alert(1)</script>", "\u202e", "]]>", "::set-output", "A" * 900):
        assert said in text
    assert sum(check["verdict"] == "fail" for check in results["checks"]) > 5
    bugs = [check["reason"] for check in results["checks"] if check["verdict"] == "suite error"]
    assert bugs == []
    assert make.hostile


@pytest.mark.parametrize("name", TEXTS)
def test_the_terminal_shows_text(written: Path, name: str) -> None:
    text = (written / f"{name}.txt").read_bytes().decode("utf-8")
    assert not {c for c in set(text) if c != "\n" and is_strange(c)}
    assert len(text) < 50_000_000


def test_a_workflow_runs_no_command_of_the_provider(written: Path) -> None:
    lines = (written / "run.txt").read_text(encoding="utf-8").split("\n")
    stop = next(n for n, line in enumerate(lines) if line.startswith("::stop-commands::"))
    resume = lines.index(f"::{lines[stop].removeprefix('::stop-commands::')}::")
    assert any("##[" in line for line in lines[stop:resume])
    own = re.compile(r"::(error|warning) title=[^:,]*::[^\r\n]*")
    for line in [*lines[:stop], *lines[resume + 1 :]]:
        command = line.strip().startswith("::") or "##[" in line
        assert not command or own.fullmatch(line), line[:200]


@pytest.mark.parametrize("name", ["own.xml", "pytest.xml"])
def test_junit_is_whole(written: Path, name: str) -> None:
    text = (written / name).read_text(encoding="utf-8")
    cases = list(ET.fromstring(text).iter("testcase"))
    assert len(cases) > 50
    assert not {c for c in set(text) if c not in "\n\t" and is_strange(c)}


def test_both_junit_files_say_the_same(written: Path) -> None:
    said = []
    for name in ("own.xml", "pytest.xml"):
        cases = ET.fromstring((written / name).read_text(encoding="utf-8")).iter("testcase")
        said.append(
            sorted(
                (
                    c.attrib["classname"],
                    c.attrib["name"],
                    [e.tag for e in c if e.tag != "properties"],
                )
                for c in cases
            )
        )
    assert said[0] == said[1]


@pytest.mark.parametrize("name", ["own.md", "step.md"])
def test_markdown_holds_nothing_of_the_provider_but_text(written: Path, name: str) -> None:
    text = (written / name).read_text(encoding="utf-8")
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    tokens = [t for token in reader.parse(text) for t in (token, *(token.children or []))]
    assert not {t.type for t in tokens} & {"html_block", "html_inline", "image", "fence", "hr"}
    links = [str(t.attrs["href"]) for t in tokens if t.type == "link_open"]
    assert links
    assert all(re.match(r"https://(www\.rfc-editor\.org|openid\.net)/", link) for link in links)
    assert not {c for c in set(text) if c != "\n" and is_strange(c)}


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_nothing_ran_in_a_browser(
    written: Path, served: Any, dom: Callable[..., str], provider: HostileProvider, name: str
) -> None:
    page = (written / f"{name}.html").read_text(encoding="utf-8")
    # The beacons ask the test's own server, which remembers what was asked.
    served.pages["/page"] = page.replace(provider.url, served.url)
    shown = dom(f"{served.url}/page")
    title = re.search(r"<title[^>]*>(.*?)</title>", shown, re.DOTALL)
    assert title is not None
    assert title[1].strip() not in ("", "ran")
    assert not [path for path in served.asked if path.startswith("/gone")]
    assert not re.search(r"<(img|script)[^>]*(gone|onerror)", shown)
    if name != "pytest":
        assert not {c for c in set(page) if c not in "\n\t\u00a0" and is_strange(c)}
