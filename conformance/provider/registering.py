"""Registration (RFC 7591 section 3): attempts of which anything may come, clients, controls."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

from conformance.evidence import Answer, Comparison
from conformance.outcomes import Blocked, NotApplicable, NotJudged
from conformance.provider.client import Client, Credentials
from conformance.provider.credentials import basic
from conformance.provider.sender import OMIT, said
from conformance.provider.stating import Stating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from conformance.provider.session import LiveAnswer

JSON = "application/json"


class Registering(Stating):
    """Whatever an exchange does at the registration endpoint."""

    def baseline(self, **changes: Any) -> dict[str, Any]:
        """Metadata that every provider takes; ``OMIT`` leaves a member out."""
        metadata: dict[str, Any] = {
            "redirect_uris": [self.redirect_uri()],
            "client_name": "dcr-conformance",
            **changes,
        }
        return {name: value for name, value in metadata.items() if value is not OMIT}

    def attempt(
        self,
        metadata: dict[str, Any] | None = None,
        /,
        *,
        raw: bytes | None = None,
        content_type: str | None = JSON,
        initial_token: Any = OMIT,
        headers: Iterable[tuple[str, str]] = (),
        uri: str | None = None,
        timeout_s: float | None = None,
        beyond_limit: bool = False,
        operation: str = "register",
        **members: Any,
    ) -> tuple[LiveAnswer, Client | None]:
        """Send a registration of which anything may come: metadata, or ``raw`` bytes.

        ``beyond_limit`` asks once also where the provider takes no more registrations.
        ``operation`` is another where what is judged of all registrations does not hold of it.

        Returns:
            The answer, and the client if a 2xx named one.

        """
        if raw is None:
            wanted = {**self.settings.registration.metadata, **(metadata or {}), **members}
            wanted = self.with_statement(wanted)
            raw = json.dumps(wanted).encode()
        endpoint = uri or self.registration_endpoint
        fields = [] if content_type is None else [("Content-Type", content_type)]
        token = self.initial_access_token() if initial_token is OMIT else initial_token
        given = {name.lower() for name, _ in headers}
        if token is not None and "authorization" not in given:
            fields.append(("Authorization", f"Bearer {token}"))
        fields += list(headers)
        while True:
            self.session.charge(beyond_limit=beyond_limit)
            # The turn first: what the ledger names is under way, not waiting.
            self.session.pace()
            entry = self.session.ledger.attempt(self.recorder.exchange, endpoint)
            answer = self.send(
                "POST",
                endpoint,
                operation=operation,
                headers=fields,
                content=raw,
                timeout_s=timeout_s,
                paced=True,
            )
            if not answer.registered:
                if answer.answered:
                    self.session.ledger.settled(entry, "refused")
                elif not self.session.stopping:  # else sweep still has to name it
                    self.session.ledger.settled(entry, "unknown")
            if answer.status != 429 or beyond_limit:
                break
            if not self.session.wait_for(answer):
                self.session.limit(answer)
                break
        if not answer.registered:
            return answer, None
        self.session.ledger.registered(entry, answer.members, endpoint)
        return answer, self._client(answer, entry)

    def _client(self, answer: LiveAnswer, entry: Any) -> Client:
        members = answer.members

        def text(name: str) -> str | None:
            value = members.get(name)
            return value if isinstance(value, str) and value else None

        credentials = Credentials(
            entry=entry,
            client_id=str(members["client_id"]),
            secret=text("client_secret"),
            registration_token=text("registration_access_token"),
            configuration_uri=text("registration_client_uri"),
            metadata=dict(members),
        )
        return Client(self, answer, credentials)

    def register(self, *, optional: str = "", **metadata: Any) -> Client:
        """Register a client that the exchange cannot do without.

        Args:
            optional: Why a provider may rightly refuse it; it is then not judged.
            metadata: The members to send, with what the operator's settings add.

        Raises:
            NotJudged: refused, and that may be policy, or no more registrations are taken.
            Blocked: refused without such a reason, or not answered.

        """
        answer, client = self.attempt(metadata)
        if client is not None:
            return client
        if answer.status == 429:
            raise NotJudged(self.session.limited, step=answer.step.id)
        if answer.status in (403, 404, 405, 501) and optional:
            raise NotApplicable(f"{optional}: {said(answer)}", step=answer.step.id)
        if optional and answer.refused:
            raise NotJudged(f"{optional}: {said(answer)}", step=answer.step.id)
        raise Blocked(said(answer), step=answer.step.id)

    def control(self, **metadata: Any) -> Client:
        """The client of a request without offence: registered once a run, never changed.

        Raises:
            NotJudged: the provider refuses it by policy.
            NotApplicable: ... and says with its status that it does not offer this.
            Blocked: no answer came.

        """
        wanted = {name: value for name, value in metadata.items() if value is not OMIT}
        key = (
            "control-" + hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:8]
        )

        self.session.leans(self.recorder.exchange, key)

        def make() -> Client:
            own = self.apart(key)
            return own.register(optional="the request without the offence is refused", **wanted)

        client: Client = self.session.once(key, make)
        return client.bound_to(self)

    def compare(
        self,
        baseline: dict[str, Any],
        *,
        offending: dict[str, Any],
        then: Callable[[Self, Client], Answer] | None = None,
    ) -> Comparison:
        """The same registration twice, differing in the offending members.

        Args:
            baseline: The control's metadata.
            offending: What the odd request has on top, or instead.
            then: Tried with the odd client where one was registered.

        """
        control = self.control(**baseline)
        answer, client = self.attempt({**baseline, **offending})
        if answer.status == 429:
            raise NotJudged(self.session.limited, step=answer.step.id)
        followups: dict[str, Answer] = {}
        if then is not None and client is not None:
            # Where there is nothing to try it with, the answers alone must do.
            with contextlib.suppress(NotApplicable, NotJudged):
                followups["odd"] = then(self, client)
        sent = {name: None if value is OMIT else value for name, value in offending.items()}
        return Comparison(control.registration, answer, sent, followups)

    def initial_access_token(self) -> str | None:
        """The token that opens registration, None where the operator gave none.

        Raises:
            Blocked: the token cannot be had.

        """
        part = self.settings.initial_access_token
        if part.token is not None:
            return self._known(part.token.get_secret_value())
        if part.token_file is not None:
            return self._known(self._file(part.token_file))
        if part.token_endpoint:
            return str(self.session.once("initial access token", self._requested_token))
        return None

    def _known(self, token: str) -> str:
        self.session.redactor.placeholder("initial_access_token", token)
        return token

    @staticmethod
    def _file(path: Any) -> str:
        try:
            return str(path.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise Blocked(f"cannot read {path}: {error.strerror}") from error

    def _requested_token(self) -> str:
        part = self.settings.initial_access_token
        secret = part.client_secret.get_secret_value() if part.client_secret else None
        if secret is None and part.client_secret_file is not None:
            secret = self._file(part.client_secret_file)
        own = self.apart("initial-access-token")
        form = {"grant_type": "client_credentials"}
        if part.scope:
            form["scope"] = part.scope
        answer = own.post_form(
            part.token_endpoint,
            form,
            operation="initial access token",
            headers=[("Authorization", basic(part.client_id, secret or ""))],
        )
        token = answer.members.get("access_token")
        if not isinstance(token, str):
            raise Blocked(f"no initial access token: {said(answer)}", step=answer.step.id)
        return self._known(token)
