"""Which redirect URIs are registered: RFC 7591 section 5, RFC 6749 3.1.2, RFC 8252 section 7."""

import re
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from conformance.reference_provider.behaviour.bodies import Bodies
from conformance.reference_provider.errors import RegistrationError

_DANGEROUS = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}
)
_OTHER_PROTOCOLS = frozenset({"ws", "wss", "ftp", "mailto", "intent", "chrome", "jar", "tel"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_REG_NAME = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
)
_URI_TEXT = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


class RedirectUriRules(Bodies):
    """The rules of one redirect URI, each a method, and of the list of them."""

    def check_redirect_uris(self, value: Any) -> list[str]:
        """Return the redirect URIs to register, exactly as sent."""
        if not isinstance(value, list):
            raise self.redirect_refused("redirect_uris is not an array of strings")
        for uri in self.checked_of(value):
            self.check_redirect_uri(uri)
        return list(dict.fromkeys(value))

    def checked_of(self, uris: list[Any]) -> list[Any]:
        """Return the redirect URIs to look at: all of them."""
        return uris

    def redirect_refused(self, text: str) -> RegistrationError:
        """Return the error for a bad redirect URI (RFC 7591 section 3.2.2)."""
        return RegistrationError("invalid_redirect_uri", text)

    def check_redirect_uri(self, uri: Any) -> None:
        """Refuse a redirect URI that breaks any rule."""
        if not isinstance(uri, str) or not uri:
            raise self.redirect_refused("a redirect URI is not a string")
        self.check_redirect_characters(uri)
        self.check_redirect_scheme_present(uri)
        self.check_redirect_fragment(uri)
        self.check_redirect_dangerous_scheme(uri)
        try:
            parts = urlsplit(uri)
            _ = parts.port
        except ValueError:
            raise self.redirect_refused("a redirect URI has no usable authority") from None
        self.check_redirect_userinfo(parts)
        self.check_redirect_path(parts)
        if parts.scheme in {"http", "https"}:
            self.check_redirect_host(uri, parts)
            self.check_redirect_listed(parts)
            self.check_redirect_cleartext(parts)
        else:
            self.check_redirect_private_scheme(parts)

    def check_redirect_characters(self, uri: str) -> None:
        """Refuse what is no URI character: blanks, controls, backslashes (RFC 3986 section 2)."""
        if not _URI_TEXT.fullmatch(uri):
            raise self.redirect_refused("a redirect URI has characters that no URI has")

    def check_redirect_scheme_present(self, uri: str) -> None:
        """Refuse a relative URI (RFC 6749 section 3.1.2)."""
        scheme, colon, _ = uri.partition(":")
        if not colon or not _SCHEME.fullmatch(scheme):
            raise self.redirect_refused("a redirect URI is not absolute")

    def check_redirect_fragment(self, uri: str) -> None:
        """Refuse a fragment, also an empty one (RFC 6749 section 3.1.2)."""
        if "#" in uri:
            raise self.redirect_refused("a redirect URI has a fragment")

    def check_redirect_dangerous_scheme(self, uri: str) -> None:
        """Refuse schemes that run code or read files (RFC 7591 section 5)."""
        if self.scheme_of(uri) in _DANGEROUS:
            raise self.redirect_refused("a redirect URI has a dangerous scheme")

    def scheme_of(self, uri: str) -> str:
        """Return the scheme in lower case (RFC 3986 section 3.1)."""
        return uri.partition(":")[0].lower()

    def check_redirect_userinfo(self, parts: SplitResult) -> None:
        """Refuse userinfo, which makes one host look like another."""
        if "@" in parts.netloc:
            raise self.redirect_refused("a redirect URI has userinfo")

    def check_redirect_host(self, uri: str, parts: SplitResult) -> None:
        """Refuse a web URI whose host is missing, a pattern or ambiguous."""
        authority = uri[len(parts.scheme) + 1 :]
        host = parts.hostname or ""
        literal = parts.netloc.startswith("[")
        if not authority.startswith("//") or not host or parts.netloc.endswith(":"):
            raise self.redirect_refused("a redirect URI has no usable host")
        if not literal and not _REG_NAME.fullmatch(host):
            raise self.redirect_refused("a redirect URI has no plain host name")
        if not literal and host.rpartition(".")[2].isdigit() and not _is_ipv4(host):
            raise self.redirect_refused("a redirect URI has a disguised address")

    def check_redirect_listed(self, parts: SplitResult) -> None:
        """Refuse a host that is not on the operator's list, where there is one."""
        allowed = self.policy.redirect_hosts
        if allowed and (parts.hostname or "") not in allowed:
            raise self.redirect_refused("the host of a redirect URI is not allowed here")

    def check_redirect_path(self, parts: SplitResult) -> None:
        """Refuse dot segments: what is compared must be what is reached (RFC 3986 5.2.4)."""
        segments = unquote(parts.path).replace("\\", "/").split("/")
        if "." in segments or ".." in segments:
            raise self.redirect_refused("a redirect URI has dot segments")

    def check_redirect_cleartext(self, parts: SplitResult) -> None:
        """Refuse http but on the local machine (RFC 7591 section 5, RFC 8252 section 7.3)."""
        if parts.scheme != "http":
            return
        if self.is_loopback(parts.hostname or ""):
            if not self.policy.allow_loopback_redirects:
                raise self.redirect_refused("loopback redirect URIs are not registered here")
        elif not self.policy.allow_remote_http_redirects:
            raise self.redirect_refused("a redirect URI on another machine needs https")

    def is_loopback(self, host: str) -> bool:
        """Tell whether a host is this machine (RFC 8252 sections 7.3 and 8.3)."""
        return host.lower() in {"127.0.0.1", "::1", "localhost"}

    def check_redirect_private_scheme(self, parts: SplitResult) -> None:
        """Take private-use schemes only in reverse domain form (RFC 8252 sections 7.1, 8.4)."""
        if parts.scheme in _OTHER_PROTOCOLS or "." not in parts.scheme:
            raise self.redirect_refused("the scheme of a redirect URI is not registered here")
        if not self.policy.allow_private_schemes:
            raise self.redirect_refused("private-use schemes are not registered here")
        if parts.netloc == "*" or not (parts.netloc or parts.path):
            raise self.redirect_refused("a redirect URI leads nowhere")


def _is_ipv4(host: str) -> bool:
    numbers = host.split(".")
    return len(numbers) == 4 and all(
        number.isdigit() and int(number) < 256 and str(int(number)) == number for number in numbers
    )
