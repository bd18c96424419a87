"""The pinned axe-core, installed by npm when it is not there yet."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = ("package.json", "package-lock.json", ".npmrc")
SECONDS = 120.0


class NotAvailableError(RuntimeError):
    """axe-core cannot be had here; the message says why, for a skip reason."""


def script() -> str:
    """The text of axe.min.js.

    Raises:
        NotAvailableError: npm is missing or could not install it.

    """
    lock = json.loads((HERE / "package-lock.json").read_text())
    version = lock["packages"]["node_modules/axe-core"]["version"]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    file = home / "dcr-conformance" / f"axe-core-{version}.min.js"
    if not file.exists():
        _install(file)
    return file.read_text(encoding="utf-8")


def _install(file: Path) -> None:
    if shutil.which("npm") is None:
        raise NotAvailableError("axe-core needs npm on the PATH: apt-get install npm")
    file.parent.mkdir(parents=True, exist_ok=True)
    # Prepared beside and renamed when complete: two at once do not disturb each other.
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".installing-") as scratch:
        for name in FILES:
            shutil.copy(HERE / name, scratch)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(
                command, cwd=scratch, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotAvailableError(
                f"npm did not install axe-core within {SECONDS:.0f} s"
            ) from None
        if done.returncode:
            last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
            raise NotAvailableError(f"npm could not install axe-core: {last}")
        (Path(scratch) / "node_modules" / "axe-core" / "axe.min.js").replace(file)
