"""The token endpoint (RFC 6749 section 3.2) and its three grants."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour.pushed_requests import PushedRequests
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.grants import AuthorizationCode, Token
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Headers, Request, Response

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


class TokenEndpoint(PushedRequests):
    """First the client, then the grant type, then the grant."""

    def token(self, request: Request) -> Response:
        """Answer a token request."""
        try:
            form = self.read_form(request)
            self.check_grant_first(form)
            client = self.authenticated_client(request, form)
            self.check_grant_type(client, form)
            body = self.granted(request, client, form)
        except OAuthError as error:
            return self.oauth_refused(request, error)
        return self.json_answer(200, body, self.token_headers())

    def check_grant_first(self, form: Mapping[str, str]) -> None:
        """Refuse grants that nobody was given before the client is asked who it is, or do not."""
        if not self.policy.grant_before_client:
            return
        tables: tuple[tuple[str, Mapping[str, Any]], ...] = (
            ("code", self.grants.codes),
            ("refresh_token", self.grants.refresh_tokens),
        )
        for name, known in tables:
            if name in form and form[name] not in known:
                raise self.bad_grant()

    def token_headers(self) -> Headers:
        """Forbid caching of tokens (RFC 6749 section 5.1)."""
        return self.cache_headers()

    def check_grant_type(self, client: Client, form: Mapping[str, str]) -> None:
        """Refuse grant types that are missing, unknown or not registered (RFC 6749 5.2)."""
        grant_type = form.get("grant_type")
        if grant_type is None:
            raise OAuthError("invalid_request", "grant_type is missing")
        if grant_type not in self.usable_grant_types():
            raise OAuthError("unsupported_grant_type", "grant_type is not supported")
        if not self.grant_type_registered(client, grant_type):
            raise OAuthError("unauthorized_client", "the client may not use that grant type")

    def usable_grant_types(self) -> tuple[str, ...]:
        """Return the grant types that this endpoint itself knows."""
        return tuple(name for name in self.supported_grant_types() if name != "implicit")

    def grant_type_registered(self, client: Client, grant_type: str) -> bool:
        """Tell whether the client registered a grant type (RFC 7591 section 2)."""
        return grant_type in client.grant_types

    def granted(self, request: Request, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """Return the token response of the grant that was asked for."""
        if form["grant_type"] == "client_credentials":
            return self.client_credentials_grant(client, form)
        if form["grant_type"] == "refresh_token":
            return self.refresh_grant(client, form)
        return self.code_grant(request, client, form)

    # Client credentials (RFC 6749 section 4.4)

    def client_credentials_grant(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """Issue an access token to the client itself, and no refresh token."""
        if client.auth_method == "none":
            raise OAuthError("unauthorized_client", "a public client cannot use this grant")
        return self.token_members(
            client,
            grant=self.new_grant(),
            grant_type="client_credentials",
            scope=self.token_scope(form, " ".join(client.scopes), self.allowed_scopes(client)),
            subject=client.client_id,
        )

    def token_scope(
        self, form: Mapping[str, str], default: str, allowed: tuple[str, ...] | list[str]
    ) -> str:
        """Return the scope of a token: never more than allowed (RFC 6749 section 3.3)."""
        asked = form.get("scope")
        if asked is None:
            return default
        if not set(asked.split()).issubset(allowed):
            raise OAuthError("invalid_scope", "the client may not have that scope")
        return " ".join(asked.split())

    # Authorization code (RFC 6749 section 4.1.3)

    def code_grant(
        self, request: Request, client: Client, form: Mapping[str, str]
    ) -> dict[str, Any]:
        """Exchange a code, once, for the client that it was issued to."""
        if "code" not in form:
            raise OAuthError("invalid_request", "code is missing")
        code = self.grants.codes.get(form["code"])
        if code is None or code.expires_at < self.now():
            raise self.bad_grant()
        if not self.code_belongs(client, code):
            raise self.bad_grant()
        self.check_code_unused(form["code"], code)
        self.check_code_redirect_uri(client, code, form)
        self.check_verifier(code, form)
        self.spend_code(form["code"])
        members = self.grant_members(client, code)
        id_token = self.id_token_members(
            request, client, members, nonce=code.nonce, scope=code.scope
        )
        return {**members, **id_token}

    def grant_members(self, client: Client, code: AuthorizationCode) -> dict[str, Any]:
        """Return the tokens of an authorization; a refresh token only where registered."""
        common = {
            "grant": code.grant,
            "grant_type": "authorization_code",
            "scope": code.scope,
            "subject": code.subject,
        }
        members = self.token_members(client, **common)
        if self.gets_refresh_token(client):
            members["refresh_token"] = self.issue_refresh_token(client, **common)
        return members

    def bad_grant(self) -> OAuthError:
        """Return the one refusal of codes and refresh tokens that are not good."""
        return OAuthError("invalid_grant", "the grant is not valid")

    def code_belongs(self, client: Client, code: AuthorizationCode) -> bool:
        """Tell whether the code was issued to this client."""
        return code.client_id == client.client_id

    def check_code_unused(self, value: str, code: AuthorizationCode) -> None:
        """Refuse a used code and take back what it gave (RFC 6749 section 4.1.2)."""
        del value
        if code.used:
            self.revoke_grant(code.grant)
            raise self.bad_grant()

    def spend_code(self, value: str) -> None:
        """Mark a code as used; of two requests at once one comes first."""
        with self.grants.lock:
            code = self.grants.codes.get(value)
            if code is None or code.used:
                raise self.bad_grant()
            self.grants.codes[value] = replace(code, used=True)

    def check_code_redirect_uri(
        self, client: Client, code: AuthorizationCode, form: Mapping[str, str]
    ) -> None:
        """Demand the redirect URI of the authorization request, still registered."""
        sent = form.get("redirect_uri", None if code.redirect_uri_sent else code.redirect_uri)
        registered = self.acceptable_redirect_uris(client)
        if sent is None or not self.same_redirect_uri(code, sent):
            raise self.bad_grant()
        if not any(self.redirect_uri_matches(uri, code.redirect_uri) for uri in registered):
            raise self.bad_grant()

    def same_redirect_uri(self, code: AuthorizationCode, sent: str) -> bool:
        """Compare with the redirect URI of the authorization request, as strings."""
        return code.redirect_uri == sent

    def check_verifier(self, code: AuthorizationCode, form: Mapping[str, str]) -> None:
        """Demand the verifier of the challenge, and none where there was none (RFC 9700 2.1.1)."""
        verifier = form.get("code_verifier")
        if code.challenge is None:
            if verifier is not None:
                raise self.bad_grant()
            return
        if verifier is None or not _VERIFIER.fullmatch(verifier):
            raise self.bad_grant()
        if not self.same(self.challenge_of(verifier, code.challenge_method), code.challenge):
            raise self.bad_grant()

    def challenge_of(self, verifier: str, method: str | None) -> str:
        """Return the challenge that a verifier makes (RFC 7636 section 4.6)."""
        if method != "S256":
            return verifier
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    def gets_refresh_token(self, client: Client) -> bool:
        """Tell whether an authorization comes with a refresh token."""
        return self.policy.allow_refresh and "refresh_token" in client.grant_types

    # Refresh token (RFC 6749 section 6)

    def refresh_grant(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """Exchange a refresh token for new tokens within its scope."""
        if "refresh_token" not in form:
            raise OAuthError("invalid_request", "refresh_token is missing")
        value = form["refresh_token"]
        token = self.grants.refresh_tokens.get(value)
        if token is None or token.expires_at < self.now():
            raise self.bad_grant()
        if not self.refresh_token_belongs(client, token):
            raise self.bad_grant()
        granted = token.scope.split()
        allowed = [word for word in granted if word in self.allowed_scopes(client)]
        scope = self.token_scope(form, " ".join(allowed), allowed)
        common = {"grant": token.grant, "grant_type": token.grant_type, "subject": token.subject}
        renewed = self.renewed_refresh_token(client, value, token, common)
        return {**self.token_members(client, scope=scope, **common), **renewed}

    def refresh_token_belongs(self, client: Client, token: Token) -> bool:
        """Tell whether the refresh token was issued to this client."""
        return token.client_id == client.client_id

    def renewed_refresh_token(
        self, client: Client, value: str, token: Token, common: Mapping[str, str]
    ) -> dict[str, str]:
        """Replace the refresh token; of two requests at once one gets it (RFC 9700 2.2.2)."""
        if self.grants.refresh_tokens.pop(value, None) is None:
            raise self.bad_grant()
        renewed = self.issue_refresh_token(client, scope=token.scope, **common)
        return {"refresh_token": renewed}
