"""Introspection (RFC 7662), revocation (RFC 7009) and UserInfo: tokens after they were issued."""

from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour.token_endpoint import TokenEndpoint
from conformance.reference_provider.errors import BearerError, OAuthError
from conformance.reference_provider.grants import Token
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response


class TokenCare(TokenEndpoint):
    """Each client may ask about its own tokens and end them, and those of nobody else."""

    def token_parameter(self, form: Mapping[str, str]) -> str:
        """Return the token that a request is about."""
        if "token" not in form:
            raise OAuthError("invalid_request", "token is missing")
        return form["token"]

    # Introspection

    def introspect(self, request: Request) -> Response:
        """Tell a client about a token of its own (RFC 7662 section 2.2)."""
        try:
            form = self.read_form(request)
            client = self.introspecting_client(request, form)
            token = self.live_token(self.token_parameter(form))
        except OAuthError as error:
            return self.oauth_refused(request, error)
        if token is None or not self.may_introspect(client, token):
            return self.json_answer(200, self.inactive(), self.cache_headers())
        return self.json_answer(200, self.active(request, token), self.cache_headers())

    def introspecting_client(self, request: Request, form: Mapping[str, str]) -> Client:
        """Authenticate the caller; a public client is nobody (RFC 7662 section 2.1)."""
        client = self.authenticated_client(request, form)
        if client.auth_method == "none":
            raise self.client_not_authenticated()
        return client

    def live_token(self, value: str) -> Token | None:
        """Return an access or refresh token that is good at this moment."""
        grants = self.grants
        token = grants.access_tokens.get(value) or grants.refresh_tokens.get(value)
        return token if token and token.expires_at >= self.now() else None

    def may_introspect(self, client: Client, token: Token) -> bool:
        """Tell whether the token is the caller's own, or anybody may ask (RFC 7662 section 4)."""
        return self.policy.open_introspection or token.client_id == client.client_id

    def inactive(self) -> dict[str, Any]:
        """Return all that is said about a token that is dead, unknown or foreign."""
        return {"active": False}

    def active(self, request: Request, token: Token) -> dict[str, Any]:
        """Return what is said about a live token."""
        return {
            "active": True,
            "client_id": token.client_id,
            "scope": token.scope,
            "sub": token.subject,
            "iss": self.issuer(request),
            "iat": int(token.issued_at),
            "exp": int(token.expires_at),
            "token_type": "Bearer",
        }

    # Revocation

    def revoke(self, request: Request) -> Response:
        """End a token of the caller; an unknown one is ended already (RFC 7009 section 2.2)."""
        try:
            form = self.read_form(request)
            client = self.authenticated_client(request, form)
            self.end_token(client, self.token_parameter(form))
        except OAuthError as error:
            return self.oauth_refused(request, error)
        return self.empty_answer(200, self.cache_headers())

    def end_token(self, client: Client, value: str) -> None:
        """End a token, and with a refresh token its whole grant (RFC 7009 section 2.1)."""
        token = self.live_token(value)
        if token is None:
            return
        if not self.may_revoke(client, token):
            raise OAuthError("invalid_grant", "the token was not issued to this client")
        if value in self.grants.refresh_tokens:
            self.revoke_grant(token.grant)
        self.grants.access_tokens.pop(value, None)

    def may_revoke(self, client: Client, token: Token) -> bool:
        """Tell whether the token was issued to the caller (RFC 7009 section 2.1)."""
        return token.client_id == client.client_id

    # UserInfo (OIDC Core section 5.3), the one protected resource here

    def userinfo(self, request: Request) -> Response:
        """Tell who the resource owner is, to an access token with scope openid."""
        try:
            token = self.grants.access_tokens.get(self.bearer_token(request))
            if token is None or not self.live_resource_token(token):
                raise self.invalid_token()
        except BearerError as error:
            return self.bearer_refused(error)
        return self.json_answer(200, {"sub": token.subject}, self.cache_headers())

    def live_resource_token(self, token: Token) -> bool:
        """Tell whether an access token opens UserInfo."""
        return token.expires_at >= self.now() and "openid" in token.scope.split()
