"""What becomes of a signed token in wrong hands: other headers, payloads, keys and shapes.

Everything here starts from a good compact JWS (RFC 7515 section 7.1) and changes one thing.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from typing import Any

from jwcrypto import jwk, jws

FORGER = "dcr-conformance-forger"
"""The identifier of the forger's key."""


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, claims and signature of a compact token."""
    header, claims, signature = token.split(".")
    return _object(header), _object(claims), signature


def encoded(value: Any) -> str:
    """A JSON value, or bytes, as a part of a compact token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _object(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def unsigned(token: str, algorithm: str = "none") -> str:
    """The token without a signature, by an algorithm that says so (RFC 7518 section 3.6)."""
    _, claims, _ = parts(token)
    return f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(claims)}."


def with_claims(token: str, **claims: Any) -> str:
    """Other claims under the signature of the first ones."""
    header, first, signature = parts(token)
    return f"{encoded(header)}.{encoded({**first, **claims})}.{signature}"


def maced(token: str, secret: bytes, **header: Any) -> str:
    """The claims, MACed with HS256 and a secret that the forger knows."""
    own, claims, _ = parts(token)
    signed = f"{encoded({**own, **header, 'alg': 'HS256'})}.{encoded(claims)}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def resigned(token: str, *, claims: dict[str, Any] | None = None, **header: Any) -> str:
    """The claims, signed by the forger's own key and not by the issuer's."""
    own, first, _ = parts(token)
    made = jws.JWS(json.dumps({**first, **(claims or {})}).encode())
    made.add_signature(forger(), protected=json.dumps({**own, **header, "alg": "ES256"}))
    return str(made.serialize(compact=True))


@functools.cache
def forger() -> jwk.JWK:
    """The forger's key, made once a process."""
    return jwk.JWK.generate(kty="EC", crv="P-256", kid=FORGER)


def public_forms(key: dict[str, Any]) -> dict[str, bytes]:
    """A public JWK as the secrets that confused libraries take it for, by name."""
    known = jwk.JWK(**key)
    members = {name: value for name, value in key.items() if isinstance(value, str)}
    return {
        "PEM": known.export_to_pem(),
        "JWK": json.dumps(members, separators=(",", ":"), sort_keys=True).encode(),
    }


def flattened(token: str) -> str:
    """The token in the flattened JSON serialisation (RFC 7515 section 7.2.2), as text."""
    protected, payload, signature = token.split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature})
