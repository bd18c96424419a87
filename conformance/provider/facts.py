"""What is computed of a message before its secrets go: the checks never see the secrets."""

from __future__ import annotations

import base64
import binascii
import json
import math
import string
from typing import Any

_ALPHABETS = (
    ("digits", string.digits),
    ("hex", string.hexdigits),
    ("base32", string.ascii_uppercase + "234567"),
    ("lower case and digits", string.ascii_lowercase + string.digits),
    ("alphanumeric", string.ascii_letters + string.digits),
    ("base64url", string.ascii_letters + string.digits + "-_"),
    ("unreserved", string.ascii_letters + string.digits + "-._~"),
    ("token", string.ascii_letters + string.digits + "-._~+/="),
    ("printable ASCII", "".join(map(chr, range(0x21, 0x7F)))),
    ("ASCII", "".join(map(chr, range(0x80)))),
)


def credential(value: object) -> dict[str, Any]:
    """Facts of a credential: JSON type, length, alphabet, upper bound of its entropy, JWT parts."""
    if not isinstance(value, str):
        return {"type": json_type(value)}
    facts: dict[str, Any] = {"type": "string", "length": len(value)}
    characters = set(value)
    for name, alphabet in _ALPHABETS:
        if characters <= set(alphabet):
            facts["alphabet"] = name
            size = 16 if name == "hex" else len(alphabet)
            facts["bits"] = int(len(value) * math.log2(size))
            break
    else:
        facts["alphabet"] = "beyond ASCII"
    facts["bearer"] = bool(value) and characters <= set(_ALPHABETS[7][1])
    if (parts := jwt(value)) is not None:
        facts["jwt"] = parts
    return facts


def jwt(value: str) -> dict[str, Any] | None:
    """Header and claims of a compact JWS, unverified; None where it is none."""
    parts = value.split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims = (json.loads(_unbase64url(part)) for part in parts[:2])
    except (ValueError, binascii.Error):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return None
    return {"header": header, "claims": claims, "signed": bool(parts[2])}


def json_type(value: object) -> str:
    """The JSON name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
