"""WCAG AA of every page of ours, by axe-core in Chromium: both themes, wide and phone width."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from reports import comparison, comparison_page, compliance, matrix
from tests.reports.axe.install import NotAvailableError, script
from tests.reports.browser import DARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.results import Results

pytestmark = pytest.mark.browser

# Our policy lets no foreign script in, so the page is looked at without it.
RUN = """<script src=/axe.js></script><script>
const all = () => document.querySelectorAll('details');
const name = (found) => { top.document.title = 'axe ' + JSON.stringify(found); };
addEventListener('load', () => {
  if (location.hash === '#all') all().forEach((box) => { box.open = true; });
  if (location.hash === '#keys') document.getElementById('keys').showModal();
  axe.run(document, { resultTypes: ['violations'] }).then((found) => name({
    passes: found.passes.length,
    violations: found.violations.map((rule) => ({
      rule: rule.id, times: rule.nodes.length,
      first: rule.nodes[0].html.slice(0, 200), why: rule.nodes[0].failureSummary,
    })),
  }), (error) => name({ passes: 0, violations: [String(error)] }));
});
</script>"""
FRAME = """<!doctype html><html lang=en><title>waiting</title><body style="margin:0">
<iframe title=page src="{src}" width=390 height=3000 style="border:0"></iframe>"""


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return script()
    except NotAvailableError as reason:
        pytest.skip(str(reason))


def everything(make: Any) -> dict[str, str]:
    run: Results = make.waived(make.blocked(make.results(6, requirements=40, cases=2)))
    old = make.results(3, requirements=40)
    since = run.model_copy(update={"since": comparison.compare(old, run)})
    return {
        "compliance": compliance.render(since, digest="0" * 64),
        "clean": compliance.render(make.results(0)),
        "comparison": comparison_page.render(old, run),
        "matrix": matrix.render([(run, ""), (old, "old/compliance.html"), (make.results(0), "")]),
    }


class Looked:
    """What axe-core finds on a page."""

    def __init__(self, served: Any, dom: Callable[..., str], axe: str) -> None:
        self._served, self._dom = served, dom
        served.pages["/axe.js"] = axe

    def at(self, pages: dict[str, str], address: str, *, dark: bool, phone: bool) -> list[Any]:
        for name, page in pages.items():
            bare = re.sub(r"<meta http-equiv=Content-Security-Policy[^>]*>", "", page)
            self._served.pages[f"/{name}"] = bare.replace("</body>", RUN + "</body>")
        if phone:
            self._served.pages["/frame"] = FRAME.replace("{src}", html.escape(address))
            address = "/frame"
        options = ["--virtual-time-budget=20000", *([DARK] if dark else [])]
        shown = self._dom(f"{self._served.url}{address}", *options)
        found = re.search(r"<title>axe (\{.*?\})</title>", shown, re.DOTALL)
        assert found is not None, re.findall(r"<title>.*?</title>", shown)
        said = json.loads(html.unescape(found[1]))
        assert said["passes"] > 15, said
        return list(said["violations"])


@pytest.fixture
def looked(served: Any, dom: Callable[..., str], axe: str) -> Looked:
    return Looked(served, dom, axe)


ADDRESSES = (
    "/compliance",
    "/compliance#all",
    "/compliance?verdict=fail,waived&q=says",
    "/compliance#keys",
    "/clean",
    "/comparison",
    "/matrix",
)


@pytest.mark.parametrize(
    ("address", "dark", "phone"),
    [
        *((address, False, False) for address in ADDRESSES),
        *((address, True, True) for address in ADDRESSES),
        ("/compliance#all", True, False),
        ("/compliance#all", False, True),
        ("/matrix", True, False),
    ],
)
def test_no_page_breaks_a_rule(
    make: Any,
    looked: Looked,
    address: str,
    dark: bool,  # noqa: FBT001 - both are tried
    phone: bool,  # noqa: FBT001
) -> None:
    assert looked.at(everything(make), address, dark=dark, phone=phone) == []


def test_a_page_that_breaks_rules_is_seen(make: Any, looked: Looked) -> None:
    bad = compliance.render(make.results(0))
    bad = bad.replace("--fg2:#4e5661", "--fg2:#b8bcc2").replace("<html lang=en>", "<html>")
    bad = bad.replace("<label class=hide for=q>Text</label>", "")
    found = {item["rule"] for item in looked.at({"bad": bad}, "/bad", dark=False, phone=False)}
    assert {"color-contrast", "html-has-lang"} <= found
