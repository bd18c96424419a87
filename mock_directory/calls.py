"""Calls to the directory's API, and what comes back of them."""

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx

from mock_directory.fetch_log import Fetch

Json = dict[str, Any]
"""An object as the API shows it; ``/openapi.json`` says which members it has."""
Moment = int | str
"""Seconds since 1970, or a date and time of RFC 3339 with its zone."""

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
"""Seconds for each read and each write: the directory may be making keys for others."""
# Shorter than the server's, so that no request is sent into a connection that it is closing.
_KEPT_OPEN_S = 2.0


class DirectoryError(Exception):
    """The directory does not answer, or refuses; the text is one sentence that says why."""

    def __init__(
        self, sentence: str, status: int | None = None, fields: Sequence[str] = ()
    ) -> None:
        super().__init__(sentence)
        self.status = status
        """Of the refusal; None where there was no answer."""
        self.fields = tuple(fields)
        """The members of the body that are wrong."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A token and what it says."""

    text: str
    """The compact JWS."""
    header: Json
    claims: Json
    key: str
    """The id of the key that signed."""


@dataclass(frozen=True, slots=True)
class CollectedUrl:
    """A URL that answers as told, and who fetched it so far."""

    id: str
    url: str
    """As providers know it."""
    status: int
    """Of its answer while nothing fails."""
    outage: str | None
    fetches: tuple[Fetch, ...]


def fetches_in(told: Json) -> tuple[Fetch, ...]:
    """Return the fetches of an answer, oldest first."""
    return tuple(
        Fetch(**{**fetch, "headers": tuple((name, value) for name, value in fetch["headers"])})
        for fetch in told["fetches"]
    )


def collected_in(told: Json) -> CollectedUrl:
    """Return the collected URL of an answer."""
    fetches = fetches_in(told)
    return CollectedUrl(told["id"], told["url"], told["status"], told["outage"], fetches)


def part(identifier: str) -> str:
    """Return an identifier as a part of a path, whatever it holds."""
    # Dots alone would be steps of the path.
    return quote(identifier, safe="").replace(".", "%2E")


class Calls:
    """A directory that answers at a URL."""

    def __init__(
        self, base_url: str, token: str | None = None, *, ca_bundle: str | None = None
    ) -> None:
        """Connect when it is first needed.

        Args:
            base_url: Where the directory is; ``/api`` is below it.
            token: The API token; needed where others than this machine can reach it.
            ca_bundle: PEM of who vouches for its TLS; None: whom this machine trusts.

        """
        self.base_url = base_url.rstrip("/")
        if urlsplit(base_url).scheme == "https":
            trusted = ssl.create_default_context(cadata=ca_bundle)
        else:
            # Reading whom this machine trusts takes long, and plain HTTP has no use for it.
            trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._http = httpx.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT,
            limits=httpx.Limits(keepalive_expiry=_KEPT_OPEN_S),
            verify=trusted,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        """Be closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        at: Moment | None = None,
    ) -> Json:
        """Call the API with whatever it takes.

        Args:
            method: An HTTP method.
            path: From ``/api`` on.
            body: Sent as JSON.
            query: Parameters.
            at: What time it is for this call; None: what the directory's clock says.

        Raises:
            DirectoryError: there is no answer, or a refusal.

        """
        headers = {} if at is None else {"Directory-Time": str(at)}
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            answer = self._http.request(
                method, path, content=content, params=query or None, headers=headers
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = str(error) or type(error).__name__
            raise DirectoryError(f"no directory answers at {self.base_url}: {said}") from None
        told = _read(answer)
        if answer.is_success and told is not None:
            return told
        if told is None or "detail" not in told:
            said = f"{answer.status_code} and no JSON object of its API"
            raise DirectoryError(
                f"what answers at {self.base_url} is no directory: {said}", answer.status_code
            )
        wrong = [str(error.get("field", "")) for error in told.get("errors", ())]
        raise DirectoryError(
            f"the directory at {self.base_url} refuses {method} {path}: {told['detail']}",
            answer.status_code,
            wrong,
        )


def _read(answer: httpx.Response) -> Json | None:
    try:
        told = answer.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
