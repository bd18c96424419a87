"""JSON Web Signatures in compact form, verified and made (RFC 7515, RFC 7518).

The cryptography library is imported when the first signature turns up: most
runs never see one.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.reference_provider.json_text import parse_json

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "HS256": "oct"}
"""The algorithms known here, and the type of key that each is for."""


class SignatureError(ValueError):
    """The text is no signed token, or not signed with the key."""


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token taken apart but not yet verified."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def parse_token(text: str) -> SignedToken:
    """Take a compact token apart, strictly (RFC 7515 section 5.2)."""
    parts = text.split(".")
    if len(parts) != 3:
        raise SignatureError("a signed token has three parts")
    try:
        header, claims = parse_json(decode(parts[0])), parse_json(decode(parts[1]))
    except ValueError as error:
        raise SignatureError("the token is not base64url and JSON") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise SignatureError("header and claims are JSON objects")
    return SignedToken(header, claims, f"{parts[0]}.{parts[1]}".encode(), decode(parts[2]))


def decode(segment: str) -> bytes:
    """Decode base64url without padding, and only its one right spelling (RFC 7515 section 2)."""
    if not _SEGMENT.fullmatch(segment):
        raise SignatureError("a part is not base64url")
    try:
        data = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise SignatureError("a part is not base64url") from None
    if encode(data) != segment:
        raise SignatureError("a part is not base64url")
    return data


def encode(data: bytes) -> str:
    """Encode base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def verify_mac(token: SignedToken, secret: str) -> bool:
    """Tell whether the token carries HS256 of the secret's octets (OIDC Core section 10.1)."""
    expected = hmac.digest(secret.encode(), token.signed, hashlib.sha256)
    return hmac.compare_digest(expected, token.signature)


def made_with_secret(claims: Mapping[str, Any], secret: str) -> str:
    """Return a compact token with these claims, MACed by HS256."""
    parts = [encode(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims)]
    signed = ".".join(parts)
    mac = hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{encode(mac)}"


def verify_signature(token: SignedToken, algorithm: str, key: Mapping[str, Any]) -> bool:
    """Tell whether the token is signed with a public JWK by the given algorithm."""
    try:
        return _verify(token, algorithm, key)
    except (ValueError, KeyError, TypeError):
        # A key that cannot be read verifies nothing; the next one may.
        return False


def _verify(token: SignedToken, algorithm: str, key: Mapping[str, Any]) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: PLC0415
        encode_dss_signature,
    )

    digest = hashes.SHA256()
    try:
        if algorithm == "ES256":
            # The two numbers side by side, never DER (RFC 7518 section 3.4).
            if len(token.signature) != 64 or key["crv"] != "P-256":
                return False
            numbers = ec.EllipticCurvePublicNumbers(
                _number(key["x"]), _number(key["y"]), ec.SECP256R1()
            )
            r, s = token.signature[:32], token.signature[32:]
            der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
            numbers.public_key().verify(der, token.signed, ec.ECDSA(digest))
            return True
        pad: padding.AsymmetricPadding = padding.PKCS1v15()
        if algorithm == "PS256":
            pad = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
        public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
        if not 2048 <= public.key_size <= 16384:
            return False
        public.verify(token.signature, token.signed, pad, digest)
    except InvalidSignature:
        return False
    return True


def _number(text: str) -> int:
    return int.from_bytes(decode(text))


class SigningKey:
    """An RSA key of the provider, for what it signs itself."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        parts = {
            "e": encode(numbers.e.to_bytes(3)),
            "kty": "RSA",
            "n": encode(numbers.n.to_bytes(256)),
        }
        thumbprint = hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode())
        self.key_id = encode(thumbprint.digest())
        self.public_jwk = {**parts, "kid": self.key_id, "use": "sig", "alg": "RS256"}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a compact token with these claims, signed with RS256."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415

        header = {"alg": "RS256", "kid": self.key_id, "typ": "JWT"}
        parts = [encode(json.dumps(part).encode()) for part in (header, claims)]
        signed = ".".join(parts)
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encode(signature)}"
