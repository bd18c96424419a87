"""Runs that end early, by Ctrl-C or by force, and what they leave behind."""

from __future__ import annotations

import json
import signal
import stat
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from conformance.reference_provider.server import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference_provider.server import RunningServer
    from conformance.reference_provider.wire import Request, Response


@pytest.fixture
def slow() -> Iterator[RunningServer]:
    """The reference provider, each answer taking 100 ms."""
    with running(delay_s=0.1) as server:
        yield server


def alive(server: RunningServer) -> int:
    return server.tenants.provider("default").snapshot().clients


def registered(base: str) -> dict[str, Any]:
    """A client that is not the suite's."""
    body = {"redirect_uris": ["https://somebody-else.example/cb"], "client_name": "dcr-conformance"}
    answer = httpx.post(f"{base}/register", json=body, trust_env=False)
    assert answer.status_code == 201
    return answer.json()


def readable(client: dict[str, Any]) -> bool:
    headers = {"Authorization": f"Bearer {client['registration_access_token']}"}
    uri = client["registration_client_uri"]
    return httpx.get(uri, headers=headers, trust_env=False).status_code == 200


def test_what_a_killed_run_left_is_named_and_swept(
    suite: Any, slow: RunningServer, until: Callable[..., None]
) -> None:
    base = slow.issuer("default")
    other = registered(base)
    process = suite.start("-m", "pytest", "--target-url", base)
    until(lambda: alive(slow) >= 9)
    process.kill()
    process.communicate()
    time.sleep(0.3)  # answers under way
    left = alive(slow) - 1
    assert left > 0
    (ledger,) = suite.ledgers()
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    known = [json.loads(line) for line in ledger.read_text().splitlines()]
    named = {record["client_id"] for record in known if record.get("client_id")}
    assert named
    assert other["client_id"] not in named

    told = suite.judge(base, "-k", "rfc7592-2.3", "--dcr-depth", "quick")
    header = " ".join(told.stdout.split())
    assert "an earlier run was broken off and left up to" in header
    assert base in header
    assert "dcr-conformance sweep removes them" in header
    assert suite.ledgers() == [ledger]

    only_said = suite.command("sweep", "--dry-run")
    assert only_said.returncode == 1
    assert alive(slow) == left + 1
    swept = suite.command("sweep")
    assert {line.split()[1] for line in swept.stdout.splitlines() if "removed" in line} == named
    unanswered = swept.stdout.count("an attempt whose answer never came")
    assert swept.returncode == (1 if unanswered else 0), swept.stdout
    # What no answer ever named cannot be told from others' clients: it is only listed.
    assert alive(slow) - 1 == left - len(named) <= unanswered
    assert readable(other)

    again = suite.command("sweep")
    assert (again.returncode, again.stdout) == (0, "nothing was left behind\n")
    assert suite.ledgers() == []
    told = suite.judge(base, "-k", "rfc7592-2.3-success-answers-204", "--dcr-depth", "quick")
    assert "earlier run" not in told.stdout


def test_a_sweep_waits_for_a_provider_that_is_down(suite: Any, until: Callable[..., None]) -> None:
    with running() as server:
        base = server.issuer("default")
        port = int(server.base.rpartition(":")[2])
        process = suite.start("-m", "pytest", "--target-url", base, "--dcr-rate", "20/s")
        until(lambda: alive(server) >= 2)
        process.kill()
        process.communicate()
    missed = suite.command("sweep")
    assert missed.returncode == 1
    assert "unreached" in missed.stdout
    assert "Traceback" not in missed.stderr
    with running(port=port) as server:
        swept = suite.command("sweep")
    # Another provider now: a token that it does not know belongs to a client that is gone.
    assert "removed" in swept.stdout
    assert suite.ledgers() == []


def test_two_broken_runs_of_one_seed_have_a_ledger_each(
    suite: Any, until: Callable[..., None]
) -> None:
    with running() as server:
        base = server.issuer("default")
        for number in (1, 2):
            before = alive(server)
            process = suite.start(
                *("-m", "pytest", "--target-url", base, "--dcr-rate", "20/s", "--dcr-seed", "7")
            )
            until(lambda before=before: alive(server) >= before + 2)
            process.kill()
            process.communicate()
            assert len(suite.ledgers()) == number
        time.sleep(0.2)
        swept = suite.command("sweep")
        assert alive(server) == swept.stdout.count("an attempt whose answer never came")
    assert suite.ledgers() == []


def test_what_was_registered_elsewhere_than_the_target_is_swept(
    suite: Any, liars: Any, until: Callable[..., None]
) -> None:
    with running() as server, liars.metadata_without_registration() as target:
        base = server.issuer("default")
        (suite.folder / "dcr-conformance.toml").write_text(
            f'[provider.endpoints]\nregistration_endpoint = "{base}/register"\n'
        )
        process = suite.start("-m", "pytest", "--target-url", target, "--dcr-rate", "20/s")
        until(lambda: alive(server) >= 2)
        process.kill()
        process.communicate()
        time.sleep(0.2)
        swept = suite.command("sweep")
        assert alive(server) == swept.stdout.count("an attempt whose answer never came")


def test_an_interrupt_deletes_all_within_3_seconds(
    suite: Any, slow: RunningServer, until: Callable[..., None], crowding: Callable[[], float]
) -> None:
    other = registered(slow.issuer("default"))
    process = suite.start("-m", "pytest", "--target-url", slow.issuer("default"))
    until(lambda: alive(slow) >= 9)
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - started < 3 * crowding(), out
    assert process.returncode == 2, out + err
    assert "Traceback" not in out + err
    assert "Interrupted" in out
    results = suite.results()
    assert results["complete"] is False
    assert results["gate"]["passed"] is False
    assert {client["state"] for client in results["clients"]} == {"removed"}
    assert (suite.folder / "dcr-report" / "compliance.html").stat().st_size > 0
    assert alive(slow) == 1
    assert readable(other)
    assert suite.ledgers() == []


def test_an_interrupt_of_a_provider_that_hangs_ends_within_10_seconds(
    suite: Any, until: Callable[..., None], crowding: Callable[[], float]
) -> None:
    let_go, hanging = threading.Event(), threading.Event()
    with running(delay_s=0.1) as server:
        honest = server.tenants.handle

        def handle(request: Request) -> Response:
            if hanging.is_set():
                let_go.wait(60)
            return honest(request)

        server.tenants.handle = handle  # type: ignore[method-assign]
        process = suite.start("-m", "pytest", "--target-url", server.issuer("default"))
        until(lambda: alive(server) >= 9)
        hanging.set()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        out, err = process.communicate(timeout=60)
        took = time.monotonic() - started
        let_go.set()
        hanging.clear()
        assert took < 10 * crowding(), out
        assert process.returncode == 2, out + err
        assert "Traceback" not in out + err
        results = suite.results()
        assert results["complete"] is False
        states = [client["state"] for client in results["clients"]]
        assert states.count("left") >= 5
        assert "dcr-conformance sweep" in " ".join(out.split())
        time.sleep(0.5)
        swept = suite.command("sweep")
        assert swept.stdout.count("removed") == states.count("left")
        # Some of those unanswered were never taken, or were about to be refused.
        assert alive(server) <= swept.stdout.count("an attempt whose answer never came")
    assert suite.ledgers() == []
