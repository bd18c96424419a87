"""The directory whose software statements the provider trusts: a run's own, or one that runs.

It is started when an exchange first needs it, since most runs never do.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.outcomes import Blocked
from conformance.provider.wire import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.settings import Settings
    from mock_directory.client import DirectoryClient
    from mock_directory.trust import Trust


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
        self, settings: Settings, *, trusted: Callable[[Trust], None] | None = None
    ) -> None:
        """Remember how; nothing is started yet.

        Args:
            settings: Which directory, and where it listens.
            trusted: Told whom to trust before the first statement or certificate.

        """
        self._settings = settings
        self._trusted = trusted
        self._enrolling, self._starting = threading.Lock(), threading.Lock()
        self._resources = contextlib.ExitStack()
        self._client: DirectoryClient | None = None
        self._told: Trust | None = None
        self._closed = False
        self._undoing: dict[str, Callable[[DirectoryClient], object]] = {}
        self._software: dict[str, str] = {}

    # What it does

    def statement(self, software: str, claims: dict[str, Any], **request: Any) -> str:
        """A new software statement.

        Args:
            software: Our own name for the product; it is enrolled when it is first named.
            claims: To put in, or in the place of others.
            request: What else :meth:`DirectoryClient.issue_statement` takes.

        Raises:
            Blocked: the directory cannot be used, or refuses.

        """
        client = self._opened()
        with _blocking():
            identifier = self._identifier(client, software)
            return client.issue_statement(identifier, claims, **request).text

    def certificate(
        self, software: str, public_key: str, *, days: int = 365, at: int | None = None
    ) -> dict[str, str]:
        """A TLS client certificate of a software product, for a public key in PEM.

        Args:
            software: As for statements.
            public_key: Whose certificate it is.
            days: For how long.
            at: When it was issued, in seconds since the epoch; now, if not said.

        Returns:
            ``pem`` and ``subject`` (RFC 4514) among others.

        Raises:
            Blocked: the directory cannot be used, or refuses.

        """
        client = self._opened()
        with _blocking():
            identifier = self._identifier(client, software)
            made = client.issue_certificate(identifier, public_key=public_key, days=days, at=at)
            return dict(made)

    def _identifier(self, client: DirectoryClient, name: str) -> str:
        """What the directory calls a product of ours, which is enrolled when it is first named."""
        with self._enrolling:
            if name not in self._software:
                owner = client.enrol_organisation(f"dcr-conformance {name}")
                uri = self._settings.registration.redirect_uri
                made = client.enrol_software(owner["id"], name, [uri])
                self._software[name] = str(made["id"])
            return self._software[name]

    def signed(self, payload: str, header: dict[str, Any] | None = None) -> str:
        """Any text as a JWS with this header or that of a statement, signed by the directory.

        Raises:
            Blocked: the directory cannot be used, or refuses.

        """
        client = self._opened()
        with _blocking():
            return client.sign(text=payload, header=header)

    def public_key(self, kid: str | None) -> dict[str, Any]:
        """The public key of the directory that a statement's header names.

        Raises:
            Blocked: the directory publishes no such key, or cannot be used.

        """
        return dict(self._key(kid)["jwk"])

    def _key(self, kid: str | None) -> dict[str, Any]:
        client = self._opened()
        with _blocking():
            published = client.keys()
        found = [key for key in published if key.get("kid") == kid]
        if not found:
            raise Blocked(f"the directory has no key {kid}, but signs with it")
        return found[0]

    def key_fetched(self, kid: str | None) -> bool:
        """Whether anybody fetched the published keys since the one of that kid was made.

        Raises:
            Blocked: the directory publishes no such key, or cannot be used.

        """
        made = float(self._key(kid)["created"])
        client = self._opened()
        with _blocking():
            path = urlsplit(client.settings().jwks_uri).path
            return any(fetch.at >= made for fetch in client.fetches(path=path))

    def trust(self) -> Trust:
        """What a provider must be told.

        Raises:
            Blocked: the directory cannot be used.

        """
        self._opened()
        assert self._told is not None  # noqa: S101 - since it was opened
        return self._told

    @contextlib.contextmanager
    def directory(self) -> Iterator[DirectoryClient]:
        """The directory itself, for what is collected, kept from others or rotated there.

        Raises:
            Blocked: the directory cannot be used, or refuses.

        """
        client = self._opened()
        with _blocking():
            yield client

    def undo_later(self, name: str, undo: Callable[[DirectoryClient], object]) -> None:
        """Have something undone when the run ends, however it ends: a directory may outlive it."""
        self._undoing[name] = undo

    # Starting and stopping

    def _opened(self) -> DirectoryClient:
        with self._starting:
            if self._closed:
                raise Blocked("the run is over, and with it the use of the directory")
            if self._client is None:
                self._client = self._connected()
            return self._client

    def _connected(self) -> DirectoryClient:
        # Starlette, httpx and all: only where a directory is used.
        from mock_directory.client import DirectoryClient  # noqa: PLC0415

        part = self._settings.directory
        address, token = part.url, part.token.get_secret_value() if part.token else None
        if not address:
            address, token = self._started()
        network = self._settings.network
        bundle = network.ca_bundle.read_text() if network.ca_bundle else None
        client = self._resources.enter_context(DirectoryClient(address, token, ca_bundle=bundle))
        with _blocking():
            told = self._told = client.settings()
        self._publish_recommended(client)
        if self._trusted is not None:
            self._trusted(told)
        return client

    @staticmethod
    def _publish_recommended(client: DirectoryClient) -> None:
        """Have a key for RS256 (RFC 7591 section 2.3) before anybody fetches the keys.

        A directory that lets nobody add keys does without.
        """
        from mock_directory.client import DirectoryError  # noqa: PLC0415 - as above

        with contextlib.suppress(DirectoryError):
            keys = client.keys()
            if not any((k["algorithm"], k["status"]) == ("RS256", "signing") for k in keys):
                client.add_key("RS256")

    def _started(self) -> tuple[str, str | None]:
        # Starlette and all: only where a directory is started.
        from mock_directory.server import running  # noqa: PLC0415
        from mock_directory.state import StateError  # noqa: PLC0415

        part, port = self._settings.directory, self._port
        folder = self._settings.state_dir / "directory" if port else None
        try:
            made = self._resources.enter_context(
                running(
                    port=port, state_dir=folder, public_url=part.public_url or None,
                )
            )  # fmt: skip
        except (OSError, StateError, sqlite3.Error) as error:
            raise Blocked(
                f"no directory can be started at port {port} ({error}); if one runs there, "
                f"name it: --dcr-directory-url http://127.0.0.1:{port}"
            ) from None
        return made.address, made.token

    @property
    def _port(self) -> int:
        """Where it listens: any free port will do for a provider that was told of none."""
        part = self._settings.directory
        known = self._settings.provider.software_statements
        told = known or part.public_url or part.probe_internal_addresses
        return part.port if told else 0

    def close(self) -> None:
        """Take back what was published, and stop what was started."""
        if self._client is not None and self._settings.directory.url:
            for undo in list(self._undoing.values()):
                with contextlib.suppress(Blocked), self.directory() as client:
                    undo(client)
        self._undoing.clear()
        with self._starting:
            self._closed = True
        self._resources.close()
        self._client = None


@contextlib.contextmanager
def _blocking() -> Iterator[None]:
    """What the directory refuses blocks the exchange that asked."""
    from mock_directory.client import DirectoryError  # noqa: PLC0415 - as above

    try:
        yield
    except DirectoryError as error:
        raise Blocked(str(error)) from None
