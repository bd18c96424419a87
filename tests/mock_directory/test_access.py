"""Who may change the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_directory.access import Access, is_loopback
from mock_directory.operations import OPERATIONS
from mock_directory.problems import Problem
from mock_directory.server import needs_token
from tests.mock_directory.conftest import alive

if TYPE_CHECKING:
    from tests.mock_directory.conftest import Live


def test_on_loopback_no_token_is_needed(live: Live) -> None:
    assert live.running.token is None
    live.post("/api/organisations", {"name": "x"})


@pytest.mark.parametrize(
    ("host", "public_url", "needed"),
    [
        ("127.0.0.1", None, False),
        ("127.8.8.8", None, False),
        ("::1", None, False),
        ("localhost", None, False),
        ("127.0.0.1", "http://localhost:9443", False),
        ("0.0.0.0", None, True),
        ("::", None, True),
        ("192.0.2.1", None, True),
        ("directory.example", None, True),
        ("127.0.0.1", "https://tunnel.example", True),
        ("localhost.evil.example", None, True),
    ],
)
def test_where_others_can_reach_it_a_token_is_needed(
    host: str,
    public_url: str | None,
    needed: bool,  # noqa: FBT001
) -> None:
    assert needs_token(host, public_url) is needed


def test_without_its_token_everything_can_be_read_and_nothing_changed() -> None:
    with alive(public_url="https://directory.example") as live:
        assert live.running.token
        for operation in OPERATIONS:
            path = operation.path.replace("{", "").replace("}", "")
            expected = {200, 404} if operation.method == "GET" else {401}
            for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic \xe9"}):
                headers = {name: value.encode("latin-1") for name, value in given.items()}
                answer = live.client.request(operation.method, path, headers=headers)
                assert answer.status_code in expected, (operation.path, answer.text)
        assert live.client.post("/console/rotate").status_code == 401
        refused = live.client.post("/api/organisations")
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert live.get("/api/organisations") == {"organisations": []}
        assert len(live.get("/api/keys")["keys"]) == 1
        token = f"Bearer {live.running.token}"
        live.post("/api/organisations", {"name": "x"}, Authorization=token)


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"host": "127.0.0.1:9443"}, True),
        ({"host": "localhost:9443"}, True),
        ({"host": "[::1]:9443"}, True),
        ({"host": "127.0.0.1:9443", "origin": "http://127.0.0.1:9443"}, True),
        ({"host": "127.0.0.1:9443", "origin": "http://127.0.0.1:8000"}, False),
        ({"host": "127.0.0.1:9443", "origin": "https://evil.example"}, False),
        ({"host": "127.0.0.1:9443", "origin": "null"}, False),
        ({"host": "127.0.0.1:9443", "origin": ""}, False),
        ({"host": "rebound.example"}, False),
        ({"host": "rebound.example", "origin": "http://rebound.example"}, False),
        ({}, False),
    ],
)
def test_no_page_of_somebody_else_can_use_a_browser_on_it(
    headers: dict[str, str],
    passes: bool,  # noqa: FBT001
) -> None:
    access = Access("http://127.0.0.1:9443", None)
    if passes:
        access.check(headers, None)
        return
    with pytest.raises(Problem) as refused:
        access.check(headers, None)
    assert refused.value.status == 403


def test_a_form_of_another_page_does_nothing(live: Live) -> None:
    answer = live.client.post("/console/rotate", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert len(live.get("/api/keys")["keys"]) == 1


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_type_that_browsers_send_anywhere_is_not_taken(live: Live, kind: str) -> None:
    problem = live.ask("POST", "/api/organisations", 415, {"name": "x"}, Content_Type=kind)
    assert "application/json" in problem["detail"]


@pytest.mark.parametrize("host", ["", "0.0.0.0", "10.0.0.1", "169.254.169.254", "example", "::"])
def test_other_hosts_are_not_loopback(host: Any) -> None:
    assert not is_loopback(host)
