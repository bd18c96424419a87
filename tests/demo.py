"""`make demo`: the suite against the bundled provider, clean, then with three faults."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

FAULTS = ("secret-without-expiry", "script-scheme-registered", "public-key-is-a-secret")
REPORTS = Path("dcr-report")


def judged(target: str, folder: Path) -> int:
    """Run the suite from an empty directory and give its exit status."""
    print(f"\n$ pytest --target-url {target}\n", flush=True)
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-m", "pytest", "--target-url", target]
        command += ["--dcr-report-dir", str(folder.resolve())]
        return subprocess.run(command, cwd=empty, check=False).returncode


def main() -> int:
    clean = judged("reference", REPORTS / "clean")
    broken = judged(
        "reference:" + "+".join(f"fault-{name}" for name in FAULTS), REPORTS / "three-faults"
    )
    print("\nThe demo in short")
    for name, status, wanted in (("clean", clean, 0), ("three-faults", broken, 1)):
        word = "as it must be" if status == wanted else f"but {wanted} was expected"
        print(f"  {name:<13} exit status {status}, {word}: {REPORTS / name / 'compliance.html'}")
    return 0 if (clean, broken) == (0, 1) else 1


if __name__ == "__main__":
    sys.exit(main())
