"""The wheel as people get it: built, installed in a virtual environment of its own, and run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("conformance", "fixtures", "mock_directory", "reports")
FILES = ("dcr_conformance.py", "pyproject.toml", "README.md", "LICENSE")
PRIVATE = "dcr_conformance_suite"

HOSTILE_INI = """\
[pytest]
addopts = -k nothing -x -W error
python_files = none.py
python_functions = nobody_*
norecursedirs = * .* conformance checks
usefixtures = nobody
pythonpath = .
testpaths = nowhere
filterwarnings = error
"""
HOSTILE_CONFTEST = """\
import pathlib, pytest
pathlib.Path(__file__).with_name("conftest-was-read").touch()

@pytest.fixture(autouse=True, scope="session")
def everywhere():
    raise RuntimeError("an autouse fixture of the surroundings")
"""


@dataclass(frozen=True)
class Installed:
    """The wheel, and the virtual environment that it is installed in."""

    wheel: Path
    home: Path

    @property
    def site_packages(self) -> Path:
        return next((self.home / "lib").glob("python3*/site-packages"))

    def run(self, folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PY"))}
        clean |= {"XDG_STATE_HOME": str(folder / "state"), **environment}
        return subprocess.run(
            [str(self.home / "bin" / command[0]), *command[1:]],
            cwd=folder,
            env=clean,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def verdicts(self, folder: Path) -> dict[str, str]:
        """What a run left in its folder, by requirement."""
        text = (folder / "dcr-report" / "results.json").read_text(encoding="utf-8")
        return {r["id"]: r["verdict"] for r in json.loads(text)["requirements"] if r["checked"]}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build from a copy, for a build leaves things behind; install without an index."""
    source = tmp_path_factory.mktemp("source")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", "dist", "."]
    subprocess.run(build, cwd=source, check=True, timeout=60)
    (wheel,) = (source / "dist").glob("*.whl")
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False, symlinks=True)
    made = Installed(wheel, home)
    # What the suite depends on is there already. Lines of a .pth file are folders; .pth files
    # in those, such as the one of an editable installation, are not read.
    (made.site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = ["--python", str(home / "bin" / "python"), "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, *install, "--no-compile", str(wheel)], check=True, timeout=60)
    script = home / "bin" / "pytest"
    python = home / "bin" / "python"
    script.write_text(f"#!{python}\nimport sys, pytest\nsys.exit(pytest.main())\n")
    script.chmod(0o755)
    return made


@pytest.fixture(scope="module")
def from_nowhere(
    installed: Installed, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, str]]:
    """A run from an empty directory: its output and its verdicts."""
    folder = tmp_path_factory.mktemp("empty")
    done = installed.run(folder, "pytest", "--target-url", "reference")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, installed.verdicts(folder)


def test_it_is_the_wheel_that_runs(installed: Installed, tmp_path: Path) -> None:
    program = (
        "import dcr_conformance; dcr_conformance.find_packages(); import conformance, reports\n"
        "print(*(m.__file__ for m in (dcr_conformance, conformance, reports)), sep='\\n')"
    )
    done = installed.run(tmp_path, "python", "-c", program)
    places = done.stdout.splitlines()
    assert len(places) == 3, done.stderr
    assert all(Path(place).is_relative_to(installed.site_packages) for place in places), places


def test_it_runs_from_an_empty_directory(from_nowhere: tuple[str, dict[str, str]]) -> None:
    text, verdicts = from_nowhere
    assert "Conforms" in text
    assert set(verdicts.values()) <= {"pass", "information", "not applicable", "not judged"}
    assert list(verdicts.values()).count("pass") >= 54


def test_the_console_script_runs_it(
    installed: Installed, from_nowhere: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    done = installed.run(tmp_path, "dcr-conformance", "run", "reference")
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed.verdicts(tmp_path) == from_nowhere[1]
    assert "warnings summary" not in done.stdout


def test_the_console_script_takes_the_option_too(installed: Installed, tmp_path: Path) -> None:
    arguments = ("run", "--target-url", "reference", "-k", "rfc7592-2.3", "--dcr-depth=quick")
    done = installed.run(tmp_path, "dcr-conformance", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Partial run" in done.stdout


def test_its_commands_need_no_checkout(installed: Installed, tmp_path: Path) -> None:
    known = installed.run(tmp_path, "dcr-conformance", "--help")
    assert known.returncode == 0
    for word in ("run", "reference", "list", "explain", "report", "compare", "sweep"):
        assert word in known.stdout
    listed = installed.run(tmp_path, "dcr-conformance", "list")
    assert listed.returncode == 0
    assert "rfc7591-3.2.1-secret-expiry-present" in listed.stdout
    served = installed.run(tmp_path, "dcr-conformance", "reference", "--list")
    assert served.returncode == 0
    assert "fault-secret-without-expiry" in served.stdout
    dialects = installed.run(tmp_path, "dcr-conformance", "directory", "--help")
    assert dialects.returncode == 0
    assert "uk-open-banking" in dialects.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("pytest",), ("python", "-m", "pytest")], ids=" ".join)
def test_hostile_surroundings_change_no_verdict(
    installed: Installed,
    from_nowhere: tuple[str, dict[str, str]],
    tmp_path: Path,
    command: tuple[str, ...],
) -> None:
    (tmp_path / "pytest.ini").write_text(HOSTILE_INI)
    (tmp_path / "conftest.py").write_text(HOSTILE_CONFTEST)
    (tmp_path / "test_theirs.py").write_text("def test_theirs():\n    assert False\n")
    for name in ("reports", "conformance"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('imported')\n")
    options = "-k neither -x -W error"
    done = installed.run(tmp_path, *command, "--target-url", "reference", PYTEST_ADDOPTS=options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed.verdicts(tmp_path) == from_nowhere[1]
    assert not (tmp_path / "conftest-was-read").exists()


@pytest.mark.parametrize("command", [("pytest",), ("python", "-m", "pytest")], ids=" ".join)
def test_a_project_with_our_names_is_left_alone(
    installed: Installed, tmp_path: Path, command: tuple[str, ...]
) -> None:
    for name in ("conformance", "reports"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"owner = 'their {name}'\n")
    (tmp_path / "conformance" / "test_within.py").write_text(
        "from conformance import owner\n\ndef test_it():\n    assert owner == 'their conformance'\n"
    )
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\npythonpath = ['.']\nfilterwarnings = ['error']\n"
    )
    (tmp_path / "test_theirs.py").write_text(
        "import sys\nimport conformance, reports\n\ndef test_ours():\n"
        "    assert conformance.owner == 'their conformance'\n"
        "    assert reports.owner == 'their reports'\n"
        "    assert 'dcr_conformance' in sys.modules\n"
        "    assert not any('dcr_conformance_suite' in place for place in sys.path)\n"
        "    assert 'conformance.activation' not in sys.modules\n"
    )
    done = installed.run(tmp_path, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert not (tmp_path / "dcr-report").exists()


def test_the_wheel_holds_every_file_of_ours_and_nothing_else(installed: Installed) -> None:
    held = set(zipfile.ZipFile(installed.wheel).namelist())
    wanted = {"dcr_conformance.py"}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            # Recordings of real servers are for our own tests.
            if path.is_file() and not {"__pycache__", "recordings"} & set(path.parts):
                wanted.add(f"{PRIVATE}/{path.relative_to(ROOT).as_posix()}")
    code = {name for name in held if ".dist-info/" not in name}
    assert sorted(wanted - code) == [], "missing: list its folder in pyproject.toml"
    assert sorted(code - wanted) == []
    for kind in (".toml", ".json", ".html", ".css", ".js", "results.schema.json", "pytest.ini"):
        assert any(name.endswith(kind) for name in code), kind
