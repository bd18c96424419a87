"""`make interop`: judge the real oidc-provider in each configuration and print a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import server

HERE = Path(__file__).parent
RECORDINGS = HERE.parents[2] / "fixtures" / "recordings"
EXPECTED = HERE / "expected.toml"
NOTEWORTHY = ("fail", "finding", "warning", "blocked", "suite error")


def judged(configuration: str, folder: Path) -> dict[str, tuple[str, str]]:
    """Verdict and what was seen, by requirement."""
    with server.running(configuration) as url:
        command = [sys.executable, "-m", "pytest", "--target-url", url, "-q"]
        command += ["--dcr-config", str(HERE / "settings" / f"{configuration}.toml")]
        token = server.INITIAL_ACCESS_TOKEN if configuration.startswith("protected") else ""
        extra = {"DCR_INITIAL_ACCESS_TOKEN__TOKEN": token} if token else {}
        state = {"XDG_STATE_HOME": str(folder / "state")}
        log = subprocess.run(
            command, cwd=folder, env={**os.environ, **extra, **state}, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
    file = folder / "dcr-report" / "results.json"
    if not file.is_file():
        sys.exit(log.stdout + log.stderr)
    results = json.loads(file.read_text(encoding="utf-8"))
    if "--record" in sys.argv and configuration == "open":
        record(file)
    seen = {c["requirement"]: c["actual"] for c in results["checks"] if c["actual"]}
    return {
        row["id"]: (row["verdict"], seen.get(row["id"], ""))
        for row in results["requirements"]
        if row["checked"]
    }


def record(file: Path) -> None:
    """Keep the exchanges of a run, redacted as they are, for replay without the server."""
    results = json.loads(file.read_text(encoding="utf-8"))
    results["requirements"] = []
    results["substitutions"] = []
    results["run"]["settings"] = {}
    RECORDINGS.mkdir(exist_ok=True)
    kept = RECORDINGS / f"oidc-provider-{server.version()}.json"
    kept.write_text(json.dumps(results, separators=(",", ":")) + "\n", encoding="utf-8")


def main() -> int:
    """Exit status 1 where a verdict that is not a pass differs from the expected list."""
    known = tomllib.loads(EXPECTED.read_text(encoding="utf-8")) if EXPECTED.is_file() else {}
    status = 0
    for configuration in server.CONFIGURATIONS:
        with tempfile.TemporaryDirectory() as folder:
            found = judged(configuration, Path(folder))
        expected = {
            entry["requirement"]: entry["verdict"]
            for entry in known.get("verdict", [])
            if configuration in entry["configurations"]
        }
        passed = sum(verdict == "pass" for verdict, _ in found.values())
        print(f"{configuration}: {passed} of {len(found)} pass")
        for key, (verdict, seen) in found.items():
            wanted = expected.get(key)
            odd = verdict in NOTEWORTHY or wanted
            right = wanted == verdict or not odd
            if odd or (verdict != "pass" and "-v" in sys.argv):
                print(f"  {verdict:<14} {key}{'' if right else '   UNEXPECTED'}  {seen[:150]}")
            status |= not right
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
