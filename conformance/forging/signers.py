"""Who signs: a :class:`Signer` gives a compact JWS of exactly two JSON texts (RFC 7515, 7518)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Protocol

RSA, EC = "RSA", "EC"
ALGORITHMS = {
    "ES256": ("P-256", "SHA256"),
    "PS256": (RSA, "SHA256"),
    "RS256": (RSA, "SHA256"),
    "ES384": ("P-384", "SHA384"),
    "PS384": (RSA, "SHA384"),
    "RS384": (RSA, "SHA384"),
    "ES512": ("P-521", "SHA512"),
    "PS512": (RSA, "SHA512"),
    "RS512": (RSA, "SHA512"),
    "RS1": (RSA, "SHA1"),
}
"""By algorithm, the kind of key and the digest; the order is that of preference."""

_OCTETS = {"P-256": 32, "P-384": 48, "P-521": 66}


class Signer(Protocol):
    """Whoever holds a private key, here or at another place."""

    @property
    def algorithm(self) -> str:
        """The JWS algorithm that it signs by."""

    @property
    def kid(self) -> str:
        """The identifier under which the key is published."""

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key as it is published (RFC 7517)."""

    def sign(self, header_text: str, payload_text: str) -> str:
        """A compact JWS of exactly these two texts."""


class Key:
    """A private key of this process; made when it is first used."""

    def __init__(self, kind: str, name: str, bits: int = 2048) -> None:
        self.kind, self.name, self.bits = kind, name, bits

    def __repr__(self) -> str:
        return f"<{self.kind} key {self.name!r}>"

    @cached_property
    def private(self) -> Any:
        """The key itself, of the cryptography library."""
        from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

        if self.kind == RSA:
            return rsa.generate_private_key(public_exponent=65537, key_size=self.bits)
        curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
        return ec.generate_private_key(curves[self.kind])

    @cached_property
    def jwk(self) -> dict[str, Any]:
        """The public key without anything that it is for."""
        numbers = self.private.public_key().public_numbers()
        if self.kind == RSA:
            return {"kty": RSA, "n": _number(numbers.n), "e": _number(numbers.e)}
        size = _OCTETS[self.kind]
        return {
            "kty": EC,
            "crv": self.kind,
            "x": encoded(numbers.x.to_bytes(size)),
            "y": encoded(numbers.y.to_bytes(size)),
        }

    @cached_property
    def certificate(self) -> str:
        """A self-signed certificate, as x5c has it: DER in base64."""
        import datetime  # noqa: PLC0415

        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415

        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dcr-conformance")])
        now = datetime.datetime.now(datetime.UTC)
        made = x509.CertificateBuilder(
            name,
            name,
            self.private.public_key(),
            x509.random_serial_number(),
            now - datetime.timedelta(days=1),
            now + datetime.timedelta(days=30),
        ).sign(self.private, hashes.SHA256())
        return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


@cache
def key(kind: str, name: str, bits: int = 2048) -> Key:
    """The key of that name: the same throughout the process."""
    return Key(kind, name, bits)


@dataclass(frozen=True)
class LocalSigner:
    """A key of this process with the algorithm that it signs by."""

    key: Key
    algorithm: str
    kid: str = ""
    members: dict[str, Any] = field(default_factory=lambda: {"use": "sig"})
    """What the published key says of itself besides."""

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key as it is published."""
        named = {"kid": self.kid} if self.kid else {}
        return {**self.key.jwk, **named, **self.members}

    def sign(self, header_text: str, payload_text: str) -> str:
        """A compact JWS of exactly these two texts."""
        content = signing_input(header_text, payload_text)
        return f"{content}.{encoded(self._signature(content.encode()))}"

    def _signature(self, content: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec, padding, utils  # noqa: PLC0415

        digest = getattr(hashes, ALGORITHMS[self.algorithm][1])()
        if self.key.kind == RSA:
            pad: Any = padding.PKCS1v15()
            if self.algorithm.startswith("PS"):
                pad = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
            return bytes(self.key.private.sign(content, pad, digest))
        r, s = utils.decode_dss_signature(self.key.private.sign(content, ec.ECDSA(digest)))
        size = _OCTETS[self.key.kind]
        return r.to_bytes(size) + s.to_bytes(size)


@dataclass(frozen=True)
class HmacSigner:
    """A symmetric key, which whoever verifies must know as well (RFC 7518 section 3.2)."""

    secret: bytes
    algorithm: str = "HS256"
    kid: str = ""

    @property
    def public_jwk(self) -> dict[str, Any]:
        """Nothing: there is no public half."""
        return {}

    def sign(self, header_text: str, payload_text: str) -> str:
        """A compact JWS of exactly these two texts."""
        import hmac  # noqa: PLC0415 - as all of cryptography, only when it is needed

        content = signing_input(header_text, payload_text)
        digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[self.algorithm]
        return f"{content}.{encoded(hmac.digest(self.secret, content.encode(), digest))}"


@dataclass(frozen=True)
class Nobody:
    """Who signs nothing (RFC 7518 section 3.6)."""

    algorithm: str = "none"
    kid: str = ""

    @property
    def public_jwk(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def sign(self, header_text: str, payload_text: str) -> str:
        """An unsecured JWS of exactly these two texts."""
        return signing_input(header_text, payload_text) + "."


def signing_input(header_text: str, payload_text: str) -> str:
    """What is signed: both texts in base64url (RFC 7515 section 5.1)."""
    return ".".join(encoded(text.encode()) for text in (header_text, payload_text))


def encoded(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """The octets of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key_forms(jwk: dict[str, Any]) -> dict[str, bytes]:
    """A public key as the texts that careless code takes for the key of an HMAC."""
    from jwcrypto.jwk import JWK  # noqa: PLC0415

    octets = decoded(jwk["n"]) if jwk["kty"] == RSA else decoded(jwk["x"]) + decoded(jwk["y"])
    return {
        "public-pem": JWK(**jwk).export_to_pem(),
        "public-jwk": json.dumps(jwk, separators=(",", ":")).encode(),
        "public-octets": octets,
    }


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))
