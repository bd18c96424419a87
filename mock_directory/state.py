"""What the directory knows, in one SQLite file of a folder that only its owner can read.

One process at a time: the file stays locked while it is open, and the system lets
go of the lock however that process ends.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

DATABASE = "directory.sqlite3"
_VERSION = 1
_SCHEMA = """
create table setting (name text primary key, value text not null);
create table organisation (id text primary key, record text not null);
create table software (
    id text primary key,
    organisation_id text not null references organisation (id),
    record text not null
);
create table signing_key (
    id text primary key,
    owner text not null,
    algorithm text not null,
    kid text,
    private text not null,
    created integer not null,
    signs integer not null,
    shown_until integer
);
create table certificate (
    serial text primary key,
    software_id text not null references software (id),
    record text not null
);
"""


class StateError(Exception):
    """The state folder cannot be used; the text is one sentence for the operator."""


class State:
    """The open state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        _prepare(folder)
        self._connection = sqlite3.connect(
            folder / DATABASE, check_same_thread=False, isolation_level=None, timeout=0
        )
        try:
            self._open()
        except sqlite3.Error as error:
            self._connection.close()
            if "locked" in str(error):
                raise StateError(
                    f"another directory is running on {folder}; stop it or name another folder"
                ) from None
            raise StateError(f"{folder / DATABASE} cannot be used: {error}") from None
        except StateError:
            self._connection.close()
            raise

    def _open(self) -> None:
        run = self._connection.execute
        run("pragma locking_mode = exclusive")
        run("pragma journal_mode = wal")
        run("pragma synchronous = full")
        run("pragma foreign_keys = on")
        run("begin exclusive")
        version = run("pragma user_version").fetchone()[0]
        if version == 0:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                run(statement)
            run(f"pragma user_version = {_VERSION}")
        run("commit")
        if version > _VERSION:
            raise StateError(f"{self.folder} was written by a newer version of this program")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or nothing of it; may be nested."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("begin immediate")
            try:
                yield
                self._connection.execute("commit")
            except BaseException:
                # Where the disk is full, SQLite may have gone back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def write(self, statement: str, values: Sequence[Any]) -> int:
        """Run one statement inside a transaction; how many rows it changed."""
        with self.transaction():
            return self._connection.execute(statement, values).rowcount

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return every row that a query finds."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def setting(self, name: str) -> str | None:
        """Return what was kept under a name."""
        found = self.rows("select value from setting where name = ?", (name,))
        return str(found[0][0]) if found else None

    def keep_setting(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        self.write("insert or replace into setting values (?, ?)", (name, value))

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            self._connection.close()


def _prepare(folder: Path) -> None:
    """Make the folder, or check that it is one of ours, and shut others out of it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = {entry.name for entry in folder.iterdir()}
        if held and DATABASE not in held:
            raise StateError(f"{folder} holds other things; name an empty or a new folder")
        folder.chmod(0o700)
        # SQLite gives its other files the permissions of this one.
        os.close(os.open(folder / DATABASE, os.O_CREAT | os.O_RDWR, 0o600))
        (folder / DATABASE).chmod(0o600)
    except OSError as error:
        raise StateError(f"cannot use {folder} as state folder: {error.strerror}") from None


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
