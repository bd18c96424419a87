"""`make interop`: judge real servers in each configuration, the first at depth full; a table.

``judge.py [FOLDER] [-v] [--record]``: one server only; what was not judged too; keep the
exchanges of its first configuration for replay.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from servers import SERVERS

if TYPE_CHECKING:
    from servers import Server

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "recordings"
NOTEWORTHY = ("fail", "finding", "warning", "blocked", "suite error")


def judged(server: Server, configuration: str, folder: Path) -> dict[str, tuple[str, str]]:
    """Verdict and what was seen, by requirement."""
    with server.running(configuration) as url:
        command = [sys.executable, "-m", "pytest", "--target-url", url, "-q"]
        command += ["--dcr-config", str(server.settings(configuration))]
        if configuration == server.configurations[0]:
            command += ["--dcr-depth", "full"]
        extra = {"XDG_STATE_HOME": str(folder / "state"), **server.environment(configuration)}
        log = subprocess.run(
            command, cwd=folder, env={**os.environ, **extra}, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
    file = folder / "dcr-report" / "results.json"
    if not file.is_file():
        sys.exit(log.stdout + log.stderr)
    results = json.loads(file.read_text(encoding="utf-8"))
    if "--record" in sys.argv and configuration == server.configurations[0]:
        record(server, results)
    seen = {(c["requirement"], c["verdict"]): c["actual"] or c["reason"] for c in results["checks"]}
    return {
        row["id"]: (row["verdict"], seen.get((row["id"], row["verdict"])) or row["reason"])
        for row in results["requirements"]
        if row["checked"]
    }


def record(server: Server, results: dict) -> None:
    """Keep the exchanges of a run, redacted as they are, for replay without the server."""
    kept = {**results, "requirements": [], "substitutions": []}
    kept["run"] = {**results["run"], "settings": {}}
    RECORDINGS.mkdir(exist_ok=True)
    path = RECORDINGS / f"{server.recording}.json"
    path.write_text(json.dumps(kept, separators=(",", ":")) + "\n", encoding="utf-8")


def compared(server: Server, configuration: str) -> bool:
    """Print what is noteworthy; whether all of it was expected."""
    with tempfile.TemporaryDirectory() as folder:
        found = judged(server, configuration, Path(folder))
    expected = {
        entry["requirement"]: entry["verdict"]
        for entry in server.expected()
        if configuration in entry["configurations"]
    }
    passed = sum(verdict == "pass" for verdict, _ in found.values())
    print(f"{server.recording} {configuration}: {passed} of {len(found)} pass", flush=True)
    agreed = True
    for key, (verdict, seen) in found.items():
        wanted = expected.get(key)
        odd = verdict in NOTEWORTHY or wanted
        right = wanted == verdict or not odd
        if odd or (verdict != "pass" and "-v" in sys.argv):
            print(f"  {verdict:<14} {key}{'' if right else '   UNEXPECTED'}  {seen[:150]}")
        agreed = agreed and right
    return agreed


def main() -> int:
    """Exit status 1 where a verdict that is not a pass differs from the expected list."""
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    chosen = [server for server in SERVERS if not named or server.folder in named]
    agreed = [compared(server, c) for server in chosen for c in server.configurations]
    return 0 if all(agreed) and agreed else 1


if __name__ == "__main__":
    sys.exit(main())
