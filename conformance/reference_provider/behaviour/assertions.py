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
            and self.assertion_issuer_good(client, token)
            and self.assertion_subject_good(client, token)
            and self.assertion_audience_good(request, token)
            and self.assertion_time_good(token)
            and self.assertion_is_new(client, token)
        )
        if not good:
            raise self.assertion_refused()

    def assertion_refused(self) -> OAuthError:
        """Return the error for an assertion that is no good (RFC 7523 section 3.2)."""
        return self.client_not_authenticated()

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
            return usable and self.mac_verifies(token, client.secret or "")
        return any(
            self.signature_verifies(token, algorithm, key)
            for key in self.candidate_keys(client, token, algorithm)
        )

    def mac_verifies(self, token: SignedToken, secret: str) -> bool:
        """Tell whether the secret's octets made the MAC (OIDC Core section 10.1)."""
        return verify_mac(token, secret)

    def signature_verifies(
        self, token: SignedToken, algorithm: str, key: Mapping[str, Any]
    ) -> bool:
        """Tell whether the private half of a key made the signature (RFC 7523 section 3)."""
        return verify_signature(token, algorithm, key)

    def candidate_keys(
        self, client: Client, token: SignedToken, algorithm: str
    ) -> Sequence[Mapping[str, Any]]:
        """Return the client's keys that may have signed; the header's own hints count nothing."""
        keys = self.client_keys(client, token.header.get("kid"))
        return [key for key in keys if self.key_fits(key, token, algorithm)][:10]

    def assertion_issuer_good(self, client: Client, token: SignedToken) -> bool:
        """Tell whether the issuer is the client (RFC 7523 section 3, RFC 7521 section 5.2)."""
        return token.claims.get("iss") == client.client_id

    def assertion_subject_good(self, client: Client, token: SignedToken) -> bool:
        """Tell whether the subject is the client (RFC 7523 section 3)."""
        return token.claims.get("sub") == client.client_id

    def assertion_audience_good(self, request: Request, token: SignedToken) -> bool:
        """Tell whether the assertion is for this server (RFC 7523 section 3)."""
        audience = token.claims.get("aud")
        names = audience if isinstance(audience, list) else [audience]
        if len(names) != 1 and not self.policy.takes_shared_assertions:
            return False
        own = self.own_audiences(request)
        return any(self.is_audience(name, own) for name in names)

    def is_audience(self, name: Any, own: Sequence[str]) -> bool:
        """Tell whether a name is one of the server's, compared as strings."""
        return isinstance(name, str) and name in own

    def own_audiences(self, request: Request) -> tuple[str, ...]:
        """Return the names that this server answers to as an audience."""
        names = ("token", "par", "introspect", "revoke")
        endpoints = tuple(self.endpoint(request, name) for name in names)
        chosen = self.policy.assertion_audience
        return {
            "any": (self.issuer(request), *endpoints),
            "issuer": (self.issuer(request),),
            "endpoint": endpoints,
        }[chosen]

    def assertion_time_good(self, token: SignedToken) -> bool:
        """Tell whether the assertion is valid now and not for ever (RFC 7523 section 3)."""
        now, claims = self.now(), token.claims
        times = [claims[name] for name in ("exp", "nbf", "iat") if name in claims]
        if any(isinstance(time, bool) or not isinstance(time, int | float) for time in times):
            return False
        return (
            self.assertion_unexpired(claims.get("exp"), now)
            and self.assertion_has_begun(claims.get("nbf", now), now)
            and self.assertion_lifetime_good(claims.get("exp", now), claims.get("iat", now), now)
        )

    def assertion_unexpired(self, expires: float | None, now: float) -> bool:
        """Tell whether there is an exp, and it is still to come."""
        return expires is not None and expires > now - self.policy.assertion_leeway

    def assertion_has_begun(self, not_before: float, now: float) -> bool:
        """Tell whether nbf has come."""
        return not_before <= now + max(5, self.policy.assertion_leeway)

    def assertion_lifetime_good(self, expires: float, issued: float, now: float) -> bool:
        """Tell whether exp is not too far ahead and iat not in the future."""
        latest = now + max(5, self.policy.assertion_leeway)
        return expires <= now + self.policy.assertion_lifetime and issued <= latest

    def assertion_is_new(self, client: Client, token: SignedToken) -> bool:
        """Take each assertion once; OIDC Core section 9 demands jti, else the signature will do."""
        if "jti" not in token.claims and self.offers_openid():
            return False
        if not self.policy.single_use_assertions:
            return True
        name = str(token.claims.get("jti") or token.signature.hex())
        mark = hashlib.sha256(f"{client.client_id} {name}".encode("utf-8", "replace")).hexdigest()
        end = float(token.claims.get("exp", self.now()))
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
