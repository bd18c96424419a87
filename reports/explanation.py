"""Why a case has the verdict that it has, as labelled lines: the same words in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.results import Verdict

if TYPE_CHECKING:
    from reports.results import Check, Requirement

BROKEN = (Verdict.SUITE_ERROR, Verdict.FAIL, Verdict.BLOCKED, Verdict.FINDING, Verdict.WARNING)
"""Verdicts that somebody has to act on."""

_MOST_ASPECTS = 10


def explanation(requirement: Requirement, check: Check | None) -> list[tuple[str, str]]:
    """Pairs of a label and a raw text, which the writer has yet to make harmless.

    Args:
        requirement: The row that was judged.
        check: The case that decides, if the results have one.

    """
    verdict = check.verdict if check is not None else requirement.verdict
    lines = comparison(check) if check is not None else []
    if not lines:
        lines = _reason(requirement, check)
    if verdict is Verdict.SUITE_ERROR:
        return [*lines, ("do", "This is a bug of dcr-conformance; please report it.")]
    for label, text in (("why", requirement.why), ("fix", requirement.fix)):
        if text and verdict in BROKEN:
            lines.append((label, text))
    return lines


def comparison(check: Check) -> list[tuple[str, str]]:
    """``expected`` and ``actual`` of each aspect that differs."""
    lines = []
    differing = [aspect for aspect in check.aspects if not aspect.agrees]
    for aspect in differing[:_MOST_ASPECTS]:
        lines += [
            ("expected", f"{aspect.name}: {aspect.expected}"),
            ("actual", aspect.actual),
        ]
    if len(differing) > _MOST_ASPECTS:
        lines.append(("more", f"{len(differing) - _MOST_ASPECTS} other differences"))
    return lines


def outcome(requirement: Requirement, check: Check) -> tuple[str, str]:
    """How a case counts for tools that know no verdicts of ours.

    Returns:
        ``passed``, ``failed``, ``error`` or ``skipped``, and the reason where it is not passed.

    """
    if requirement.waived and check.verdict is requirement.verdict:
        return "skipped", f"waived: {requirement.waived}"
    match check.verdict:
        case Verdict.FAIL:
            return "failed", f"{requirement.statement} {check.actual}"
        case Verdict.BLOCKED | Verdict.SUITE_ERROR:
            return "error", f"{check.verdict}: {check.reason}"
        case Verdict.NOT_APPLICABLE | Verdict.NOT_JUDGED:
            return "skipped", f"{check.verdict}: {check.reason}"
        case _:
            return "passed", ""


def _reason(requirement: Requirement, check: Check | None) -> list[tuple[str, str]]:
    said = (check.actual or check.reason) if check is not None else ""
    said = said or requirement.reason
    return [("reason", said)] if said else []
