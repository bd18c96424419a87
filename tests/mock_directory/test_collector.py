"""Collected URLs: they answer as told, and say who asked."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from mock_directory import collector
from mock_directory.collector import Collector, CollectorRequest

if TYPE_CHECKING:
    from tests.mock_directory.conftest import Live


def test_who_fetches_it_is_on_record(live: Live) -> None:
    sector = ["https://client.example/cb"]
    made = live.post("/api/collected", {"name": "sector.json", "document": sector})
    assert made["url"].startswith(live.running.base)
    assert made["url"].endswith("/sector.json")
    assert made["fetches"] == []
    answer = live.client.get(made["url"], headers={"User-Agent": "provider/1"})
    assert answer.json() == sector
    assert answer.headers["content-type"] == "application/json"
    (fetch,) = live.get(f"/api/collected/{made['id']}")["fetches"]
    assert (fetch["method"], fetch["status"]) == ("GET", 200)
    assert ["user-agent", "provider/1"] in fetch["headers"]


def test_what_nobody_fetched_has_no_fetches(live: Live) -> None:
    asked, ignored = (live.post("/api/collected") for _ in range(2))
    live.client.get(asked["url"])
    assert len(live.get(f"/api/collected/{asked['id']}")["fetches"]) == 1
    assert live.get(f"/api/collected/{ignored['id']}")["fetches"] == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "PROPFIND"])
def test_every_method_counts_and_so_does_what_follows_the_path(live: Live, method: str) -> None:
    made = live.post("/api/collected", {"text": "hello"})
    answer = live.client.request(method, made["url"] + "/%2e%2e/x?y=z")
    assert answer.status_code == 200
    assert answer.text == ("" if method == "HEAD" else "hello")
    (fetch,) = live.get(f"/api/collected/{made['id']}")["fetches"]
    assert fetch["method"] == method
    assert fetch["path"].endswith("/%2e%2e/x?y=z")


def test_it_sends_bytes_statuses_and_headers_as_told(live: Live) -> None:
    picture = b"\x89PNG\r\n\x1a\n\x00\xff"
    body = {"base64": base64.b64encode(picture).decode(), "headers": {"content-type": "image/png"}}
    answer = live.client.get(live.post("/api/collected", body)["url"])
    assert (answer.content, answer.headers["content-type"]) == (picture, "image/png")
    redirect = {"status": 302, "headers": {"Location": "http://169.254.169.254/"}}
    answer = live.client.get(live.post("/api/collected", redirect)["url"])
    assert answer.status_code == 302
    assert answer.headers["location"] == "http://169.254.169.254/"
    assert live.client.get(live.post("/api/collected", {"status": 204})["url"]).status_code == 204
    # The connection is still in order.
    assert live.client.get("/jwks").status_code == 200


def test_it_can_be_told_otherwise_and_stays_where_it_is(live: Live) -> None:
    made = live.post("/api/collected", {"document": {"keys": []}})
    changed = live.ask("PUT", f"/api/collected/{made['id']}", 200, {"status": 500})
    assert changed["url"] == made["url"]
    assert live.client.get(made["url"]).status_code == 500
    live.ask("DELETE", f"/api/collected/{made['id']}", 200)
    assert live.client.get(made["url"]).status_code == 404
    assert live.get(f"/api/collected/{made['id']}", 404)["detail"]


def test_null_is_a_document_too(live: Live) -> None:
    made = live.post("/api/collected", {"document": None})
    assert live.client.get(made["url"]).text.strip() == "null"


def test_nobody_can_guess_it(live: Live) -> None:
    made = [live.post("/api/collected")["id"] for _ in range(3)]
    assert len(set(made)) == 3
    assert all(len(identifier) >= 22 for identifier in made)
    assert live.client.get("/collected/").status_code == 404


def test_what_it_shows_does_not_speak_for_the_console(live: Live) -> None:
    page = {"text": "<script>1</script>", "headers": {"Content-Type": "text/html"}}
    answer = live.client.get(live.post("/api/collected", page)["url"])
    assert answer.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"document": 1, "text": "x"}, ""),
        ({"base64": "*"}, ""),
        ({"status": 204, "text": "x"}, ""),
        ({"status": 99}, "status"),
        ({"status": 101}, "status"),
        ({"name": "../x"}, "name"),
        ({"name": ".."}, "name"),
        ({"headers": {"a\r\nb": "c"}}, "headers"),
        ({"headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"headers": {"a": "ä"}}, "headers"),
        ({"headers": {"Content-Length": "0"}}, "headers"),
        ({"headers": {"a": 1}}, "headers.a"),
        ({"json": {}}, "json"),
    ],
)
def test_what_cannot_be_sent_is_refused(live: Live, body: dict[str, Any], field: str) -> None:
    problem = live.post("/api/collected", body, 400)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_only_the_newest_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "KEPT", 3)
    held = Collector()
    made = [held.add(CollectorRequest()) for _ in range(4)]
    assert [held.at(one.path) for one in made] == [None, *made[1:]]
