import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.provider import ReferenceProvider
from conformance.reference_provider.wire import Request, Response

CALLBACK = "https://client.example/cb"


@dataclass
class Clock:
    time: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@dataclass
class Driver:
    """Speaks to a provider in process, as a client would."""

    provider: ReferenceProvider
    clock: Clock = field(default_factory=Clock)

    def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return self.provider.handle(
            Request(method, target.removeprefix(self.provider.issuer), pairs, body)
        )

    def attempt(self, **metadata: Any) -> Response:
        body = json.dumps({"redirect_uris": [CALLBACK], **metadata}).encode()
        return self.send("POST", "/register", body, content_type="application/json")

    def register(self, **metadata: Any) -> dict[str, Any]:
        answer = self.attempt(**metadata)
        assert answer.status == 201, answer
        return members(answer)

    def manage(
        self, method: str, client: dict[str, Any], changes: Any = None, token: str = ""
    ) -> Response:
        body = b"" if changes is None else json.dumps(changes).encode()
        return self.send(
            method,
            client["registration_client_uri"],
            body,
            content_type="application/json",
            authorization=f"Bearer {token or client['registration_access_token']}",
        )

    def authorize(self, client: dict[str, Any], **parameters: str) -> Response:
        asked = {"client_id": client["client_id"], "response_type": "code", **parameters}
        return self.send("GET", f"/authorize?{urlencode(asked)}")

    def code(self, client: dict[str, Any], **parameters: str) -> str:
        answer = self.authorize(client, redirect_uri=CALLBACK, **parameters)
        return landed(answer)["code"]

    def post(self, path: str, client: dict[str, Any], **form: str) -> Response:
        method = client["token_endpoint_auth_method"]
        headers = {"content_type": "application/x-www-form-urlencoded"}
        if method == "client_secret_basic":
            pair = f"{client['client_id']}:{client['client_secret']}".encode()
            headers["authorization"] = "Basic " + base64.b64encode(pair).decode()
        elif method == "client_secret_post":
            form = {
                **form,
                "client_id": client["client_id"],
                "client_secret": client["client_secret"],
            }
        else:
            form = {"client_id": client["client_id"], **form}
        return self.send("POST", path, urlencode(form).encode(), **headers)

    def redeem(self, client: dict[str, Any], code: str, **form: str) -> Response:
        wanted = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self.post("/token", client, **wanted, **form)


def members(answer: Response) -> dict[str, Any]:
    value = json.loads(answer.body)
    assert isinstance(value, dict)
    return value


def landed(answer: Response) -> dict[str, str]:
    assert answer.status == 302, answer
    parts = urlsplit(answer.header("location") or "")
    return dict(parse_qsl(parts.query or parts.fragment))


@pytest.fixture
def provider_of() -> Callable[..., Driver]:
    def make(behaviour: type[Behaviour] = Behaviour, **policy: Any) -> Driver:
        clock = Clock()
        return Driver(ReferenceProvider(behaviour, Policy(**policy), clock=clock), clock)

    return make


@pytest.fixture
def driver(provider_of: Callable[..., Driver]) -> Driver:
    return provider_of()


@pytest.fixture
def read() -> Callable[[Response], dict[str, Any]]:
    return members


@pytest.fixture
def landing() -> Callable[[Response], dict[str, str]]:
    return landed
