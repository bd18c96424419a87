"""A registered client as an exchange holds it: its newest token, and how it is managed."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.evidence import MANAGEMENT_MEMBERS, Answer, ClientRecord
from conformance.outcomes import NotApplicable
from conformance.provider.sender import OMIT
from conformance.provider.session import LiveAnswer

if TYPE_CHECKING:
    from conformance.ledger import Entry
    from conformance.provider.stating import Stating


@dataclass
class Credentials:
    """What a client was last given; shared by every exchange that holds the client.

    A rotated registration access token makes calls a sequence, so one lock stands
    around each of them.
    """

    entry: Entry
    client_id: str
    secret: str | None = None
    registration_token: str | None = None
    configuration_uri: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    """The endpoints that have heard of the client, or had time to."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __repr__(self) -> str:
        return f"<credentials of {self.client_id!r}>"


class Client(ClientRecord):
    """A client of the provider under test."""

    def __init__(self, provider: Stating, registration: Answer, credentials: Credentials) -> None:
        super().__init__(registration)
        self._provider = provider
        self.credentials = credentials

    def bound_to(self, provider: Stating) -> Client:
        """The same client, its further calls recorded by another exchange."""
        other = Client(provider, self.registration, self.credentials)
        other.answers = list(self.answers)
        return other

    @property
    def secret(self) -> str | None:
        """The client_secret as last stated; None where there is none."""
        return self.credentials.secret

    @property
    def registration_token(self) -> str | None:
        """The registration access token as last stated."""
        return self.credentials.registration_token

    @property
    def configuration_uri(self) -> str | None:
        """The client configuration endpoint, as given."""
        return self.credentials.configuration_uri

    @property
    def auth_method(self) -> str:
        """The method that the answers state, or that follows from them (RFC 7591 section 2)."""
        stated = self.credentials.metadata.get("token_endpoint_auth_method")
        if isinstance(stated, str):
            return stated
        return "client_secret_basic" if self.secret else "none"

    @property
    def grant_types(self) -> list[str]:
        """The grants that the answers state, or that follow from them (RFC 7591 section 2)."""
        stated = self.credentials.metadata.get("grant_types")
        return stated if isinstance(stated, list) else ["authorization_code"]

    @property
    def redirect_uris(self) -> list[str]:
        """The redirect URIs that the answers state, else those that were requested."""
        stated = self.credentials.metadata.get("redirect_uris")
        if not isinstance(stated, list):
            stated = self.requested.get("redirect_uris") or []
        return [uri for uri in stated if isinstance(uri, str)]

    @property
    def manageable(self) -> bool:
        """Whether the answers gave what RFC 7592 needs."""
        return bool(self.registration_token and self.configuration_uri)

    def need_management(self) -> None:
        """Go on only where the provider offers RFC 7592.

        Raises:
            NotApplicable: no registration access token or configuration URI was given.

        """
        if not self.manageable:
            raise NotApplicable("the provider offers no client configuration endpoint (RFC 7592)")

    # The client configuration endpoint, RFC 7592 section 2

    def read(self, **misuse: Any) -> LiveAnswer:
        """GET at the configuration endpoint; ``token=``, ``uri=``, ``headers=`` to misuse it."""
        return self._manage("read", "GET", b"", **misuse)

    def update(self, *, misuse: dict[str, Any] | None = None, **changes: Any) -> LiveAnswer:
        """PUT all that is registered, with changes; ``OMIT`` leaves a member out."""
        return self.replace(self.update_body(**changes), **(misuse or {}))

    def update_body(self, **changes: Any) -> dict[str, Any]:
        """What an update with changes would send: all members but those that section 2.2 bars."""
        with self.credentials.lock:
            body = {
                name: value
                for name, value in self.credentials.metadata.items()
                if name not in (*MANAGEMENT_MEMBERS, "client_secret")
            }
        body["client_id"] = self.client_id
        body.update(changes)
        body = {name: value for name, value in body.items() if value is not OMIT}
        if not self._provider.demands_statements or "software_statement" in changes:
            return body
        # A statement that still said the old would take precedence over what is new.
        stated = {n: v for n, v in body.items() if n not in ("client_id", "software_statement")}
        return {**self._provider.with_statement(stated), "client_id": self.client_id}

    def replace(self, body: Any, **misuse: Any) -> LiveAnswer:
        """PUT exactly this body: a JSON value, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._manage("update", "PUT", content, **misuse)

    def delete(self, **misuse: Any) -> LiveAnswer:
        """DELETE at the configuration endpoint."""
        return self._manage("delete", "DELETE", b"", **misuse)

    def request(self, method: str, **misuse: Any) -> LiveAnswer:
        """Any other method at the configuration endpoint."""
        return self._manage("manage", method, misuse.pop("content", b""), **misuse)

    def _manage(
        self,
        operation: str,
        method: str,
        content: bytes,
        *,
        token: Any = OMIT,
        uri: str | None = None,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> LiveAnswer:
        """Send one call; a changed token counts only where our own was used at our own URI."""
        self.need_management()
        credentials = self.credentials
        with credentials.lock:
            own = token is OMIT and uri is None and headers is None
            fields = [("Content-Type", content_type)] if content or method == "PUT" else []
            used = credentials.registration_token if token is OMIT else token
            given = {name.lower() for name in headers or {}}
            if used is not None and "authorization" not in given:
                fields.append(("Authorization", f"Bearer {used}"))
            fields += list((headers or {}).items())

            def ask() -> LiveAnswer:
                return self._provider.send(
                    method,
                    uri or credentials.configuration_uri or "",
                    operation=operation,
                    headers=fields,
                    content=content,
                )

            if own:
                answer = self._provider.until_known(
                    "configuration", credentials.heard, ask, lambda a: a.status in (401, 404)
                )
            else:
                answer = ask()
            if operation == "delete":
                self.deleted(answer)
            elif answer.accepted and answer.members.get("client_id") == self.client_id:
                # A rotated token is the newest one even where an odd call earned it.
                self._renew(answer)
                if own:
                    self.answers.append(answer)
        return answer

    def _renew(self, answer: Answer) -> None:
        members = answer.members
        credentials = self.credentials
        if isinstance(token := members.get("registration_access_token"), str):
            credentials.registration_token = token
        if isinstance(uri := members.get("registration_client_uri"), str):
            credentials.configuration_uri = uri
        if isinstance(secret := members.get("client_secret"), str):
            credentials.secret = secret
        credentials.metadata = dict(members)
        self._provider.session.ledger.renewed(
            credentials.entry, members, self._provider.registration_endpoint
        )

    def deleted(self, answer: Answer) -> None:
        """Take note of the answer to a deletion, where it was sent past :meth:`delete`."""
        if answer.accepted:
            self._provider.session.ledger.settled(self.credentials.entry, "removed")
