"""Keys of others, fetched from where they publish them (RFC 7517 section 5)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from conformance.reference_provider.behaviour.bearer import BearerTokens
from conformance.reference_provider.fetching import Bounds
from conformance.reference_provider.grants import KeyCache
from conformance.reference_provider.json_text import JsonTextError, parse_json
from conformance.reference_provider.signatures import ALGORITHMS, SignedToken


class KeyDocuments(BearerTokens):
    """When a JWK Set is fetched, and which of its keys may have signed a token."""

    def fetched_keys(self, url: str, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Return the keys behind a URL, fetched again when they are old or a key is unknown."""
        cached = self.grants.keys.get(url)
        age = self.now() - cached.fetched_at if cached else float("inf")
        if (
            cached is None
            or age >= self.policy.key_cache_lifetime
            or (
                age >= self.refetch_floor()
                and key_id is not None
                and key_id not in [key.get("kid") for key in cached.keys]
            )
        ):
            cached = KeyCache(self.now(), self.keys_behind(url))
            self.grants.keys[url] = cached
        return cached.keys

    def refetch_floor(self) -> float:
        """Return the seconds between two fetches that unknown key identifiers may cause."""
        return 5

    def keys_behind(self, url: str) -> Sequence[Mapping[str, Any]]:
        """Fetch a JWK Set; where that fails there are no keys, and nobody learns why."""
        try:
            return keys_in(parse_json(self.document_at(url)))
        except (OSError, JsonTextError):
            return ()

    # What is fetched at all

    def document_at(self, url: str) -> bytes:
        """Fetch a document from where the provider may, or raise OSError."""
        if not self.may_fetch(url):
            raise PermissionError("the provider does not fetch from there")
        return self.fetch(url, self.fetch_bounds(url))

    def may_fetch(self, url: str) -> bool:
        """Tell whether a URL is at an origin that the operator named (RFC 7591 section 5).

        Where none is named nothing but the machine itself is fetched from, and all of it.
        """
        if not self.trust or self.policy.fetches_from_this_machine:
            return True
        return origin_of(url) in {origin_of(known) for known in self.trust.values()}

    def fetch_bounds(self, url: str) -> Bounds:
        """Return how long a document may take and be (RFC 8725 section 2.9)."""
        del url
        return Bounds(timeout_s=self.policy.fetch_timeout_s)

    def key_fits(self, key: Mapping[str, Any], token: SignedToken, algorithm: str) -> bool:
        """Tell whether a key is meant for this signature (RFC 7517 section 4)."""
        key_id = token.header.get("kid")
        operations = key.get("key_ops", ["verify"])
        return (
            key.get("kty") == ALGORITHMS[algorithm]
            and key.get("use", "sig") == "sig"
            and key.get("alg", algorithm) == algorithm
            and isinstance(operations, list)
            and "verify" in operations
            and (key_id is None or key.get("kid", key_id) == key_id)
        )


def origin_of(url: str) -> str | None:
    """Return scheme, host and port as they are spelled; None where a name stands before them."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return None if "@" in parts.netloc else f"{parts.scheme}://{parts.hostname}:{port}"


def keys_in(jwks: Any) -> Sequence[Mapping[str, Any]]:
    """Return whatever may be a key in a JWK Set; others are ignored (RFC 7517 section 5)."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else ()
