"""What is wrong with what is fetched: where a provider lets itself be led, and how long."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.behaviour.key_documents import keys_in
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.fetching import Bounds, RedirectedError
from conformance.reference_provider.json_text import JsonTextError, parse_json
from conformance.reference_provider.signatures import SignedToken, verify_signature

_HOPS = 3
_VERY_LONG_S = 120.0
_SPELLINGS = ("127.0.0.1", "localhost", "::1")


@fault(trips={"ssrf-no-url-member-reaches-internal-addresses"})
class LogoFetched(Behaviour):
    """The logo is fetched when it is registered, wherever it is."""

    def check_logo_uri(self, value: Any) -> str:
        """Fetch it, to see whether it is there."""
        url = super().check_logo_uri(value)
        with contextlib.suppress(OSError):
            self.fetch(url, self.fetch_bounds(url))
        return url


@fault(trips={"ssrf-address-disguises-recognised"})
class OnlyPlainAddressesRefused(Behaviour):
    """Internal addresses are recognised by how they are usually spelled."""

    def may_fetch(self, url: str) -> bool:
        """Compare strings."""
        return super().may_fetch(url) or urlsplit(url).netloc.partition(":")[0] not in _SPELLINGS


@fault(trips={"ssrf-redirects-and-rebinding-do-not-lead-inside"})
class RedirectsFollowed(Behaviour):
    """Only the first URL of a fetch is checked, and redirects are followed."""

    def document_at(self, url: str) -> bytes:
        """Follow them."""
        try:
            return super().document_at(url)
        except RedirectedError as error:
            where = error.location
        for _ in range(_HOPS):
            try:
                return self.fetch(where, self.fetch_bounds(where))
            except RedirectedError as error:
                where = error.location
        raise ConnectionError("too many redirects")


@fault(trips={"ssrf-only-web-schemes-fetched"})
class AnySchemeOpened(Behaviour):
    """A jwks_uri may be a data: URL, and the keys are read from it."""

    def check_jwks_uri(self, value: Any) -> str:
        """Take it."""
        if isinstance(value, str) and value.startswith("data:"):
            return value
        return super().check_jwks_uri(value)

    def document_at(self, url: str) -> bytes:
        """Open it."""
        if url.startswith("data:"):
            return unquote(url.partition(",")[2]).encode()
        return super().document_at(url)


@fault(trips={"ssrf-fetch-errors-are-no-port-scanner"})
class FetchErrorsPassedOn(Behaviour):
    """Why keys could not be fetched is told to the client, with what was found."""

    told = ""

    def keys_behind(self, url: str) -> Sequence[Mapping[str, Any]]:
        """Remember it."""
        type(self).told = ""
        try:
            document = self.document_at(url)
        except OSError as error:
            type(self).told = str(error)
            return ()
        try:
            return keys_in(parse_json(document))
        except JsonTextError:
            type(self).told = f"this is no JWK Set: {document[:40].decode('ascii', 'replace')}"
            return ()

    def client_not_authenticated(self) -> OAuthError:
        """Tell it."""
        told, type(self).told = self.told, ""
        return OAuthError("invalid_client", told) if told else super().client_not_authenticated()


@fault(trips={"rfc7591-2.3-statement-key-url-not-fetched"})
class StatementKeyUrlFollowed(Behaviour):
    """The key of a software statement is fetched from where its own header says."""

    def statement_signature_good(self, token: SignedToken, keys_url: str) -> bool:
        """Look there as well."""
        if super().statement_signature_good(token, keys_url):
            return True
        algorithm, url = str(token.header.get("alg")), token.header.get("jku")
        if not isinstance(url, str) or algorithm not in self.statement_algorithms():
            return False
        try:
            keys = keys_in(parse_json(self.fetch(url, self.fetch_bounds(url))))
        except (OSError, JsonTextError):
            return False
        return any(verify_signature(token, algorithm, key) for key in keys)


@fault(trips={"rfc7591-2.3-statement-key-url-not-fetched"})
class CertificateUrlFetched(Behaviour):
    """The x5u of a software statement is fetched before anything else is looked at."""

    def statement_header_good(self, token: SignedToken) -> bool:
        """Fetch it, and use nothing of it."""
        url = token.header.get("x5u")
        if isinstance(url, str):
            with contextlib.suppress(OSError):
                self.fetch(url, self.fetch_bounds(url))
        return super().statement_header_good(token)


# How long keys are waited for


@fault(trips={"rfc7591-2-jwks-fetch-bounded"})
class ClientKeysAwaited(Behaviour):
    """The keys behind a client's jwks_uri are waited for as long as it takes."""

    def fetch_bounds(self, url: str) -> Bounds:
        """Wait."""
        bounds = super().fetch_bounds(url)
        return bounds if url in self.trust.values() else replace(bounds, timeout_s=_VERY_LONG_S)


@fault(trips={"rfc7591-2-jwks-fetch-bounded"})
class HugeKeySetRead(Behaviour):
    """A JWK Set may be of any length."""

    def fetch_bounds(self, url: str) -> Bounds:
        """Read it to its end."""
        bounds = super().fetch_bounds(url)
        return replace(bounds, timeout_s=max(1.5, bounds.timeout_s), limit=1 << 30)


@fault(trips={"trust-directory-outage-ends-bounded-and-closed"})
class DirectoryAwaited(Behaviour):
    """The keys of the directory are waited for as long as it takes."""

    def fetch_bounds(self, url: str) -> Bounds:
        """Wait."""
        bounds = super().fetch_bounds(url)
        return replace(bounds, timeout_s=_VERY_LONG_S) if url in self.trust.values() else bounds


# What an outage leaves


@fault(trips={"trust-directory-outage-ends-bounded-and-closed"})
class UnverifiedInAnOutage(Behaviour):
    """A statement is believed where there are no keys to verify it with."""

    def statement_signature_good(self, token: SignedToken, keys_url: str) -> bool:
        """Let it pass."""
        good = super().statement_signature_good(token, keys_url)
        usual = token.header.get("alg") in self.statement_algorithms()
        return good or (usual and not self.fetched_keys(keys_url, token.header.get("kid")))


@fault(trips={"trust-directory-outage-ends-bounded-and-closed"})
class OutageRemembered(Behaviour):
    """Where keys could not be fetched once, they are not fetched again for hours."""

    def fetched_keys(self, url: str, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Remember it."""
        known = self.grants.keys.get(url)
        failed = known is not None and not known.keys and url in self.trust.values()
        return () if failed else super().fetched_keys(url, key_id)


# What is kept


@fault(
    trips={
        "oidc-core-10.1.1-rotated-keys-become-usable",
        "trust-client-key-removed-behind-jwks-uri-refused-later",
    }
)
class ClientKeysKeptForEver(Behaviour):
    """The keys behind a client's jwks_uri are fetched once."""

    def fetched_keys(self, url: str, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Keep them."""
        known = self.grants.keys.get(url)
        kept = known is not None and known.keys and url not in self.trust.values()
        return known.keys if known and kept else super().fetched_keys(url, key_id)


@fault(trips={"trust-client-key-removed-behind-jwks-uri-refused-later"})
class ClientKeysOnlyAdded(Behaviour):
    """Keys that were ever behind a client's jwks_uri are good for ever."""

    def keys_behind(self, url: str) -> Sequence[Mapping[str, Any]]:
        """Add to them."""
        keys = super().keys_behind(url)
        known = self.grants.keys.get(url)
        before = known.keys if known and url not in self.trust.values() else ()
        return [*before, *keys]


@fault(trips={"trust-withdrawn-key-refused-after-cache-lifetime"})
class DirectoryKeysOnlyAdded(Behaviour):
    """Keys that the directory ever published are trusted for ever."""

    def keys_behind(self, url: str) -> Sequence[Mapping[str, Any]]:
        """Add to them."""
        keys = super().keys_behind(url)
        known = self.grants.keys.get(url)
        before = known.keys if known and url in self.trust.values() else ()
        return [*before, *keys]


@fault(trips={"trust-unknown-kids-do-not-cause-a-fetch-each"})
class EveryUnknownKidFetches(Behaviour):
    """Whoever names an unknown key makes the provider fetch again."""

    def refetch_floor(self) -> float:
        """Leave no time between."""
        return 0
