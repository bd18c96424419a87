"""Recorded real servers judged again: what would judge them differently is seen here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

HERE = Path(__file__).parent
RECORDINGS = HERE.parents[1] / "fixtures" / "recordings"
sys.path.insert(0, str(HERE))

from servers import SERVERS  # noqa: E402 - found beside this file

if TYPE_CHECKING:
    from servers import Server

SHOWN = ("fail", "finding", "warning", "blocked", "suite error")


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.folder)
def test_a_real_server_is_judged_as_recorded(server: Server, tmp_path: Path) -> None:
    recording = RECORDINGS / f"{server.recording}.json"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--dcr-replay", str(recording)],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    results = json.loads((tmp_path / "dcr-report" / "results.json").read_text(encoding="utf-8"))
    before = json.loads(recording.read_text(encoding="utf-8"))["checks"]
    recorded = {(c["test"], c["case"]): c["verdict"] for c in before}
    now = {(c["test"], c["case"]): c["verdict"] for c in results["checks"]}
    assert {key: now[key] for key in recorded} == recorded
    wanted = {
        (entry["requirement"], entry["verdict"])
        for entry in server.expected()
        if server.configurations[0] in entry["configurations"]
    }
    broken = {(r["id"], r["verdict"]) for r in results["requirements"] if r["verdict"] in SHOWN}
    assert broken == wanted
