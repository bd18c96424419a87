"""Detached signatures over a report and its results: who vouches for them, and are they whole.

A signature is a JWS in compact serialization without its payload (RFC 7515, appendix F),
the payload being the bytes of the file as they are (``b64`` false, RFC 7797). So the
files stay what they were, and any JOSE library can check them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jwcrypto import jwk, jws
from jwcrypto.common import JWException, base64url_decode

if TYPE_CHECKING:
    from pathlib import Path

ENDING = ".jws"
_ALGORITHMS = {
    "EC": {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"},
    "OKP": {"Ed25519": "EdDSA", "Ed448": "EdDSA"},
}
_RSA = ("PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
_SMALLEST_RSA = 2048
_ACCEPTED = [*_RSA, "ES256", "ES384", "ES512", "EdDSA"]


class UnusableKeyError(ValueError):
    """A key that cannot sign or verify here; one sentence."""


class MalformedSignatureError(ValueError):
    """A file that is no detached JWS; one sentence."""


class SignatureMismatchError(ValueError):
    """The signature is one, but not of this content by this key; one sentence."""


def beside(path: Path) -> Path:
    """Where the signature of a file lies."""
    return path.with_name(path.name + ENDING)


def signing_key(data: bytes) -> jwk.JWK:
    """A private key.

    Args:
        data: PEM (PKCS #8 or the older forms, without a password) or a JWK.

    Raises:
        UnusableKeyError: it is none, or is no key that others can verify with.

    """
    key = _key(data)
    if not key.has_private:
        raise UnusableKeyError("it holds a public key; to sign takes the private one")
    return key


def verification_key(data: bytes) -> jwk.JWK:
    """A public key.

    Args:
        data: PEM (a public key or an X.509 certificate) or a JWK. Of a private key only
            the public half is used.

    Raises:
        UnusableKeyError: as :func:`signing_key`.

    """
    key = _key(data)
    return jwk.JWK.from_json(key.export_public())


def sign(content: bytes, key: jwk.JWK) -> str:
    """The detached signature of a file's content: one line of ASCII."""
    header = {
        "alg": _algorithm(key),
        "kid": key.thumbprint(),
        "b64": False,
        "crit": ["b64"],
    }
    token = jws.JWS(content)
    token.allowed_algs = _ACCEPTED
    token.add_signature(key, None, json.dumps(header))
    token.detach_payload()
    return str(token.serialize(compact=True)) + "\n"


def verify(content: bytes, signature: str, key: jwk.JWK) -> str:
    """Check a signature.

    Returns:
        The algorithm that it was made with.

    Raises:
        MalformedSignatureError: it is no detached JWS.
        SignatureMismatchError: another key, or another content.

    """
    token = jws.JWS()
    token.allowed_algs = _ACCEPTED
    text = signature.strip()
    parts = text.split(".")
    if len(parts) != 3 or parts[1] or not text.isascii():
        raise MalformedSignatureError("it is no JWS in compact serialization without a payload")
    try:
        token.deserialize(text)
        header = token.jose_header
    except (JWException, ValueError, TypeError) as error:
        raise MalformedSignatureError(f"it is no JWS ({_first_line(error)})") from None
    algorithm = str(header.get("alg", ""))
    if algorithm not in _ACCEPTED:
        raise MalformedSignatureError(f"its algorithm {algorithm[:20]!r} is not accepted")
    try:
        token.verify(key, detached_payload=content)
    except (JWException, ValueError, TypeError):
        named = header.get("kid")
        if isinstance(named, str) and named != key.thumbprint():
            raise SignatureMismatchError(
                f"it was signed by another key ({named[:60]!r}, not {key.thumbprint()!r})"
            ) from None
        raise SignatureMismatchError("the file is not what was signed") from None
    return algorithm


def _key(data: bytes) -> jwk.JWK:
    try:
        key = (
            jwk.JWK.from_pem(data)
            if b"-----BEGIN" in data
            else jwk.JWK.from_json(data.decode("utf-8"))
        )
    except Exception as error:  # noqa: BLE001 - whatever a stranger's file makes the library do
        raise UnusableKeyError(
            f"it is neither PEM without a password nor a JWK ({_first_line(error)})"
        ) from None
    _algorithm(key)
    return key


def _algorithm(key: jwk.JWK) -> str:
    """The algorithm that a key signs with, ``alg`` of a JWK first.

    Raises:
        UnusableKeyError: a symmetric key, a small one, or a curve that nobody signs with.

    """
    data = {} if key.is_symmetric else key.export_public(as_dict=True)
    kind, curve, said = data.get("kty"), data.get("crv"), data.get("alg")
    if kind == "RSA":
        if 8 * len(base64url_decode(str(data["n"]))) < _SMALLEST_RSA:
            raise UnusableKeyError(f"an RSA key needs {_SMALLEST_RSA} bits")
        return said if said in _RSA else _RSA[0]
    algorithm = _ALGORITHMS.get(str(kind), {}).get(str(curve))
    if algorithm is None:
        raise UnusableKeyError("it is no RSA, EC or Edwards-curve key to sign with")
    return algorithm


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
