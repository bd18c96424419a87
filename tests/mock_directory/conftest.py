"""A directory to ask: in process, and on a socket."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if (ROOT := str(Path(__file__).parents[2])) not in sys.path:
    sys.path.insert(0, ROOT)

from mock_directory import dialects
from mock_directory.clock import Clock
from mock_directory.directory import Directory
from mock_directory.enrolment import Organisation, OrganisationRequest, Software, SoftwareRequest
from mock_directory.server import RunningDirectory, running
from mock_directory.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLBACK = "https://client.example/cb"


def segments(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token."""
    header, claims = (base64.urlsafe_b64decode(part + "==") for part in token.split(".")[:2])
    return json.loads(header), json.loads(claims)


@dataclass
class Enrolled:
    """A directory that knows one software product."""

    directory: Directory
    organisation: Organisation
    software: Software

    def published(self, path: str = "/jwks") -> list[dict[str, Any]]:
        document = self.directory.documents.find(path)
        assert document is not None
        return json.loads(document)["keys"]


def enrolled(directory: Directory, **software: Any) -> Enrolled:
    organisation = directory.enrol_organisation(OrganisationRequest(name="Example Bank"))
    request = {"name": "Probe", "redirect_uris": [CALLBACK], **software}
    made = directory.enrol_software(SoftwareRequest(organisation_id=organisation.id, **request))
    return Enrolled(directory, organisation, made)


@pytest.fixture
def open_directory(tmp_path: Path) -> Iterator[Callable[..., Directory]]:
    """Open directories in state folders of their own; the same name is the same folder."""
    with contextlib.ExitStack() as stack:

        def made(
            dialect: str = "default",
            *,
            name: str = "state",
            base: str = "https://directory.example",
        ) -> Directory:
            state = stack.enter_context(contextlib.closing(State(tmp_path / name)))
            return Directory(state, dialects.load(dialect), base, Clock(lambda: 1_800_000_000.5))

        yield made


@pytest.fixture
def known(open_directory: Callable[..., Directory]) -> Enrolled:
    return enrolled(open_directory())


@dataclass
class Live:
    """A directory on a socket, and a client for its API."""

    running: RunningDirectory
    client: httpx.Client

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        return self.ask("GET", path, status, **headers)

    def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        return self.ask("POST", path, status, body, **headers)

    def ask(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            named.setdefault("Content-Type", "application/json")
        answer = self.client.request(method, path, content=content, headers=named)
        assert answer.status_code == status, answer.text
        return answer.json()

    def enrol(self, **software: Any) -> dict[str, Any]:
        organisation = self.post("/api/organisations", {"name": "Example Bank"})
        body = {"name": "Probe", "redirect_uris": [CALLBACK], **software}
        return self.post("/api/software", {"organisation_id": organisation["id"], **body})


@contextlib.contextmanager
def alive(**options: Any) -> Iterator[Live]:
    with running(**options) as made, httpx.Client(base_url=made.address, trust_env=False) as client:
        yield Live(made, client)


@pytest.fixture
def live() -> Iterator[Live]:
    with alive() as made:
        yield made
