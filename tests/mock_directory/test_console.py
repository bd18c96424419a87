"""The console by its bytes: policy, forms, and what becomes of bad ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mock_directory.console import ACTIONS, seen
from tests.mock_directory.conftest import alive

if TYPE_CHECKING:
    from tests.mock_directory.conftest import Live

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_the_page_may_load_its_style_and_nothing_else(live: Live) -> None:
    page = live.client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    assert not re.search(r"\son\w+=|\sstyle=", page.text)
    (sheet,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page.text)
    style = live.client.get(sheet)
    assert style.headers["content-type"].startswith("text/css")


def test_every_form_of_the_page_is_an_action_and_every_action_a_form(live: Live) -> None:
    live.enrol()
    page = live.client.get("/").text
    assert set(re.findall(r'action="/console/([\w-]+)"', page)) == set(ACTIONS)
    for action in ACTIONS.values():
        assert action.operation


def test_a_form_that_was_done_leads_back_to_the_page(live: Live) -> None:
    answer = live.client.post("/console/rotate", data={"overlap_s": "60"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/#keys")
    assert len(live.get("/api/keys")["keys"]) == 2


def test_a_token_that_nobody_asked_for_is_not_kept(live: Live) -> None:
    answer = live.client.post("/console/session", data={"token": "żółw\r\n"})
    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers


def test_the_token_is_kept_where_no_script_and_no_other_site_gets_at_it() -> None:
    with alive(public_url="https://directory.example") as live:
        token = live.running.token or ""
        answer = live.client.post("/console/session", data={"token": token})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert live.client.post("/console/session", data={"token": "ż"}).status_code == 401


@pytest.mark.parametrize(
    ("action", "content", "status"),
    [
        ("nothing", b"", 404),
        ("enrol-organisation", b"", 400),
        ("enrol-organisation", b"name=%00", 400),
        ("enrol-organisation", b"name=%ED%A0%80%FF", 201),
        ("enrol-organisation", "name=ä".encode(), 400),
        ("enrol-organisation", b"&".join(b"a=b" for _ in range(200)), 400),
        ("enrol-organisation", b"name=" + b"x" * (1 << 20), 413),
        ("enrol-software", b"name=x&redirect_uris=https://a/&organisation_id=nobody", 400),
        ("enrol-software", b"name=x&redirect_uris=https://a/&claims=%ff", 400),
        ("rotate", b"overlap_s=-1", 400),
        ("rotate", b"overlap_s=%D9%A1", 400),
        ("remove-key", b"key_id=nobody", 404),
        ("statement", b"software_id=nobody", 404),
        ("statement", b"", 400),
        ("clock", b"", 400),
        ("clock", b"now=tomorrow", 400),
        ("clock", b"offset_s=--5", 400),
        ("clock", b"offset_s=%D9%A1", 400),
        ("clock", b"now=0&offset_s=5", 400),
        ("clock", b"offset_s=-99999999999", 400),
        ("remove-key", b"", 400),
        ("software-status", b"status=active", 400),
    ],
)
def test_a_form_that_cannot_be_read_is_told_so_on_the_page(
    live: Live, action: str, content: bytes, status: int
) -> None:
    answer = live.client.post(f"/console/{action}", content=content, headers=FORM)
    if status == 201:
        assert answer.status_code == 303
        assert "\ufffd" in live.get("/api/organisations")["organisations"][0]["name"]
        return
    assert answer.status_code == status, answer.text
    assert 'role="alert"' in answer.text
    assert "Traceback" not in answer.text
    assert len(live.get("/api/keys")["keys"]) == 1


def test_of_very_many_the_page_shows_the_newest(live: Live) -> None:
    for number in range(60):
        live.post("/api/organisations", {"name": f"number {number}"})
    page = live.client.get("/").text
    assert "number 59<" in page
    assert "number 9<" not in page
    assert "the newest 50" in page


def test_characters_that_turn_text_around_are_shown_by_number() -> None:
    assert seen("a\u202eb\u200b\x1b") == "a\\u202eb\\u200b\\u001b"
    assert seen("Żółw 銀行 مصرف") == "Żółw 銀行 مصرف"
