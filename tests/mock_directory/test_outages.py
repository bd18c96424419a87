"""Outages: a URL fails in the way that was asked for, until it is told to work again."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from mock_directory import delivery, outages
from mock_directory.outages import NAMES, WAYS
from mock_directory.server import running
from tests.mock_directory.conftest import alive
from tests.mock_directory.test_server import started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.mock_directory.conftest import Live

DOCUMENT = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}


@pytest.fixture(params=["/jwks", "collected"])
def failing(request: pytest.FixtureRequest, live: Live) -> Callable[..., str]:
    """Let a URL fail, the directory's own key set or a collected one; its address."""
    if request.param == "/jwks":

        def own(outage: str | None, **more: Any) -> str:
            told = live.ask("PUT", "/api/outage", 200, {"outage": outage, **more})
            assert told == live.get("/api/outage")
            assert told["outage"] == outage
            return live.running.address + "/jwks"

        return own
    made = live.post("/api/collected", {"name": "keys.json", "document": DOCUMENT})

    def collected(outage: str | None, **more: Any) -> str:
        body = {"outage": outage, **more}
        told = live.ask("PUT", f"/api/collected/{made['id']}", 200, body)
        assert (told["url"], told["outage"]) == (made["url"], outage)
        return str(made["url"])

    return collected


def newest_status(live: Live) -> int:
    return int(live.get("/api/fetches")["fetches"][-1]["status"])


def test_when_lifted_it_works_as_before(live: Live, failing: Callable[..., str]) -> None:
    before = live.client.get(failing(None))
    for name in NAMES:
        failing(name)
    after = live.client.get(failing(None))
    assert (after.status_code, after.content) == (200, before.content)
    assert after.headers["cache-control"] == before.headers["cache-control"]


def test_down_closes_the_connection_without_a_byte(live: Live, failing: Callable[..., str]) -> None:
    url = httpx.URL(failing("down"))
    with socket.create_connection((url.host, url.port), timeout=5) as connection:
        connection.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % url.raw_path)
        assert connection.recv(1) == b""
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        live.client.get(url)
    assert newest_status(live) == 0


def test_slow_drips_and_comes_to_an_end(live: Live, failing: Callable[..., str]) -> None:
    whole = live.client.get(failing(None)).content
    url = failing("slow", outage_s=1)
    start = time.monotonic()
    with live.client.stream("GET", url) as answer:
        arrived = [(time.monotonic() - start, part) for part in answer.iter_raw()]
    assert answer.status_code == 200
    assert b"".join(part for _, part in arrived) == whole
    assert len(arrived) > 10
    assert 0.8 < arrived[-1][0] < 3
    gaps = [after[0] - before[0] for before, after in itertools.pairwise(arrived)]
    assert max(gaps) < 0.5


def test_hanging_sends_no_headers_and_is_cut_at_its_end(
    live: Live, failing: Callable[..., str]
) -> None:
    url = failing("hanging", outage_s=1)
    with pytest.raises(httpx.ReadTimeout):
        live.client.get(url, timeout=0.3)
    start = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        live.client.get(url, timeout=5)
    assert 0.8 < time.monotonic() - start < 3
    assert newest_status(live) == 0


def test_status_500_is_no_document_and_not_to_be_kept(
    live: Live, failing: Callable[..., str]
) -> None:
    answer = live.client.get(failing("status-500"))
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert newest_status(live) == 500


def test_wrong_content_type_is_the_right_body_as_html(
    live: Live, failing: Callable[..., str]
) -> None:
    right = live.client.get(failing(None))
    answer = live.client.get(failing("wrong-content-type"))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.content == right.content


def test_not_json_says_that_it_is(live: Live, failing: Callable[..., str]) -> None:
    answer = live.client.get(failing("not-json"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_huge_is_valid_json_for_who_reads_to_the_end(
    live: Live, failing: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = live.client.get(failing(None)).json()
    monkeypatch.setattr(delivery, "HUGE_MIB", 3)
    answer = live.client.get(failing("huge"))
    assert "content-length" not in answer.headers
    assert 3 << 20 < len(answer.content) < 4 << 20
    assert answer.json() == right


def test_huge_ends_when_nobody_reads_any_more(live: Live, failing: Callable[..., str]) -> None:
    url = failing("huge")
    with live.client.stream("GET", url) as answer:
        first = next(answer.iter_raw())
        assert first.strip() == b""
    assert live.client.get("/api/trust").status_code == 200
    assert outages.HUGE_MIB >= 10


def test_a_redirect_loop_leads_to_itself(live: Live, failing: Callable[..., str]) -> None:
    url = failing("redirect-loop")
    answer = live.client.get(url)
    assert (answer.status_code, answer.headers["location"]) == (302, url)
    with pytest.raises(httpx.TooManyRedirects):
        live.client.get(url, follow_redirects=True)


def test_a_redirect_loop_puts_no_line_into_its_headers(live: Live) -> None:
    made = live.post("/api/collected", {"outage": "redirect-loop"})
    answer = live.client.get(made["url"] + "/%0d%0aSet-Cookie:%20a=b")
    assert answer.headers["location"].endswith("/%0d%0aSet-Cookie:%20a=b")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("name", "header", "said"),
    [
        ("stale-cache", "cache-control", "public, max-age=31536000, immutable"),
        ("stale-cache-no-store", "cache-control", "no-store"),
        ("stale-cache-expired", "expires", "Sat, 01 Jan 1994 00:00:00 GMT"),
    ],
)
def test_a_stale_cache_has_the_right_body_and_says_how_long_it_may_be_kept(
    live: Live, failing: Callable[..., str], name: str, header: str, said: str
) -> None:
    right = live.client.get(failing(None))
    answer = live.client.get(failing(name))
    assert (answer.status_code, answer.content) == (200, right.content)
    assert answer.headers[header] == said
    assert answer.headers.get_list(header) == [said]


def test_truncated_announces_more_than_comes(live: Live, failing: Callable[..., str]) -> None:
    right = live.client.get(failing(None)).content
    url = failing("truncated")
    with live.client.stream("GET", url) as answer:
        assert int(answer.headers["content-length"]) > len(right)
        read: list[bytes] = []
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            read.extend(answer.iter_raw())
    assert b"".join(read) == right


@pytest.mark.parametrize("name", NAMES)
def test_head_and_answers_without_a_body_fail_in_good_order(live: Live, name: str) -> None:
    body = {"status": 204, "outage": name, "outage_s": 1}
    made = live.post("/api/collected", body)
    for method in ("HEAD", "GET", "POST"):
        try:
            answer = live.client.request(
                method, made["url"], content=b"x" if method[0] == "P" else None
            )
        except (httpx.RemoteProtocolError, httpx.ReadError):
            # What had come of a body and was not read yet makes it a reset.
            assert WAYS[name].manner in ("closed", "withheld")
        else:
            assert answer.status_code == (WAYS[name].status or 204)
    # What comes after is not disturbed.
    assert live.client.get("/jwks").status_code == 200


@contextlib.contextmanager
def asked(base: str, trusted: ssl.SSLContext | None = None) -> Iterator[None]:
    """Some ask for the key set and read nothing of it."""
    url = httpx.URL(base)
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            plain = socket.create_connection((url.host, url.port), timeout=10)
            name = {"server_hostname": url.host}
            made = trusted.wrap_socket(plain, **name) if trusted else plain
            stack.enter_context(made).sendall(b"GET /jwks HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        yield


@pytest.mark.parametrize("name", ["hanging", "slow", "huge"])
def test_others_are_answered_meanwhile(live: Live, name: str) -> None:
    live.ask("PUT", "/api/outage", 200, {"outage": name})
    with asked(live.running.address):
        start = time.monotonic()
        for _ in range(5):
            assert live.get("/api/trust")
            assert live.client.get("/ca.pem").status_code == 200
        assert time.monotonic() - start < 1


@pytest.mark.parametrize("name", ["hanging", "slow", "huge"])
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_no_outage_keeps_the_server_from_stopping(name: str, tls: bool) -> None:  # noqa: FBT001
    with contextlib.ExitStack() as served:
        made = served.enter_context(running(tls=tls))
        trusted = ssl.create_default_context(cadata=made.directory.authority.pem)
        api = f"{made.address}/api/outage"
        told = httpx.put(api, json={"outage": name}, verify=trusted, trust_env=False)
        assert told.status_code == 200
        with asked(made.address, trusted if tls else None):
            start = time.monotonic()
            served.close()
            assert time.monotonic() - start < 1


def test_stopped_by_hand_in_the_middle_of_outages_it_says_nothing(tmp_path: Path) -> None:
    with started(tmp_path / "state") as said, httpx.Client(trust_env=False) as client:
        for name in ("truncated", "down", "huge", "hanging", "slow"):
            api = f"{said['listening']}/api/outage"
            assert client.put(api, json={"outage": name}).status_code == 200
            with (
                contextlib.suppress(httpx.HTTPError),
                client.stream("GET", said["jwks"], timeout=0.3) as answer,
            ):
                assert list(itertools.islice(answer.iter_raw(), 2))
    assert (said["status"], said["warnings"]) == ("0", "")


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_over_tls_connections_are_closed_the_same_way(tls: bool) -> None:  # noqa: FBT001
    with alive(tls=tls) as live:
        trusted = ssl.create_default_context(cadata=live.running.directory.authority.pem)
        with httpx.Client(verify=trusted, trust_env=False, base_url=live.running.address) as client:
            for name, said in (("down", "without sending a response"), ("truncated", "complete")):
                assert client.put("/api/outage", json={"outage": name}).status_code == 200
                start = time.monotonic()
                with pytest.raises(httpx.RemoteProtocolError, match=said):
                    client.get("/jwks")
                assert time.monotonic() - start < 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outage": "tired"}, "outage"),
        ({"outage": ""}, "outage"),
        ({"outage": True}, "outage"),
        ({"outage": ["down"]}, "outage"),
        ({"outage": "down\n"}, "outage"),
        ({"outage": "slow", "outage_s": 0}, "outage_s"),
        ({"outage": "slow", "outage_s": 61}, "outage_s"),
        ({"outage": "slow", "outage_s": "5"}, "outage_s"),
        ({"outage": "slow", "seconds": 5}, "seconds"),
    ],
)
def test_what_is_no_outage_is_refused_and_nothing_fails(
    live: Live, body: dict[str, Any], field: str
) -> None:
    made = live.post("/api/collected", {"document": DOCUMENT})
    for path in ("/api/outage", f"/api/collected/{made['id']}"):
        problem = live.ask("PUT", path, 400, body)
        assert [error["field"] for error in problem["errors"]] == [field]
        assert field in problem["detail"]
    assert live.client.get("/jwks").json()["keys"]
    assert live.client.get(made["url"]).json() == DOCUMENT


def test_an_outage_of_its_own_must_be_named(live: Live) -> None:
    problem = live.ask("PUT", "/api/outage", 400, {})
    assert [error["field"] for error in problem["errors"]] == ["outage"]


def test_other_urls_go_on_working(live: Live) -> None:
    software = live.enrol()
    made = live.post("/api/collected", {"document": DOCUMENT})
    live.ask("PUT", "/api/outage", 200, {"outage": "down"})
    assert live.client.get(software["jwks_uri"]).json()["keys"]
    assert live.client.get("/ca.pem").status_code == 200
    assert live.client.get(made["url"]).json() == DOCUMENT
    live.ask("PUT", f"/api/collected/{made['id']}", 200, {"outage": "status-500"})
    live.ask("PUT", "/api/outage", 200, {"outage": None})
    assert live.client.get("/jwks").json()["keys"]
    assert live.client.get(made["url"]).status_code == 500


@pytest.mark.parametrize("dialect", ["uk-open-banking", "australia-cdr"])
def test_in_every_dialect_the_place_of_the_keys_fails_too(dialect: str) -> None:
    with alive(dialect=dialect) as live:
        live.ask("PUT", "/api/outage", 200, {"outage": "status-500"})
        for url in (live.get("/api/trust")["jwks_uri"], "/jwks"):
            assert live.client.get(url).status_code == 500


def test_an_answer_may_be_changed_together_with_its_outage(live: Live) -> None:
    made = live.post("/api/collected", {"document": DOCUMENT, "outage": "wrong-content-type"})
    path = f"/api/collected/{made['id']}"
    assert live.client.get(made["url"]).json() == DOCUMENT
    live.ask("PUT", path, 200, {"text": "other", "outage": "wrong-content-type"})
    assert live.client.get(made["url"]).text == "other"
    # An outage alone leaves the answer; an answer alone ends the outage.
    live.ask("PUT", path, 200, {"outage": None})
    assert live.client.get(made["url"]).text == "other"
    live.ask("PUT", path, 200, {"outage": "status-500"})
    live.ask("PUT", path, 200, {"document": 1})
    assert live.client.get(made["url"]).json() == 1


def test_the_description_says_what_each_outage_is(live: Live) -> None:
    schemas = live.get("/openapi.json")["components"]["schemas"]
    for schema in ("OutageSetting", "CollectorRequest"):
        told = schemas[schema]["properties"]["outage"]
        assert set(told["anyOf"][0]["enum"]) == set(NAMES) == set(WAYS)
        for name in NAMES:
            assert f"{name}: {WAYS[name].about}" in told["description"]
