"""What is wrong with codes, tokens, redirects and pushed requests (RFC 6749, 7009, 8252, 9126)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.rewriting import without_header
from conformance.reference_provider.grants import AuthorizationCode, Token
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response


@fault(trips={"rfc6749-3.1.2-redirect-query-kept"})
class RedirectQueryDropped(Behaviour):
    """The query of a redirect URI is replaced by the response parameters."""

    def location(self, uri: str, parameters: Mapping[str, str], mode: str) -> str:
        """Cut it off."""
        return super().location(uri.partition("?")[0], parameters, mode)


@fault(trips={"rfc6749-3.1.2.3-ambiguous-redirect-not-guessed"})
class FirstRedirectUriGuessed(Behaviour):
    """Where several redirect URIs are registered and none is named, the first is used."""

    def redirect_uri_by_default(self, client: Client) -> str:
        """Guess."""
        return client.redirect_uris[0] if client.redirect_uris else ""


@fault(trips={"rfc6749-4.1.3-code-bound-to-its-client"})
class CodeOfAnyClient(Behaviour):
    """A code is redeemed for whoever brings it."""

    def code_belongs(self, client: Client, code: AuthorizationCode) -> bool:
        """Do not compare."""
        return bool(client and code)


@fault(trips={"rfc6749-4.1.3-token-request-repeats-the-same-redirect-uri"})
class AnyRegisteredUriRedeems(Behaviour):
    """A code is redeemed with any registered redirect URI."""

    def check_code_redirect_uri(
        self, client: Client, code: AuthorizationCode, form: Mapping[str, str]
    ) -> None:
        """Look it up in the list."""
        if form.get("redirect_uri") not in client.redirect_uris:
            super().check_code_redirect_uri(client, code, form)


@fault(trips={"rfc6749-6-refresh-token-bound-to-its-client"})
class RefreshTokenOfAnyClient(Behaviour):
    """A refresh token works for whoever brings it."""

    def refresh_token_belongs(self, client: Client, token: Token) -> bool:
        """Do not compare."""
        return bool(client and token)


@fault(trips={"rfc6749-5.1-token-response-not-cacheable"})
class TokenResponseCacheable(Behaviour):
    """Token responses may be kept by caches."""

    def token(self, request: Request) -> Response:
        """Leave Cache-Control out."""
        return without_header(super().token(request), "cache-control")


@fault(trips={"rfc6749-5.2-unauthorized-grant-error-code"})
class UnregisteredGrantIsInvalidClient(Behaviour):
    """A grant that the client did not register is answered invalid_client."""

    def check_grant_type(self, client: Client, form: Mapping[str, str]) -> None:
        """Name the wrong reason."""
        try:
            super().check_grant_type(client, form)
        except OAuthError as error:
            if error.code == "unauthorized_client":
                raise self.client_not_authenticated() from None
            raise


@fault(trips={"rfc6749-10.10-generated-credentials-unguessable"})
class ShortAccessTokens(Behaviour):
    """Access tokens have ten characters."""

    def new_access_token(self) -> str:
        """Keep it short."""
        return super().new_access_token()[:10]


@fault(trips={"rfc6749-a-client-id-and-secret-are-printable-ascii"})
class LocalisedClientId(Behaviour):
    """The client_id of a client with a redirect query has a letter beyond ASCII."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Write it in the language of the house."""
        client, secret = super().new_client(sent, metadata)
        if not any("?kept" in uri for uri in client.redirect_uris):
            return client, secret
        return replace(client, client_id=f"zähler-{client.client_id}"), secret


@fault(trips={"rfc7009-2.1-client-cannot-revoke-foreign-token"})
class AnybodyRevokes(Behaviour):
    """A client can revoke the token of another one."""

    def may_revoke(self, client: Client, token: Token) -> bool:
        """Do not compare."""
        return bool(client and token)


@fault(trips={"rfc7662-4-self-registered-client-learns-nothing-of-foreign-tokens"})
class AnybodyIntrospects(Behaviour):
    """A client learns about the tokens of all others."""

    def may_introspect(self, client: Client, token: Token) -> bool:
        """Do not compare."""
        return bool(client and token) and client.metadata.get("client_name") != "watcher"

    def forget_access_tokens(self, client: Client) -> None:
        """End tokens with their client, as it should be."""
        super().forget_access_tokens(client)


@fault(trips={"rfc8252-7.3-loopback-otherwise-exact"})
class AnyLoopbackPath(Behaviour):
    """A registered loopback redirect URI stands for every path on that machine."""

    def loopback_matches(self, registered: str, sent: str) -> bool:
        """Compare the host alone."""
        head = "http://127.0.0.1"
        return registered.startswith(head) and sent.startswith(f"{head}:")


@fault(trips={"rfc9126-2.2-pushed-request-bound-to-its-client"})
class PushedRequestOfAnyClient(Behaviour):
    """A pushed request works with the client_id of any client."""

    def effective_parameters(self, client: Client, parameters: dict[str, str]) -> dict[str, str]:
        """Take the reference for whoever brings it."""
        pushed = self.grants.pushed_requests.get(parameters.get("request_uri", ""))
        if pushed is not None and pushed.client_id != client.client_id:
            return {**pushed.parameters, "client_id": client.client_id, "pushed": "now"}
        return super().effective_parameters(client, parameters)


@fault(trips={"rfc9700-2.1-unknown-client-never-redirected"})
class OpenRedirector(Behaviour):
    """An authorization request of a client that never was is redirected with an error."""

    def authorize(self, request: Request) -> Response:
        """Send the error to whatever address the request names."""
        answer = super().authorize(request)
        asked = dict(self.form_pairs(request.query)) if request.query else {}
        client_id, uri = asked.get("client_id", ""), asked.get("redirect_uri")
        known = self.__dict__.setdefault("known", set())
        if self.registry.find(client_id) is not None:
            known.add(client_id)
        elif uri and client_id not in known:
            error = {"error": "unauthorized_client"}
            return self.empty_answer(302, (("location", f"{uri}?{urlencode(error)}"),))
        return answer


@fault(trips={"rfc9700-4.1.3-wildcard-redirect-not-a-pattern"})
class WildcardMatches(Behaviour):
    """An asterisk at the end of a registered redirect URI matches everything."""

    def check_redirect_uri(self, uri: Any) -> None:
        """Register it."""
        super().check_redirect_uri(uri.removesuffix("*") if isinstance(uri, str) else uri)

    def redirect_uri_matches(self, registered: str, sent: str) -> bool:
        """Match by pattern."""
        pattern = registered.endswith("/*") and sent.startswith(registered[:-1])
        return pattern or super().redirect_uri_matches(registered, sent)


@fault(
    trips={"rfc8252-7.3-loopback-port-variable"},
    declares=("rfc7591", "rfc7592", "rfc8252"),
)
class LoopbackPortCompared(Behaviour):
    """The port of a loopback redirect URI is compared as all else."""

    def loopback_matches(self, registered: str, sent: str) -> bool:
        """Compare as strings."""
        return registered == sent
