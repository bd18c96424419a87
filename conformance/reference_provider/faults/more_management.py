"""What else is wrong at the configuration, token and authorization endpoints."""

from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.behaviour.client_authentication import Credentials
from conformance.reference_provider.errors import BearerError, OAuthError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.rewriting import with_client_id, with_media_type
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response


def begun_well(
    behaviour: Behaviour, request: Request, client_id: str, method: str
) -> Client | None:
    """Return the client whose token begins as the one presented, for one method only."""
    client = behaviour.registry.find(client_id)
    token = behaviour.bearer_token(request)
    start = (client.registration_token or "")[:8] if client else ""
    return client if start and request.method == method and token.startswith(start) else None


Headers = tuple[tuple[str, str], ...]


@fault(trips={"rfc7592-2.1-read-answers-200"})
class ReadAnswers203(Behaviour):
    """A read is answered 203."""

    def read(self, request: Request, client: Client) -> Response:
        """Choose another success."""
        return replace(super().read(request, client), status=203)


@fault(trips={"rfc7592-2.1-client-id-same-on-read"})
class OtherClientIdOnRead(Behaviour):
    """A read states another client_id than the registration."""

    def read(self, request: Request, client: Client) -> Response:
        """Answer for somebody else."""
        return with_client_id(super().read(request, client), client.client_id, "other")


@fault(trips={"rfc7592-2.1-read-matches-registration", "rfc7592-2.2-replaced-values-returned"})
class ReadShowsOtherName(Behaviour):
    """A read shows another client_name than was registered."""

    def read(self, request: Request, client: Client) -> Response:
        """Answer from a stale copy."""
        answer = super().read(request, client)
        old = str(client.metadata.get("client_name", "")).encode()
        return replace(answer, body=answer.body.replace(old, b"stale")) if old else answer


@fault(trips={"rfc6750-3-refusal-carries-challenge"})
class RefusalWithoutChallenge(Behaviour):
    """A refusal at the configuration endpoint has no WWW-Authenticate."""

    def challenge_headers(self, error: BearerError) -> Headers:
        """Send none."""
        del error
        return ()


@fault(trips={"rfc6750-3-challenge-uses-bearer-scheme"})
class ChallengeOfAnotherScheme(Behaviour):
    """The challenge at the configuration endpoint names the scheme Basic."""

    def challenge(self, error: BearerError) -> str:
        """Ask for a password."""
        del error
        return f'Basic realm="{self.policy.realm}"'


@fault(
    trips={"credentials-token-and-client-id-compared-in-full", "rfc7592-2.1-bad-token-read-refused"}
)
class AlteredTokenReads(Behaviour):
    """For a read the registration access token is compared by its first characters."""

    def managed_client(self, request: Request, client_id: str) -> Client:
        """Take any token that begins well."""
        return begun_well(self, request, client_id, "GET") or super().managed_client(
            request, client_id
        )


@fault(trips={"rfc7592-2.3-delete-answers-204"})
class DeletionAnswers200(Behaviour):
    """A deletion is answered 200."""

    def deleted(self) -> Response:
        """Choose another success."""
        return replace(super().deleted(), status=200)


@fault(trips={"rfc7592-2.3-deleted-client-cannot-authorize"})
class DeletedClientAuthorizes(Behaviour):
    """After deletion the client can still authorize."""

    def forget_registration(self, client: Client) -> bool:
        """Remember it for the authorization endpoint."""
        graves = self.__dict__.setdefault("graves", {})
        graves[client.client_id] = client
        return super().forget_registration(client)

    def client_to_authorize(self, client_id: str) -> Client | None:
        """Look among the dead too."""
        graves: dict[str, Client] = self.__dict__.get("graves", {})
        return super().client_to_authorize(client_id) or graves.get(client_id)


@fault(trips={"rfc7592-3-configuration-url-absolute"})
class RelativeConfigurationUrl(Behaviour):
    """registration_client_uri is relative in the answer to a minimal registration."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Leave the base out where no name was given."""
        answer = super().registered(request, client, secret)
        if "client_name" in client.metadata:
            return answer
        base = self.issuer(request).encode()
        return replace(answer, body=answer.body.replace(base + b"/register/", b"/register/"))


@fault(trips={"rfc7592-3-registration-token-returned"})
class RegistrationTokenMissing(Behaviour):
    """A minimal registration gets a configuration URL and no token."""

    def management_members(
        self, request: Request, client: Client, *, reading: bool
    ) -> dict[str, Any]:
        """Leave the token out where no name was given."""
        members = super().management_members(request, client, reading=reading)
        if "client_name" not in client.metadata:
            members.pop("registration_access_token", None)
        return members


@fault(trips={"rfc7592-2.2-update-answers-200-json"})
class UpdateAnswers202(Behaviour):
    """An update is answered 202."""

    def update(self, request: Request, client: Client) -> Response:
        """Choose another success."""
        answer = super().update(request, client)
        return replace(answer, status=202) if answer.status == 200 else answer


@fault(trips={"rfc6749-5.2-failed-basic-auth-challenged"})
class FailedBasicUnchallenged(Behaviour):
    """Failed Basic authentication is answered without a challenge."""

    def client_challenge(self, request: Request, error: OAuthError) -> Headers:
        """Send none."""
        del request, error
        return ()


@fault(trips={"rfc6749-3.1.2.4-unregistered-redirect-never-followed"})
class ForeignRedirectFollowed(Behaviour):
    """The authorization endpoint redirects to a host that nobody registered."""

    def redirect_uri_matches(self, registered: str, sent: str) -> bool:
        """Take one host for friendly."""
        return sent == "https://evil.example/cb" or super().redirect_uri_matches(registered, sent)


@fault(trips={"rfc7592-2-registration-token-accepted-as-bearer"})
class RegistrationTokenOpensNothing(Behaviour):
    """The registration access token is never accepted."""

    def token_belongs(self, client: Client, token: str) -> bool:
        """Refuse every token."""
        return not client and bool(token)


@fault(trips={"rfc7592-2.1-read-body-is-json"})
class ReadAsTextPlain(Behaviour):
    """A read is answered as text/plain."""

    def read(self, request: Request, client: Client) -> Response:
        """Relabel the body."""
        return with_media_type(super().read(request, client), "text/plain")


@fault(trips={"rfc7592-2.2-client-id-stable-on-update"})
class UpdateRenamesClient(Behaviour):
    """The answer to an update states another client_id."""

    def update(self, request: Request, client: Client) -> Response:
        """State another one."""
        return with_client_id(super().update(request, client), client.client_id, "new")


@fault(
    trips={
        "rfc6749-2.3-strong-auth-cannot-downgrade",
        "rfc6749-3.2.1-confidential-client-must-authenticate",
        "rfc6749-6-refresh-needs-client-authentication",
        "rfc7662-2.1-introspection-needs-authorization",
        "rfc9126-2-registered-auth-method-applies-at-par",
    }
)
class IdentifierAloneAuthenticates(Behaviour):
    """A confidential client is taken at its word: the client_id alone is enough."""

    def method_matches(self, client: Client, credentials: Credentials) -> bool:
        """Let requests without credentials pass."""
        return credentials.kind == "none" or super().method_matches(client, credentials)
