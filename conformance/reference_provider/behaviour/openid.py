"""What an OpenID provider adds: metadata members and ID Tokens (OIDC Registration, OIDC Core)."""

import base64
import functools
import hashlib
from typing import Any

from conformance.reference_provider.behaviour.redirection import Redirection
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import SigningKey
from conformance.reference_provider.wire import Request, Response


@functools.cache
def _signing_key() -> SigningKey:
    """Return the process's key: making one takes longer than a thousand requests."""
    return SigningKey()


class OpenId(Redirection):
    """Only in force where the tenant serves an OpenID configuration document."""

    def known_members(self) -> tuple[str, ...]:
        """Return the members understood, with those of OIDC Registration section 2."""
        if not self.offers_openid():
            return super().known_members()
        return (
            *super().known_members(),
            "subject_type",
            "id_token_signed_response_alg",
            "default_max_age",
            "require_auth_time",
            "default_acr_values",
            "initiate_login_uri",
        )

    def check_subject_type(self, value: Any) -> str:
        """Take the only subject type offered."""
        if value != "public":
            raise self.metadata_refused("subject_type is not supported")
        return str(value)

    def check_id_token_signed_response_alg(self, value: Any) -> str:
        """Take the only algorithm offered; none is not (OIDC Registration section 2)."""
        if value != "RS256":
            raise self.metadata_refused("id_token_signed_response_alg is not supported")
        return str(value)

    def check_default_max_age(self, value: Any) -> int:
        """Take a number of seconds."""
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.metadata_refused("default_max_age is not a number of seconds")
        return value

    def check_require_auth_time(self, value: Any) -> bool:
        """Take a boolean."""
        return self.boolean("require_auth_time", value)

    def check_default_acr_values(self, value: Any) -> list[str]:
        """Take an array of strings."""
        return self.strings("default_acr_values", value)

    def check_initiate_login_uri(self, value: Any) -> str:
        """Take an https URL."""
        return self.https_url("initiate_login_uri", value)

    def with_defaults(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Add the defaults of OIDC Registration section 2, stated like all others."""
        metadata = super().with_defaults(metadata)
        if self.offers_openid():
            metadata.setdefault("application_type", "web")
            metadata.setdefault("id_token_signed_response_alg", "RS256")
            metadata.setdefault("subject_type", "public")
            self.check_application_type_redirects(metadata)
        return metadata

    def check_application_type_redirects(self, metadata: dict[str, Any]) -> None:
        """Refuse redirect URIs that the application type may not have (OIDC Registration 2)."""
        implicit = "implicit" in metadata["grant_types"]
        for uri in metadata.get("redirect_uris", ()):
            if metadata["application_type"] == "native":
                self.check_native_redirect(uri)
            elif implicit:
                self.check_implicit_web_redirect(uri)

    def check_native_redirect(self, uri: str) -> None:
        """Refuse remote http to native clients; claimed https URLs are RFC 8252's advice."""
        if uri.startswith("http:") and not self.is_local_url(uri):
            raise self.redirect_refused("a native client has custom schemes or loopback URLs")

    def check_implicit_web_redirect(self, uri: str) -> None:
        """Refuse http and localhost to implicit web clients."""
        if self.scheme_of(uri) != "https" or self.is_local_url("http" + uri[5:]):
            raise self.redirect_refused("an implicit web client needs https on another host")

    # ID Tokens (OIDC Core section 2)

    def signing_key(self) -> SigningKey:
        """Return the key of ID Tokens."""
        return _signing_key()

    def jwks(self, request: Request) -> Response:
        """Publish the provider's public keys (OIDC Discovery section 3)."""
        del request
        keys = [self.signing_key().public_jwk] if self.offers_openid() else []
        return self.json_answer(200, {"keys": keys})

    def id_token(
        self, request: Request, client: Client, subject: str, *, nonce: str | None, token: str
    ) -> str:
        """Return a signed ID Token for the client."""
        return self.signing_key().sign(
            self.id_token_claims(request, client, subject, nonce=nonce, token=token)
        )

    def id_token_claims(
        self, request: Request, client: Client, subject: str, *, nonce: str | None, token: str
    ) -> dict[str, Any]:
        """Return the claims of an ID Token; at_hash binds the access token beside it."""
        now = int(self.now())
        claims: dict[str, Any] = {
            "iss": self.issuer(request),
            "sub": subject,
            "aud": client.client_id,
            "iat": now,
            "auth_time": now,
            "exp": now + 300,
        }
        if nonce is not None:
            claims["nonce"] = nonce
        if token:
            half = hashlib.sha256(token.encode()).digest()[:16]
            claims["at_hash"] = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        return claims
