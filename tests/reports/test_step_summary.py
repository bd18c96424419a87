from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reports import step_summary
from reports.step_summary import Workflow, annotation_lines

ROOT = Path(__file__).parents[2]
ON = {"GITHUB_ACTIONS": "true"}


def test_nothing_is_written_where_nobody_asked(make: Any, tmp_path: Path) -> None:
    said: list[str] = []
    workflow = Workflow({}, said.append)
    workflow.stop()
    workflow.annotate(make.results(3))
    workflow.resume()
    assert step_summary.append(make.results(3), {}) == ""
    assert said == []
    assert not list(tmp_path.iterdir())


def test_the_summary_is_appended(make: Any, tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_text("before\n")
    assert step_summary.append(make.results(1), {"GITHUB_STEP_SUMMARY": str(file)}) == ""
    text = file.read_text(encoding="utf-8")
    assert text.startswith("before\n## DCR conformance")


def test_a_summary_that_cannot_be_written_is_said(make: Any, tmp_path: Path) -> None:
    gone = {"GITHUB_STEP_SUMMARY": str(tmp_path / "gone" / "summary")}
    assert "could not be written" in step_summary.append(make.results(1), gone)
    full = tmp_path / "full"
    full.write_bytes(b"x" * 1024 * 1024)
    assert "is full" in step_summary.append(make.results(1), {"GITHUB_STEP_SUMMARY": str(full)})
    assert full.stat().st_size == 1024 * 1024


def test_annotations_are_the_worst_first_and_no_more_than_are_shown(make: Any) -> None:
    lines = annotation_lines(make.blocked(make.waived(make.results(30, requirements=90))))
    errors = [line for line in lines if line.startswith("::error ")]
    warnings = [line for line in lines if line.startswith("::warning ")]
    assert lines == [*errors, *warnings]
    assert len(errors) == 10
    assert errors[-1] == "::error title=dcr-conformance::21 more in compliance.html"
    assert errors[0].startswith("::error title=Fail%2C MUST%3A rfc7592-1-does-what-it-says::")
    assert "%0Aexpected: status: 400%0Aactual: 201%0A" in errors[0]
    assert 1 <= len(warnings) <= 10


def test_a_cause_is_said_once(make: Any) -> None:
    lines = annotation_lines(make.blocked(make.results(0)))
    assert len([line for line in lines if "Blocked" in line]) == 1


def test_hostile_text_is_no_command(make: Any, hostile: str) -> None:
    run = make.waived(make.blocked(make.results(3, cases=2, said=hostile)))
    for evil in (run, make.everywhere(run, hostile)):
        lines = annotation_lines(evil)
        assert lines
        for line in lines:
            found = re.fullmatch(r"::(error|warning) title=([^:,\r\n]*)::([^\r\n]*)", line)
            assert found is not None
            assert not re.search(r"%(?!25|0D|0A|3A|2C)", found[2] + found[3])
            assert line.isprintable()
            assert len(line) < 20_000


def test_commands_are_stopped_under_a_token_while_a_run_prints() -> None:
    tokens = set()
    for _ in range(2):
        said: list[str] = []
        workflow = Workflow(ON, said.append)
        workflow.stop()
        workflow.stop()
        workflow.resume()
        workflow.resume()
        stopped = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", said[0])
        assert stopped is not None
        assert said[1:] == [f"::{stopped[1]}::"]
        tokens.add(stopped[1])
    assert len(tokens) == 2


@pytest.mark.parametrize("target", ["reference:fault-secret-without-expiry", "http://127.0.0.1:9"])
def test_a_run_in_a_workflow(tmp_path: Path, target: str) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))}
    summary = tmp_path / "summary"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--target-url", target],
        cwd=tmp_path,
        env={**clean, **ON, "GITHUB_STEP_SUMMARY": str(summary)},
        capture_output=True,
        text=True,
        timeout=70,
        check=False,
    )
    lines = done.stdout.splitlines()
    stop = next(n for n, line in enumerate(lines) if line.startswith("::stop-commands::"))
    resume = lines.index(f"::{lines[stop].removeprefix('::stop-commands::')}::")
    assert stop < resume
    commands = [n for n, line in enumerate(lines) if line.startswith("::") and n != stop]
    assert min(commands) == resume
    if target.startswith("reference"):
        assert stop < next(n for n, line in enumerate(lines) if line.startswith("target"))
        errors = [line for line in lines[resume:] if line.startswith("::error ")]
        assert any("secret-expiry-present" in line for line in errors)
        assert "secret-expiry-present" in summary.read_text(encoding="utf-8")
