"""Time: set for all that follows, or for one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_directory.clock import Clock, moment_of, shown
from mock_directory.keyring import DIRECTORY, RotationRequest
from mock_directory.statements import StatementRequest

if TYPE_CHECKING:
    from tests.mock_directory.conftest import Enrolled, Live


def test_a_clock_that_was_set_goes_on_from_there() -> None:
    real = [100.0]
    clock = Clock(lambda: real[0])
    clock.set(5000)
    real[0] += 7
    assert clock.now() == 5007
    clock.set(None)
    assert clock.now() == 107


def test_a_request_may_name_its_own_time(known: Enrolled) -> None:
    with known.directory.clock.at(1000):
        issued = known.directory.issue_statement(known.software.id, StatementRequest())
    assert (issued.claims["iat"], issued.claims["exp"]) == (1000, 1600)
    assert known.directory.clock.now() == 1_800_000_000


def test_key_sets_follow_the_time_that_a_request_names(known: Enrolled) -> None:
    known.directory.keyring.rotate(DIRECTORY, RotationRequest(overlap_s=60))
    assert len(known.published()) == 2
    with known.directory.clock.at(1_800_000_060):
        assert len(known.published()) == 1
    assert len(known.published()) == 2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0", 0),
        ("1800000000", 1_800_000_000),
        ("2027-01-15T08:00:00Z", 1_800_000_000),
        ("2027-01-15T09:00:00+01:00", 1_800_000_000),
    ],
)
def test_a_moment_is_a_number_or_rfc_3339(text: str, moment: int) -> None:
    assert moment_of(text) == moment
    assert moment_of(shown(moment)) == moment


@pytest.mark.parametrize(
    "text",
    ["", "x", "-1", "1e9", "2027-01-15", "2027-01-15T08:00:00", "32503680000", "9" * 30, "१२",
     "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z"],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        moment_of(text)


def test_the_header_names_the_time_of_one_request(live: Live) -> None:
    software = live.enrol()
    path = f"/api/software/{software['id']}/statements"
    early = live.post(path, Directory_Time="2020-01-01T00:00:00Z")
    assert early["claims"]["iat"] == 1_577_836_800
    assert live.post(path)["claims"]["iat"] > 1_700_000_000
    for where in (path, "/jwks"):
        method = "POST" if where == path else "GET"
        problem = live.ask(method, where, 400, Directory_Time="soon")
        assert "Directory-Time" in problem["detail"]


def test_the_clock_is_set_by_api(live: Live) -> None:
    told = live.ask("PUT", "/api/clock", 200, {"now": "2030-06-01T00:00:00Z"})
    assert told["text"].startswith("2030-06-01T00:00:0")
    assert live.get("/api/clock")["now"] >= told["now"]
    assert live.ask("PUT", "/api/clock", 200, {"now": None})["offset_s"] == 0
    for wrong in ("tomorrow", -1, True, 1.5, [], 10**11):
        problem = live.ask("PUT", "/api/clock", 400, {"now": wrong})
        assert [error["field"] for error in problem["errors"]] == ["now"]


def test_the_clock_is_set_beside_the_real_time(live: Live) -> None:
    real = live.get("/api/clock")["now"]
    for offset in (3600, -3600):
        told = live.ask("PUT", "/api/clock", 200, {"offset_s": offset})
        assert told["offset_s"] == offset
        assert abs(told["now"] - real - offset) < 60
    assert live.ask("PUT", "/api/clock", 200, {"offset_s": 0})["offset_s"] == 0


def test_set_beside_the_real_time_twice_it_does_not_add_up(live: Live) -> None:
    for _ in range(2):
        assert live.ask("PUT", "/api/clock", 200, {"offset_s": 100})["offset_s"] == 100


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"now": None, "offset_s": 5}, ""),
        ({"offset_s": None}, "offset_s"),
        ({"offset_s": "5"}, "offset_s"),
        ({"offset_s": 1.5}, "offset_s"),
        ({"offset_s": 10**12}, "offset_s"),
        ({"offset_s": -32_503_679_999}, "offset_s"),
        ({"offset_s": 32_503_679_999}, "offset_s"),
    ],
)
def test_a_clock_that_cannot_be_set_so_is_left_as_it_was(
    live: Live, body: dict[str, Any], field: str
) -> None:
    problem = live.ask("PUT", "/api/clock", 400, body)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert live.get("/api/clock")["offset_s"] == 0
