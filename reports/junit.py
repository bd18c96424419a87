"""JUnit XML from results: one test case a case, named by its requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from reports.explanation import explanation, outcome
from reports.hostile import plain

if TYPE_CHECKING:
    from reports.results import Check, Requirement, Results

_LONGEST = 2000
_ELEMENTS = {"failed": "failure", "error": "error", "skipped": "skipped"}
_COUNTERS = {"failed": "failures", "error": "errors", "skipped": "skipped"}


def render(results: Results) -> str:
    """The text of ``junit.xml``; what a provider said is shown by number where XML forbids it."""
    rows = {row.id: row for row in results.requirements}
    suite = ET.Element(
        "testsuite",
        name="dcr-conformance",
        tests="0",
        failures="0",
        errors="0",
        skipped="0",
        time=f"{results.run.duration_s:.3f}",
        timestamp=plain(results.run.started),
    )
    _properties(
        suite,
        {
            "target": results.target.issuer or results.target.url,
            "suite": results.suite.version,
            "catalogue": results.suite.catalogue,
            "verdict": results.gate.sentence,
            "complete": str(results.complete and not results.selection.partial).lower(),
        },
    )
    for check in results.checks:
        if (row := rows.get(check.requirement)) is not None:
            suite.append(_case(row, check, suite))
    suite.set("tests", str(sum(item.tag == "testcase" for item in suite)))
    root = ET.Element("testsuites", name="dcr-conformance")
    root.append(suite)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def case_name(requirement: str, case: str) -> str:
    """What a test case is called, here and in what pytest writes itself."""
    return plain(f"{requirement}[{case}]" if case else requirement, 400)


def _case(row: Requirement, check: Check, suite: ET.Element) -> ET.Element:
    element = ET.Element(
        "testcase",
        classname=plain(check.test, 400),
        name=case_name(row.id, check.case),
        time=f"{check.duration_s:.3f}",
    )
    _properties(
        element, {"requirement": row.id, "level": str(row.level), "verdict": str(check.verdict)}
    )
    word, reason = outcome(row, check)
    if word in _ELEMENTS:
        suite.set(_COUNTERS[word], str(int(suite.get(_COUNTERS[word], "0")) + 1))
        said = ET.SubElement(
            element, _ELEMENTS[word], message=plain(reason, _LONGEST), type=str(check.verdict)
        )
        if word != "skipped":
            said.text = _text(row, check)
    return element


def _text(row: Requirement, check: Check) -> str:
    lines = [plain(row.statement, _LONGEST)]
    lines += [f"{label}: {plain(text, _LONGEST)}" for label, text in explanation(row, check)]
    lines += [f"spec: {plain(row.link, _LONGEST)}"] if row.link else []
    return "\n".join(lines)


def _properties(element: ET.Element, values: dict[str, str]) -> None:
    holder = ET.SubElement(element, "properties")
    for name, value in values.items():
        ET.SubElement(holder, "property", name=name, value=plain(value, 400))
