"""Lawful ways to fetch the keys of others: at once or late, often or seldom, or not at all."""

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.behaviour.key_documents import keys_in
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.grants import KeyCache
from conformance.reference_provider.json_text import JsonTextError, parse_json
from conformance.reference_provider.policy import Policy

_FAILED = "the keys cannot be had now"


class Eager(Behaviour):
    """Keys are fetched when their URL is registered; an outage is answered 503."""

    def check_jwks_uri(self, value: Any) -> str:
        """Refuse a URL that has no keys behind it (RFC 7591 section 5 lets a server look)."""
        url = super().check_jwks_uri(value)
        try:
            keys = keys_in(parse_json(self.document_at(url)))
        except (OSError, JsonTextError):
            raise self.metadata_refused("there are no keys behind jwks_uri") from None
        self.grants.keys[url] = KeyCache(self.now(), keys)
        return url

    def keys_behind(self, url: str) -> Sequence[Mapping[str, Any]]:
        """Say of the directory's keys that they cannot be had, rather than that there are none."""
        if url not in self.trust.values():
            return super().keys_behind(url)
        try:
            return keys_in(parse_json(self.document_at(url)))
        except (OSError, JsonTextError):
            raise self.statement_invalid(_FAILED) from None

    def registration_error_status(self, error: RegistrationError) -> int:
        """Answer that later there may be keys (RFC 9110 section 15.6.4)."""
        return 503 if error.text == _FAILED else super().registration_error_status(error)


class Patient(Behaviour):
    """Stored keys are used until their time is over, whatever kid is named."""

    def refetch_floor(self) -> float:
        """Never fetch for the sake of a kid."""
        return float("inf")


class KeysByValue(Behaviour):
    """Clients state their keys, and nothing of theirs is fetched."""

    def check_jwks_uri(self, value: Any) -> str:
        """Refuse it (RFC 7591 section 3.2.2 leaves that to the server)."""
        del value
        raise self.metadata_refused("jwks_uri is not supported, send jwks")


FETCHING: Mapping[str, tuple[str, Policy, type[Behaviour]]] = {
    "bench": (
        "fetches client keys from anywhere on its own machine, as on a test bench",
        Policy(fetches_from_this_machine=True),
        Behaviour,
    ),
    "eager": (
        "client keys are fetched at registration and kept for minutes, an outage is a 503",
        Policy(key_cache_lifetime=120),
        Eager,
    ),
    "patient": (
        "keys that were fetched are used for half a minute, whatever kid is named",
        Policy(),
        Patient,
    ),
    "keys-by-value": ("client keys are registered and never fetched", Policy(), KeysByValue),
}
"""By name: what is said of it, its policy and its behaviour."""
