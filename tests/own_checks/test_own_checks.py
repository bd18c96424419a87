"""Rows and checks of one's own, named or installed, are judged beside ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "own-checks"
PASSES, FAILS = "acme-2-secrets-of-forty-characters", "acme-4-software-id-demanded"


def run(folder: Path, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--target-url", "reference", *arguments],
        cwd=folder,
        env={**surroundings, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def verdicts(folder: Path) -> dict[str, str]:
    text = (folder / "dcr-report" / "results.json").read_text(encoding="utf-8")
    return {r["id"]: r["verdict"] for r in json.loads(text)["requirements"] if r["checked"]}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the example is installed as pip installs it; the checkout stays as it is."""
    source = tmp_path_factory.mktemp("source") / "own-checks"
    shutil.copytree(EXAMPLE, source)
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--target", str(place), str(source)]
    subprocess.run(command, check=True, timeout=120)
    return str(place)


def test_a_named_folder_is_judged_with_ours(tmp_path: Path) -> None:
    done = run(tmp_path, "--dcr-checks", str(EXAMPLE / "acme_checks"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"FAIL  MUST  {FAILS}" in done.stdout
    found = verdicts(tmp_path)
    assert (found[PASSES], found[FAILS]) == ("pass", "fail")
    assert len(found) > 100
    page = (tmp_path / "dcr-report" / "compliance.html").read_text(encoding="utf-8")
    assert "Acme policy" in page


def test_an_installed_package_is_found_by_its_entry_point(tmp_path: Path, installed: str) -> None:
    done = run(tmp_path, "-k", "acme", path=installed)
    assert done.returncode == 1, done.stdout + done.stderr
    assert verdicts(tmp_path) == {PASSES: "pass", FAILS: "fail"}


def test_the_list_names_them(tmp_path: Path) -> None:
    done = run(tmp_path, "--dcr-list", "--dcr-checks", str(EXAMPLE / "acme_checks"))
    assert PASSES in done.stdout


def test_settings_name_a_folder(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "acme_checks", tmp_path / "acme_checks")
    (tmp_path / "dcr-conformance.toml").write_text('checks = ["acme_checks"]\n')
    run(tmp_path, "-k", "acme")
    assert verdicts(tmp_path) == {PASSES: "pass", FAILS: "fail"}


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (shutil.rmtree, "is no folder"),
        (lambda folder: (folder / "rows.toml").unlink(), "of which there is no row"),
        (lambda folder: (folder / "rows.toml").write_text("[["), "rows.toml"),
        (lambda folder: (folder / "specifications.toml").unlink(), "acme-policy"),
    ],
    ids=["no-folder", "no-rows", "no-toml", "no-specification"],
)
def test_unusable_folders_end_in_one_sentence(tmp_path: Path, spoil, sentence: str) -> None:
    folder = tmp_path / "acme_checks"
    shutil.copytree(EXAMPLE / "acme_checks", folder)
    spoil(folder)
    done = run(tmp_path, "--dcr-checks", str(folder))
    assert done.returncode == 4, done.stdout + done.stderr
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
