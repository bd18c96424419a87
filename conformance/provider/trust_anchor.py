"""The directory whose software statements the provider trusts: a run's own, or one that runs.

It is started when an exchange first needs it, since most runs never do.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import httpx

from conformance.outcomes import Blocked
from conformance.provider.wire import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.settings import Settings

_TIMEOUT_S = 10.0


def unreachable_directory(settings: Settings) -> str:
    """Why the provider could not fetch the directory's keys; empty where it could."""
    part = settings.directory
    if not settings.provider.software_statements or part.url or part.public_url:
        return ""
    if is_loopback(settings.target_url):
        return ""
    return (
        "the provider is on another machine and cannot fetch keys from a directory at loopback: "
        "name one that runs with --dcr-directory-url, or say with --dcr-directory-public-url "
        "how the provider reaches the one that this run starts"
    )


class TrustAnchor:
    """Enrols one software product and has the directory sign statements on it."""

    def __init__(
        self, settings: Settings, *, trusted: Callable[[str, str], None] | None = None
    ) -> None:
        """Remember how; nothing is started yet.

        Args:
            settings: Which directory, and where it listens.
            trusted: Told the issuer and the URL of its keys before the first statement.

        """
        self._settings = settings
        self._trusted = trusted
        self._enrolling, self._starting = threading.Lock(), threading.Lock()
        self._resources = contextlib.ExitStack()
        self._http: httpx.Client | None = None
        self._software: dict[str, str] = {}
        self.trust: dict[str, Any] = {}
        """What a provider must be told: issuer, jwks_uri and more, once it is known."""

    # What it does

    def statement(self, software: str, request: dict[str, Any]) -> str:
        """A new software statement.

        Args:
            software: Our own name for the product; it is enrolled when it is first named.
            request: The body of the directory's API: claims, without_claims, header and so on.

        Raises:
            Blocked: the directory cannot be used, or refuses.

        """
        with self._enrolling:
            if software not in self._software:
                self._software[software] = self._enrolled(software)
            identifier = self._software[software]
        answer = self.ask("POST", f"/api/software/{identifier}/statements", request)
        return str(answer["software_statement"])

    def _enrolled(self, name: str) -> str:
        owner = self.ask("POST", "/api/organisations", {"name": f"dcr-conformance {name}"})
        uri = self._settings.registration.redirect_uri
        software = {"organisation_id": owner["id"], "name": name, "redirect_uris": [uri]}
        return str(self.ask("POST", "/api/software", software)["id"])

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Call the directory's API.

        Raises:
            Blocked: it does not answer, or refuses; with its own sentence.

        """
        http = self._opened()
        content = None if body is None else json.dumps(body).encode()
        try:
            answer = http.request(
                method, path, content=content, headers={"Content-Type": "application/json"}
            )
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Blocked(f"the directory at {http.base_url} does not answer: {error}") from None
        if not answer.is_success or not isinstance(told, dict):
            said = told.get("detail") if isinstance(told, dict) else answer.text[:200]
            raise Blocked(f"the directory at {http.base_url} refuses {method} {path}: {said}")
        return told

    # Starting and stopping

    def _opened(self) -> httpx.Client:
        with self._starting:
            if self._http is None:
                self._http = self._connected()
            return self._http

    def _connected(self) -> httpx.Client:
        part = self._settings.directory
        address, token = part.url, part.token.get_secret_value() if part.token else None
        if not address:
            address, token = self._started()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        http = self._resources.enter_context(
            httpx.Client(base_url=address, headers=headers, timeout=_TIMEOUT_S, trust_env=False)
        )
        try:
            self.trust = http.get("/api/trust").raise_for_status().json()
            issuer, keys = str(self.trust["issuer"]), str(self.trust["jwks_uri"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Blocked(f"no directory answers at {address}: {error}") from None
        if self._trusted is not None:
            self._trusted(issuer, keys)
        return http

    def _started(self) -> tuple[str, str | None]:
        # Starlette and all: only where a directory is started.
        from mock_directory.server import running  # noqa: PLC0415
        from mock_directory.state import StateError  # noqa: PLC0415

        part = self._settings.directory
        folder = self._settings.state_dir / "directory" if part.port else None
        try:
            made = self._resources.enter_context(
                running(
                    port=part.port, state_dir=folder, public_url=part.public_url or None,
                )
            )  # fmt: skip
        except (OSError, StateError, sqlite3.Error) as error:
            raise Blocked(
                f"no directory can be started at port {part.port} ({error}); if one runs there, "
                f"name it: --dcr-directory-url http://127.0.0.1:{part.port}"
            ) from None
        return made.address, made.token

    def close(self) -> None:
        """Stop what was started."""
        self._resources.close()
        self._http = None
