"""Codes and tokens: how they are made, tied together and taken back."""

from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour.openid import OpenId
from conformance.reference_provider.grants import AuthorizationCode, Token
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request


class Issuing(OpenId):
    """What a client gets (RFC 6749 section 5.1)."""

    def resource_owner(self) -> str:
        """Return the subject of all authorizations: one person lives here."""
        return "resource-owner"

    def issue_code(self, client: Client, uri: str, parameters: Mapping[str, str]) -> str:
        """Issue an authorization code bound to client, redirect URI and challenge."""
        code = self.new_code()
        self.grants.discard_some(self.now())
        self.grants.codes[code] = AuthorizationCode(
            client_id=client.client_id,
            grant=self.new_grant(),
            redirect_uri=uri,
            redirect_uri_sent="redirect_uri" in parameters,
            scope=self.granted_scope(client, parameters),
            subject=self.resource_owner(),
            expires_at=self.now() + self.policy.code_lifetime,
            challenge=parameters.get("code_challenge"),
            challenge_method=parameters.get("code_challenge_method", "plain"),
            nonce=parameters.get("nonce"),
        )
        return code

    def granted_scope(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Return the scope that is granted: what was asked, by default what was registered."""
        return parameters.get("scope") or " ".join(client.scopes)

    def issue_access_token(
        self, client: Client, *, grant: str, grant_type: str, scope: str, subject: str
    ) -> str:
        """Issue an access token."""
        token = self.new_access_token()
        lifetime = self.policy.access_token_lifetime
        self.grants.access_tokens[token] = Token(
            client_id=client.client_id,
            grant=grant,
            grant_type=grant_type,
            scope=scope,
            subject=subject,
            issued_at=self.now(),
            expires_at=self.now() + lifetime,
        )
        return token

    def issue_refresh_token(
        self, client: Client, *, grant: str, grant_type: str, scope: str, subject: str
    ) -> str:
        """Issue a refresh token (RFC 6749 section 6)."""
        token = self.new_refresh_token()
        self.grants.refresh_tokens[token] = Token(
            client_id=client.client_id,
            grant=grant,
            grant_type=grant_type,
            scope=scope,
            subject=subject,
            issued_at=self.now(),
            expires_at=self.now() + self.policy.refresh_token_lifetime,
        )
        return token

    def token_members(
        self, client: Client, *, grant: str, grant_type: str, scope: str, subject: str
    ) -> dict[str, Any]:
        """Return an access token with what belongs beside it (RFC 6749 section 5.1)."""
        token = self.issue_access_token(
            client, grant=grant, grant_type=grant_type, scope=scope, subject=subject
        )
        members: dict[str, Any] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.policy.access_token_lifetime,
        }
        if scope:
            members["scope"] = scope
        return members

    def id_token_members(
        self,
        request: Request,
        client: Client,
        members: Mapping[str, Any],
        *,
        nonce: str | None,
        scope: str,
    ) -> dict[str, Any]:
        """Return an ID Token where the authorization was an OpenID one (OIDC Core 3.1.3.3)."""
        if not self.offers_openid() or "openid" not in scope.split():
            return {}
        token = str(members.get("access_token", ""))
        subject = self.resource_owner()
        return {"id_token": self.id_token(request, client, subject, nonce=nonce, token=token)}

    def revoke_grant(self, grant: str) -> None:
        """Take back all tokens of one authorization (RFC 6749 section 4.1.2, RFC 7009 2.1)."""
        for table in (self.grants.access_tokens, self.grants.refresh_tokens):
            for value, token in list(table.copy().items()):
                if token.grant == grant:
                    table.pop(value, None)
