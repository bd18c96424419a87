"""A run and the directory whose statements the provider trusts."""

from __future__ import annotations

import socket
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference_provider.fetching import loopback_fetch
from conformance.reference_provider.server import running
from mock_directory import server as directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRUSTED = ("--dcr-software-statements", "trusted")
PRECEDENCE = "rfc7591-3.1.1-statement-values-take-precedence"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def provider(port: int) -> Iterator[Any]:
    """It was told to trust the directory at that port, which does not run yet."""
    trust = {f"http://127.0.0.1:{port}": f"http://127.0.0.1:{port}/jwks"}
    with running(fetch=loopback_fetch, trust=trust) as server:
        yield server


def configured(folder: Path, port: int) -> None:
    text = f"[directory]\nport = {port}\n"
    assert tomllib.loads(text)
    (folder / "dcr-conformance.toml").write_text(text)


def test_a_run_starts_the_directory_that_the_provider_was_told_of(
    suite: Any, provider: Any, port: int
) -> None:
    configured(suite.folder, port)
    for _ in range(2):  # and a second run finds it trusted still
        done = suite.judge(provider.issuer("default"), *TRUSTED, "-k", PRECEDENCE)
        assert done.returncode == 0, done.stdout
        assert suite.verdicts() == {PRECEDENCE: "pass"}
    assert (suite.state / "directory").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_runs_already_is_used(suite: Any, provider: Any, port: int) -> None:
    with directory.running(port=port) as made:
        options = ("--dcr-directory-url", made.base)
        done = suite.judge(provider.issuer("default"), *TRUSTED, *options, "-k", PRECEDENCE)
        assert done.returncode == 0, done.stdout
        assert suite.verdicts() == {PRECEDENCE: "pass"}
        assert [item.name for item in made.directory.register.all_software()] == ["dcr-conformance"]


def test_where_one_is_demanded_every_registration_carries_another(
    suite: Any, provider: Any, port: int
) -> None:
    configured(suite.folder, port)
    options = ("--dcr-software-statements", "required")
    done = suite.judge(provider.issuer("statements-required"), *options)
    assert done.returncode == 0, done.stdout
    judged = suite.verdicts()
    assert sum(verdict == "pass" for verdict in judged.values()) > 200
    assert set(judged.values()) <= {"pass", "information", "not applicable", "not judged"}


def test_a_port_that_is_taken_names_the_way_out(suite: Any, provider: Any, port: int) -> None:
    configured(suite.folder, port)
    with socket.create_server(("127.0.0.1", port)):
        done = suite.judge(provider.issuer("default"), *TRUSTED, "-k", PRECEDENCE)
    assert done.returncode == 1
    assert f"--dcr-directory-url http://127.0.0.1:{port}" in " ".join(done.stdout.split())
    assert suite.verdicts() == {PRECEDENCE: "blocked"}


def test_a_provider_that_does_not_trust_it_blocks_with_one_cause(suite: Any, port: int) -> None:
    configured(suite.folder, port)
    other = {"http://127.0.0.1:1": "http://127.0.0.1:1/jwks"}
    with running(fetch=loopback_fetch, trust=other) as server:
        done = suite.judge(server.issuer("default"), *TRUSTED, "-k", "software-statement or 2.3-")
    assert done.returncode == 1
    judged = suite.verdicts()
    assert judged["rfc7591-2.3-expired-statement-refused"] == "blocked"
    assert "pass" not in {v for row, v in judged.items() if row.startswith("rfc7591-2.3-statement")}


def test_without_a_word_of_trust_nothing_is_started(suite: Any, provider: Any, port: int) -> None:
    configured(suite.folder, port)
    done = suite.judge(provider.issuer("default"), "-k", PRECEDENCE)
    assert suite.verdicts() == {PRECEDENCE: "not applicable"}
    assert "--dcr-software-statements=trusted" in " ".join(done.stdout.split())
    assert not (suite.state / "directory").exists()


def test_a_provider_elsewhere_cannot_reach_a_directory_at_loopback(suite: Any) -> None:
    done = suite.judge("https://provider.invalid", *TRUSTED)
    assert done.returncode == 4
    assert "--dcr-directory-public-url" in done.stderr
    assert "Traceback" not in done.stderr
