"""The mock directory in the wheel: its name belongs to others too, and only ours is carried."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.wheel.test_wheel import PRIVATE, ROOT, Installed, installed

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["installed"]

THEIRS = """\
import sys
import mock_directory


def test_theirs():
    assert mock_directory.owner == 'them'
    assert not any('dcr_conformance_suite' in place for place in sys.path)
    assert 'mock_directory.server' not in sys.modules
"""


def their_project(folder: Path, source: str = "owner = 'them'\n") -> None:
    (folder / "mock_directory").mkdir()
    (folder / "mock_directory" / "__init__.py").write_text(source)


@pytest.mark.parametrize("command", [("pytest",), ("python", "-m", "pytest")], ids=" ".join)
def test_a_project_with_a_mock_directory_of_its_own_is_left_alone(
    installed: Installed, tmp_path: Path, command: tuple[str, ...]
) -> None:
    their_project(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\nfilterwarnings = error\n")
    (tmp_path / "test_theirs.py").write_text(THEIRS)
    done = installed.run(tmp_path, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_without_our_packages_on_the_path_the_name_is_free(
    installed: Installed, tmp_path: Path
) -> None:
    done = installed.run(tmp_path, "python", "-c", "import dcr_conformance, mock_directory")
    assert done.returncode == 1
    assert "No module named 'mock_directory'" in done.stderr


def test_ours_is_started_even_where_theirs_lies(installed: Installed, tmp_path: Path) -> None:
    their_project(tmp_path, "raise RuntimeError('imported')\n")
    program = (
        "import dcr_conformance; dcr_conformance.find_packages()\n"
        "from mock_directory.server import running\n"
        "with running() as made:\n"
        "    client = made.client\n"
        "    owner = client.enrol_organisation('x')\n"
        "    made = client.enrol_software(owner['id'], 'y', ['https://client.example/cb'])\n"
        "    print(client.issue_statement(made['id']).claims['iss'] == client.settings().issuer)\n"
    )
    done = installed.run(tmp_path, "python", "-c", program)
    assert done.stdout.strip() == "True", done.stderr
    served = installed.run(tmp_path, "dcr-conformance", "directory", "--help")
    assert served.returncode == 0, served.stderr
    assert "--dialect" in served.stdout


def test_the_wheel_carries_our_directory_in_its_private_folder_and_nowhere_else(
    installed: Installed,
) -> None:
    held = zipfile.ZipFile(installed.wheel).namelist()
    places = {name.rpartition("mock_directory/")[0] for name in held if "mock_directory/" in name}
    assert places == {f"{PRIVATE}/"}
    ours = (ROOT / "mock_directory").rglob("*")
    wanted = {path.name for path in ours if path.is_file() and path.suffix != ".pyc"}
    assert wanted == {name.rpartition("/")[2] for name in held if "/mock_directory/" in name}
    assert not [name for name in held if "tests/" in name]
