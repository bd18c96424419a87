"""What the provider fetches: whole documents, in time, from where it may."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.fetching import Bounds, RedirectedError, loopback_fetch
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.provider import ReferenceProvider
from mock_directory.server import RunningDirectory, running

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT = Bounds(timeout_s=0.5)
ISSUER = "https://directory.example"


@pytest.fixture(scope="module")
def directory() -> Iterator[RunningDirectory]:
    with running() as made:
        yield made


def test_a_document_comes_whole(directory: RunningDirectory) -> None:
    url = directory.client.collect(text="all of it").url
    assert loopback_fetch(url, SHORT) == b"all of it"


@pytest.mark.parametrize("outage", ["hanging", "slow", "huge", "down", "truncated", "status-500"])
def test_what_fails_ends_in_time(directory: RunningDirectory, outage: str) -> None:
    url = directory.client.collect(document=[], outage=outage, outage_s=20).url
    started = time.monotonic()
    with pytest.raises(OSError, match=r"answer|document|timed out"):
        loopback_fetch(url, SHORT)
    assert time.monotonic() - started < 5


def test_redirects_are_told_and_not_followed(directory: RunningDirectory) -> None:
    there = directory.client.collect(text="there")
    here = directory.client.collect(status=302, headers={"Location": there.url})
    with pytest.raises(RedirectedError) as told:
        loopback_fetch(here.url, SHORT)
    assert told.value.location == there.url
    assert directory.client.collected(there.id).fetches == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/",
        "http://directory.invalid/",
        "http://localhost.directory.invalid/",
        "https://127.0.0.1/",
        "file:///etc/hosts",
        "http://[::1/",
        "http://127.0.0.1:x/",
        "",
    ],
)
def test_nothing_but_this_machine_is_spoken_to(url: str) -> None:
    with pytest.raises(PermissionError):
        loopback_fetch(url, SHORT)


def behaviour(policy: Policy, **trust: str) -> Behaviour:
    return ReferenceProvider(policy=policy, trust=trust).behaviour


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9443/collected/x", True),
        ("http://127.0.0.1:9444/collected/x", False),
        ("http://localhost:9443/collected/x", False),
        ("http://2130706433:9443/collected/x", False),
        ("http://127.0.0.1:9443@127.0.0.1:9444/", False),
        ("https://127.0.0.1:9443/", False),
        ("http://127.0.0.1:94430/", False),
        ("data:application/json,{}", False),
    ],
)
def test_keys_are_fetched_from_origins_that_were_named(url: str, allowed: bool) -> None:  # noqa: FBT001
    guarded = behaviour(Policy(), directory="http://127.0.0.1:9443/jwks")
    assert guarded.may_fetch(url) is allowed
    bench = behaviour(Policy(fetches_from_this_machine=True), directory="http://127.0.0.1:9443/j")
    assert bench.may_fetch(url)
