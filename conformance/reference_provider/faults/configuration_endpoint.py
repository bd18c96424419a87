"""What is wrong with tokens, URLs and answers of the configuration endpoint (RFC 7592 2, 3, A)."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.rewriting import with_members
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_ROTATING = Policy(rotate_registration_tokens=True)
WRITTEN_BACK = "dcr-conformance written back"
"""The name of clients that are read, put back and read again."""


def _is(client: Client, name: str) -> bool:
    return client.metadata.get("client_name") == name


@fault(trips={"rfc7592-a-registration-token-only-for-management"})
class RegistrationTokenIntrospects(Behaviour):
    """The introspection endpoint takes a registration access token for authentication."""

    def introspecting_client(self, request: Request, form: Mapping[str, str]) -> Client:
        """Look among all tokens."""
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        owner = self.registry.find_by_token(token) if scheme == "Bearer" else None
        return owner or super().introspecting_client(request, form)


@fault(trips={"rfc7592-a.1-old-token-discarded-after-rotation"}, policy=_ROTATING)
class OldTokenOutlivesRotation(Behaviour):
    """A rotated registration access token goes on working."""

    def rotated(self, client: Client) -> Client:
        """Remember the old token."""
        retired = self.__dict__.setdefault("retired", {})
        retired.setdefault(client.client_id, set()).add(client.registration_token)
        return super().rotated(client)

    def token_belongs(self, client: Client, token: str) -> bool:
        """Take old and new."""
        retired: dict[str, set[str]] = self.__dict__.get("retired", {})
        return super().token_belongs(client, token) or token in retired.get(client.client_id, ())


@fault(trips={"rfc7592-a.1-failed-request-keeps-token"})
class RefusedUpdateEndsTheToken(Behaviour):
    """A registration access token is spent by an update with a bad redirect URI."""

    def update(self, request: Request, client: Client) -> Response:
        """End the token of whoever made the mistake."""
        answer = super().update(request, client)
        if answer.status == 400 and b"not a uri" in request.body:
            dead = replace(client, registration_token=None, revision=client.revision + 1)
            self.registry.replace(client, dead)
        return answer


@fault(trips={"rfc7592-a.1-current-secret-included"})
class ReadWithoutSecret(Behaviour):
    """A read leaves the client secret out."""

    def read(self, request: Request, client: Client) -> Response:
        """Show it once only."""
        secrets = ("client_secret", "client_secret_expires_at")
        return with_members(
            super().read(request, client),
            lambda body: {name: value for name, value in body.items() if name not in secrets},
        )


@fault(
    trips={"rfc7592-a.1-rotated-secret-replaces-old"},
    policy=Policy(rotate_secrets_on_update=True),
)
class RotatedSecretStaysGood(Behaviour):
    """A secret that an update replaced goes on authenticating."""

    def with_new_secret(self, client: Client) -> tuple[Client, str]:
        """Remember the old secret."""
        if client.secret is not None and _is(client, WRITTEN_BACK):
            self.__dict__.setdefault("spent", {})[client.client_id] = client.secret
        return super().with_new_secret(client)

    def is_secret_of(self, client: Client, secret: str) -> bool:
        """Take old and new."""
        spent: dict[str, str] = self.__dict__.get("spent", {})
        return super().is_secret_of(client, secret) or spent.get(client.client_id) == secret


@fault(trips={"rfc7592-b-configuration-url-carries-client-id"})
class AnonymousConfigurationUrl(Behaviour):
    """registration_client_uri names the client by its number in a minimal registration."""

    def configuration_url(self, request: Request, client: Client) -> str:
        """Hide the identifier."""
        url = super().configuration_url(request, client)
        named = "client_name" in client.metadata or client.revision > 0
        return url if named else url.replace(client.client_id, "number-1")


@fault(trips={"rfc7592-2-configuration-endpoint-requires-tls"})
class ConfigurationUrlInCleartext(Behaviour):
    """registration_client_uri has the scheme that the proxy uses inside: http."""

    def configuration_url(self, request: Request, client: Client) -> str:
        """Forget who ends TLS."""
        return super().configuration_url(request, client).replace("https://", "http://")


@fault(trips={"rfc7592-2-unsupported-method-refused"})
class UnknownMethodAnswers200(Behaviour):
    """A method that the configuration endpoint does not know is answered 200 without a body."""

    def management_refused(self, request: Request) -> Response:
        """Do nothing, and say that it went well."""
        if request.method not in {"GET", "PUT", "DELETE", "POST"}:
            return self.empty_answer(200, ())
        return super().management_refused(request)


@fault(
    trips={"rfc7592-2-initial-token-cannot-manage"},
    policy=Policy(initial_access_token="initial-access-token"),  # noqa: S106 - for everybody
)
class InitialTokenManages(Behaviour):
    """The initial access token opens every registration."""

    def token_belongs(self, client: Client, token: str) -> bool:
        """Keep all tokens in one table."""
        return token == self.policy.initial_access_token or super().token_belongs(client, token)


@fault(trips={"rfc7592-2-other-credentials-cannot-manage"})
class AccessTokenManages(Behaviour):
    """An ordinary access token of the client opens its registration."""

    def token_belongs(self, client: Client, token: str) -> bool:
        """Ask only whose token it is."""
        granted = self.grants.access_tokens.get(token)
        own = granted is not None and granted.client_id == client.client_id
        return own or super().token_belongs(client, token)


@fault(trips={"rfc7592-2-client-selected-once-no-parameter-pollution"})
class ClientSelectedTwice(Behaviour):
    """The token is checked for the client of the query, the client of the path is served."""

    def managed_client(self, request: Request, client_id: str) -> Client:
        """Authorize one client and look up another."""
        asked = parse_qs(urlsplit(request.target).query).get("client_id", [client_id])[0]
        allowed = super().managed_client(request, asked)
        return self.registry.find(client_id) or allowed


@fault(
    trips={
        "leakage-configuration-endpoint-is-no-existence-oracle",
        "rfc7592-2.1-unknown-client-read-401",
    }
)
class UnknownClientAnswers404(Behaviour):
    """A client that does not exist is answered 404."""

    def manage(self, request: Request, client_id: str) -> Response:
        """Look before the token is compared."""
        known = self.registry.find(client_id) is not None or client_id in self._issued()
        answer = super().manage(request, client_id)
        return answer if known or request.method != "GET" else replace(answer, status=404)

    def _issued(self) -> set[str]:
        issued: set[str] = self.__dict__.setdefault("issued", set())
        return issued

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Remember who ever was, so that deleted clients are answered rightly."""
        self._issued().add(client.client_id)
        return super().registered(request, client, secret)


@fault(trips={"rfc7592-2.1-unknown-client-token-revoked"})
class StrayTokenLivesOn(Behaviour):
    """A token that was tried on a client that does not exist goes on working."""

    def stray_token(self, token: str, addressed: Client | None) -> None:
        """Do nothing."""
