"""What an exchange can ask a provider: register, compare, get tokens, authorize.

One :class:`Provider` belongs to one exchange and records all that it sends.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from conformance.evidence import Answer, Comparison
from conformance.outcomes import Blocked, NotApplicable, NotJudged
from conformance.provider.authorization import land, oracle
from conformance.provider.client import OMIT, Client, Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.provider.session import LiveAnswer, Recorder, Session

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
UNKNOWN_CODE = "dcr-conformance-no-such-code"
VERIFIER = "dcr-conformance-verifier-0123456789-0123456789-0123456789"
"""PKCE's secret guards a code that nobody else can intercept here, so it may be public."""


PROPAGATION_S = (1.0, 3.0)
"""Pauses before a change is asked after again; a distributed provider needs a moment."""


class Provider:
    """The provider under test, as one exchange sees it."""

    def __init__(self, session: Session, recorder: Recorder) -> None:
        self.session = session
        self.recorder = recorder
        self.OMIT = OMIT

    # What is known

    @property
    def settings(self) -> Any:
        """The settings of the run."""
        return self.session.settings

    @property
    def metadata(self) -> dict[str, Any]:
        """The authorization server metadata, both documents laid together."""
        return dict(self.session.target.metadata)

    @property
    def registration_endpoint(self) -> str:
        """Where clients are registered.

        Raises:
            Blocked: discovery found none.

        """
        endpoint = self.session.endpoint("registration_endpoint")
        if endpoint is None:
            raise Blocked(self.session.target.problem or "no registration endpoint is known")
        return endpoint

    def endpoint(self, name: str) -> str:
        """Another endpoint, by its name in the metadata.

        Raises:
            NotApplicable: the provider offers none.

        """
        endpoint = self.session.endpoint(name)
        if endpoint is None:
            what = name.removesuffix("_endpoint").replace("_", " ")
            raise NotApplicable(f"the provider's metadata names no {what} endpoint")
        return endpoint

    def redirect_uri(self, name: str = "") -> str:
        """A safe redirect URI: constant in a run without ``name``, distinct with it."""
        base = self.settings.registration.redirect_uri
        return f"{base}/{self.session.marker}" + (f"/{quote(name)}" if name else "")

    def baseline(self, **changes: Any) -> dict[str, Any]:
        """Metadata that every provider takes; ``OMIT`` leaves a member out."""
        metadata: dict[str, Any] = {
            "redirect_uris": [self.redirect_uri()],
            "client_name": "dcr-conformance",
            **changes,
        }
        return {name: value for name, value in metadata.items() if value is not OMIT}

    # Registration, RFC 7591 section 3

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
        **members: Any,
    ) -> tuple[LiveAnswer, Client | None]:
        """Send a registration of which anything may come: metadata, or ``raw`` bytes.

        Returns:
            The answer, and the client if a 2xx named one.

        """
        if raw is None:
            wanted = {**self.settings.registration.metadata, **(metadata or {}), **members}
            wanted = {name: value for name, value in wanted.items() if value is not OMIT}
            raw = json.dumps(wanted).encode()
        endpoint = uri or self.registration_endpoint
        fields = [] if content_type is None else [("Content-Type", content_type)]
        token = self.initial_access_token() if initial_token is OMIT else initial_token
        given = {name.lower() for name, _ in headers}
        if token is not None and "authorization" not in given:
            fields.append(("Authorization", f"Bearer {token}"))
        fields += list(headers)
        while True:
            self.session.charge()
            # The turn first: what the ledger names is under way, not waiting.
            self.session.pace()
            entry = self.session.ledger.attempt(self.recorder.exchange)
            answer = self.send(
                "POST",
                endpoint,
                operation="register",
                headers=fields,
                content=raw,
                timeout_s=timeout_s,
                paced=True,
            )
            if not answer.registered:
                unknown = not answer.answered
                self.session.ledger.settled(entry, "unknown" if unknown else "refused")
            if answer.status != 429:
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
            raise NotApplicable(f"{optional}: {_said(answer)}", step=answer.step.id)
        if optional and answer.refused:
            raise NotJudged(f"{optional}: {_said(answer)}", step=answer.step.id)
        raise Blocked(_said(answer), step=answer.step.id)

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

        def make() -> Client:
            own = Provider(self.session, self.session.recorder(key))
            return own.register(optional="the request without the offence is refused", **wanted)

        client: Client = self.session.once(key, make)
        return client.bound_to(self)

    def compare(
        self,
        baseline: dict[str, Any],
        *,
        offending: dict[str, Any],
        then: Callable[[Provider, Client], Answer] | None = None,
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
        own = Provider(self.session, self.session.recorder("initial-access-token"))
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
            raise Blocked(f"no initial access token: {_said(answer)}", step=answer.step.id)
        return self._known(token)

    # The token endpoint and its neighbours, RFC 6749, 7009, 7662, 9126

    def token(
        self,
        client: Client,
        *,
        method: str | None = None,
        secret: Any = OMIT,
        client_id: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        **form: str,
    ) -> LiveAnswer:
        """A token request, authenticated as the client is registered, or as the arguments say."""
        return self._authenticated(
            "token", "token_endpoint", client, method, secret, client_id, headers, form
        )

    def par(self, client: Client, **form: str) -> LiveAnswer:
        """A pushed authorization request (RFC 9126); arguments as for an authorization request."""
        method, secret = form.pop("method", None), form.pop("secret", OMIT)
        request = self.authorization_request(client, **form)
        return self._authenticated(
            "par",
            "pushed_authorization_request_endpoint",
            client,
            method,
            secret,
            None,
            (),
            request,
        )

    def introspect(self, client: Client, token: str, **form: str) -> LiveAnswer:
        """Ask about a token (RFC 7662)."""
        return self._authenticated(
            "introspect",
            "introspection_endpoint",
            client,
            None,
            OMIT,
            None,
            (),
            {"token": token, **form},
        )

    def revoke(self, client: Client, token: str, **form: str) -> LiveAnswer:
        """Revoke a token (RFC 7009)."""
        return self._authenticated(
            "revoke", "revocation_endpoint", client, None, OMIT, None, (), {"token": token, **form}
        )

    def authenticates(self, client: Client, **misuse: Any) -> LiveAnswer:
        """A token request that shows whether a client's authentication is taken.

        With the client credentials grant where it is registered, else with a code that
        nobody issued: then a right secret is answered invalid_grant, a wrong one invalid_client.
        """
        if "client_credentials" in client.grant_types:
            return self.token(client, grant_type="client_credentials", **misuse)
        uri = client.redirect_uris[0] if client.redirect_uris else self.redirect_uri()
        return self.token(
            client,
            grant_type="authorization_code",
            code=UNKNOWN_CODE,
            redirect_uri=uri,
            code_verifier=VERIFIER,
            **misuse,
        )

    def _authenticated(
        self,
        operation: str,
        endpoint: str,
        client: Client,
        method: str | None,
        secret: Any,
        client_id: str | None,
        headers: Iterable[tuple[str, str]],
        form: dict[str, str],
    ) -> LiveAnswer:
        url = self.endpoint(endpoint)
        method = method or client.auth_method
        secret = client.secret if secret is OMIT else secret
        identifier = client_id or client.client_id
        fields = list(headers)
        form = dict(form)
        if method == "client_secret_basic" and secret is not None:
            fields.append(("Authorization", basic(identifier, secret)))
            form.pop("client_id", None)
        elif method == "client_secret_post" and secret is not None:
            form.update(client_id=identifier, client_secret=secret)
        elif method in ("none", "client_secret_basic", "client_secret_post"):
            form.update(client_id=identifier)
        else:
            raise NotJudged(f"this version cannot authenticate with {method}")
        return self.post_form(url, form, operation=operation, headers=fields)

    # The authorization endpoint, RFC 6749 section 3.1

    def authorization_request(self, client: Client, **changes: Any) -> dict[str, str]:
        """The parameters of a good authorization request with PKCE, with changes; OMIT to drop."""
        uris = client.redirect_uris
        parameters: dict[str, Any] = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": uris[0] if uris else self.redirect_uri(),
            "state": "dcr-conformance",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: str(value) for name, value in parameters.items() if value is not OMIT}

    def authorize(self, client: Client, **changes: Any) -> LiveAnswer:
        """An authorization request; the answer's ``landing`` says where it ended."""
        return land(self, client, self.authorization_request(client, **changes))

    def tries_redirect(self, client: Client, uri: Any, **changes: Any) -> LiveAnswer:
        """Ask whether the authorization endpoint sends browsers to a URI of this client.

        The request has the form that was found to tell registered URIs from others best:
        as it is, silent (``prompt=none``) or with an error that is answered by redirect.
        """
        style = oracle(self).style
        request = self.authorization_request(client, redirect_uri=uri, **{**style, **changes})
        return land(self, client, request)

    def code(self, client: Client, **changes: Any) -> str:
        """An authorization code of this client.

        Raises:
            NotJudged: a person would have to log in.

        """
        answer = self.authorize(client, **changes)
        code = answer.redirect_parameters.get("code")
        if answer.landing != "client" or not code:
            raise NotJudged(f"no code without a login: {answer.line}", step=answer.step.id)
        return code

    def redeem(self, client: Client, code: str, **misuse: Any) -> LiveAnswer:
        """Exchange a code of :meth:`code` for tokens."""
        uris = client.redirect_uris
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": uris[0] if uris else self.redirect_uri(),
            "code_verifier": VERIFIER,
            **misuse,
        }
        return self.token(client, **form)

    # Anything else

    def patiently(
        self, ask: Callable[[], LiveAnswer], done: Callable[[Answer], bool]
    ) -> LiveAnswer:
        """Ask again for a few seconds while a change has not arrived everywhere."""
        answer = ask()
        for pause_s in PROPAGATION_S:
            if done(answer):
                break
            self.session.sleep(pause_s)
            answer = ask()
        return answer

    def post_form(
        self,
        url: str,
        form: dict[str, str],
        *,
        operation: str,
        headers: Iterable[tuple[str, str]] = (),
    ) -> LiveAnswer:
        """POST form fields."""
        return self.send(
            "POST",
            url,
            operation=operation,
            headers=[("Content-Type", FORM), *headers],
            content=urlencode(form).encode(),
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        operation: str = "other",
        headers: Iterable[tuple[str, str]] = (),
        content: bytes = b"",
        timeout_s: float | None = None,
        paced: bool = False,
    ) -> LiveAnswer:
        """Send any request."""
        return self.session.send(
            self.recorder,
            operation,
            method,
            url,
            headers=headers,
            content=content,
            timeout_s=timeout_s,
            paced=paced,
        )


def authorize_with(uri: str) -> Callable[[Provider, Client], Answer]:
    """A follow-up for ``compare`` that asks whether browsers are sent to this URI."""

    def follow(provider: Provider, client: Client) -> Answer:
        return provider.tries_redirect(client, uri)

    return follow


def basic(client_id: str, secret: str) -> str:
    """The Authorization header of RFC 6749 section 2.3.1: both parts form-encoded first."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def challenge(verifier: str) -> str:
    """The S256 code challenge of RFC 7636 section 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def altered(secret: str) -> str:
    """A credential of the same length and shape that is not this one."""
    middle = len(secret) // 2
    swap = "A" if secret[middle : middle + 1] != "A" else "B"
    return secret[:middle] + swap + secret[middle + 1 :]


def _said(answer: Answer) -> str:
    text = answer.line
    if answer.error:
        text += f" {answer.error}"
    description = answer.members.get("error_description")
    if isinstance(description, str):
        text += f" ({description[:120]})"
    elif answer.accepted:
        text += ", but the body names no client_id"
    return text
