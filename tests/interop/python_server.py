"""Installs pinned packages into an environment of their own and starts a server from it.

A server prints ``READY URL`` when it listens on loopback.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import venv
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL_SECONDS = 300.0
READY_SECONDS = 20.0
STOP_SECONDS = 5.0


class NotAvailableError(RuntimeError):
    """The server cannot be had here; the message says why."""


def environment(requirements: Path) -> Path:
    """The Python of an environment with exactly these requirements, made when it is not there."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dcr-conformance"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = home / f"{requirements.parent.name}-{digest}"
    python = folder / "bin" / "python"
    if (folder / "complete").is_file():
        return python
    venv.create(folder, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        subprocess.run(
            [*command, "--requirement", str(requirements)], check=True, timeout=INSTALL_SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise NotAvailableError(f"pip could not install {requirements.parent.name}") from error
    # Written last: an interrupted installation is never mistaken for a finished one.
    (folder / "complete").touch()
    return python


def _address(stdout: IO[str], complaints: IO[str], name: str) -> str:
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
    with contextlib.suppress(queue.Empty):
        line = lines.get(timeout=READY_SECONDS)
        if line.startswith("READY "):
            return line.split()[1]
    complaints.seek(0)
    said = complaints.read().strip() or "without a word"
    raise NotAvailableError(f"{name} did not start: {said}")


@contextlib.contextmanager
def running(folder: Path, configuration: str) -> Iterator[str]:
    """``program.py`` of a folder in one of its configurations: its base URL."""
    python = environment(folder / "requirements.txt")
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(
            [str(python), str(folder / "program.py"), configuration],
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env={**os.environ, "PYTHONPATH": ""},
        ) as process,
    ):
        try:
            yield _address(process.stdout, complaints, folder.name)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    here = Path(__file__).parent / sys.argv[1]
    with running(here, sys.argv[2]) as url:
        print(url)
        threading.Event().wait()
