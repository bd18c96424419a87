from __future__ import annotations

import base64
import hashlib
import re
import time
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from reports import compliance
from reports.results import Gate, Level, Place, Results, Run, Selection, Verdict

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "input", "br", "col", "wbr"}


class Page(HTMLParser):
    """The elements of a page in order, and whether each was closed by its own tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self.crossed: list[str] = []
        self._open: list[str] = []
        self._classes: list[str] = []
        self.feed(html)
        self.close()
        self.crossed += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.elements.append((tag, known))
        if tag not in VOID:
            self._open.append(tag)
            self._classes.append(known.get("class", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self._classes.pop()
        if self._open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        if self._classes:
            key = self._classes[-1] or self._open[-1]
            self.texts[key] = self.texts.get(key, "") + data

    def all(self, tag: str = "", css: str = "") -> list[dict[str, str]]:
        return [
            attributes
            for name, attributes in self.elements
            if tag in ("", name) and (not css or css in attributes.get("class", "").split())
        ]

    @property
    def ids(self) -> Counter[str]:
        return Counter(a["id"] for _, a in self.elements if "id" in a)


def page(results: Results) -> Page:
    return Page(compliance.render(results))


@pytest.fixture(scope="module")
def everything(make: Any) -> Results:
    result: Results = make.waived(make.blocked(make.results(8, cases=3)))
    return result


def test_the_same_results_make_the_same_page(everything: Results) -> None:
    read_again = Results.parse(everything.to_json())
    assert compliance.render(everything) == compliance.render(read_again)


def test_the_page_is_written_as_utf_8(everything: Results, tmp_path: Path) -> None:
    compliance.write(everything, tmp_path / "compliance.html")
    text = (tmp_path / "compliance.html").read_bytes().decode("utf-8")
    assert text == compliance.render(everything)


@pytest.mark.parametrize("failures", [0, 1, 8, 60])
def test_elements_nest_and_every_anchor_stands_once(make: Any, failures: int) -> None:
    run = make.results(failures, requirements=90)
    shown = page(run)
    assert not shown.crossed
    assert not [anchor for anchor, times in shown.ids.items() if times > 1]
    for row in run.requirements:
        assert shown.ids[row.id] == 1


def test_every_link_inside_the_page_leads_somewhere(everything: Results) -> None:
    shown = page(everything)
    targets = {a["href"][1:] for a in shown.all("a") if a["href"].startswith("#")}
    assert targets
    assert targets <= set(shown.ids)
    uses = {a["href"][1:] for a in shown.all("use")}
    assert uses <= set(shown.ids)


def test_style_and_script_are_those_that_the_policy_names(everything: Results) -> None:
    shown = page(everything)
    policy = next(a["content"] for a in shown.all("meta") if "http-equiv" in a)
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", shown.html, re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_is_fetched_and_nothing_runs_but_our_script(everything: Results) -> None:
    shown = page(everything)
    for _, attributes in shown.elements:
        assert "style" not in attributes
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        if "href" in attributes:
            assert re.match(r"#|https://|results\.json$", attributes["href"])
    assert not shown.all("link")
    assert not shown.all("img")


def test_each_exchange_stands_once(everything: Results) -> None:
    shown = page(everything)
    assert len(shown.all("details", "exchange")) == len(everything.exchanges)


def test_what_has_to_be_mended_stands_in_full_and_the_rest_in_the_tree(
    everything: Results,
) -> None:
    shown = page(everything)
    cards = [a for a in shown.all("details", "card") if "id" in a]
    assert Counter(a["data-verdict"] for a in cards) == {
        "fail": 7,
        "waived": 1,
        "finding": 2,
        "warning": 2,
    }
    assert len(shown.all("div", "req-blocked")) == 3
    assert len(shown.all("div", "stub")) == len(cards) + 3
    assert len(shown.all("li")) >= 12
    assert sum(a.get("data-verdict") == "unchecked" for a in shown.all("li")) == 12


def test_blocked_requirements_stand_under_their_one_cause(everything: Results) -> None:
    shown = page(everything)
    assert len(shown.all("details", "cause")) == 1
    assert "the token endpoint said 503" in shown.html


def test_the_matrix_counts_only_what_was_checked(everything: Results) -> None:
    shown = page(everything)
    assert shown.texts["sum"].startswith("All")
    cells = [a for a in shown.all("a") if "data-v" in a]
    assert {a["data-v"] for a in cells} == {
        *("fail", "blocked", "finding", "warning", "waived", "pass", "information"),
        *("not-applicable", "not-judged"),
    }
    total = re.search(r"<tfoot>.*?<td class=sum>(\d+)</td>", shown.html, re.DOTALL)
    assert total is not None
    assert total[1] == str(sum(row.checked for row in everything.requirements))


def head(run: Results) -> tuple[str, str]:
    html = compliance.render(run)
    found = re.search(r'<div class="verdict-head (\S+)">.*?<h1>(.*?)</h1>', html, re.DOTALL)
    assert found is not None
    return found[1], re.sub(r"<.*?>", "", found[2])


def test_a_run_that_broke_nothing_conforms(make: Any) -> None:
    css, sentence = head(make.results(0))
    assert css == "v-pass"
    assert sentence.startswith("Conforms: all")
    assert "id=in-short" not in compliance.render(make.results(0))


def test_a_run_with_failures_does_not_conform(make: Any) -> None:
    assert head(make.results(1))[0] == "v-fail"
    html = compliance.render(make.results(20))
    assert "12 more below" in html


def test_a_partial_run_never_says_that_it_conforms(make: Any) -> None:
    partial = Selection(partial=True, deselected_by="-k rfc7591")
    run = make.results(0, selection=partial)
    css, sentence = head(run)
    assert css == "v-not-judged"
    assert sentence.startswith("Partial run: all")
    assert "Conforms" not in compliance.render(run)
    assert "-k rfc7591" in compliance.render(run)


def test_an_interrupted_run_gives_no_verdict(make: Any) -> None:
    css, sentence = head(make.results(0, complete=False))
    assert css == "v-not-judged"
    assert "Conforms" not in sentence


def test_a_blocked_run_gives_no_verdict(make: Any) -> None:
    assert head(make.blocked(make.results(0)))[0] == "v-blocked"


def test_a_bug_of_ours_stands_first_and_asks_for_a_report(make: Any) -> None:
    run = make.results(2)
    first = run.requirements[5].model_copy(update={"verdict": Verdict.SUITE_ERROR})
    rows = (*run.requirements[:5], first, *run.requirements[6:])
    run = run.model_copy(update={"requirements": rows})
    assert head(run)[0] == "v-suite-error"
    html = compliance.render(run)
    assert html.index("id=suite-errors") < html.index("id=broken")
    assert "Please report it" in html


def test_a_gate_that_failed_for_another_reason_is_no_pass(make: Any) -> None:
    gate = Gate(passed=False, exit_status=1, sentence="", reasons=("the waiver of x is stale",))
    run = make.results(0, gate=gate)
    css, _ = head(run)
    assert css == "v-fail"
    assert "The waiver of x is stale" in compliance.render(run)


def test_nothing_judged_is_never_green(make: Any) -> None:
    run = make.results(0, requirements=0)
    assert head(run)[0] == "v-not-judged"
    assert "Nothing was judged" in compliance.render(run)


def test_a_level_that_the_provider_is_not_held_to_is_said(make: Any) -> None:
    run = make.results(1)
    row = run.requirements[0].model_copy(
        update={"effective_level": Level.SHOULD, "verdict": Verdict.WARNING}
    )
    html = compliance.render(run.model_copy(update={"requirements": (row, *run.requirements[1:])}))
    assert "MUST in the specification, SHOULD for what this provider declares" in html


def test_unknown_ids_of_steps_and_exchanges_are_left_out(make: Any) -> None:
    run = make.results(1)
    check = run.checks[0]
    aspect = check.aspects[0].model_copy(update={"places": (Place(step="gone:1"),)})
    check = check.model_copy(update={"exchanges": ("gone",), "aspects": (aspect,)})
    shown = page(run.model_copy(update={"checks": (check, *run.checks[1:])}))
    assert not shown.crossed


def test_who_had_it_run_is_named_where_the_settings_say_so(make: Any) -> None:
    named = {"operator": "Example Bank", "product": "AS", "version": "7", "assessor": "Ann"}
    html = compliance.render(
        make.results(0, run=Run(started="2026-11-24T07:12:00Z", settings={"report": named}))
    )
    assert "Example Bank" in html
    assert "AS 7" in html
    assert "Ann" in html


def test_a_thousand_checks_with_six_hundred_exchanges_stay_within_bounds(make: Any) -> None:
    run = make.results(40, requirements=1000, exchanges=600, unchecked=0)
    compliance.render(make.results(1))
    started = time.process_time()
    html = compliance.render(run)
    assert time.process_time() - started < 2
    assert len(html.encode()) < 5_000_000


def test_a_usual_run_with_the_whole_catalogue_stays_small(make: Any) -> None:
    html = compliance.render(make.results(6, requirements=100, exchanges=90, unchecked=470))
    assert len(html.encode()) < 2_000_000
