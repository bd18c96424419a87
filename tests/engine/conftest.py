"""The suite in a process of its own, as people run it, and servers for it in this one."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Suite:
    """Runs in one folder, with ledgers in a folder below it."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state" / "dcr-conformance"

    def ledgers(self) -> list[Path]:
        return sorted(self.state.glob("*"))

    def environment(self, **more: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))}
        return {**clean, "XDG_STATE_HOME": str(self.folder / "state"), **more}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _done(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=70)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def judge(
        self, url: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """``pytest --target-url URL``."""
        return self._done("-m", "pytest", "--target-url", url, *arguments, **environment)

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """``dcr-conformance ...``."""
        return self._done(str(ROOT / "dcr_conformance.py"), *arguments, **environment)

    def results(self) -> dict[str, Any]:
        text = (self.folder / "dcr-report" / "results.json").read_text(encoding="utf-8")
        return json.loads(text)

    def verdicts(self) -> dict[str, str]:
        return {r["id"]: r["verdict"] for r in self.results()["requirements"] if r["checked"]}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


@pytest.fixture(scope="session")
def suite_in() -> type[Suite]:
    return Suite


@pytest.fixture(scope="session")
def liars() -> ModuleType:
    name = "dcr_test_liars"
    if name not in sys.modules:
        path = ROOT / "tests" / "liars" / "liars.py"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Wait until something holds."""

    def wait(holds: Callable[[], bool], seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it never came to that"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def crowding() -> Callable[[], float]:
    """How much longer work takes than it would alone on this machine: 1 where nobody else works."""

    def measure() -> float:
        wall, used = time.perf_counter(), time.process_time()
        while time.process_time() - used < 0.1:
            sum(range(1000))
        return max(1.0, (time.perf_counter() - wall) / (time.process_time() - used))

    return measure
