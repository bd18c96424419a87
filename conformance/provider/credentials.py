"""The forms in which credentials and proofs are sent (RFC 6749 section 2.3.1, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

VERIFIER = "dcr-conformance-verifier-0123456789-0123456789-0123456789"
"""PKCE's secret guards a code that nobody else can intercept here, so it may be public."""


def basic(client_id: str, secret: str) -> str:
    """The Authorization header of RFC 6749 section 2.3.1: both parts form-encoded first."""
    pair = ":".join(map(quoted, (client_id, secret)))
    return "Basic " + base64.b64encode(pair.encode()).decode()


def form_encoded(pairs: Mapping[str, str]) -> str:
    """application/x-www-form-urlencoded, also of what no UTF-8 can hold."""
    return urlencode(pairs, errors="surrogatepass")


def quoted(text: str) -> str:
    """The text as a part of a URL, also where no UTF-8 can hold it."""
    return quote(text, safe="", errors="surrogatepass")


def challenge(verifier: str) -> str:
    """The S256 code challenge of RFC 7636 section 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def altered(secret: str) -> str:
    """A credential of the same length and shape that is not this one."""
    half = len(secret) // 2
    middle = next((n for n in range(half, len(secret)) if secret[n].isalnum()), half)
    # Not the same letter in another case: whether that is told apart is a row of its own.
    character = secret[middle : middle + 1]
    # Of its own class, so that hexadecimal stays hexadecimal and a UUID one.
    first, other = "56" if character.isdigit() else "ab" if character.islower() else "AB"
    swap = other if character == first else first
    return secret[:middle] + swap + secret[middle + 1 :]
