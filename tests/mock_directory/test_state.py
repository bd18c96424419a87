"""The state folder: private, for one process, and whole whatever happens."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mock_directory import dialects
from mock_directory.directory import Directory
from mock_directory.keyring import DIRECTORY
from mock_directory.state import DATABASE, State, StateError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


def test_nobody_else_can_read_it(open_directory: Callable[..., Directory], tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        open_directory()
    finally:
        os.umask(mask)
    folder = tmp_path / "state"
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert DATABASE in modes
    assert set(modes.values()) == {0o600}, modes


def test_a_second_one_on_the_same_folder_is_refused(
    open_directory: Callable[..., Directory],
) -> None:
    open_directory()
    with pytest.raises(StateError, match=r"another directory is running on .*state"):
        open_directory()


def test_a_closed_one_lets_go_of_it(open_directory: Callable[..., Directory]) -> None:
    open_directory().state.close()
    open_directory()


@pytest.mark.parametrize(
    "content", [b"no database at all " * 100, b"SQLite format 3\0" + b"x" * 99]
)
def test_a_file_that_is_no_database_gets_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DATABASE).write_bytes(content)
    with pytest.raises(StateError, match="cannot be used"):
        State(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == content


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letters.txt").touch()
    with pytest.raises(StateError, match="holds other things"):
        State(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_folder_that_cannot_be_made_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=r"cannot use .*file"):
        State(tmp_path / "file" / "state")


def test_a_newer_state_is_not_touched(tmp_path: Path) -> None:
    State(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("pragma user_version = 99")
    database.close()
    with pytest.raises(StateError, match="newer version"):
        State(tmp_path)


def test_a_write_that_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    state = State(tmp_path)

    def half() -> None:
        with state.transaction():
            state.keep_setting("first", "1")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        half()
    assert state.setting("first") is None
    state.close()


WRITER = """
import itertools, sys
from pathlib import Path
from mock_directory import dialects
from mock_directory.directory import Directory
from mock_directory.enrolment import OrganisationRequest, SoftwareRequest
from mock_directory.keyring import DIRECTORY, KeyRequest, RotationRequest
from mock_directory.state import State

directory = Directory(State(Path(sys.argv[1])), dialects.load("default"), "http://d.example")
es256 = KeyRequest(algorithm="ES256")
for number in itertools.count():
    owner = directory.enrol_organisation(OrganisationRequest(name=f"o{number}"))
    made = directory.enrol_software(SoftwareRequest(
        organisation_id=owner.id, name="s", redirect_uris=["https://c.example/"],
        algorithms=["ES256", "EdDSA"]))
    directory.keyring.rotate(made.id, RotationRequest(overlap_s=60))
    directory.set_software_status(made.id, "revoked")
    print(made.id, flush=True)
"""


def killed_while_writing(folder: Path, after_s: float) -> list[str]:
    """Start a process that writes without end, kill it, and say what it had finished."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline().strip()
        time.sleep(after_s)
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read()
    # The last line may be cut off by the kill.
    lines = [first, *(line for line in rest.splitlines(keepends=True) if line.endswith("\n"))]
    return [line.strip() for line in lines]


def test_killed_at_any_moment_it_is_whole_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    finished: list[str] = []
    for kill in range(12):
        finished += killed_while_writing(folder, after_s=0.013 * kill)
        state = State(folder)
        assert state.rows("pragma integrity_check") == [("ok",)]
        directory = Directory(state, dialects.load("default"), "http://d.example")
        products = {product.id: product for product in directory.register.all_software()}
        assert set(finished) <= products.keys()
        assert all(products[identifier].status == "revoked" for identifier in finished)
        assert len(directory.keyring.of(DIRECTORY)) == 1
        for identifier in products:
            # Enrolled with two keys, or also rotated: never with one or three.
            held = directory.keyring.of(identifier)
            assert len(held) in (2, 4), held
            assert sum(key.signs for key in held) == 2
        state.close()
    assert len(finished) > 50


def test_killed_in_its_very_first_moments_it_still_starts(tmp_path: Path) -> None:
    for number in range(10):
        folder = tmp_path / str(number)
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)], cwd=ROOT, stdout=subprocess.DEVNULL
        ) as writer:
            while not (folder / DATABASE).exists():
                time.sleep(0.0005)
            time.sleep(0.002 * number)
            writer.send_signal(signal.SIGKILL)
        state = State(folder)
        directory = Directory(state, dialects.load("default"), "http://d.example")
        assert len(directory.keyring.of(DIRECTORY)) == 1
        state.close()
