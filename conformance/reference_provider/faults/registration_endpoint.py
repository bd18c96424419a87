"""What is wrong at the registration endpoint itself (RFC 7591 sections 3, 3.1 and 3.2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.rewriting import with_members, without_header
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_PROTECTED = Policy(initial_access_token="initial-access-token")  # noqa: S106 - no secret
_CHOSEN = ("client_id_issued_at", "registration_client_uri", "registration_access_token")


@fault(trips={"rfc7591-3-endpoint-accepts-post-json"})
class OnlyFormsRegistered(Behaviour):
    """The registration endpoint takes forms and no JSON."""

    def is_json_type(self, media_type: str) -> bool:
        """Take the other type."""
        return self.is_form_type(media_type)


@fault(trips={"rfc7591-3-endpoint-requires-tls"})
class RegistrationWithoutTls(Behaviour):
    """What is served over TLS is served without it too."""

    def listens_without_tls(self) -> bool:
        """Listen on both ports."""
        return True


@fault(trips={"rfc7591-3-advertised-endpoint-answers-without-redirect"})
class RegistrationRedirected(Behaviour):
    """The advertised registration endpoint redirects to one with a slash."""

    def register(self, request: Request) -> Response:
        """Show the way."""
        headers = (("location", f"{self.registration_endpoint(request)}/"),)
        return self.empty_answer(308, headers)


@fault(trips={"rfc7591-3-registration-endpoint-lists-no-clients"})
class ClientsListed(Behaviour):
    """GET at the registration endpoint lists all clients."""

    def registration_methods(self) -> frozenset[str]:
        """Offer what the framework generates."""
        return super().registration_methods() | {"GET"}

    def register(self, request: Request) -> Response:
        """List clients where nothing is sent."""
        if request.method != "GET":
            return super().register(request)
        return self.json_answer(200, [dict(client.metadata) | {"client_id": client.client_id}
                                      for client in self.registry])  # fmt: skip


@fault(trips={"rfc7591-3-token-protection-holds-for-url-variants"}, policy=_PROTECTED)
class TrailingSlashUnprotected(Behaviour):
    """The initial access token is asked for at the exact path alone."""

    def handled(self, request: Request, path: str) -> Response:
        """Route the other spelling past the filter."""
        if path != "/register/" or request.method != "POST":
            return super().handled(request, path)
        token = ("authorization", f"Bearer {self.policy.initial_access_token}")
        return self.register(replace(request, headers=(*request.headers, token)))


@fault(
    trips={"rfc7591-3-ordinary-access-token-is-no-initial-access-token"},
    policy=_PROTECTED,
)
class AnyAccessTokenRegisters(Behaviour):
    """Every access token opens registration."""

    def check_initial_access_token(self, request: Request) -> None:
        """Ask whether the token is known."""
        _, _, token = (request.header("authorization") or "").partition(" ")
        if token not in self.grants.access_tokens:
            super().check_initial_access_token(request)


@fault(trips={"rfc7591-3-spent-initial-access-token-refused"}, policy=_PROTECTED)
class ExpiredInitialTokenRegisters(Behaviour):
    """An initial access token goes on working after its time."""

    def check_initial_access_token(self, request: Request) -> None:
        """Look at the token and not at its time."""
        if request.header("authorization") != "Bearer expired-initial-access-token":
            super().check_initial_access_token(request)


@fault(trips={"rfc7591-3.2.2-missing-initial-token-challenged"}, policy=_PROTECTED)
class MissingInitialTokenUnchallenged(Behaviour):
    """A registration without the token is answered 403 and no challenge."""

    def register(self, request: Request) -> Response:
        """Forbid it."""
        if request.header("authorization") is None:
            return self.error_answer(403, self.error_body("access_denied", "no token was sent"))
        return super().register(request)


@fault(trips={"rfc7591-3.2.2-bad-initial-token-refused"}, policy=_PROTECTED)
class BadInitialTokenUnchallenged(Behaviour):
    """A registration with a bad token is answered without a challenge."""

    def register(self, request: Request) -> Response:
        """Leave the header out."""
        answer = super().register(request)
        if answer.status != 401 or request.header("authorization") is None:
            return answer
        return without_header(answer, "www-authenticate")


@fault(trips={"rfc7591-3.1-server-owned-members-not-adopted"})
class OwnedMembersMerged(Behaviour):
    """The answer states what the request had in members of the server."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Merge request and record."""
        sent = self.read_metadata(request)
        chosen = {name: sent[name] for name in _CHOSEN if name in sent}
        answer = super().registered(request, client, secret)
        return with_members(answer, lambda body: {**body, **chosen}) if chosen else answer


@fault(trips={"rfc7591-3.1-empty-object-handled"})
class EmptyRegistrationTaken(Behaviour):
    """An empty object registers a client for the code flow without redirect URIs."""

    def registered_metadata(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Check what is there."""
        return super().registered_metadata(sent) if sent else self.with_defaults({})


@fault(
    trips={"rfc7591-3.1-privileged-vendor-members-not-self-assigned"},
    policy=Policy(interactive=True),
)
class ConsentSkippedOnRequest(Behaviour):
    """A client that registers skip_consent needs no consent."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Remember who asked."""
        client, secret = super().new_client(sent, metadata)
        if sent.get("skip_consent") is True:
            self.__dict__.setdefault("trusted", set()).add(client.client_id)
        return client, secret

    def effective_parameters(self, client: Client, parameters: dict[str, str]) -> dict[str, str]:
        """Consent for the person."""
        effective = super().effective_parameters(client, parameters)
        trusted = client.client_id in self.__dict__.get("trusted", ())
        return {**effective, "decision": "allow"} if trusted else effective


@fault(trips={"rfc7591-3.2-json-whatever-accept-says"})
class RegistrationAsHtml(Behaviour):
    """A client that accepts HTML is shown its registration as a page."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Negotiate."""
        answer = super().registered(request, client, secret)
        if "text/html" not in (request.header("accept") or ""):
            return answer
        return self.page(201, "Registered", f"<h1>{self.escaped(client.client_id)}</h1>")


@fault(trips={"rfc7591-3.2.2-error-code-ascii-string"})
class ErrorCodeBeyondAscii(Behaviour):
    """A body that is no JSON is refused with a code in the language of the server."""

    def registration_error_code(self, error: RegistrationError) -> str:
        """Translate it."""
        code = super().registration_error_code(error)
        return "ungültig" if getattr(error, "reason", "") == "syntax" else code


@fault(trips={"rfc7591-3.2.2-bad-redirect-error-code"})
class BadRedirectInvalidRequest(Behaviour):
    """A bad redirect URI is refused with invalid_request."""

    def redirect_refused(self, text: str) -> RegistrationError:
        """Use the code of other endpoints."""
        return RegistrationError("invalid_request", text)


@fault(trips={"rfc7591-3.2.2-bad-metadata-error-code"})
class BadMetadataInvalidRequest(Behaviour):
    """Bad metadata is refused with invalid_request."""

    def metadata_refused(self, text: str) -> RegistrationError:
        """Use the code of other endpoints."""
        return RegistrationError("invalid_request", text)


@fault(trips={"rfc7591-3.2.2-errors-hide-internals"})
class ErrorsShowTheStack(Behaviour):
    """A body that is no JSON is refused with the stack of the parser."""

    def register(self, request: Request) -> Response:
        """Pass on what the exception says."""
        answer = super().register(request)
        stack = b"at com.example.Reader.read(Reader.java:61)"
        return replace(answer, body=answer.body.replace(b"the text is not well-formed JSON", stack))
