from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from reports import badge, junit, markdown
from reports.formats import FILES, renderer
from reports.hostile import is_strange
from reports.results import Gate, Results, Selection, Verdict

if TYPE_CHECKING:
    from markdown_it.token import Token

ROOT = Path(__file__).parents[2]


def tokens(text: str) -> list[Token]:
    """Every token of a text as a reader of GitHub's Markdown sees it."""
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    found = []
    for token in reader.parse(text):
        found += [token, *(token.children or [])]
    return found


def links(text: str) -> set[str]:
    return {str(t.attrs["href"]) for t in tokens(text) if t.type == "link_open"}


def headings(text: str) -> list[str]:
    found = tokens(text)
    return [found[n + 1].content for n, t in enumerate(found) if t.type == "heading_open"]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dcr_conformance.py"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", FILES)
def test_each_format_is_a_function_of_the_results(make: Any, name: str) -> None:
    run = make.waived(make.blocked(make.results(3, cases=2)))
    render = renderer(name)
    assert render(run) == render(Results.parse(run.to_json()))


def test_the_command_writes_each_format_beside_the_results(make: Any, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(make.results(1).to_json())
    for name, file in FILES.items():
        done = command("report", str(tmp_path / "results.json"), "--format", name)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(tmp_path / file)
        assert (tmp_path / file).stat().st_size > 50
    done = command("report", str(tmp_path / "results.json"), "--format", "badge", "--output", "-")
    assert json.loads(done.stdout)["schemaVersion"] == 1


def test_what_cannot_be_written_is_said_in_one_sentence(make: Any, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(make.results(1).to_json())
    nowhere = tmp_path / "gone" / "page.html"
    done = command("report", str(tmp_path / "results.json"), "--output", str(nowhere))
    assert done.returncode == 4
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


# Markdown


def test_the_summary_says_what_a_decision_needs(make: Any) -> None:
    text = markdown.render(make.waived(make.blocked(make.results(4))))
    assert headings(text)[0].startswith("DCR conformance: Does not conform: 3 of 26")
    assert "https://as.example" in text
    assert "| Specification | Fail | Blocked |" in text
    for label in ("expected", "actual", "why", "fix", "seen in"):
        assert f"\n- {label}: " in text
    assert links(text) == {"https://www.rfc-editor.org/rfc/rfc7591#section-2"}
    assert sum(heading.startswith("Fail: ") for heading in headings(text)) == 3
    assert sum(heading.startswith("Blocked by") for heading in headings(text)) == 1
    assert "not judged: `left out by depth`" in text
    assert "12 requirements of the catalogue not checked" in text


def test_the_counts_add_up(make: Any) -> None:
    run = make.results(4)
    last = [line for line in markdown.render(run).splitlines() if line.startswith("| All |")]
    numbers = [int(cell) for cell in last[0].split("|")[2:-1] if cell.strip()]
    assert sum(numbers[:-1]) == numbers[-1] == sum(row.checked for row in run.requirements)


def test_a_partial_summary_says_so(make: Any) -> None:
    run = make.results(0, selection=Selection(partial=True, deselected_by="-k x"))
    assert "**Partial run**, no statement of conformance: -k x" in markdown.render(run)


def test_a_summary_stays_within_what_a_step_may_say(make: Any) -> None:
    text = markdown.render(make.results(900, requirements=1000, said="\u202e" * 100_000))
    assert len(text.encode()) < 1024 * 1024
    assert "850 more are in compliance.html" not in text
    assert "more are in compliance.html" in text


@pytest.mark.parametrize("everywhere", [False, True])
def test_hostile_text_is_only_text_in_markdown(make: Any, hostile: str, everywhere: bool) -> None:  # noqa: FBT001 - both are tried
    run = make.waived(make.blocked(make.results(3, cases=2, said=hostile)))
    if everywhere:
        run = make.everywhere(run, hostile)
    text = markdown.render(run)
    text.encode("utf-8")
    assert not [c for c in set(text) if c != "\n" and is_strange(c)]
    kinds = {token.type for token in tokens(text)}
    assert not kinds & {"html_block", "html_inline", "image", "fence", "blockquote_open", "hr"}
    assert not [link for link in links(text) if not link.startswith("https://www.rfc-editor.org/")]
    plain = markdown.render(make.waived(make.blocked(make.results(3, cases=2))))
    rows = [t for t in tokens(text) if t.type == "td_open"]
    assert len(rows) == len([t for t in tokens(plain) if t.type == "td_open"]) or everywhere
    assert len(headings(text)) == len(headings(plain)) or everywhere


def test_code_spans_hold_what_they_are_given() -> None:
    for text in ("a`b", "``", "`", " a ", "a``b`c", "\\", "|", "<b>", "a\nb"):
        span = [t for t in tokens(markdown.code(text)) if t.type == "code_inline"]
        assert [t.content for t in span] == [text.replace("\n", "U+000A")]


# JUnit


def test_junit_has_a_case_a_case(make: Any) -> None:
    run = make.waived(make.blocked(make.results(4, cases=2)))
    root = ET.fromstring(junit.render(run))
    suite = root[0]
    cases = suite.findall("testcase")
    assert len(cases) == len(run.checks) == int(suite.attrib["tests"])
    rows = {row.id: row for row in run.requirements}
    for case, check in zip(cases, run.checks, strict=True):
        said = {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")}
        row = rows[check.requirement]
        assert said == {
            "requirement": row.id,
            "level": row.level,
            "verdict": check.verdict,
        }
        assert case.attrib["name"] == f"{row.id}[{check.case}]"
        wanted = {
            Verdict.FAIL: "skipped" if row.waived else "failure",
            Verdict.BLOCKED: "error",
            Verdict.SUITE_ERROR: "error",
            Verdict.NOT_APPLICABLE: "skipped",
            Verdict.NOT_JUDGED: "skipped",
        }.get(check.verdict)
        assert [child.tag for child in case if child.tag != "properties"] == [wanted] * bool(wanted)
    counted = {name: len(suite.findall(f"*/{name}")) for name in ("failure", "error", "skipped")}
    assert counted == {
        "failure": int(suite.attrib["failures"]),
        "error": int(suite.attrib["errors"]),
        "skipped": int(suite.attrib["skipped"]),
    }
    assert counted["failure"] == 6
    assert counted["error"] == 6


def test_junit_says_why(make: Any) -> None:
    run = make.waived(make.results(2))
    text = junit.render(run)
    root = ET.fromstring(text)
    failure = next(root.iter("failure"))
    assert "expected: status: 400" in (failure.text or "")
    assert "fix: Do what it says" in (failure.text or "")
    skipped = next(s for s in root.iter("skipped") if s.attrib["type"] == "fail")
    assert skipped.attrib["message"] == "waived: fix is on its way"


def test_hostile_text_is_only_text_in_junit(make: Any, hostile: str) -> None:
    run = make.waived(make.blocked(make.results(3, cases=2, said=hostile)))
    for evil in (run, make.everywhere(run, hostile)):
        text = junit.render(evil)
        root = ET.fromstring(text.encode("utf-8"))
        assert len(list(root.iter("testcase"))) == len(run.checks)
        assert not [c for c in set(text) if c != "\n" and is_strange(c)]
        assert len(text) < 2_000_000


# Badge


@pytest.mark.parametrize(
    ("failures", "changes", "message", "colour"),
    [
        (0, {}, "23 of 23 MUST", "brightgreen"),
        (3, {}, "21 of 24 MUST", "red"),
        (0, {"complete": False}, "interrupted", "lightgrey"),
        (0, {"selection": Selection(partial=True)}, "partial run", "lightgrey"),
        (0, {"gate": Gate(passed=False, exit_status=1)}, "gate failed", "red"),
        (0, {"requirements": 0}, "nothing judged", "lightgrey"),
    ],
)
def test_only_a_whole_run_that_passed_is_green(
    make: Any, failures: int, changes: dict[str, Any], message: str, colour: str
) -> None:
    said = json.loads(badge.render(make.results(failures, **changes)))
    assert (said["message"], said["color"], said["schemaVersion"]) == (message, colour, 1)


def test_a_blocked_run_is_never_green(make: Any) -> None:
    assert json.loads(badge.render(make.blocked(make.results(0))))["message"] == "blocked"
