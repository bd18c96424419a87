"""What the mock directory costs: in a process of its own, asked over one connection."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ROUNDS = 3
JWKS_REQUESTS = 2000
STATEMENTS = 300


@contextlib.contextmanager
def directory(folder: Path) -> Iterator[tuple[str, float]]:
    """A directory on this state folder: its address, and seconds until its first answer."""
    command = [sys.executable, "-m", "dcr_conformance", "directory", "--port", "0"]
    start = time.perf_counter()
    with subprocess.Popen(
        [*command, "--state-dir", str(folder)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        said = dict(line.split() for line in iter(server.stdout.readline, "ready\n"))
        try:
            address = said["listening"]
            ask(connection_to(address), "GET", "/jwks")
            yield address, time.perf_counter() - start
        finally:
            server.terminate()


def connection_to(address: str) -> http.client.HTTPConnection:
    """A connection that stays open."""
    place = urlsplit(address)
    return http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> str:
    """The text of an answer."""
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status < 300, text
    return text


def figures() -> Iterator[tuple[str, float, str]]:
    """Each figure's name, its value and how many there are in a second; the best of some rounds."""
    with tempfile.TemporaryDirectory() as empty:
        folder = Path(empty, "state")
        with directory(folder) as (address, _):
            connection = connection_to(address)
            owner = json.loads(ask(connection, "POST", "/api/organisations", {"name": "bench"}))
            enrolled = {
                "organisation_id": owner["id"],
                "name": "bench",
                "redirect_uris": ["https://client.example/cb"],
            }
            software = json.loads(ask(connection, "POST", "/api/software", enrolled))
            asked = {
                "a JWKS request to the directory, ms": (JWKS_REQUESTS, "GET", "/jwks"),
                "a PS256 statement of the directory, ms": (
                    STATEMENTS,
                    "POST",
                    f"/api/software/{software['id']}/statements",
                ),
            }
            for name, (number, method, path) in asked.items():
                taken = []
                for _ in range(ROUNDS):
                    start = time.perf_counter()
                    for _ in range(number):
                        ask(connection, method, path)
                    taken.append((time.perf_counter() - start) / number)
                yield name, 1000 * min(taken), f"{1 / min(taken):.0f} a second"
        times = []
        for _ in range(ROUNDS):
            with directory(folder) as (_, seconds):
                times.append(seconds)
        detail = f"best of {ROUNDS}, to the first answer"
        yield "the directory's start with existing state, s", min(times), detail
