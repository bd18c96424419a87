"""Client assertions: client_secret_jwt and private_key_jwt (RFC 7523, OIDC Core section 9)."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference_provider.behaviour.key_documents import keys_in
from conformance.reference_provider.behaviour.management import Management
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import (
    ALGORITHMS,
    SignatureError,
    SignedToken,
    parse_token,
    verify_mac,
    verify_signature,
)
from conformance.reference_provider.wire import Request


class ClientAssertions(Management):
    """What makes an assertion good, and where the keys are had."""

    def client_not_authenticated(self) -> OAuthError:
        """Return the one refusal of all failed authentications (RFC 6749 section 5.2)."""
        return OAuthError("invalid_client", "client authentication failed")

    def parsed_assertion(self, text: str) -> SignedToken:
        """Take an assertion apart."""
        try:
            return parse_token(text)
        except SignatureError:
            raise self.client_not_authenticated() from None

    def check_assertion(self, request: Request, client: Client, token: SignedToken) -> None:
        """Refuse an assertion that is not the client's own, for this server and now."""
        good = (
            self.assertion_header_good(token)
            and self.assertion_algorithm_good(client, token)
            and self.assertion_signature_good(client, token)
            and self.assertion_subject_good(client, token)
            and self.assertion_audience_good(request, token)
            and self.assertion_time_good(token)
            and self.assertion_is_new(client, token)
        )
        if not good:
            raise self.client_not_authenticated()

    def assertion_header_good(self, token: SignedToken) -> bool:
        """Tell whether the header has nothing critical (RFC 7515 section 4.1.11)."""
        return "crit" not in token.header

    def assertion_algorithm_good(self, client: Client, token: SignedToken) -> bool:
        """Tell whether the algorithm is offered, fits the method and is the registered one."""
        algorithm = token.header.get("alg")
        if algorithm not in self.supported_signing_algorithms():
            return False
        symmetric = ALGORITHMS[str(algorithm)] == "oct"
        registered = client.metadata.get("token_endpoint_auth_signing_alg", algorithm)
        return symmetric == (client.auth_method == "client_secret_jwt") and algorithm == registered

    def assertion_signature_good(self, client: Client, token: SignedToken) -> bool:
        """Tell whether the client's own secret or key made the signature."""
        algorithm = str(token.header["alg"])
        if client.auth_method == "client_secret_jwt":
            usable = client.secret is not None and not self.secret_expired(client)
            return usable and verify_mac(token, client.secret or "")
        return any(
            verify_signature(token, algorithm, key)
            for key in self.candidate_keys(client, token, algorithm)
        )

    def candidate_keys(
        self, client: Client, token: SignedToken, algorithm: str
    ) -> Sequence[Mapping[str, Any]]:
        """Return the client's keys that may have signed; the header's own hints count nothing."""
        keys = self.client_keys(client, token.header.get("kid"))
        return [key for key in keys if self.key_fits(key, token, algorithm)][:10]

    def assertion_subject_good(self, client: Client, token: SignedToken) -> bool:
        """Tell whether issuer and subject are the client (RFC 7523 section 3)."""
        claims = token.claims
        return claims.get("iss") == client.client_id and claims.get("sub") == client.client_id

    def assertion_audience_good(self, request: Request, token: SignedToken) -> bool:
        """Tell whether the assertion is for this server alone (RFC 7523 section 3)."""
        audience = token.claims.get("aud")
        if isinstance(audience, list) and len(audience) == 1:
            audience = audience[0]
        return isinstance(audience, str) and audience in self.own_audiences(request)

    def own_audiences(self, request: Request) -> tuple[str, ...]:
        """Return the names that this server answers to as an audience, compared as strings."""
        names = ("token", "par", "introspect", "revoke")
        return (self.issuer(request), *(self.endpoint(request, name) for name in names))

    def assertion_time_good(self, token: SignedToken) -> bool:
        """Tell whether the assertion is valid now and not for ever (RFC 7523 section 3)."""
        now, claims = self.now(), token.claims
        expires, not_before = claims.get("exp"), claims.get("nbf", now)
        issued = claims.get("iat", now)
        times = (expires, not_before, issued)
        if any(isinstance(time, bool) or not isinstance(time, int | float) for time in times):
            return False
        bounded = now < float(expires or 0) <= now + self.policy.assertion_lifetime
        return bounded and not_before <= now + 5 and issued <= now + 5

    def assertion_is_new(self, client: Client, token: SignedToken) -> bool:
        """Take each assertion once (OIDC Core section 9); without jti the signature names it."""
        name = str(token.claims.get("jti") or token.signature.hex())
        mark = hashlib.sha256(f"{client.client_id} {name}".encode("utf-8", "replace")).hexdigest()
        end = float(token.claims["exp"])
        with self.grants.lock:
            fresh = self.grants.assertions.get(mark, 0) < self.now()
            self.grants.assertions[mark] = end
        return fresh

    # Keys

    def client_keys(self, client: Client, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Return the client's registered keys, fetched where it registered a URL."""
        if "jwks" in client.metadata:
            return keys_in(client.metadata["jwks"])
        if "jwks_uri" in client.metadata:
            return self.fetched_keys(str(client.metadata["jwks_uri"]), key_id)
        return ()
