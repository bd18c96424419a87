from __future__ import annotations

import concurrent.futures
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

CALLBACK = "https://client.example.org/callback"
BODY = {"redirect_uris": [CALLBACK], "client_name": "Tester"}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=2, trust_env=False) as client:
        yield client


def document(client: httpx.Client, url: str) -> dict[str, Any]:
    answer = client.get(f"{url}/.well-known/oauth-authorization-server")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    members: dict[str, Any] = answer.json()
    assert members["issuer"] == url
    return members


def received(url: str, seconds: float, until: bytes = b"\0", target: str = "/") -> bytes:
    """What comes back within so many seconds, or up to a mark, however it comes."""
    parts = urlsplit(url)
    got = b""
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as sock:
        sock.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        ends = time.monotonic() + seconds
        while until not in got and (left := ends - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                data = sock.recv(65536)
            except TimeoutError:
                break
            if not data:
                break
            got += data
    return got


@pytest.mark.parametrize("method", METHODS)
def test_refuses_everything(liars: ModuleType, client: httpx.Client, method: str) -> None:
    with liars.refuses_everything() as url:
        for path in ("/", "/.well-known/oauth-authorization-server", "/register"):
            answer = client.request(method, url + path, json=BODY)
            assert answer.status_code == 400
            assert answer.json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize("method", METHODS)
def test_fails_everything(liars: ModuleType, client: httpx.Client, method: str) -> None:
    with liars.fails_everything() as url:
        for path in ("/", "/.well-known/oauth-authorization-server", "/register"):
            answer = client.request(method, url + path, json=BODY)
            assert answer.status_code == 500
            assert answer.json()["error"] == "server_error"


@pytest.mark.parametrize("method", METHODS)
def test_accepts_everything(liars: ModuleType, client: httpx.Client, method: str) -> None:
    with liars.accepts_everything() as url:
        for path in ("/", "/.well-known/openid-configuration", "/register", "/token"):
            answer = client.request(method, url + path, content=b"{")
            assert answer.status_code == 201
            assert answer.json() == {"client_id": "everybody"}


@pytest.mark.parametrize(
    "name",
    [
        "refuses_everything",
        "fails_everything",
        "accepts_everything",
        "redirects_to_itself",
        "hangs",
        "drips",
        "closes",
    ],
)
def test_discoverable_liars_tell_where_they_lie(
    liars: ModuleType, client: httpx.Client, name: str
) -> None:
    with getattr(liars, name)(discoverable=True) as url:
        assert document(client, url)["registration_endpoint"] == f"{url}/register"


def test_echo_without_additions_says_just_what_it_heard(
    liars: ModuleType, client: httpx.Client
) -> None:
    with liars.echoes(add=()) as url:
        where = document(client, url)["registration_endpoint"]
        answer = client.post(where, json=BODY)
        assert (answer.status_code, answer.json()) == (201, BODY)
        answer = client.post(where, content=b"{not JSON")
        assert (answer.status_code, answer.content) == (201, b"{not JSON")
        assert answer.headers["content-type"] == "application/json"


def test_echo_with_additions_looks_like_a_registration(
    liars: ModuleType, client: httpx.Client
) -> None:
    with liars.echoes() as url:
        where = document(client, url)["registration_endpoint"]
        answer = client.post(where, json={**BODY, "client_id": "chosen"})
        members = answer.json()
        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        assert set(members) == {*BODY, *liars.ADDED}
        assert members["client_id"] != "chosen"
        assert client.post(where, json=BODY).json()["client_secret"] != members["client_secret"]
        assert set(client.post(where, content=b"[]").json()) == set(liars.ADDED)

        mine = members["registration_client_uri"]
        assert client.get(mine).json() == members  # with no token at all
        changed = client.put(mine, json={"client_name": "Other"})
        assert changed.status_code == 200
        assert changed.json()["client_secret"] == members["client_secret"]
        assert client.delete(mine).status_code == 204
        assert client.get(mine).json() == changed.json()
        assert client.get(f"{where}/nobody").status_code == 200


def test_echo_lets_everybody_do_everything(liars: ModuleType, client: httpx.Client) -> None:
    with liars.echoes() as url:
        where = document(client, url)
        token = client.post(where["token_endpoint"], data={"grant_type": "nonsense"})
        assert token.json()["access_token"]
        # httpx rejects a Location that it cannot parse, even where it does not follow it.
        for uri in (
            "https://evil.example/x?y=1",
            "javascript:alert(1)",
            "https://e.example/\r\nX:y",
        ):
            asked = f"/authorize?redirect_uri={quote(uri, safe='')}&state=s"
            head = received(url, 1, b"\r\n\r\n", asked).decode()
            assert head.startswith("HTTP/1.1 302 ")
            assert f"\r\nLocation: {uri.partition(chr(13))[0]}" in head
            assert "\nX:" not in head
        pushed = client.post(
            where["pushed_authorization_request_endpoint"], data={"redirect_uri": CALLBACK}
        )
        assert pushed.status_code == 201
        answer = client.get(
            where["authorization_endpoint"], params={"request_uri": pushed.json()["request_uri"]}
        )
        assert answer.headers["location"].startswith(CALLBACK)
        assert parse_qs(urlsplit(answer.headers["location"]).query)["code"]
        assert client.post(where["introspection_endpoint"]).json() == {"active": True}
        assert client.post(where["revocation_endpoint"]).status_code == 200


def test_redirects_to_itself(liars: ModuleType, client: httpx.Client) -> None:
    with liars.redirects_to_itself() as url:
        answer = client.post(f"{url}/register?a=b", json=BODY)
        assert answer.status_code == 307
        assert answer.headers["location"] == f"{url}/register?a=b"


def test_drips_a_byte_at_a_time(liars: ModuleType) -> None:
    with liars.drips(interval=0.02) as url:
        assert b"HTTP/1.1 201 OK".startswith(received(url, 0.15))
    with liars.drips() as url:
        assert received(url, 0.1) == b"H"


def test_drips_the_body_after_the_headers(liars: ModuleType) -> None:
    with liars.drips(interval=0.02, headers_at_once=True) as url:
        head, _, body = received(url, 0.15).partition(b"\r\n\r\n")
    assert b"Content-Length: 1" in head
    assert 1 <= len(body) <= 10
    assert b'{"client_id"'.startswith(body)


@pytest.mark.parametrize("chunked", [True, False])
def test_endless_body_goes_on(liars: ModuleType, client: httpx.Client, *, chunked: bool) -> None:
    got = 0
    with (
        liars.endless_body(chunked=chunked) as url,
        client.stream("POST", f"{url}/register", json=BODY) as answer,
    ):
        assert answer.status_code == 201
        for part in answer.iter_bytes():
            if not got:
                assert part.startswith(b'{"client_id"')
            got += len(part)
            if got > 4 << 20:
                break
    assert got > 4 << 20


def test_hangs_until_it_is_left(liars: ModuleType) -> None:
    with liars.hangs() as url:
        assert received(url, 0.1) == b""
        with httpx.Client(timeout=0.1) as client, pytest.raises(httpx.ReadTimeout):
            client.get(url)


def test_closes(liars: ModuleType, client: httpx.Client) -> None:
    with liars.closes() as url, pytest.raises(httpx.RemoteProtocolError, match="without sending"):
        client.post(url, json=BODY)
    with liars.closes(midway=True) as url, pytest.raises(httpx.RemoteProtocolError, match="body"):
        client.post(url, json=BODY)


def test_garbage_is_not_http(liars: ModuleType, client: httpx.Client) -> None:
    with liars.garbage() as url, pytest.raises(httpx.RemoteProtocolError):
        client.get(url)


def test_html_metadata(liars: ModuleType, client: httpx.Client) -> None:
    with liars.html_metadata() as url:
        for name in ("oauth-authorization-server", "openid-configuration"):
            answer = client.get(f"{url}/.well-known/{name}")
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/html")
        assert client.post(f"{url}/register", json=BODY).status_code == 404


def test_metadata_without_registration(liars: ModuleType, client: httpx.Client) -> None:
    with liars.metadata_without_registration() as url:
        where = document(client, url)
        assert "token_endpoint" in where
        assert "registration_endpoint" not in where


def test_protected_refuses_every_token(liars: ModuleType, client: httpx.Client) -> None:
    with liars.protected() as url:
        where = document(client, url)["registration_endpoint"]
        bare = client.post(where, json=BODY)
        assert bare.status_code == 401
        assert bare.headers["www-authenticate"] == 'Bearer realm="registration"'
        wrong = client.post(where, json=BODY, headers={"Authorization": "Bearer any"})
        assert wrong.status_code == 401
        assert 'error="invalid_token"' in wrong.headers["www-authenticate"]


def test_rate_limited_is_correct_until_its_limit(liars: ModuleType, client: httpx.Client) -> None:
    with liars.rate_limited(2, retry_after=7) as url:
        where = document(client, url)["registration_endpoint"]
        members = client.post(where, json=BODY).json()
        mine = members["registration_client_uri"]
        token = {"Authorization": f"Bearer {members['registration_access_token']}"}
        assert client.post(where, json={"redirect_uris": ["javascript:x"]}).status_code == 400
        for _ in range(2):
            limited = client.post(where, json=BODY)
            assert limited.status_code == 429
            assert limited.headers["retry-after"] == "7"
        assert client.get(mine).status_code == 401
        assert client.get(mine, headers=token).json() == members
        renamed = client.put(mine, headers=token, json={**BODY, "client_name": "Other"})
        assert renamed.json()["client_name"] == "Other"
        assert client.get(mine, headers=token).json() == renamed.json()
        assert client.delete(mine, headers=token).status_code == 204
        assert client.get(mine, headers=token).status_code == 401


def test_rate_limit_with_a_window_opens_again(liars: ModuleType, client: httpx.Client) -> None:
    with liars.rate_limited(1, window=0.2) as url:
        statuses = [client.post(f"{url}/register", json=BODY).status_code for _ in range(2)]
        time.sleep(0.25)
        statuses.append(client.post(f"{url}/register", json=BODY).status_code)
    assert statuses == [201, 429, 201]


def test_huge_headers(liars: ModuleType, client: httpx.Client) -> None:
    with liars.huge_headers() as url:
        head = received(url, 1, b"\r\n\r\n").partition(b"\r\n\r\n")[0]
        assert len(head) > 1 << 20
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(url)
    with liars.huge_headers(size=20000) as url:
        assert client.get(url).json() == {"client_id": "huge"}


def test_hostile_strings_come_as_valid_json(liars: ModuleType, client: httpx.Client) -> None:
    with liars.hostile_strings() as url:
        where = document(client, url)["registration_endpoint"]
        names, descriptions = set(), set()
        for _ in liars.HOSTILE:
            answer = client.post(where, json=BODY)
            assert answer.status_code == 201
            names.add(answer.json()["client_name"])
        for _ in liars.HOSTILE:
            answer = client.post(where, content=b"{")
            assert answer.status_code == 400
            descriptions.add(answer.json()["error_description"])
        assert names == descriptions == set(liars.HOSTILE)
        assert answer.content.isascii()
        every = "".join(names)
        for sign in ("<script>", "\x1b", "\u202e", "\x00", "\ud800", "\r\n"):
            assert sign in every


def test_slow_line_delays_and_hides_the_address(liars: ModuleType, client: httpx.Client) -> None:
    with liars.echoes() as far, liars.slow(0.05, far) as url:
        started = time.monotonic()
        where = document(client, url)
        assert time.monotonic() - started >= 0.05
        assert far not in json.dumps(where)
        members = client.post(where["registration_endpoint"], json=BODY).json()
        mine = members["registration_client_uri"]
        assert mine.startswith(url)
        assert client.get(mine).json() == members
        assert client.delete(mine).status_code == 204
        own = f"{url}/callback"
        landed = client.get(where["authorization_endpoint"], params={"redirect_uri": own})
        assert landed.headers["location"].startswith(own)


def test_slow_line_serves_sixteen_at_once(liars: ModuleType) -> None:
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
    with (
        liars.echoes() as far,
        liars.slow(0.1, far) as url,
        httpx.Client(timeout=5, limits=limits) as client,
        concurrent.futures.ThreadPoolExecutor(16) as pool,
    ):
        started = time.monotonic()
        answers = list(
            pool.map(lambda _: client.post(f"{url}/register", json=BODY), range(48), timeout=5)
        )
        elapsed = time.monotonic() - started
    assert {answer.status_code for answer in answers} == {201}
    assert 0.3 <= elapsed < 2.4  # 4.8 s one after another


def test_slow_line_wants_a_server(liars: ModuleType) -> None:
    with pytest.raises(ValueError, match="is not the http address"):
        liars.slow(0.1, "https://127.0.0.1:1")


@pytest.mark.parametrize("name", ["drips", "endless_body", "hangs", "echoes"])
def test_a_server_stops_while_a_client_still_waits(liars: ModuleType, name: str) -> None:
    with getattr(liars, name)() as url:
        parts = urlsplit(url)
        sock = socket.create_connection((parts.hostname or "", parts.port or 80))
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.05)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    sock.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_every_liar_starts_without_arguments(liars: ModuleType) -> None:
    for name, liar in liars.LIARS.items():
        with liar() as url:
            assert url.startswith("http://127.0.0.1:"), name
