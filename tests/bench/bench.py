"""`make bench`: what a run costs, as ratios within this run wherever a machine's speed shows.

Exit status 1 where a bound of the README is not kept. ``--quick`` leaves the slow provider out.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import httpx

from conformance.assembling import assemble
from conformance.reference_provider.server import running
from conformance.requirement import Judged, checks_of
from conformance.run import ConformanceRun
from conformance.settings import Settings
from reports.results import Results
from tests.bench import directory_costs, many_exchanges
from tests.calibration.calibrate import every_check

DELAY_S = 0.1
BOUNDS = {
    "depth quick on the reference provider, s": 3.0,
    "depth quick, memory, MB": 120.0,
    "depth standard on the reference provider, s": 10.0,
    "depth standard, memory, MB": 200.0,
    "requests of the suite, part of one after another": 2 / 5,
    "300 exchanges, part of one after another": 1 / 6,
    "import without a target, ms": 5.0,
    "modules of ours without a target": 1.0,
    "a JWKS request to the directory, ms": 1.0,
    "a PS256 statement of the directory, ms": 5.0,
    "the directory's start with existing state, s": 1.0,
}

failures: list[str] = []


def report(name: str, value: float, detail: str = "") -> None:
    """Print a figure beside its bound."""
    bound = BOUNDS[name]
    kept = value <= bound
    if not kept:
        failures.append(name)
    word = "within" if kept else "NOT WITHIN"
    print(f"{name:<52}{value:>8.3g}  {word} {bound:.3g}   {detail}", flush=True)


@contextlib.contextmanager
def slow_provider() -> Iterator[str]:
    """The reference provider in a process of its own, each answer taking DELAY_S."""
    command = [sys.executable, "-m", "dcr_conformance", "reference", "--port", "0"]
    with subprocess.Popen(
        [*command, "--delay", str(DELAY_S)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            line = server.stdout.readline()
            yield line.split()[1]
        finally:
            server.terminate()


def judged(url: str, items: Sequence[Judged]) -> tuple[float, Results]:
    """Seconds from before the first request to the last verdict, and the results."""
    run = ConformanceRun(
        Settings(target_url=url, seed=7, depth="full"),
        keep_ledger=False,
    )
    start = time.perf_counter()
    run.discover()
    run.plan(items)
    run.start()
    for item in items:
        run.judge(item)
    seconds = time.perf_counter() - start
    run.finish()
    return seconds, assemble(run)


def one_after_another(results: Results) -> tuple[float, int]:
    """Seconds that a bare httpx loop takes for the same requests, and their number."""
    steps = [
        step
        for exchange in results.exchanges
        for step in exchange.steps
        if exchange.name != "clean"
    ]
    with httpx.Client(timeout=30) as client:
        start = time.perf_counter()
        for step in steps:
            asked = step.request
            headers = [(n, v) for n, v in asked.headers if n.lower() != "content-length"]
            content = (asked.body.text or "").encode("utf-8", "replace")
            request = httpx.Request(asked.method, asked.url, headers=headers, content=content)
            client.send(request)
        return time.perf_counter() - start, len(steps)


def on_the_slow_provider() -> None:
    """Ratios against one request after another."""
    suites = {
        "requests of the suite, part of one after another": every_check(),
        "300 exchanges, part of one after another": checks_of(many_exchanges),
    }
    for name, checks in suites.items():
        items = [Judged(check, chosen) for check in checks for chosen in check.choices()]
        items.sort(key=lambda item: item.check.whole_run)
        with slow_provider() as url:
            seconds, results = judged(url, items)
            serial, number = one_after_another(results)
        unasked = {"not applicable", "not judged", "information", "pass"}
        odd = [check.requirement for check in results.checks if check.verdict not in unasked]
        assert not odd, f"not the run that was meant: {odd}"
        detail = f"{seconds:.1f} s for {number} requests, one after another {serial:.1f} s"
        report(name, seconds / serial, detail)


def with_bytecode(folder: str) -> dict[str, str]:
    """An environment in which Python keeps bytecode, as it does for people."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def whole_run(depth: str) -> None:
    """A run as people start it: process, imports, report and all."""
    seconds, megabytes = [], []
    command = [sys.executable, "-m", "pytest", "--target-url", "reference", "-q"]
    with tempfile.TemporaryDirectory() as empty:
        environment = with_bytecode(empty)
        for _ in range(6):
            start = time.perf_counter()
            process = subprocess.Popen(
                [*command, "--dcr-depth", depth],
                cwd=empty,
                env=environment,
                stdout=subprocess.DEVNULL,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds.append(time.perf_counter() - start)
            megabytes.append(usage.ru_maxrss / 1024)
            assert status == 0, "the run did not pass"
    del seconds[0]  # it wrote the bytecode
    spread = f"median of 5; {min(seconds):.2f} to {max(seconds):.2f}"
    report(f"depth {depth} on the reference provider, s", median(seconds), spread)
    report(f"depth {depth}, memory, MB", max(megabytes), "largest of 6")


TIMED = """
import importlib.metadata, sys, time
load = importlib.metadata.EntryPoint.load
def timed(entry):
    start = time.perf_counter()
    module = load(entry)
    if entry.module == "dcr_conformance":
        print("took", 1000 * (time.perf_counter() - start))
    return module
importlib.metadata.EntryPoint.load = timed
import pytest
pytest.main(["-q"])
ours = ("dcr_conformance", "conformance", "reports", "mock_directory")
print("modules", *(name for name in sys.modules if name.partition(".")[0] in ours))
"""


def without_a_target() -> None:
    """What another project's pytest pays for having the plugin installed, bytecode kept."""
    with tempfile.TemporaryDirectory() as empty:
        Path(empty, "test_nothing.py").write_text("def test_nothing(): pass\n")
        environment = with_bytecode(empty)
        times, modules = [], set()
        for _ in range(6):
            run = subprocess.run(
                [sys.executable, "-c", TIMED],
                cwd=empty, env=environment, capture_output=True, text=True, check=True,
            )  # fmt: skip
            words = dict(line.partition(" ")[::2] for line in run.stdout.splitlines())
            times.append(float(words["took"]))
            modules |= set(words["modules"].split())
    report("import without a target, ms", median(times[1:]), "median of 5")
    report("modules of ours without a target", len(modules), ", ".join(sorted(modules)))


def growth() -> None:
    """Seconds and registrations per check for a part of the suite and for the whole."""
    checks = every_check()
    parts = sorted({10, len(checks) // 2, len(checks)})
    print("\nchecks    ms/check    registrations/check")
    with running() as server:
        for number in parts:
            items = [Judged(c, chosen) for c in checks[:number] for chosen in c.choices()]
            items.sort(key=lambda item: item.check.whole_run)
            taken = []
            for _ in range(3):
                seconds, results = judged(server.base, items)
                taken.append(seconds)
            each = results.selection.registrations / number
            print(f"{number:>6}{1000 * min(taken) / number:>12.1f}{each:>23.2f}", flush=True)


def main() -> int:
    """Print every figure; 1 where a bound is not kept."""
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    without_a_target()
    for depth in ("quick", "standard"):
        whole_run(depth)
    for figure in directory_costs.figures():
        report(*figure)
    if "--quick" not in sys.argv:
        on_the_slow_provider()
    growth()
    for name in failures:
        print(f"\nnot kept: {name}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
