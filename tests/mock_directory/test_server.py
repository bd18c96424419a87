"""The server: for a person at a command line, and for a test in a block."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from mock_directory import command, dialects
from mock_directory.server import running
from tests.mock_directory.conftest import alive

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@contextmanager
def started(folder: Path, *options: str, **environment: str) -> Iterator[dict[str, str]]:
    """The command as people start it: what it says of itself, by first word."""
    words = [sys.executable, "-m", "dcr_conformance", "directory", "--port", "0"]
    clean = {k: v for k, v in os.environ.items() if k != command.TOKEN_VARIABLE}
    with subprocess.Popen(
        [*words, "--state-dir", str(folder), *options],
        cwd=ROOT, env={**clean, **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        said: dict[str, str] = {}
        for line in process.stdout:
            name, _, value = line.strip().partition(" ")
            said[name] = value.strip()
            if name == "ready":
                break
        try:
            yield said
        finally:
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=20)
            said["warnings"] = errors
            said["rest"] = rest
            said["status"] = str(process.returncode)


def test_it_says_where_it_is_and_stops_cleanly(tmp_path: Path) -> None:
    with started(tmp_path / "state") as said:
        assert httpx.get(said["jwks"]).json()["keys"]
        assert httpx.get(said["console"]).status_code == 200
        assert said["issuer"] == said["console"].rstrip("/")
        assert Path(said["CA"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert (said["status"], said["warnings"], said["rest"]) == ("0", "", "")
    assert "token" not in said


def test_a_provider_that_trusted_it_once_still_does(tmp_path: Path) -> None:
    port = free_port()
    found = []
    for _ in range(2):
        with started(tmp_path / "state", "--port", str(port)) as said:
            found.append((said["issuer"], said["jwks"], httpx.get(said["jwks"]).json()))
    assert found[0] == found[1]


def test_with_rotate_it_starts_with_a_new_key_beside_the_old(tmp_path: Path) -> None:
    with started(tmp_path / "state") as said:
        (old,) = httpx.get(said["jwks"]).json()["keys"]
    with started(tmp_path / "state", "--rotate", "--overlap", "3600") as said:
        keys = httpx.get(said["jwks"]).json()["keys"]
        assert keys[0] == old
        assert len(keys) == 2
        later = {"now": int(time.time()) + 3601}
        assert httpx.put(said["listening"] + "/api/clock", json=later).is_success
        assert httpx.get(said["jwks"]).json()["keys"] == [keys[1]]


def test_two_on_one_state_folder_the_second_refuses_in_one_sentence(tmp_path: Path) -> None:
    with started(tmp_path / "state") as said:
        second = run("--state-dir", str(tmp_path / "state"), "--port", "0")
        assert httpx.get(said["jwks"]).status_code == 200
    assert second.returncode == 4
    assert second.stderr.count("\n") == 1
    assert "another directory is running on" in second.stderr


def test_after_a_kill_the_next_one_starts(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "dcr_conformance", "directory", "--port", "0"]
    with subprocess.Popen(
        [*words, "--state-dir", str(tmp_path / "state")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as killed:  # fmt: skip
        assert killed.stdout is not None
        lines = dict(line.split(maxsplit=1) for line in iter(killed.stdout.readline, "ready\n"))
        before = httpx.get(lines["jwks"].strip()).json()
        killed.kill()
    with started(tmp_path / "state") as said:
        assert httpx.get(said["jwks"]).json() == before


def test_over_tls_its_own_authority_vouches_for_it(tmp_path: Path) -> None:
    with started(tmp_path / "state", "--tls", "--public-url", "https://localhost:1") as said:
        assert said["issuer"] == "https://localhost:1"
        trusted = ssl.create_default_context(cafile=said["CA"])
        for host in ("127.0.0.1", "localhost"):
            url = said["listening"].replace("127.0.0.1", host)
            assert httpx.get(f"{url}/jwks", verify=trusted).json()["keys"]
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{said['listening']}/jwks", verify=ssl.create_default_context())


def test_where_others_can_reach_it_it_says_so_loudly_and_shows_a_token_once(
    tmp_path: Path,
) -> None:
    with started(tmp_path / "state", "--public-url", "https://d.example") as said:
        token = said["token"].split()[0]
        url = said["listening"]
        body = {"name": "x"}
        assert httpx.post(f"{url}/api/organisations", json=body).status_code == 401
        allowed = {"Authorization": f"Bearer {token}"}
        assert httpx.post(f"{url}/api/organisations", json=body, headers=allowed).is_success
        assert token not in httpx.get(url).text
    assert said["warnings"].startswith("WARNING: others can reach this directory")
    assert "https://d.example" in said["warnings"]
    assert token not in said["warnings"]


def test_a_token_of_the_environment_is_taken_and_not_shown(tmp_path: Path) -> None:
    known = {command.TOKEN_VARIABLE: "a-token-that-somebody-chose"}
    with started(tmp_path / "state", "--public-url", "https://d.example", **known) as said:
        assert "token" not in said
        answer = httpx.post(
            said["listening"] + "/api/organisations",
            json={"name": "x"},
            headers={"Authorization": "Bearer a-token-that-somebody-chose"},
        )
        assert answer.status_code == 201


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dcr_conformance", "directory", *options],
        cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--dialect", "klingon"), "klingon"),
        (("--port", "70000"), "--port"),
        (("--port", "x"), "--port"),
        (("--public-url", "ftp://x"), "--public-url"),
        (("--public-url", "https://x/?a=b"), "--public-url"),
        (("--public-url", "https://"), "--public-url"),
        (("--overlap", "-1"), "--overlap"),
        (("--host", "192.0.2.1", "--port", "0"), "192.0.2.1"),
        (("--host", "no such host", "--port", "0"), "no such host"),
        (("--state-dir", "/dev/null/x", "--port", "0"), "/dev/null/x"),
    ],
)
def test_an_option_that_cannot_be_used_gets_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    try:
        status = command.main(["--state-dir", str(tmp_path / "state"), *options])
    except SystemExit as ended:
        status = ended.code
    assert status in (2, 4)
    assert said in capsys.readouterr().err


def test_a_port_in_use_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])
        assert command.main(["--port", port, "--state-dir", str(tmp_path / "state")]) == 4
    assert f"cannot serve at 127.0.0.1:{port}" in capsys.readouterr().err


def test_in_a_block_its_state_goes_with_it() -> None:
    with running() as made:
        folder = made.directory.state.folder
        assert folder.is_dir()
        assert httpx.get(f"{made.base}/jwks").status_code == 200
    assert not folder.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{made.base}/jwks")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_in_a_block_it_serves_every_name_of_loopback(host: str, tls: bool) -> None:  # noqa: FBT001
    with running(host, tls=tls) as made:
        trusted = ssl.create_default_context(cadata=made.directory.authority.pem)
        assert httpx.get(f"{made.base}/jwks", verify=trusted, trust_env=False).json()["keys"]
        answer = httpx.post(
            f"{made.base}/api/organisations", json={"name": "x"}, verify=trusted, trust_env=False
        )
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("dialect", dialects.names())
def test_it_serves_every_dialect_at_its_own_paths(dialect: str) -> None:
    with alive(dialect=dialect) as live:
        software = live.enrol()
        own = live.client.get(live.get("/api/trust")["jwks_uri"]).json()
        assert own == live.client.get("/jwks").json()
        made = live.post(f"/api/software/{software['id']}/statements")
        assert made["header"]["kid"] in [key["kid"] for key in own["keys"]]
        assert len(live.client.get(software["jwks_uri"]).json()["keys"]) == 1
