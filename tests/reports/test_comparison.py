from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reports import comparison, comparison_page, compliance, markdown
from reports.results import Results, Verdict

ROOT = Path(__file__).parents[2]


def with_verdicts(run: Results, verdicts: dict[int, Verdict], reason: str = "") -> Results:
    rows = list(run.requirements)
    checks = list(run.checks)
    for number, verdict in verdicts.items():
        rows[number] = rows[number].model_copy(update={"verdict": verdict})
        checks[number] = checks[number].model_copy(update={"verdict": verdict, "actual": reason})
    return run.model_copy(update={"requirements": tuple(rows), "checks": tuple(checks)})


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("pass", "fail", "worse"),
        ("fail", "pass", "better"),
        ("warning", "finding", "worse"),
        ("fail", "warning", "better"),
        ("pass", "not judged", "worse"),
        ("pass", "blocked", "worse"),
        ("pass", "suite error", "worse"),
        ("information", "not judged", "worse"),
        ("pass", "information", "other"),
        ("pass", "not applicable", "other"),
        ("fail", "not judged", "other"),
        ("fail", "blocked", "other"),
        ("blocked", "fail", "other"),
        ("blocked", "pass", "better"),
        ("blocked", "not judged", "better"),
        ("not judged", "fail", "worse"),
        ("not judged", "pass", "better"),
        ("suite error", "fail", "other"),
        ("fail", "fail", ""),
    ],
)
def test_what_a_change_means(before: str, after: str, kind: str) -> None:
    assert comparison.direction(Verdict(before), Verdict(after)) == kind


def test_every_pair_of_verdicts_has_a_meaning_and_no_way_back_is_the_same_way() -> None:
    for before in Verdict:
        for after in Verdict:
            there, back = comparison.direction(before, after), comparison.direction(after, before)
            assert bool(there) == (before is not after)
            assert (there, back) not in {("better", "better"), ("worse", "worse")}


def test_better_worse_new_and_gone(make: Any) -> None:
    old = make.results(4)
    new = with_verdicts(old, {0: Verdict.PASS, 10: Verdict.FAIL}, "the new reason")
    rows = [row for row in new.requirements if row.id != old.requirements[20].id]
    rows.append(rows[5].model_copy(update={"id": "rfc7591-9-newcomer"}))
    since = comparison.compare(old, new.model_copy(update={"requirements": tuple(rows)}))
    found = {change.kind: change for change in since.changes}
    assert [change.kind for change in since.changes] == ["worse", "better", "new", "gone"]
    assert found["worse"].requirement == old.requirements[10].id
    assert found["worse"].after_reason == "the new reason"
    assert found["better"].before_reason == "201, Probe"
    assert found["new"].requirement == "rfc7591-9-newcomer"
    assert found["gone"].before is Verdict.PASS
    assert since.unchanged == 57
    assert comparison.sentence(since) == "1 worse, 1 better, 1 new, 1 gone, 57 unchanged"


def test_equal_results_changed_nothing(make: Any) -> None:
    run = make.waived(make.results(3))
    assert comparison.compare(run, run).changes == ()
    assert comparison.compare(run, run).notes == ()


def test_a_waiver_that_came_is_neither_better_nor_worse(make: Any) -> None:
    run = make.results(3)
    (change,) = comparison.compare(run, make.waived(run)).changes
    assert change.kind == "other"
    assert change.after_reason.startswith("waived: fix is on its way")


def test_what_makes_two_runs_hard_to_compare_is_said(make: Any) -> None:
    old, new = make.results(0), make.results(0, complete=False)
    target = new.target.model_copy(update={"issuer": "https://b.example", "declares": ("rfc7591",)})
    suite = new.suite.model_copy(update={"version": "9"})
    new = new.model_copy(update={"target": target, "suite": suite})
    notes = " ".join(comparison.compare(old, new).notes)
    for said in ("two targets", "interrupted", "and 9 (catalogue", "rfc7592 in only one"):
        assert said in notes


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dcr_conformance.py"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_the_command_exits_1_where_something_got_worse(make: Any, tmp_path: Path) -> None:
    good, bad, page = (str(tmp_path / name) for name in ("good.json", "bad.json", "page.html"))
    run = make.results(0)
    Path(good).write_text(run.to_json())
    Path(bad).write_text(with_verdicts(run, {0: Verdict.FAIL}, "it broke").to_json())
    worse = command("compare", good, bad, "--html", page)
    assert worse.returncode == 1, worse.stderr
    assert f"WORSE   {run.requirements[0].id}\n  verdict   pass -> fail" in worse.stdout
    assert "  now       it broke" in worse.stdout
    assert "1 worse" in Path(page).read_text(encoding="utf-8")
    assert command("compare", bad, good).returncode == 0
    assert command("compare", good, good).returncode == 0
    assert command("compare", good, str(tmp_path / "none.json")).returncode == 4


def test_a_page_rendered_since_an_older_file_says_so_on_top(make: Any, tmp_path: Path) -> None:
    run = make.results(0)
    new = with_verdicts(run, {0: Verdict.FAIL}, "it broke")
    (tmp_path / "old.json").write_text(run.to_json())
    (tmp_path / "results.json").write_text(new.to_json())
    old = str(tmp_path / "old.json")
    done = command("report", str(tmp_path / "results.json"), "--since", old)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "compliance.html").read_text(encoding="utf-8")
    strip = re.search(r"<p class=since>.*?</p>", page, re.DOTALL)
    assert strip is not None
    assert "Since the run of 24 November 2026, 07:12 UTC" in strip[0]
    assert f'href="#{run.requirements[0].id}"' in strip[0]
    assert page.index("<p class=since>") < page.index("id=mend")
    assert "id=changes" in page
    done = command(
        *("report", str(tmp_path / "results.json"), "--since", old),
        *("--format", "markdown", "--output", "-"),
    )
    assert f"- worse: `{run.requirements[0].id}` pass -> fail: `it broke`" in done.stdout


def test_without_an_older_file_nothing_is_said_of_changes(make: Any) -> None:
    page = compliance.render(make.results(1))
    assert "class=since" not in page
    assert "#changes" not in page
    assert "unchanged" not in markdown.render(make.results(1))


def test_hostile_text_is_only_text_in_comparisons(make: Any, hostile: str) -> None:
    old = make.results(3, said="Probe")
    new = make.everywhere(make.waived(make.results(3, said=hostile)), hostile)
    mixed = with_verdicts(make.results(0), {0: Verdict.FAIL}, hostile)
    for since_of, run in ((old, new), (new, old), (old, mixed)):
        since = comparison.compare(since_of, run)
        assert since.changes
        for line in comparison.lines(since):
            assert line.isprintable()
            assert len(line) < 5000
        make.check_page(comparison_page.render(since_of, run), scripts=0)
        make.check_page(compliance.render(run.model_copy(update={"since": since})))


def judged(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
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


def test_a_run_says_what_changed_since_an_older_one(tmp_path: Path) -> None:
    judged(tmp_path, "--target-url", "reference", "--dcr-report-dir", "old")
    broken = "reference:fault-secret-without-expiry"
    done = judged(tmp_path, "--target-url", broken, "--dcr-since", "old/results.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "WORSE   rfc7591-3.2.1-secret-expiry-present\n  verdict   pass -> fail" in done.stdout
    run = Results.read(tmp_path / "dcr-report" / "results.json")
    assert run.since is not None
    assert run.since.kind == "earlier run"
    page = (tmp_path / "dcr-report" / "compliance.html").read_text(encoding="utf-8")
    assert "<p class=since>" in page
    missing = judged(tmp_path, "--target-url", broken, "--dcr-since", "missing.json")
    assert missing.returncode == 4, missing.stdout
    assert "cannot read missing.json" in missing.stdout + missing.stderr


def test_a_replay_says_which_verdicts_changed_and_why(tmp_path: Path) -> None:
    """The recorded verdict is altered: so it looks to a suite that judges otherwise."""
    judged(tmp_path, "--target-url", "reference:fault-secret-without-expiry")
    data = json.loads((tmp_path / "dcr-report" / "results.json").read_text(encoding="utf-8"))
    key = "rfc7591-3.2.1-secret-expiry-present"
    for row in [*data["requirements"], *data["checks"]]:
        if key in (row.get("id"), row.get("requirement")):
            row["verdict"] = "warning"
            if "actual" in row:
                row["actual"] = "thought to be a trifle"
    data["suite"]["version"] = "0.0.1"
    (tmp_path / "old.json").write_text(json.dumps(data), encoding="utf-8")
    done = judged(tmp_path, "--dcr-replay", "old.json")
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout[done.stdout.index("Against the verdicts recorded") :]
    counted = r"by dcr-conformance 0\.0\.1\n  1 worse, 0 better, 0 new, 0 gone, \d\d+ unchanged\n"
    assert re.search(counted, said)
    assert f"WORSE   {key}\n  verdict   warning -> fail\n" in said
    assert "before    thought to be a trifle\n  now       no client_secret_expires_at\n" in said
    run = Results.read(tmp_path / "dcr-report" / "results.json")
    assert run.since is not None
    assert run.since.kind == "recording"


def test_a_replay_by_the_same_suite_changes_nothing(tmp_path: Path) -> None:
    judged(tmp_path, "--target-url", "reference", "--dcr-report-dir", "old")
    done = judged(tmp_path, "--dcr-replay", "old/results.json")
    assert re.search(r"0 worse, 0 better, 0 new, 0 gone, \d\d+ unchanged", done.stdout)
