from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from reports import compliance
from reports.hostile import plain, prose, visible, wire
from reports.results import Check, Exchange, Requirement, Results


def test_what_a_provider_says_is_only_shown(make: Any, hostile: str) -> None:
    run = make.waived(make.blocked(make.results(3, requirements=30, exchanges=12, said=hostile)))
    html = compliance.render(run)
    make.check_page(html)
    assert len(html) < 2_000_000


def test_a_results_file_that_somebody_made_up_is_only_shown(make: Any, hostile: str) -> None:
    run = make.waived(make.blocked(make.results(3, requirements=20, exchanges=8, cases=2)))
    evil: Results = make.everywhere(run, hostile)
    html = compliance.render(evil)
    make.check_page(html)
    assert len(html) < 5_000_000


def test_the_spoiler_reaches_every_part(make: Any) -> None:
    evil: Results = make.everywhere(make.results(2, cases=2), "MARK")
    assert evil.target.issuer == "MARK"
    assert evil.exchanges[0].steps[0].curl == "MARK"
    assert evil.checks[0].aspects[0].actual == "MARK"
    known = {exchange.id for exchange in evil.exchanges}
    assert set(evil.checks[0].exchanges) <= known


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", ""]
)
def test_only_web_links_are_links(make: Any, link: str) -> None:
    run = make.results(1)
    rows = tuple(row.model_copy(update={"link": link}) for row in run.requirements)
    html = compliance.render(run.model_copy(update={"requirements": rows}))
    assert f'href="{link}"' not in html


def test_equal_and_empty_ids_get_anchors_of_their_own(make: Any) -> None:
    row: Requirement = make.results(1).requirements[0]
    same = tuple(row.model_copy(update={"id": name}) for name in ("mend", "mend", "", "\u202e"))
    exchanges = tuple(Exchange(id=name, name=name) for name in ("a b", "a-b", "a/b", ""))
    run = make.results(0, requirements=0, exchanges=0, unchecked=0)
    html = compliance.render(run.model_copy(update={"requirements": same, "exchanges": exchanges}))
    ids = [attributes["id"] for _, attributes in make.tags(html).tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"mend-2", "mend-3", "x", "x-a-b", "x-a-b-2", "x-a-b-3"} <= set(ids)


def test_control_bidi_and_invisible_characters_are_shown_by_number() -> None:
    assert visible("a\u202eb") == "a<span class=char>U+202E</span>b"
    assert visible("\u202e" * 200) == "<span class=char>U+202E x200</span>"
    assert visible("\x00") == "<span class=char>U+0000</span>"
    assert visible("\ud800") == "<span class=char>U+D800</span>"
    assert visible("a\u00a0b") == "a<span class=char>U+00A0</span>b"
    assert visible("Zoë, 東京 <b>") == "Zoë, 東京 &lt;b&gt;"
    assert visible("שלום") == "<bdi>שלום</bdi>"


def test_a_letter_keeps_a_few_marks_and_no_tower() -> None:
    assert visible("e\u0301\u0323") == "e\u0301\u0323"
    assert visible("e" + "\u0301" * 10) == "e<span class=char>U+0301 x10</span>"
    mixed = visible("e" + "\u0301\u0323" * 10)
    assert sum(unicodedata.combining(c) > 0 for c in mixed) == 3


def test_long_values_are_cut_inside_with_a_count() -> None:
    shown = visible("A" * 1_000_000, 400)
    assert shown.startswith("A" * 160 + "<span class=cut>")
    assert "999,840 more characters" in shown
    assert plain("A" * 2000, 10) == "AAAAAAAAAA (1,990 more characters)"


def test_placeholders_of_credentials_are_set_apart() -> None:
    assert wire("Basic [client_credentials:1]<") == (
        "Basic <span class=secret>[client_credentials:1]</span>&lt;"
    )


def test_code_in_sentences_of_the_catalogue() -> None:
    assert prose("send `a<b` now") == "send <code>a&lt;b</code> now"
    assert prose("a lone ` stays") == "a lone ` stays"


def test_deep_json_is_shown_as_it_came(make: Any) -> None:
    deep = "[" * 60_000
    step = make.step("e:0")
    request = step.request.model_copy(update={"body": make.body(deep)})
    exchange = make.exchange(0).model_copy(
        update={"steps": (step.model_copy(update={"request": request}),)}
    )
    run = make.results(0, exchanges=0)
    html = compliance.render(run.model_copy(update={"exchanges": (exchange,)}))
    assert "58,400 more characters" in html
    assert isinstance(run.checks[0], Check)
