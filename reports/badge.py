"""The verdict as a badge: JSON of the shields endpoint schema, version 1.

Nothing that a provider said is in it. https://shields.io/badges/endpoint-badge
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reports.results import Level, Verdict

if TYPE_CHECKING:
    from reports.results import Results


def render(results: Results) -> str:
    """The text of ``badge.json``; only a whole run that passed is green."""
    message, colour = _said(results)
    badge = {
        "schemaVersion": 1,
        "label": "DCR conformance",
        "message": message,
        "color": colour,
        "isError": colour == "lightgrey",
    }
    return json.dumps(badge, indent=1) + "\n"


def _said(results: Results) -> tuple[str, str]:
    taken = [row for row in results.requirements if row.checked]
    verdicts = {row.verdict for row in taken}
    must = [row for row in taken if (row.effective_level or row.level) is Level.MUST]
    met = sum(row.verdict is Verdict.PASS for row in must)
    judged = met + sum(row.verdict is Verdict.FAIL for row in must)
    if not results.complete:
        return "interrupted", "lightgrey"
    if Verdict.SUITE_ERROR in verdicts:
        return "suite error", "lightgrey"
    if met < judged:
        waived = results.gate.passed
        return f"{met} of {judged} MUST" + " (waived)" * waived, "yellow" if waived else "red"
    if Verdict.BLOCKED in verdicts:
        return "blocked", "lightgrey"
    if not judged:
        return "nothing judged", "lightgrey"
    if results.selection.partial:
        return "partial run", "lightgrey"
    if not results.gate.passed:
        return "gate failed", "red"
    return f"{met} of {judged} MUST", "brightgreen"
