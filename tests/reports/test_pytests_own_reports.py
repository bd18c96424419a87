"""What pytest itself writes during a run: JUnit and the page of pytest-html."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from reports import junit
from reports.hostile import is_strange
from reports.pytest_html import Columns
from reports.results import Results
from reports.transcript import transcript

TARGET = "reference:fault-secret-without-expiry"


def pytest_run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env={**clean, "XDG_STATE_HOME": str(folder / "state")},
        capture_output=True,
        text=True,
        timeout=70,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("run")
    (made / "test_mine.py").write_text("def test_mine():\n    assert True\n")
    (made / "waivers.toml").write_text(
        '[[waiver]]\nrequirement = "rfc7591-5-script-scheme-redirect-not-registered"\n'
        'reason = "soon"\nexpires = 2099-01-01\n'
    )
    done = pytest_run(
        made,
        *("--target-url", f"{TARGET}+fault-script-scheme-registered"),
        *("--dcr-waivers", "waivers.toml"),
        *("--junitxml", "junit.xml", "--html", "page.html", "--self-contained-html"),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return made


def cases(text: str) -> list[tuple[str, str, dict[str, str], list[str]]]:
    return sorted(
        (
            case.attrib["classname"],
            case.attrib["name"],
            {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")},
            [child.tag for child in case if child.tag != "properties"],
        )
        for case in ET.fromstring(text).iter("testcase")
    )


def test_pytest_writes_the_same_cases_as_our_own_junit(folder: Path) -> None:
    ours = junit.render(Results.read(folder / "dcr-report" / "results.json"))
    theirs = (folder / "junit.xml").read_text(encoding="utf-8")
    assert cases(theirs) == cases(ours)
    outcomes = {tag for *_, tags in cases(ours) for tag in tags}
    assert outcomes == {"failure", "skipped"}


def blob(page: str) -> dict[str, Any]:
    found = re.search(r'data-jsonblob="([^"]*)"', page)
    assert found is not None
    return dict(json.loads(html.unescape(found[1])))


def test_the_page_of_pytest_html_has_our_columns(folder: Path) -> None:
    page = (folder / "page.html").read_text(encoding="utf-8")
    heads = re.findall(r'<th[^>]*data-column-type="(\w+)"', page)
    assert heads[:5] == ["result", "requirement", "level", "section", "verdict"]
    tests = [entry for group in blob(page)["tests"].values() for entry in group]
    assert len(tests) > 60
    broken = next(t for t in tests if t.get("verdict") == "fail" and "expiry" in t["requirement"])
    assert broken["level"] == "MUST"
    assert broken["section"] == "rfc7591 3.2.1"
    assert len(broken["resultsTableRow"]) == 8
    assert "expected: client_secret_expires_at" in broken["log"]
    assert "\n&gt; POST http://127.0.0.1:" in broken["log"]
    assert "\n&lt; 201 Created" in broken["log"]
    assert "Traceback" not in page


def test_tests_that_are_not_ours_keep_the_table_even(folder: Path) -> None:
    done = pytest_run(
        folder, "test_mine.py", "--target-url", TARGET, "--html", "mine.html", "--junitxml", "m.xml"
    )
    assert "INTERNALERROR" not in done.stdout
    tests = blob((folder / "mine.html").read_text(encoding="utf-8"))["tests"]
    (entry,) = next(iter(tests.values()))
    assert len(entry["resultsTableRow"]) == 8
    assert cases((folder / "m.xml").read_text())[0][1] == "test_mine"


def test_without_a_target_their_reports_are_theirs(folder: Path) -> None:
    done = pytest_run(folder, "test_mine.py", "--html", "plain.html")
    assert done.returncode == 0, done.stdout
    assert 'data-column-type="verdict"' not in (folder / "plain.html").read_text(encoding="utf-8")


def test_hostile_text_is_only_text_in_cells_and_details(make: Any, hostile: str) -> None:
    run = make.results(3, cases=2, said=hostile)
    for evil in (run, make.everywhere(run, hostile)):
        known = {exchange.id: exchange for exchange in evil.exchanges}
        for row, check in zip(evil.requirements, evil.checks[::2], strict=False):
            columns = Columns(lambda _, row=row, check=check: (row, check), known.get)
            cells = ["<td>result</td>", "<td>test</td>"]
            columns.pytest_html_results_table_row(SimpleNamespace(), cells)
            data = ["a traceback"]
            columns.pytest_html_results_table_html(SimpleNamespace(), data)
            for cell in cells[1:5]:
                inner = re.fullmatch(r'<td class="col-\w+">([^<>"]*)</td>', cell)
                assert inner is not None
            text = "\n".join(data)
            assert not re.search(r"[<>\"']", text)
            assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", text)
            assert not [c for c in set(text) if c != "\n" and is_strange(c)]
            # Lines that begin with E are coloured by a replacement in that page.
            assert not re.search(r"^E", text, re.MULTILINE)
            assert len(text) < 200_000


def test_a_transcript_reads_as_the_messages_went(make: Any) -> None:
    run = make.results(1)
    known = {exchange.id: exchange for exchange in run.exchanges}
    lines = transcript(run.requirements[0], run.checks[0], known.get)
    assert lines[0] == "fail: The provider does what `it` says, number 0."
    assert "  expected: status: 400" in lines
    assert "> POST https://as.example/register" in lines
    assert "< 201 Created (17 ms)" in lines
    assert "< Cache-Control: no-store" in lines
