"""Recorded real servers judged again: what would judge them differently is seen here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "fixtures" / "recordings" / "oidc-provider-9.13.3.json"
EXPECTED = ROOT / "tests" / "interop" / "oidc_provider" / "expected.toml"


def test_oidc_provider_is_judged_as_recorded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--dcr-replay", str(RECORDING)],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    results = json.loads((tmp_path / "dcr-report" / "results.json").read_text(encoding="utf-8"))
    before = json.loads(RECORDING.read_text(encoding="utf-8"))["checks"]
    recorded = {(c["test"], c["case"]): c["verdict"] for c in before}
    now = {(c["test"], c["case"]): c["verdict"] for c in results["checks"]}
    assert {key: now[key] for key in recorded} == recorded
    known = tomllib.loads(EXPECTED.read_text(encoding="utf-8"))["verdict"]
    wanted = {(e["requirement"], e["verdict"]) for e in known if "open" in e["configurations"]}
    shown = ("fail", "finding", "warning", "blocked", "suite error")
    broken = {(c["requirement"], c["verdict"]) for c in results["checks"] if c["verdict"] in shown}
    assert broken == wanted
