"""Who may change the directory: by token, and never by way of somebody's browser.

A directory on loopback needs no token. But any page that its owner has open in a
browser can send requests to loopback, so what a browser says of their origin counts.
"""

import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from mock_directory.problems import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in ("localhost", "localhost.")


class Access:
    """The rule for every request that changes something."""

    def __init__(self, base: str, token: str | None) -> None:
        self._base = urlsplit(base)
        self._token = token

    @property
    def needs_token(self) -> bool:
        """Tell whether a token is demanded."""
        return self._token is not None

    def check(self, headers: Mapping[str, str], token: str | None) -> None:
        """Let a request pass that may change something.

        Raises:
            Problem: it may not.

        """
        host = headers.get("host", "")
        self._check_origin(headers.get("origin"), host)
        if self._token is None:
            # A name that somebody else made to point here (DNS rebinding) is not ours.
            name = urlsplit(f"//{host}").hostname or ""
            if not is_loopback(name) and name != self._base.hostname:
                raise Problem(403, f"this directory is not called {host[:100]}")
            return
        given = token if token is not None else _bearer(headers.get("authorization", ""))
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode()):
            raise Problem(401, "the API token that the directory printed at its start is needed")

    def _check_origin(self, origin: str | None, host: str) -> None:
        if origin is None:
            return
        asked = urlsplit(origin)
        ours = {host, self._base.netloc}
        if asked.scheme not in ("http", "https") or asked.netloc not in ours:
            raise Problem(403, "a page of another origin may not change this directory")


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
