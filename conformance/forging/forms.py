"""What can be done to a compact token after it was signed (RFC 7515 section 7.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.forging.signers import decoded, encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.forging.signers import Signer

_P256_ORDER = bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class ImpossibleLieError(ValueError):
    """A lie cannot be told of such a token, or with the keys at hand."""


def with_signature(token: str, signature: bytes) -> str:
    """The token with another signature."""
    return f"{token.rpartition('.')[0]}.{encoded(signature)}"


def signature(token: str) -> bytes:
    """The octets of the signature."""
    return decoded(token.rpartition(".")[2])


def flipped(token: str) -> str:
    """One bit in the middle of the signature changed."""
    octets = bytearray(signature(token))
    octets[len(octets) // 2] ^= 0x10
    return with_signature(token, bytes(octets))


def truncated(token: str) -> str:
    """Half of the signature."""
    octets = signature(token)
    return with_signature(token, octets[: len(octets) // 2])


def tampered(token: str) -> str:
    """A blank behind the claims: JSON that means the same, and other octets than were signed."""
    header, payload, signed = token.split(".")
    return f"{header}.{encoded(decoded(payload) + b' ')}.{signed}"


def padded(token: str) -> str:
    """Each part with the padding of base64.

    Raises:
        ImpossibleLieError: no part has any.

    """
    parts = [part + "=" * (-len(part) % 4) for part in token.split(".")]
    if ".".join(parts) == token:
        raise ImpossibleLieError("no part of this token has padding")
    return ".".join(parts)


def standard_alphabet(token: str) -> str:
    """Base64's alphabet.

    Raises:
        ImpossibleLieError: no letter differs.

    """
    changed = token.replace("-", "+").replace("_", "/")
    if changed == token:
        raise ImpossibleLieError("both alphabets write this token alike")
    return changed


def other_last_bits(token: str) -> str:
    """The unused bits of the last letter set, so that it decodes to the same octets.

    Raises:
        ImpossibleLieError: there are none.

    """
    unused = {2: 4, 3: 2}.get(len(token.rpartition(".")[2]) % 4)
    if unused is None:
        raise ImpossibleLieError("the last letter of this signature has no unused bits")
    return token[:-1] + _LETTERS[_LETTERS.index(token[-1]) | (2**unused - 1)]


def line_break(token: str) -> str:
    """A line break within the signature."""
    rest, _, signed = token.rpartition(".")
    middle = len(signed) // 2
    return f"{rest}.{signed[:middle]}\n{signed[middle:]}"


def der(token: str) -> str:
    """An ECDSA signature as ASN.1 writes it, in place of RFC 7518 section 3.4's two numbers."""
    from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: PLC0415
        encode_dss_signature,
    )

    first, second = _halves(token)
    return with_signature(
        token, encode_dss_signature(int.from_bytes(first), int.from_bytes(second))
    )


def long_numbers(token: str) -> str:
    """A zero octet before each of the two numbers."""
    first, second = _halves(token)
    return with_signature(token, b"\0" + first + b"\0" + second)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, unverified."""
    header, claims, _ = token.split(".")
    return json.loads(decoded(header)), json.loads(decoded(claims))


def with_claims(token: str, changes: dict[str, Any]) -> str:
    """Other claims under the signature of the first ones."""
    header, _, signed = token.split(".")
    claims = {**parts(token)[1], **changes}
    return f"{header}.{encoded(json.dumps(claims).encode())}.{signed}"


def signed_by(signer: Signer, token: str, **header: Any) -> str:
    """The header, with changes, and the claims of a token, signed by somebody else."""
    own, claims = parts(token)
    head = {**own, **header, "alg": signer.algorithm}
    return signer.sign(json.dumps(head), json.dumps(claims))


def flattened(token: str) -> str:
    """The flattened JSON serialisation (RFC 7515 section 7.2.2)."""
    header, payload, signed = token.split(".")
    return json.dumps({"protected": header, "payload": payload, "signature": signed})


def _halves(token: str) -> tuple[bytes, bytes]:
    octets = signature(token)
    half = len(octets) // 2
    return octets[:half], octets[half:]


FORMS: dict[str, Callable[[str], str]] = {
    "": lambda token: token,
    "stripped": lambda token: token.rpartition(".")[0] + ".",
    "two-parts": lambda token: token.rpartition(".")[0],
    "flipped": flipped,
    "truncated": truncated,
    "tampered": tampered,
    "zeros": lambda token: with_signature(token, bytes(64)),
    "orders": lambda token: with_signature(token, _P256_ORDER * 2),
    "padded": padded,
    "standard-alphabet": standard_alphabet,
    "other-last-bits": other_last_bits,
    "line-break": line_break,
    "fourth-part": lambda token: f"{token}.{encoded(b'dcr-conformance')}",
    "der": der,
    "long-numbers": long_numbers,
    "twice": lambda token: f"{token} {token}",
    "json": flattened,
}
"""By the name that ``fixtures/lies.toml`` uses."""
