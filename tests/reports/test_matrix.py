from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reports import compliance, matrix
from reports.results import Results

ROOT = Path(__file__).parents[2]


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dcr_conformance.py"), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


def named(run: Results, name: str) -> Results:
    target = run.target.model_copy(update={"issuer": name, "url": name})
    return run.model_copy(update={"target": target})


def cells(page: str, requirement: str) -> list[str]:
    row = re.search(rf"<tr [^>]*><th scope=row id=\"r-{re.escape(requirement)}\">.*?</tr>", page)
    assert row is not None
    return re.findall(r"<td class=(?:v-)?([\w-]+)[^>]*>", row[0].replace("<td class=num>", ""))


def test_a_cell_says_what_each_run_says(make: Any) -> None:
    clean, broken = make.results(0), make.waived(make.blocked(make.results(2)))
    page = matrix.render([(clean, ""), (named(broken, "https://b.example"), "")])
    assert cells(page, clean.requirements[0].id) == ["pass", "waived"]
    assert cells(page, clean.requirements[1].id) == ["pass", "fail"]
    assert "https://b.example" in page
    make.check_page(page)


def test_a_requirement_that_a_run_did_not_check_is_empty(make: Any) -> None:
    few = make.results(0)
    rows = few.requirements[1:]
    page = matrix.render(
        [(make.results(0), ""), (few.model_copy(update={"requirements": rows}), "")]
    )
    assert cells(page, few.requirements[0].id) == ["pass", "empty"]


def test_every_cell_that_matters_leads_to_evidence(make: Any) -> None:
    run = make.blocked(make.results(4))
    page = matrix.render([(run, ""), (named(run, "https://b.example"), "b/compliance.html")])
    ids = set(re.findall(r' id="?([^\s">]+)', page))
    links = re.findall(r'<td class=v-(\w+)[^>]*><a href="([^"]*)"', page)
    anchors = set(re.findall(r'id="([^"]+)"', compliance.render(run)))
    assert len([1 for verdict, _ in links if verdict == "fail"]) == 8
    for _, link in links:
        if link.startswith("#"):
            assert link[1:] in ids
        else:
            assert link.removeprefix("b/compliance.html#") in anchors
    assert "<b>Expected</b> status: 400" in page


def test_nights_of_one_provider_are_told_apart_by_their_date(make: Any) -> None:
    runs = [
        make.results(0, run=make.results(0).run.model_copy(update={"judged_at": stamp}))
        for stamp in ("2026-10-01T02:00:00Z", "2026-10-02T02:00:00Z")
    ]
    page = matrix.render([(run, "") for run in runs])
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert "2026-10-01 02:00" in head
    assert "https://as.example" not in head
    assert "of https://as.example" in page


def test_the_command_finds_pages_beside_results(make: Any, tmp_path: Path) -> None:
    for name, page in (("with page", True), ("without", False)):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        (folder / "results.json").write_text(make.results(2).to_json())
        if page:
            (folder / "compliance.html").write_text("page")
    (tmp_path / "out").mkdir()
    done = command(
        tmp_path,
        *("matrix", "runs/with page", "runs/without/results.json"),
        *("--output", "out/matrix.html"),
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "matrix.html").read_text(encoding="utf-8")
    assert 'href="../runs/with%20page/compliance.html#rfc7591-0-does' in page
    assert "runs/without" not in page
    assert command(tmp_path, "matrix", "runs").returncode == 4


def test_hostile_text_is_only_text_in_a_matrix(make: Any, hostile: str) -> None:
    run = make.waived(make.blocked(make.results(3, cases=2, said=hostile)))
    evil = make.everywhere(run, hostile)
    pages = "a%20b/compliance.html"
    page = matrix.render([(run, ""), (evil, ""), (run, pages), (evil, pages)])
    make.check_page(page, beside=r"a%20b/compliance\.html(#.*)?")
    assert len(page) < 2_000_000


def test_no_run_is_no_error(make: Any) -> None:
    empty = make.results(0, requirements=0)
    assert "No run checked anything" in matrix.render([(empty, "")])


@pytest.mark.slow
def test_fifty_large_results_take_less_than_five_seconds(make: Any, tmp_path: Path) -> None:
    run = make.results(40, requirements=1000, exchanges=600, unchecked=0)
    (tmp_path / "0.json").write_text(run.to_json())
    for number in range(1, 50):
        os.link(tmp_path / "0.json", tmp_path / f"{number}.json")
    started = time.perf_counter()
    done = command(tmp_path, "matrix", *(f"{number}.json" for number in range(50)))
    taken = time.perf_counter() - started
    assert done.returncode == 0, done.stderr
    print(f"a matrix of 50 results: {taken:.1f} s")
    # Measured 3.1 s on two idle cores; the rest is for whatever else runs beside.
    assert taken < 10
    assert (tmp_path / "matrix.html").stat().st_size < 10_000_000
