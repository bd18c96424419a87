"""What a registration does not do at the other endpoints (RFC 7591 section 2)."""

from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client

_IMPLICIT = Policy(allow_implicit=True)
_LONGEST = 255


class _Remembering(Behaviour):
    """Remembers which members a client sent."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        client, secret = super().new_client(sent, metadata)
        self.__dict__.setdefault("sent", {})[client.client_id] = frozenset(sent)
        return client, secret

    def asked_for(self, client: Client, member: str) -> bool:
        """Tell whether the registration had a member."""
        return member in self.__dict__["sent"].get(client.client_id, ())


@fault(trips={"rfc7591-2-redirect-uris-implemented"})
class FirstRedirectUriOnly(Behaviour):
    """The authorization endpoint knows the first redirect URI of a client alone."""

    def acceptable_redirect_uris(self, client: Client) -> tuple[str, ...]:
        """Read one row of the table."""
        return super().acceptable_redirect_uris(client)[:1]


@fault(trips={"rfc7591-2-default-auth-method-basic"})
class HiddenPostByDefault(_Remembering):
    """A client that asks for no method authenticates by client_secret_post; nothing says so."""

    def method_matches(self, client: Client, credentials: Any) -> bool:
        """Take the secret in the body."""
        if client.auth_method != "client_secret_basic":
            return super().method_matches(client, credentials)
        asked = self.asked_for(client, "token_endpoint_auth_method")
        return bool(credentials.kind == ("basic" if asked else "post"))


@fault(trips={"rfc7591-2-default-grant-only-code"})
class EveryGrantByDefault(_Remembering):
    """A client that asks for no grant type may use all of them."""

    def grant_type_registered(self, client: Client, grant_type: str) -> bool:
        """Limit those that asked."""
        asked = self.asked_for(client, "grant_types")
        return super().grant_type_registered(client, grant_type) if asked else True


@fault(trips={"rfc7591-2-default-response-type-only-code"}, policy=_IMPLICIT)
class ImplicitByDefault(_Remembering):
    """A client that asks for no response type may use all of them."""

    def response_type_registered(self, client: Client, response_type: str) -> bool:
        """Limit those that asked."""
        asked = self.asked_for(client, "response_types")
        return super().response_type_registered(client, response_type) if asked else True


@fault(trips={"rfc7591-2-unregistered-response-type-refused"}, policy=_IMPLICIT)
class ResponseTypesNotEnforced(_Remembering):
    """A client that registered the code flow may have tokens in the redirect too."""

    def response_type_registered(self, client: Client, response_type: str) -> bool:
        """Limit those that did not ask."""
        asked = self.asked_for(client, "response_types")
        return True if asked else super().response_type_registered(client, response_type)


@fault(trips={"rfc7591-2-registered-grant-value-usable"})
class RegisteredGrantRefused(Behaviour):
    """client_credentials is registered and shown, yet refused to every client."""

    def grant_type_registered(self, client: Client, grant_type: str) -> bool:
        """Look for another name of it."""
        return grant_type != "client_credentials" and super().grant_type_registered(
            client, grant_type
        )


@fault(
    trips={"rfc7591-2-echoed-security-flag-enforced", "rfc9126-6-par-requirement-enforced"},
)
class PushedRequestsNotRequired(Behaviour):
    """require_pushed_authorization_requests of a client is stored and not enforced."""

    def check_pushed_where_required(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Ask for nothing."""


@fault(trips={"rfc7591-2-returned-redirect-uri-is-the-usable-one"})
class RedirectUriComparedInLowerCase(Behaviour):
    """A registered redirect URI is put into lower case before it is compared."""

    def redirect_uri_matches(self, registered: str, sent: str) -> bool:
        """Compare with another string than the one that was returned."""
        return super().redirect_uri_matches(registered.lower(), sent)


@fault(trips={"rfc7591-2-no-silent-truncation"})
class LongRedirectUriCutOff(Behaviour):
    """Redirect URIs are cut off where they are stored, and returned whole."""

    def acceptable_redirect_uris(self, client: Client) -> tuple[str, ...]:
        """Read what the column holds."""
        return tuple(uri[:_LONGEST] for uri in super().acceptable_redirect_uris(client))


@fault(trips={"rfc7591-2-ambiguous-redirect-authority-refused"})
class ControlCharactersInRedirectUri(Behaviour):
    """Redirect URIs with tabs in them are registered."""

    def check_redirect_characters(self, uri: str) -> None:
        """Look past them, as some parsers do."""
        super().check_redirect_characters(uri.replace("\t", ""))


@fault(trips={"rfc7591-2-registered-scope-limits-tokens"})
class RegisteredScopeIsNoLimit(Behaviour):
    """Every client credentials client may have every scope of the provider."""

    def token_scope(
        self, form: Mapping[str, str], default: str, allowed: tuple[str, ...] | list[str]
    ) -> str:
        """Allow all that is offered to clients that act for themselves."""
        if form.get("grant_type") == "client_credentials":
            allowed = self.supported_scopes()
        return super().token_scope(form, default, allowed)
