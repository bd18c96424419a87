"""What is wrong with client authentication (RFC 6749 section 2.3)."""

from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.behaviour.client_authentication import Credentials
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request


@fault(trips={"rfc6749-2.3-two-auth-mechanisms-refused"})
class FirstMechanismCounts(Behaviour):
    """Of two ways of authentication in one request the first counts."""

    def several_credentials(self, found: list[Credentials]) -> Credentials:
        """Take it."""
        return found[0]


@fault(trips={"rfc6749-2.3.1-basic-auth-form-decoded"})
class BasicNotDecoded(Behaviour):
    """Basic credentials are compared as they are, without form decoding."""

    def form_decoded(self, text: str) -> str:
        """Leave them."""
        return text


@fault(trips={"rfc6749-2.3.1-query-credentials-refused"})
class QueryCredentialsTaken(Behaviour):
    """Client credentials in the URL are taken as if they were in the body."""

    def check_no_query_credentials(self, request: Request) -> None:
        """Refuse nothing."""

    def authenticated_client(self, request: Request, form: Mapping[str, str]) -> Client:
        """Merge query and body; the secret counts by either registered method."""
        query = dict(self.form_pairs(request.query))
        client = self.registry.find(query.get("client_id", ""))
        if client is not None and self.is_secret_of(client, query.get("client_secret", "")):
            return client
        return super().authenticated_client(request, form)


@fault(trips={"rfc6749-2.3-secret-only-by-the-registered-method"})
class AssertionSecretInPlain(Behaviour):
    """A client of client_secret_jwt may send its secret in plain."""

    def method_matches(self, client: Client, credentials: Credentials) -> bool:
        """Ask only whether there is a secret."""
        plain = credentials.kind in {"basic", "post"}
        return (plain and client.auth_method == "client_secret_jwt") or super().method_matches(
            client, credentials
        )


@fault(trips={"rfc6749-4.4-client-credentials-confidential-only"})
class PublicClientGetsTokens(Behaviour):
    """A public client may use the client credentials grant."""

    def check_public_client_grants(self, metadata: Mapping[str, Any]) -> None:
        """Register it."""

    def client_credentials_grant(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """Serve it."""
        return self.token_members(
            client,
            grant=self.new_grant(),
            grant_type="client_credentials",
            scope=self.token_scope(form, " ".join(client.scopes), self.allowed_scopes(client)),
            subject=client.client_id,
        )


@fault(trips={"leakage-token-endpoint-does-not-tell-unknown-client-from-wrong-secret"})
class UnknownClientToldApart(Behaviour):
    """The token endpoint answers a client that never was with 400 and a code of its own."""

    def client_to_authenticate(self, client_id: str) -> Client | None:
        """Say that there is no such client, unless it was deleted."""
        client = super().client_to_authenticate(client_id)
        known = self.__dict__.setdefault("known", set())
        if client is not None:
            known.add(client_id)
        elif client_id not in known:
            raise OAuthError("unauthorized_client", "no such client")
        return client


@fault(trips={"credentials-secret-compared-in-full"})
class SecretComparedToItsHead(Behaviour):
    """Whatever follows the secret is not looked at."""

    def is_secret_of(self, client: Client, presented: str) -> bool:
        """Cut what was sent to the length of what is stored."""
        return super().is_secret_of(client, presented[: len(client.secret or "")])
