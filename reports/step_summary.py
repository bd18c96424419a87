"""What a GitHub workflow is told: a summary of the step, and annotations.

A workflow runs commands that it finds in the output of a step: ``::name::`` at the start
of a line, and ``##[name]`` anywhere in one. What a provider sent may hold either, so
commands are stopped, under a token that nobody can guess, while a run prints.
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from reports import markdown
from reports.explanation import BROKEN, explanation
from reports.hostile import plain
from reports.names import Anchors
from reports.results import Verdict
from reports.rows import make_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reports.results import Results
    from reports.rows import Row

_MOST_BYTES = 1024 * 1024
"""More than that in one step is refused whole."""

_MOST_ANNOTATIONS = 10
"""Of each kind; a workflow shows no more of one step."""

_LONGEST = 400


def append(results: Results, environment: Mapping[str, str]) -> str:
    """Append the Markdown summary to the file of ``$GITHUB_STEP_SUMMARY``, where that is set.

    Returns:
        Why it could not be written, empty if it was or nobody asked.

    """
    name = environment.get("GITHUB_STEP_SUMMARY", "")
    if not name:
        return ""
    text = markdown.render(results) + "\n"
    path = Path(name)
    try:
        there = path.stat().st_size if path.exists() else 0
        if there + len(text.encode("utf-8")) > _MOST_BYTES:
            return "the step summary is full; summary.md of dcr-conformance report has the rest"
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        return f"the step summary could not be written ({error.strerror})"
    return ""


class Workflow:
    """The workflow commands of one run; silent where no workflow reads the output."""

    def __init__(self, environment: Mapping[str, str], line: Callable[[str], None]) -> None:
        """Write whole lines with ``line``."""
        self._active = environment.get("GITHUB_ACTIONS") == "true"
        self._line = line
        self._token = ""

    def stop(self) -> None:
        """Let nothing that is printed from here on be a command."""
        if self._active and not self._token:
            self._token = secrets.token_hex(16)
            self._line(f"::stop-commands::{self._token}")

    def resume(self) -> None:
        """Let commands be commands again."""
        if self._token:
            self._line(f"::{self._token}::")
            self._token = ""

    def annotate(self, results: Results) -> None:
        """One annotation a requirement that somebody has to act on."""
        if self._active:
            for annotation in annotation_lines(results):
                self._line(annotation)


def annotation_lines(results: Results) -> list[str]:
    """``::error`` and ``::warning`` lines, the worst first, no more than are shown."""
    found: dict[str, list[str]] = {"error": [], "warning": []}
    for kind, title, message in _said(results):
        found[kind].append(f"::{kind} title={_property(title)}::{_data(message)}")
    for kind, lines in found.items():
        if (left := len(lines) - _MOST_ANNOTATIONS) > 0:
            del lines[_MOST_ANNOTATIONS - 1 :]
            lines.append(f"::{kind} title=dcr-conformance::{left + 1} more in compliance.html")
    return [*found["error"], *found["warning"]]


def _said(results: Results) -> Iterator[tuple[str, str, str]]:
    rows = [row for row in make_rows(results, Anchors()) if row.requirement.checked]
    causes: set[str] = set()
    for verdict in BROKEN:
        kind = "warning" if verdict in (Verdict.FINDING, Verdict.WARNING) else "error"
        for row in rows:
            if row.requirement.verdict is not verdict or row.requirement.waived:
                continue
            if verdict is Verdict.BLOCKED:
                cause = row.checks[0].cause if row.checks else ""
                if cause in causes:
                    continue
                causes.add(cause)
            yield kind, _title(row), _message(row)


def _title(row: Row) -> str:
    return f"{row.word.label}, {row.level}: {plain(row.requirement.id, _LONGEST)}"


def _message(row: Row) -> str:
    check = row.checks[0] if row.checks else None
    lines = [plain(row.requirement.statement, _LONGEST)]
    lines += [
        f"{label}: {plain(text, _LONGEST)}" for label, text in explanation(row.requirement, check)
    ]
    lines += [row.link] if row.link else []
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
