"""A person at the console, in a browser that runs no scripts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mock_directory.chromium import browser_with
from tests.mock_directory.conftest import CALLBACK, alive, segments
from tests.mock_directory.test_certificates import KEY, csr_of, public_pem
from tests.reports.axe.install import NotAvailableError, script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mock_directory.chromium import Browser
    from tests.mock_directory.conftest import Live

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("DCR_PICTURES")
"""A folder for pictures of the pages, where somebody wants to look at them."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser_with(tmp_path_factory.mktemp("profile")) as made:
        yield made


def picture(browser: Browser, name: str, **options: bool | int) -> None:
    if PICTURES:
        browser.picture(Path(PICTURES) / f"{name}.png", **options)


def complaints(browser: Browser) -> list[str]:
    """What the browser had to say against the page: policy, missing files."""
    return [
        json.dumps(event["params"])
        for event in browser.events
        if event.get("method") in ("Log.entryAdded", "Network.loadingFailed")
    ]


def enrol(browser: Browser, live: Live, name: str = "Budget planner") -> None:
    browser.open(live.running.base)
    assert complaints(browser) == []
    browser.fill("[action$=enrol-organisation] [name=name]", "Example Bank")
    browser.press("[action$=enrol-organisation] button")
    browser.fill("[action$=enrol-software] [name=name]", name)
    browser.fill("[action$=enrol-software] [name=redirect_uris]", f"{CALLBACK}\n{CALLBACK}2")
    browser.press("[action$=enrol-software] button")


def test_from_nothing_to_a_statement_without_scripts(browser: Browser, live: Live) -> None:
    enrol(browser, live)
    (software,) = live.get("/api/software")["software"]
    assert software["redirect_uris"] == [CALLBACK, f"{CALLBACK}2"]
    browser.press("[action$=statement] button")
    assert complaints(browser) == []
    header, claims = segments(browser.text("#statement"))
    assert claims["client_name"] == "Budget planner"
    assert header["kid"] in [key["kid"] for key in live.client.get("/jwks").json()["keys"]]
    picture(browser, "statement")


def test_it_shows_exactly_what_a_provider_must_be_told(browser: Browser, live: Live) -> None:
    browser.open(live.running.base)
    trust = live.get("/api/trust")
    assert browser.text("#issuer") == trust["issuer"]
    assert browser.text("#jwks-uri") == trust["jwks_uri"]
    assert browser.text("#ca-bundle") == trust["ca_bundle_uri"]
    assert browser.text("#trust textarea").strip() == trust["ca_bundle"].strip()


def test_a_certificate_from_a_request_or_a_key(browser: Browser, live: Live) -> None:
    enrol(browser, live)
    browser.fill("[action$=certificate] [name=csr]", csr_of(KEY))
    browser.press("[action$=certificate] button")
    (software,) = live.get("/api/software")["software"]
    assert browser.text("#subject").startswith(f"CN={software['id']},")
    assert browser.text("#certificate").count("BEGIN CERTIFICATE") == 2
    picture(browser, "certificate")
    browser.press("[action$=certificate] button")
    assert "give one of csr, public_key and jwk" in browser.text("[role=alert]")
    browser.fill("[action$=certificate] [name=public_key]", public_pem(KEY))
    browser.press("[action$=certificate] button")
    assert browser.text("#subject").startswith(f"CN={software['id']},")


def test_keys_and_statuses(browser: Browser, live: Live) -> None:
    enrol(browser, live)
    browser.press("[action$='/rotate'] button")
    assert "retiring, published until" in browser.text("#keys")
    browser.fill("[action$=add-key] select", "ES256")
    browser.press("[action$=add-key] button")
    browser.press("[action$=remove-key] button")
    assert [key["status"] for key in live.get("/api/keys")["keys"]] == [
        "removed",
        "signing",
        "signing",
    ]
    browser.fill("[action$=software-status] select", "revoked")
    browser.press("[action$=software-status] button")
    assert live.get("/api/software")["software"][0]["status"] == "revoked"
    browser.press("[action$=statement] button")
    assert "the software product is revoked" in browser.text("[role=alert]")
    live.client.get("/jwks", headers={"User-Agent": b"provider/1 \x9f"})
    browser.open(live.running.base)
    assert "GET /jwks" in browser.text("#fetches")
    picture(browser, "keys")
    picture(browser, "keys-dark", dark=True)
    picture(browser, "keys-phone", width=390)


def test_a_mistake_is_shown_at_its_field_and_nothing_typed_is_lost(
    browser: Browser, live: Live
) -> None:
    enrol(browser, live)
    browser.fill("[action$=enrol-software] [name=name]", "Second")
    browser.fill("[action$=enrol-software] [name=redirect_uris]", "/relative")
    browser.fill("[action$=enrol-software] [name=claims]", '{"a": ')
    browser.press("[action$=enrol-software] button")
    assert "it is no JSON" in browser.text("#flaw-claims")
    browser.fill("[action$=enrol-software] [name=claims]", "")
    browser.press("[action$=enrol-software] button")
    assert "an absolute URI" in browser.text("#flaw-redirect_uris")
    assert browser.text("[action$=enrol-software] [name=name]") == "Second"
    assert browser.text("[action$=enrol-software] [name=redirect_uris]") == "/relative"
    assert len(live.get("/api/software")["software"]) == 1
    picture(browser, "mistake")


def test_the_clock_is_set_and_set_back(browser: Browser, live: Live) -> None:
    enrol(browser, live)
    assert ", the real time" in browser.text("#clock")
    real = live.get("/api/clock")["now"]
    browser.fill("#clock-now [name=now]", "2027-01-31T12:00:00Z")
    browser.press("#clock-now button")
    assert complaints(browser) == []
    assert browser.text("#time").startswith("2027-01-31T12:00:0")
    assert "Its clock is set: 2027-01-31T12:00:0" in browser.text("header")
    browser.press("[action$=statement] button")
    _, claims = segments(browser.text("#statement"))
    assert 0 <= claims["iat"] - 1_801_396_800 < 60
    browser.open(live.running.base)
    browser.fill("#clock-offset [name=offset_s]", "-86400")
    browser.press("#clock-offset button")
    assert "86400 s behind the real time" in browser.text("#clock")
    assert abs(live.get("/api/clock")["now"] + 86_400 - real) < 60
    picture(browser, "clock")
    browser.press("#clock-real button")
    assert ", the real time" in browser.text("#clock")
    assert "Its clock is set" not in browser.text("header")
    assert live.get("/api/clock")["offset_s"] == 0


def test_a_time_that_is_none_is_shown_at_its_field(browser: Browser, live: Live) -> None:
    browser.open(live.running.base)
    browser.fill("#clock-now [name=now]", "tomorrow")
    browser.press("#clock-now button")
    assert "a time is seconds since 1970" in browser.text("#clock-now #flaw-now")
    assert browser.text("#clock-now [name=now]") == "tomorrow"
    browser.fill("#clock-now [name=now]", "")
    browser.fill("#clock-offset [name=offset_s]", "an hour")
    browser.press("#clock-offset button")
    assert "is a whole number" in browser.text("#clock-offset #flaw-offset_s")
    assert live.get("/api/clock")["offset_s"] == 0
    picture(browser, "clock-mistake")


def test_an_outage_is_on_the_page(browser: Browser, live: Live) -> None:
    live.ask("PUT", "/api/outage", 200, {"outage": "hanging"})
    browser.open(live.running.base)
    assert "Its key set fails on command: hanging." in browser.text("header")


def test_where_a_token_is_needed_it_is_asked_for_once(browser: Browser) -> None:
    with alive(public_url="https://directory.example") as live:
        browser.open(live.running.address)
        browser.fill("[name=token]", "wrong")
        browser.press("[action$=session] button")
        assert "token" in browser.text("[role=alert]")
        picture(browser, "token")
        browser.fill("[name=token]", live.running.token or "")
        browser.press("[action$=session] button")
        assert browser.run("document.querySelector('[name=token]')") is None
        browser.fill("[action$=enrol-organisation] [name=name]", "Example Bank")
        browser.press("[action$=enrol-organisation] button")
        assert len(live.get("/api/organisations")["organisations"]) == 1
        assert live.running.token not in browser.run("document.documentElement.outerHTML")


def test_nothing_overflows_a_phone(browser: Browser, live: Live) -> None:
    enrol(browser, live, name="W" * 256)
    browser.press("[action$=statement] button")
    browser.size(360)
    assert browser.run("document.documentElement.scrollWidth") <= 360
    picture(browser, "phone", width=360)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_wcag_aa_by_axe(browser: Browser, live: Live, width: int, dark: bool) -> None:  # noqa: FBT001
    try:
        axe = script()
    except NotAvailableError as reason:
        pytest.skip(str(reason))
    enrol(browser, live)
    browser.press("[action$='/rotate'] button")
    browser.press("[action$=statement] button")
    browser.look(dark=dark)
    browser.size(width)
    browser.run("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    try:
        browser.run(f"{axe}; 0")
        found = browser.run(
            "axe.run(document, {resultTypes: ['violations']}).then((all) => [all.passes.length,"
            " all.violations.map((rule) => rule.id + ': ' + rule.nodes[0].failureSummary"
            " + ' in ' + rule.nodes[0].html)])"
        )
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.look(dark=False)
    passes, violations = found
    assert violations == []
    assert passes > 10


def test_nothing_that_was_enrolled_is_markup(browser: Browser, live: Live) -> None:
    name = (
        "</textarea><script>document.title='ran'</script><img src=x onerror=document.title='ran'>"
    )
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    try:
        enrol(browser, live, name=name)
        live.client.get("/jwks", headers={"User-Agent": name})
        browser.press("[action$=statement] button")
        assert browser.run("document.title") == "Issued"
        assert browser.run("document.querySelectorAll('img, script').length") == 0
        assert complaints(browser) == []
        browser.fill("[action$=enrol-software] [name=redirect_uris]", name)
        browser.fill("[action$=enrol-software] [name=name]", name)
        browser.press("[action$=enrol-software] button")
        assert browser.text("[action$=enrol-software] [name=redirect_uris]") == name
        assert browser.run("document.querySelectorAll('img, script').length") == 0
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
