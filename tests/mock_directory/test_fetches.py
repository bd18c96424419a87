"""Who fetched what, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_directory import fetch_log
from mock_directory.fetch_log import FetchLog

if TYPE_CHECKING:
    from tests.mock_directory.conftest import Live


def test_a_fetch_is_on_record_with_time_path_and_who(live: Live) -> None:
    assert live.get("/api/fetches") == {"newest": 0, "fetches": []}
    live.client.get("/jwks?a=1", headers={"User-Agent": "provider/1", "Authorization": "Bearer s"})
    (fetch,) = live.get("/api/fetches")["fetches"]
    assert (fetch["number"], fetch["method"], fetch["path"]) == (1, "GET", "/jwks?a=1")
    assert abs(fetch["at"] - live.get("/api/clock")["now"]) < 5
    assert fetch["client"].startswith("127.0.0.1 ")
    assert ["user-agent", "provider/1"] in fetch["headers"]
    assert ["authorization", "(left out)"] in fetch["headers"]


def test_fetches_can_be_asked_for_by_path_and_since(live: Live) -> None:
    software = live.enrol()
    for where in ("/jwks", software["jwks_uri"], "/ca.pem", "/jwks"):
        live.client.get(where)
    answer = live.get("/api/fetches?path=/jwks")
    assert [fetch["number"] for fetch in answer["fetches"]] == [1, 4]
    assert [fetch["path"] for fetch in live.get("/api/fetches?since=2")["fetches"]] == [
        "/ca.pem",
        "/jwks",
    ]
    assert live.get("/api/fetches?since=4") == {"newest": 4, "fetches": []}
    assert live.get("/api/fetches?since=x", 400)["errors"][0]["field"] == "since"


def test_numbers_go_on_when_the_log_is_cleared(live: Live) -> None:
    live.client.get("/jwks")
    assert live.ask("DELETE", "/api/fetches", 200) == {"newest": 1, "fetches": []}
    live.client.get("/jwks")
    assert [fetch["number"] for fetch in live.get("/api/fetches")["fetches"]] == [2]


def test_what_people_do_is_no_fetch(live: Live) -> None:
    live.client.get("/")
    live.get("/api/keys")
    live.client.get("/software/nobody/jwks")
    live.client.post("/jwks")
    assert live.get("/api/fetches")["newest"] == 0


def test_a_fetched_document_may_be_kept_for_a_short_time(live: Live) -> None:
    answer = live.client.get("/jwks")
    assert answer.headers["cache-control"] == "public, max-age=30"
    assert answer.headers["content-type"] == "application/json"
    asked = live.client.head("/jwks")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == answer.headers["content-length"]


def test_only_the_newest_are_remembered() -> None:
    log = FetchLog()
    for number in range(fetch_log.KEPT + 5):
        log.add(0.0, "GET", f"/{number}", 200, "", [(b"x", b"y" * 5000)] * 20)
    assert log.newest == fetch_log.KEPT + 5
    assert log.since()[0].number == 6
    assert [len(value) for _, value in log.since()[0].headers] == [1000] * 7
