"""What is said of servers that lie: the truth, soon, and no praise that was not earned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

EARNED = tomllib.loads(Path(__file__).with_name("earned.toml").read_text(encoding="utf-8"))
BAD = ("fail", "finding", "warning", "blocked")
SHORT_S = 1.0
"""The deadline of a request here; that of a run is 10 seconds."""

LOST = "no whole answer within 1 s"
CAUSES: dict[str, tuple[str, dict[str, Any], str]] = {
    "refuses": ("refuses_everything", {}, "POST /register -> 400 invalid_client_metadata"),
    "fails": ("fails_everything", {}, "POST /register -> 500 server_error"),
    "redirects": ("redirects_to_itself", {}, "POST /register -> 307"),
    "hangs": ("hangs", {}, f"POST /register -> {LOST}"),
    "drips": ("drips", {}, f"POST /register -> {LOST}"),
    "drips-body": ("drips", {"headers_at_once": True}, f"POST /register -> {LOST}"),
    "closes": ("closes", {}, "Server disconnected without sending a response"),
    "closes-midway": ("closes", {"midway": True}, "without sending complete message body"),
    "garbage": ("garbage", {}, "not an HTTP answer: 29 bytes, then the end"),
    "huge-headers": ("huge_headers", {}, "not an HTTP answer: Receive buffer too long"),
    "endless": ("endless_body", {}, "longer than the 1 MiB that is read"),
    "endless-open": ("endless_body", {"chunked": False}, "longer than the 1 MiB that is read"),
}
"""Those of which one cause explains all, and what is said of it."""

BARE = {
    "drips-from-the-start": ("drips", {}, "no whole answer within 1 s"),
    "echoes-bare": ("echoes", {"add": ()}, "201, but the body names no client_id"),
}
ALSO = {
    "redirects": {"rfc7591-3-advertised-endpoint-answers-without-redirect"},
    "echoes-bare": {"rfc7591-3.2.1-members-at-top-level"},
}
"""Rows about the very answer that blocks the others."""

TAKE_ALL: dict[str, tuple[str, dict[str, Any]]] = {
    "accepts_everything": ("accepts_everything", {"discoverable": True}),
    "echoes": ("echoes", {}),
}
SEEN_THROUGH = {
    "accepts_everything": {
        "rfc7591-3.1-non-object-json-refused": "fail",
        "rfc7591-3.2.1-client-id-not-shared": "warning",
    },
    "echoes": {
        "rfc7591-3.1-non-object-json-refused": "fail",
        "rfc7591-5-script-scheme-redirect-not-registered": "fail",
        "rfc6749-3.1.2-fragment-redirect-not-registered": "fail",
        "rfc6749-3.1.2.4-unregistered-redirect-never-followed": "fail",
        "rfc7592-2.1-bad-token-read-refused": "fail",
        "rfc7592-2.3-deleted-token-answers-401": "fail",
    },
}


@dataclass(frozen=True)
class Run:
    status: int
    text: str
    seconds: float
    results: dict[str, Any]

    @property
    def verdicts(self) -> dict[str, str]:
        return {r["id"]: r["verdict"] for r in self.results["requirements"] if r["checked"]}

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def judge(liars: ModuleType, folder: Path, liar: str, options: dict[str, Any]) -> Run:
    folder.mkdir()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))}
    clean |= {"XDG_STATE_HOME": str(folder / "state"), "DCR_NETWORK__TIMEOUT_S": f"{SHORT_S:g}"}
    started = time.monotonic()
    with getattr(liars, liar)(**options) as url:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--target-url", url],
            cwd=folder,
            env=clean,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    text = done.stdout + done.stderr
    path = folder / "dcr-report" / "results.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return Run(done.returncode, text, time.monotonic() - started, results)


@pytest.fixture(scope="module")
def runs(liars: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All of them, three at a time."""
    folder = tmp_path_factory.mktemp("liars")
    asked = {name: (liar, options) for name, (liar, options) in TAKE_ALL.items()}
    asked |= {
        name: (liar, {"discoverable": True, **options})
        for name, (liar, options, _) in CAUSES.items()
    }
    asked |= {name: (liar, options) for name, (liar, options, _) in BARE.items()}
    asked["silent"] = ("hangs", {})
    with ThreadPoolExecutor(3) as pool:
        waiting = {
            name: pool.submit(judge, liars, folder / name, liar, options)
            for name, (liar, options) in asked.items()
        }
        return {name: future.result() for name, future in waiting.items()}


@pytest.mark.parametrize("name", [*CAUSES, *BARE, *TAKE_ALL])
def test_a_liar_gets_a_failing_report_in_time(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    assert run.status == 1, run.text
    assert run.seconds < 60
    assert run.results["complete"] is True
    assert run.results["gate"]["passed"] is False
    assert "Traceback" not in run.text
    assert "Conforms" not in run.text
    assert "suite error" not in run.verdicts.values()


@pytest.mark.parametrize("name", [*CAUSES, *BARE])
def test_one_cause_is_one_red_line(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    cause = {**CAUSES, **BARE}[name][2]
    verdicts = {v for key, v in run.verdicts.items() if key not in ALSO.get(name, ())}
    assert verdicts == {"blocked", "not judged", "not applicable"}
    assert run.text.count("\nBLOCKED ") == 1, run.text
    assert cause in run.words
    reasons = {c["reason"] for c in run.results["checks"] if c["verdict"] == "blocked"}
    assert len(reasons) == 1
    assert run.results["clients"] == []
    # What to set is said where something was refused, and not where nothing would help.
    assert ("[registration.metadata]" in run.text) == (name == "refuses")


@pytest.mark.parametrize("name", TAKE_ALL)
def test_who_takes_everything_is_told_in_many_lines(runs: dict[str, Run], name: str) -> None:
    verdicts = runs[name].verdicts
    assert {key: verdicts[key] for key in SEEN_THROUGH[name]} == SEEN_THROUGH[name]
    assert "blocked" not in verdicts.values()
    bad = [key for key, verdict in verdicts.items() if verdict in BAD]
    assert len(bad) >= (5 if name == "accepts_everything" else 40)


@pytest.mark.parametrize("name", [*CAUSES, *BARE, *TAKE_ALL])
def test_no_row_passes_that_was_not_earned(runs: dict[str, Run], name: str) -> None:
    passed = {key for key, verdict in runs[name].verdicts.items() if verdict == "pass"}
    earned = EARNED.get(name, {})
    assert sorted(passed - earned.keys()) == [], (
        "read their exchanges, then mend the checks or say in earned.toml how they earned it"
    )
    assert all(earned.values())


def test_nothing_else_is_said_to_be_earned(runs: dict[str, Run]) -> None:
    for name, earned in EARNED.items():
        assert sorted(earned.keys() - runs[name].verdicts.keys()) == [], "no such checked row"


def test_who_never_answers_gets_one_sentence(runs: dict[str, Run]) -> None:
    run = runs["silent"]
    assert run.status == 4, run.text
    assert run.results == {}
    assert "nothing answers at http://127.0.0.1:" in run.words


@pytest.mark.parametrize("name", ["hangs", "drips", "drips-body", "drips-from-the-start"])
def test_with_default_deadlines_a_minute_is_enough(runs: dict[str, Run], name: str) -> None:
    """Computed: each second spent waiting here would be ten seconds by default."""
    run = runs[name]
    steps = [step for exchange in run.results["exchanges"] for step in exchange["steps"]]
    spans = sorted((s["at"] - s["elapsed_s"], s["at"]) for s in steps if s["failure"])
    waited, end = 0.0, 0.0
    for begin, until in spans:
        waited += max(0.0, until - max(begin, end))
        end = max(end, until)
    assert waited >= SHORT_S * 0.9
    assert (run.seconds - waited) + waited * 10.0 / SHORT_S < 60
