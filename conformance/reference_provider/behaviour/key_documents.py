"""Keys of others, fetched from where they publish them (RFC 7517 section 5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference_provider.behaviour.bearer import BearerTokens
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
            return keys_in(parse_json(self.fetch(url)))
        except (OSError, JsonTextError):
            return ()

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


def keys_in(jwks: Any) -> Sequence[Mapping[str, Any]]:
    """Return whatever may be a key in a JWK Set; others are ignored (RFC 7517 section 5)."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else ()
