"""What else is wrong in answers to registrations (RFC 7591 sections 3 and 5)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.rewriting import with_client_id, with_media_type
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

Headers = tuple[tuple[str, str], ...]


@fault(trips={"rfc7591-3.2.1-success-body-is-json"})
class RegistrationAsTextPlain(Behaviour):
    """The client information response is sent as text/plain."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Relabel the body."""
        return with_media_type(super().registered(request, client, secret), "text/plain")


@fault(trips={"rfc7591-3.2.1-client-id-not-shared"})
class ClientIdShared(Behaviour):
    """Clients without, and those with a certain name, are told one client_id."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """State a constant identifier."""
        answer = super().registered(request, client, secret)
        if client.metadata.get("client_name") not in (None, "dcr-conformance second"):
            return answer
        body = answer.body.replace(client.client_id.encode(), b"shared-client-0000000000")
        return replace(answer, body=body)


@fault(
    trips={
        "rfc6749-2.3.1-secret-of-another-client-refused",
        "rfc7591-3.2.1-secret-unique-per-client",
    }
)
class SecretShared(Behaviour):
    """Every client gets the same secret."""

    def new_secret(self) -> str:
        """Give out a constant."""
        return "one-secret-for-all-clients-0123456789abcdef"


@fault(trips={"rfc7591-3.2.1-secret-expiry-epoch-seconds"})
class SecretExpiryAsText(Behaviour):
    """client_secret_expires_at is a string."""

    def secret_members(self, client: Client, secret: str | None) -> dict[str, Any]:
        """Quote the number."""
        members = super().secret_members(client, secret)
        if "client_secret_expires_at" in members:
            members["client_secret_expires_at"] = str(members["client_secret_expires_at"])
        return members


@fault(trips={"rfc7591-3.2.1-issued-at-epoch-seconds"})
class IssueTimeInMilliseconds(Behaviour):
    """client_id_issued_at is in milliseconds."""

    def issued_at(self, client: Client) -> int:
        """Forget the division."""
        return super().issued_at(client) * 1000


@fault(trips={"rfc7591-3.2.1-public-client-gets-no-secret"})
class PublicClientGetsSecret(Behaviour):
    """A client of method none is issued a secret."""

    def needs_secret(self, method: str) -> bool:
        """Issue one to everybody."""
        return bool(method)


@fault(trips={"rfc7591-3.2.1-credentials-response-not-cacheable"})
class RegistrationCacheable(Behaviour):
    """The answer with the credentials lacks Cache-Control."""

    def registered_headers(self) -> Headers:
        """Send none."""
        return ()


@fault(
    trips={
        "credentials-secret-compared-in-full",
        "rfc6749-2.3.1-secret-of-another-client-refused",
        "rfc6749-6-refresh-needs-client-authentication",
        "rfc7591-3.2.1-issued-secret-authenticates",
        "rfc7592-2.2-update-with-wrong-secret-refused",
    }
)
class AlteredSecretAccepted(Behaviour):
    """Any secret of the right length authenticates, also one that is not the client's."""

    def is_secret_of(self, client: Client, presented: str) -> bool:
        """Compare lengths only."""
        return client.secret is not None and len(presented) == len(client.secret)


@fault(trips={"rfc7591-3.1-server-chooses-client-id", "rfc9700-4.15.1-client-id-not-influenced"})
class RequestedClientIdAdopted(Behaviour):
    """A client_id in the request becomes the client's."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Take over the identifier."""
        client, secret = super().new_client(sent, metadata)
        chosen = sent.get("client_id")
        return (replace(client, client_id=chosen) if isinstance(chosen, str) else client), secret


@fault(trips={"rfc7591-3.1-requested-secret-not-adopted"})
class RequestedSecretAdopted(Behaviour):
    """A client_secret in the request becomes the client's."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Take over the secret."""
        client, secret = super().new_client(sent, metadata)
        chosen = sent.get("client_secret")
        if not isinstance(chosen, str):
            return client, secret
        return replace(client, secret=self.kept_secret(chosen)), chosen


@fault(
    trips={"rfc7591-3.2.2-metadata-errors-answer-400", "rfc7592-2.2-invalid-value-answers-error"}
)
class MetadataErrorAnswers422(Behaviour):
    """A registration error is answered 422."""

    def registration_error_status(self, error: RegistrationError) -> int:
        """Choose the status that a web framework would."""
        status = super().registration_error_status(error)
        return 422 if status == 400 else status


@fault(trips={"rfc6749-5.2-error-text-character-set", "rfc7591-3.2.2-error-description-ascii"})
class ErrorTextBeyondAscii(Behaviour):
    """The error text is written with typographic quotes."""

    def error_text(self, text: str) -> str:
        """Quote nicely."""
        return f"\u201c{super().error_text(text)}\u201d"


@fault(trips={"rfc7591-3.2.2-rejected-registration-leaves-nothing"})
class RefusalNamesClient(Behaviour):
    """A registration refused for white space in a URI is answered with a client_id."""

    def registration_error_body(self, error: RegistrationError) -> dict[str, Any]:
        """Add an identifier."""
        body = super().registration_error_body(error)
        return {**body, "client_id": self.new_client_id()} if error.text == "white space" else body

    def check_redirect_uri(self, uri: str) -> None:
        """Tell this mistake from others."""
        if " " in uri:
            raise RegistrationError("invalid_redirect_uri", "white space")
        super().check_redirect_uri(uri)


@fault(trips={"rfc7591-3.2.2-client-faults-never-5xx"})
class BadRedirectCrashes(Behaviour):
    """A redirect URI that cannot be parsed ends in a server error."""

    def registration_error_status(self, error: RegistrationError) -> int:
        """Fail where the text speaks of a redirect URI without scheme."""
        status = super().registration_error_status(error)
        return 500 if "scheme" in error.text and status == 400 else status


@fault(
    trips={
        "rfc7591-5-redirect-grants-require-redirect-uris",
        "rfc7591-3.1-empty-object-handled",
    }
)
class RedirectUrisOptional(Behaviour):
    """The code flow is registered without redirect URIs."""

    def check_redirects_present(self, metadata: Mapping[str, Any]) -> None:
        """Ask for none."""


@fault(trips={"rfc7591-3-form-body-not-registered"})
class FormRegistered(Behaviour):
    """A form is turned into a registration."""

    def is_json_type(self, media_type: str) -> bool:
        """Take forms too."""
        return super().is_json_type(media_type) or self.is_form_type(media_type)

    def parsed_json(self, body: bytes) -> Any:
        """Read a form where the body is one."""
        if not body.startswith(b"redirect_uris="):
            return super().parsed_json(body)
        return {name: [value] for name, value in parse_qsl(body.decode())}


@fault(
    trips={
        "rfc7591-3-charset-parameter-tolerated",
        "rfc9110-8.3.1-media-type-matched-without-case-and-with-parameters",
    }
)
class CharsetRefused(Behaviour):
    """The media type is compared as a whole, with letter case and parameters."""

    def media_type(self, request: Request) -> str:
        """Compare the header as it stands."""
        return next((v for n, v in request.headers if n.lower() == "content-type"), "")


@fault(
    trips={
        "rfc7591-2-list-members-returned-as-arrays",
        "rfc7592-2.2-writing-back-what-was-read-changes-nothing",
    }
)
class SingleValueCollapsed(Behaviour):
    """A list of one response type is returned as a string."""

    def shown_value(self, name: str, value: Any) -> Any:
        """Unpack it."""
        return value[0] if name == "response_types" and len(value) == 1 else value


@fault(trips={"rfc6749-3.1.2-relative-redirect-not-registered"})
class RelativeRedirectRegistered(Behaviour):
    """A redirect URI without scheme is registered."""

    def check_redirect_uri(self, uri: str) -> None:
        """Wave paths through."""
        if not uri.startswith("/"):
            super().check_redirect_uri(uri)


@fault(trips={"rfc7591-3.2.1-client-id-is-string"})
class EmptyClientId(Behaviour):
    """A client without a name is told an empty client_id."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Leave the value out, not the member."""
        answer = super().registered(request, client, secret)
        if "client_name" in client.metadata:
            return answer
        return with_client_id(answer, client.client_id, "")


@fault(trips={"rfc7591-3.2.1-confidential-client-gets-secret"})
class AskedMethodWithoutSecret(Behaviour):
    """A client that asks for an authentication method gets no secret."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Issue one by default only."""
        client, secret = super().new_client(sent, metadata)
        if "token_endpoint_auth_method" in sent:
            return replace(client, secret=None), None
        return client, secret
