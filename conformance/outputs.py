"""What a run leaves on disk: results.json, and the reports rendered from it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reports.comparison import compare
from reports.results import Results

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.run import ConformanceRun

RESULTS = "results.json"
REPORT = "compliance.html"


def write_outputs(results: Results, run: ConformanceRun, folder: Path) -> Results:
    """Write results and report; give back the results as a reader of the file sees them.

    The last look for secrets is over the whole text: names and values were searched at
    capture, and whatever slipped through an odd way of writing is found here.
    """
    if (earlier := run.earlier) is not None:
        since = compare(
            earlier, results, "recording" if earlier is run.recording else "earlier run"
        )
        results = results.model_copy(update={"since": since})
    text = results.to_json()
    if run.session is not None:
        text = run.session.redactor.sweep(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULTS).write_text(text, encoding="utf-8")
    return Results.parse(text)


def write_report(results: Results, folder: Path) -> str:
    """Render the page; a bug in it must not cost the run its verdict.

    Returns:
        What went wrong, empty if nothing did.

    """
    try:
        from reports import compliance  # noqa: PLC0415 - Jinja2 is only needed at the end

        written = hashlib.sha256((folder / RESULTS).read_bytes()).hexdigest()
        compliance.write(results, folder / REPORT, digest=written)
    except Exception as error:  # noqa: BLE001 - said on the terminal, exit status 3
        return f"the report could not be written ({type(error).__name__}: {error})"
    return ""


def write_step_summary(results: Results, environment: Mapping[str, str]) -> str:
    """Tell a workflow, where there is one.

    Returns:
        What went wrong, empty if nothing did.

    """
    try:
        from reports import step_summary  # noqa: PLC0415 - most runs need none

        return step_summary.append(results, environment)
    except Exception as error:  # noqa: BLE001 - a summary must not cost the run its verdict
        return f"the step summary could not be written ({type(error).__name__}: {error})"
