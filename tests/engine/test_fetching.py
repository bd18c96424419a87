"""What a provider fetches: internal addresses that tell who came, and whose word they need."""

from __future__ import annotations

import contextlib
import urllib.request
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.outcomes import Blocked, NotApplicable, NotJudged
from conformance.provider.canary import DirectoryCanary, LoopbackCanary
from conformance.provider.operations import Provider
from conformance.provider.session import Recorder
from conformance.provider.trust_anchor import TrustAnchor
from conformance.reference_provider.fetching import loopback_fetch
from conformance.reference_provider.server import running
from conformance.settings import Settings
from mock_directory import server as directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.provider.canary import Trap

ROW = "rfc7591-2.3-statement-key-url-not-fetched"
YES = "--dcr-probe-internal-addresses"


def fetched(trap: Trap, host: str = "") -> bytes:
    with urllib.request.urlopen(trap.url(host), timeout=5) as answer:
        return bytes(answer.read())


@pytest.fixture
def canary() -> Iterator[LoopbackCanary]:
    made = LoopbackCanary()
    yield made
    made.close()


@pytest.fixture
def published() -> Iterator[directory.RunningDirectory]:
    with directory.running() as made:
        yield made


def test_a_trap_tells_who_came_and_by_which_name(canary: LoopbackCanary) -> None:
    trap, other = canary.trap({"keys": []}), canary.trap([])
    assert canary.contacts(trap) == []
    assert fetched(trap, "2130706433") == b'{"keys": []}'
    (contact,) = canary.contacts(trap)
    assert contact["method"] == "GET"
    assert contact["host"].startswith("2130706433:")
    assert contact["agent"].startswith("Python-urllib")
    assert canary.contacts(other) == []


def test_the_directory_at_another_address_is_a_canary(
    published: directory.RunningDirectory,
) -> None:
    anchor = TrustAnchor(Settings(directory={"url": published.base}))
    canary = DirectoryCanary(anchor, published.base.replace("127.0.0.1", "localhost"))
    trap = canary.trap([1])
    assert trap.url().startswith("http://localhost:")
    assert fetched(trap) == b"[\n  1\n]\n"
    assert [contact["host"].partition(":")[0] for contact in canary.contacts(trap)] == ["localhost"]
    anchor.close()


@contextlib.contextmanager
def provider_of(target: str, **part: Any) -> Iterator[Provider]:
    settings = Settings(target_url=target, directory=part)
    session: Any = SimpleNamespace(settings=settings, canary=LoopbackCanary())
    session.trust_anchor = TrustAnchor(settings)
    yield Provider(session, Recorder("test"))
    session.canary.close()
    session.trust_anchor.close()


REMOTE = "https://provider.example"


def test_a_provider_elsewhere_that_cannot_reach_the_directory_is_sent_nothing() -> None:
    with (
        provider_of(REMOTE) as provider,
        pytest.raises(NotApplicable, match="can reach the directory"),
    ):
        provider.trap([])


@pytest.mark.parametrize(
    ("said", "reason"),
    [({}, YES), ({"probe_internal_addresses": True}, "--dcr-directory-canary")],
)
def test_internal_addresses_elsewhere_need_a_yes_and_a_canary(
    said: dict[str, Any], reason: str
) -> None:
    with (
        directory.running(public_url="http://directory.example") as made,
        provider_of(REMOTE, url=made.address, token=made.token, **said) as provider,
        pytest.raises((NotApplicable, NotJudged), match=reason),
    ):
        provider.trap([])


def test_what_was_disturbed_is_undone_at_the_end(published: directory.RunningDirectory) -> None:
    with provider_of("http://127.0.0.1:1", url=published.base) as provider:
        url = provider.collect(document=[])
        failing, key = provider.directory_failing(1), provider.added_key("ES256")
        failing.__enter__()("down")
        identifier = key.__enter__()
    # The run broke off: neither block has ended, and when they do it is too late.
    for block in (failing, key):
        with pytest.raises(Blocked, match="the run is over"):
            block.__exit__(None, None, None)
    client = published.client
    assert client.ask("GET", "/api/outage")["outage"] is None
    assert {held["id"]: held["status"] for held in client.keys(None)}[identifier] == "removed"
    assert published.directory.collector.at("/" + url.url.split("/", 3)[3]) is None


@pytest.mark.parametrize(("said", "verdict"), [((), "not judged"), ((YES,), "finding")])
def test_a_fetch_from_inside_is_a_finding_where_the_operator_says_so(
    suite: Any, published: directory.RunningDirectory, said: tuple[str, ...], verdict: str
) -> None:
    trust = {published.base: f"{published.base}/jwks"}
    with running(fetch=loopback_fetch, trust=trust) as server:
        done = suite.judge(
            server.issuer("fault-certificate-url-fetched"),
            *("--dcr-software-statements", "trusted", "--dcr-directory-url", published.base),
            *("-k", ROW, *said),
        )
    assert suite.verdicts() == {ROW: verdict}, done.stdout
    if not said:
        assert YES in "".join(done.stdout.split())
