"""Client assertions: a client signs who it is (RFC 7523 section 2.2, OIDC Core section 9)."""

from __future__ import annotations

import json
import secrets
from typing import Any

from conformance import forging
from conformance.forging.signers import HmacSigner

LIFETIME_S = 60
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

PUBLIC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "use": "sig",
    "alg": "ES256",
    "kid": "dcr-conformance",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
"""The public key of RFC 7515 appendix A.3."""

_PRIVATE = {**PUBLIC_KEY, "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}
"""The private key stands there too, for everybody: it guards clients of tests alone."""


def by_key(client_id: str, audience: str, now: float) -> str:
    """An assertion for private_key_jwt, signed with the key above."""
    from jwcrypto import jwk, jws  # noqa: PLC0415 - slow to import, and rarely needed

    header = {"alg": "ES256", "kid": PUBLIC_KEY["kid"]}
    token = jws.JWS(json.dumps(_claims(client_id, audience, now)))
    token.add_signature(jwk.JWK(**_PRIVATE), None, json.dumps(header))
    return str(token.serialize(compact=True))


def by_secret(client_id: str, audience: str, now: float, secret: str) -> str:
    """An assertion for client_secret_jwt."""
    signer = HmacSigner(secret.encode(errors="surrogatepass"))
    return forging.honest({}, _claims(client_id, audience, now), signer)


def _claims(client_id: str, audience: str, now: float) -> dict[str, Any]:
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(now),
        "exp": int(now) + LIFETIME_S,
        "jti": secrets.token_urlsafe(16),
    }
