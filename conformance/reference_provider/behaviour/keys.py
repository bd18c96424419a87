"""Which client keys are registered: jwks and jwks_uri (RFC 7591 section 2, RFC 7517)."""

import re
from typing import Any
from urllib.parse import urlsplit

from conformance.reference_provider.behaviour.redirect_uris import RedirectUriRules
from conformance.reference_provider.errors import RegistrationError

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "r", "t"})
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_WEB_URL = re.compile(
    r"https?://"
    r"(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?)(?::[0-9]{1,5})?"
    r"(?:[/?#](?:[a-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9a-f]{2})*)?",
    re.IGNORECASE,
)
_LOCAL_URL = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]|localhost)(?:[:/].*)?", re.IGNORECASE)


class KeyRules(RedirectUriRules):
    """The shape of a JWK Set, and what must not be in it."""

    def metadata_refused(self, text: str) -> RegistrationError:
        """Return the error for bad metadata (RFC 7591 section 3.2.2)."""
        return RegistrationError("invalid_client_metadata", text)

    def check_jwks(self, value: Any) -> dict[str, Any]:
        """Return the JWK Set to register (RFC 7517 section 5)."""
        keys = value.get("keys") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(keys, list) or not keys:
            raise self.metadata_refused("jwks is not a JWK Set")
        for key in keys:
            if not isinstance(key, dict) or not isinstance(key.get("kty"), str):
                raise self.metadata_refused("jwks holds something that is no key")
            self.check_key_is_public(key)
            self.check_key_material(key)
        return value

    def check_key_is_public(self, key: dict[str, Any]) -> None:
        """Refuse private and symmetric keys (OIDC Registration section 2)."""
        if key["kty"] == "oct" or _PRIVATE_MEMBERS & key.keys():
            raise self.metadata_refused("jwks holds a private or symmetric key")

    def check_key_material(self, key: dict[str, Any]) -> None:
        """Refuse weak, absurd or broken keys of a known type; others are ignored (RFC 7517 5)."""
        needed = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
        for name in needed.get(key["kty"], ()):
            part = key.get(name)
            if not isinstance(part, str) or not _BASE64URL.fullmatch(part):
                raise self.metadata_refused("jwks holds a broken key")
        if key["kty"] == "RSA" and not self.is_usable_rsa_key(key):
            raise self.metadata_refused("jwks holds an RSA key of an unusable size")

    def is_usable_rsa_key(self, key: dict[str, Any]) -> bool:
        """Tell whether a key has 2048 to 16384 bits and a short exponent (RFC 8725 3.5)."""
        return 342 <= len(key["n"]) <= 2731 and len(key["e"]) <= 8

    def check_jwks_uri(self, value: Any) -> str:
        """Return the jwks_uri to register; it is not fetched now (RFC 7591 section 2)."""
        return self.https_url("jwks_uri", value)

    def https_url(self, name: str, value: Any) -> str:
        """Return a URL that the provider itself may use later, or refuse it."""
        url = self.web_url(name, value)
        if self.scheme_of(url) != "https" and not self.is_local_url(url):
            raise self.metadata_refused(f"{name} is not an https URL")
        return url

    def is_local_url(self, url: str) -> bool:
        """Tell whether an http URL stays on this machine, as in a test bench."""
        return _LOCAL_URL.fullmatch(url) is not None

    def web_url(self, name: str, value: Any) -> str:
        """Return a URL that a person may be shown (RFC 7591 section 5), or refuse it."""
        if not isinstance(value, str):
            raise self.metadata_refused(f"{name} is not a string")
        if not _WEB_URL.fullmatch(value) or not self.has_usable_authority(value):
            raise self.metadata_refused(f"{name} is not a web URL")
        return value

    def has_usable_authority(self, url: str) -> bool:
        """Tell whether host and port of a URL can be read at all."""
        try:
            return urlsplit(url).port != 0
        except ValueError:
            return False
