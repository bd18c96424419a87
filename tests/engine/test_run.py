"""The suite as people run it: pytest in a process of its own, from an empty directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))}
    clean |= {"XDG_STATE_HOME": str(folder / "state"), **environment}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        timeout=70,
        check=False,
    )


def results(folder: Path) -> dict:
    return json.loads((folder / "dcr-report" / "results.json").read_text(encoding="utf-8"))


def verdicts(folder: Path) -> dict[str, str]:
    return {r["id"]: r["verdict"] for r in results(folder)["requirements"] if r["checked"]}


def test_the_reference_provider_conforms(tmp_path: Path) -> None:
    done = run(tmp_path, "--target-url", "reference")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Conforms: all" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    found = verdicts(tmp_path)
    broken = {"fail", "finding", "warning", "blocked", "suite error"}
    assert not {row for row, verdict in found.items() if verdict in broken}
    assert sum(verdict == "pass" for verdict in found.values()) >= 100
    assert len(verdicts(tmp_path)) >= 54
    assert {c["state"] for c in results(tmp_path)["clients"]} == {"removed"}
    assert "<html" in (tmp_path / "dcr-report" / "compliance.html").read_text(encoding="utf-8")


def test_a_broken_provider_is_explained(tmp_path: Path) -> None:
    done = run(tmp_path, "--target-url", "reference:fault-secret-without-expiry")
    assert done.returncode == 1
    assert "FAIL  MUST  rfc7591-3.2.1-secret-expiry-present" in done.stdout
    for word in ("expected", "actual", "seen in", "why", "fix", "spec", "repeat    curl"):
        assert f"\n  {word}" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_hostile_configuration_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = -k nothing -x\npython_files = none.py\nnorecursedirs = *\n"
        "usefixtures = nobody\npythonpath = .\nfilterwarnings = error\n"
    )
    (tmp_path / "conftest.py").write_text("raise RuntimeError('read')\n")
    for name in ("reports", "conformance"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('read')\n")
    done = run(tmp_path, "--target-url", "reference", PYTEST_ADDOPTS="-k neither")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(verdicts(tmp_path)) >= 54


def test_other_projects_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "conformance").mkdir()
    (tmp_path / "conformance" / "__init__.py").write_text("mine = True\n")
    (tmp_path / "test_mine.py").write_text(
        "import sys\nfrom conformance import mine\n\ndef test_mine():\n    assert mine\n"
        "    assert 'reports' not in sys.modules and 'httpx' not in sys.modules\n"
    )
    done = run(tmp_path, "-q", "-p", "no:anyio")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_selection_by_id_is_a_partial_run(tmp_path: Path) -> None:
    done = run(tmp_path, "--target-url", "reference", "-k", "rfc7592-2.1")
    assert done.returncode == 0
    assert "Partial run" in done.stdout and "Conforms" not in done.stdout
    assert all(key.startswith("rfc7592-2.1") for key in verdicts(tmp_path))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--target-url", "http://127.0.0.1:9"),
        ("--target-url", "no url"),
        ("--target-url", "reference", "--dcr-profile", "nobodys"),
        ("--target-url", "reference", "--dcr-depth", "deep"),
        ("--target-url", "reference", "--dcr-config", "missing.toml"),
        ("--target-url", "reference:nobody"),
        ("--dcr-replay", "missing.json"),
    ],
    ids=" ".join,
)
def test_unusable_options_end_with_one_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "ERROR: " in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_a_replay_gives_the_same_verdicts(tmp_path: Path) -> None:
    run(tmp_path, "--target-url", "reference:fault-script-scheme-registered")
    before = verdicts(tmp_path)
    kept = tmp_path / "kept.json"
    (tmp_path / "dcr-report" / "results.json").rename(kept)
    done = run(tmp_path, "--dcr-replay", "kept.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert verdicts(tmp_path) == before


def test_what_a_recording_lacks_is_not_judged(tmp_path: Path) -> None:
    run(tmp_path, "--target-url", "reference", "-k", "rfc7592-2.1")
    path = tmp_path / "dcr-report" / "results.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    for exchange in kept["exchanges"]:
        if exchange["name"] == "read_client":
            del exchange["returned"]["roles"]["read"]
    (tmp_path / "older.json").write_text(json.dumps(kept), encoding="utf-8")
    done = run(tmp_path, "--dcr-replay", "older.json", "-k", "rfc7592-2.1")
    assert done.returncode == 0, done.stdout + done.stderr
    lacking = [c for c in results(tmp_path)["checks"] if "no 'read'" in c["reason"]]
    assert {c["verdict"] for c in lacking} == {"not judged"}
    assert "rfc7592-2.1-read-answers-200" in {c["requirement"] for c in lacking}


def test_a_waiver_holds_until_it_is_stale(tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text(
        '[[waiver]]\nrequirement = "rfc7591-3.2.1-secret-expiry-present"\n'
        'reason = "mended in the next release"\n'
    )
    broken = "reference:fault-secret-without-expiry"
    assert run(tmp_path, "--target-url", broken, "--dcr-waivers", "waivers.toml").returncode == 0
    stale = run(tmp_path, "--target-url", "reference", "--dcr-waivers", "waivers.toml")
    assert stale.returncode == 1
    assert "is stale" in stale.stdout
