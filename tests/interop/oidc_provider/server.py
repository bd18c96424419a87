"""Installs and starts node-oidc-provider, the real server that the suite is tried on.

    with running("open") as url:
        ...

By hand: `python tests/interop/oidc_provider/server.py open --port 9001`
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
CONFIGURATIONS = ("open", "rotating", "protected", "protected-rotating", "open-no-management")
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")

# For a server that lives for one test run on loopback; the settings files name
# the environment variable, which whoever starts the suite sets to this.
INITIAL_ACCESS_TOKEN_VARIABLE = "OIDC_PROVIDER_INITIAL_ACCESS_TOKEN"
INITIAL_ACCESS_TOKEN = "initial-access-token-of-the-interop-tests"

INSTALL_SECONDS = 180.0
READY_SECONDS = 15.0
STOP_SECONDS = 5.0


class NotAvailableError(RuntimeError):
    """The server cannot be had here; the message says why, for a skip reason."""


def version() -> str:
    """The pinned version of oidc-provider."""
    lock = json.loads((HERE / "package-lock.json").read_text())
    return str(lock["packages"]["node_modules/oidc-provider"]["version"])


def settings(configuration: str) -> Path:
    """The dcr-conformance.toml that an operator of this configuration would write."""
    return HERE / "settings" / f"{configuration}.toml"


def missing() -> str | None:
    """What is needed and not there, in one sentence."""
    absent = [name for name in ("node", "npm") if shutil.which(name) is None]
    if absent:
        return f"oidc-provider needs {' and '.join(absent)} (Node.js 20 or later) on the PATH"
    return None


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    return Path(home) / "dcr-conformance" / f"oidc-provider-{version()}-{digest}"


def installed() -> Path:
    """The folder with the pinned packages, installed when it is not there yet."""
    if reason := missing():
        raise NotAvailableError(reason)
    folder = _cache()
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Prepared beside and renamed when complete: an interrupted installation is
    # never mistaken for a finished one, and two at once do not disturb each other.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".installing-") as scratch:
        fresh = Path(scratch) / "packages"
        fresh.mkdir()
        for name in PACKAGE_FILES:
            shutil.copy(HERE / name, fresh)
        command = ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(
                command,
                cwd=fresh,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotAvailableError(
                f"npm did not install oidc-provider within {INSTALL_SECONDS:.0f} s"
            ) from None
        if done.returncode:
            last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
            raise NotAvailableError(f"npm could not install oidc-provider: {last}")
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster: its folder is as good
                raise
    return folder


def _program(folder: Path) -> Path:
    """server.js beside its packages, where node finds them."""
    source = (HERE / "server.js").read_bytes()
    program = folder / f"server-{hashlib.sha256(source).hexdigest()[:12]}.js"
    if not program.exists():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:
            copy.write(source)
        Path(copy.name).replace(program)
    return program


def _address(stdout: IO[str], complaints: IO[str]) -> str:
    """What the server says when it listens, or the reason why it does not."""
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=READY_SECONDS)
    except queue.Empty:
        raise NotAvailableError(
            f"oidc-provider was not ready within {READY_SECONDS:.0f} s"
        ) from None
    if not line.startswith("READY "):
        complaints.seek(0)
        said = complaints.read().strip() or "without a word"
        raise NotAvailableError(f"oidc-provider did not start: {said}")
    return line.split()[1]


@contextlib.contextmanager
def running(configuration: str, port: int = 0) -> Iterator[str]:
    """The server in one of its configurations, on loopback: its base URL."""
    program = _program(installed())
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(
            ["node", str(program), configuration, str(port)],
            stdin=subprocess.PIPE,  # ends with us, and the server with it
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env={
                **os.environ,
                "INITIAL_ACCESS_TOKEN": INITIAL_ACCESS_TOKEN,
                "EXIT_WITH_STDIN": "1",
            },
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield _address(process.stdout, complaints)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description="Start oidc-provider until Ctrl-C.")
    parser.add_argument("configuration", choices=CONFIGURATIONS)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    try:
        with running(asked.configuration, asked.port) as url:
            sys.stdout.write(f"oidc-provider {version()} ({asked.configuration}): {url}\n")
            if asked.configuration.startswith("protected"):
                sys.stdout.write(f"export {INITIAL_ACCESS_TOKEN_VARIABLE}={INITIAL_ACCESS_TOKEN}\n")
            sys.stdout.flush()
            while True:
                time.sleep(3600)
    except NotAvailableError as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
