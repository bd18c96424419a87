"""Signing keys as JSON Web Keys: made, shown without their private part, and used."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from jwcrypto import jwa, jwk
from jwcrypto.common import JWException, base64url_encode

from mock_directory.problems import wrong

Algorithm = Literal["PS256", "ES256", "RS256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
Signature = Literal[
    "PS256", "PS384", "PS512", "RS256", "RS384", "RS512", "ES256", "EdDSA",
]  # fmt: skip
"""What a key can be made to sign with: also what it was not made for."""

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that only its owner may see (RFC 7518 section 6)."""

_MADE: dict[str, dict[str, Any]] = {
    "PS256": {"kty": "RSA", "size": 2048},
    "RS256": {"kty": "RSA", "size": 2048},
    "ES256": {"kty": "EC", "crv": "P-256"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
}
_SIGNS: dict[str, tuple[Signature, ...]] = {
    "RSA": ("PS256", "PS384", "PS512", "RS256", "RS384", "RS512"),
    "EC": ("ES256",),
    "OKP": ("EdDSA",),
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair, what it is called, and how long it is shown."""

    id: str
    """What the directory calls it; a ``kid`` may be absent or belong to two keys."""
    owner: str
    algorithm: Algorithm
    kid: str | None
    private: str = field(repr=False)
    """The whole key as JSON."""
    created: int
    signs: bool = True
    shown_until: int | None = None
    """None: for good. A moment that is past: it was removed."""
    key: jwk.JWK = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the key once; signing then finds it ready."""
        object.__setattr__(self, "key", jwk.JWK.from_json(self.private))

    def status(self, now: int) -> str:
        """Say what becomes of it: signing, waiting, retiring or removed."""
        if self.shown_until is not None and now >= self.shown_until:
            return "removed"
        if self.shown_until is not None:
            return "retiring"
        return "signing" if self.signs else "waiting"

    def is_shown(self, now: int) -> bool:
        """Tell whether it is in the published key set."""
        return self.status(now) != "removed"

    def public_members(self) -> dict[str, Any]:
        """The members of its public half, and no name for it."""
        exported: dict[str, Any] = self.key.export_public(as_dict=True)
        return {name: exported[name] for name in sorted(exported) if name not in _NAMES}


_NAMES = {"kid", "alg", "use", "key_ops"} | PRIVATE_MEMBERS


def make(algorithm: Algorithm) -> str:
    """Make a key pair; RSA takes a moment, so never while something is signed."""
    made: str = jwk.JWK.generate(**_MADE[algorithm]).export()
    members = json.loads(made)
    members.pop("kid", None)
    return json.dumps(members)


def thumbprint(private: str) -> str:
    """Return the key's RFC 7638 thumbprint, its usual ``kid``."""
    text: str = jwk.JWK.from_json(private).thumbprint()
    return text


def sign(
    key: SigningKey, header: Mapping[str, Any], payload: Any, algorithm: Signature | None = None
) -> str:
    """Return a compact token: the header and the payload as given, whatever they say.

    Args:
        key: Signs.
        header: Its members.
        payload: Bytes as they are, or what is written as JSON.
        algorithm: Sign so, where the key can; None: as it does always.

    Raises:
        Problem: the key cannot sign so.

    """
    name = algorithm or key.algorithm
    if name not in _SIGNS[_MADE[key.algorithm]["kty"]]:
        raise wrong("algorithm", f"a key for {key.algorithm} cannot sign with {name}")
    signed = f"{_segment(header)}.{_segment(payload)}"
    # The library's own JWS class refuses headers that a test may want to see refused by others.
    signer: Any = jwa.JWA.signing_alg(name)
    made = signer.sign(key.key, signed.encode("ascii"))
    return f"{signed}.{base64url_encode(made)}"


def _segment(content: Any) -> str:
    written = content if isinstance(content, bytes) else json.dumps(content, separators=(",", ":"))
    encoded: str = base64url_encode(written)
    return encoded


def check_public_set(value: Any) -> dict[str, Any]:
    """Return a JWKS of someone else's public keys as it was given.

    Raises:
        ValueError: it is no key set, a key in it is unreadable or holds a private part.

    """
    if not isinstance(value, dict) or not isinstance(value.get("keys"), list):
        raise ValueError("a key set is an object with an array keys (RFC 7517 section 5)")  # noqa: TRY004 - a model wants it
    if not value["keys"]:
        raise ValueError("the key set holds no key")
    for number, key in enumerate(value["keys"]):
        if not isinstance(key, dict):
            raise ValueError(f"keys[{number}] is no object")  # noqa: TRY004 - as above
        if held := sorted(PRIVATE_MEMBERS & key.keys()):
            raise ValueError(f"keys[{number}] holds a private part: {', '.join(held)}")
        read_public(key, f"keys[{number}]")
    return value


_NUMBERS = {"kty", "crv", "n", "e", "x", "y"}


def read_public(members: Mapping[str, Any], name: str) -> Any:
    """Return the public key that a JWK describes, whatever the JWK says it is for.

    Raises:
        ValueError: it describes none.

    """
    described = {member: value for member, value in members.items() if member in _NUMBERS}
    if described.get("kty") not in ("RSA", "EC", "OKP"):
        raise ValueError(f"{name} is no usable public key")
    try:
        return jwk.JWK(**described).get_op_key("verify")
    except (JWException, ValueError, TypeError, KeyError, AttributeError, NotImplementedError):
        raise ValueError(f"{name} is no usable public key") from None
