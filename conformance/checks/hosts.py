"""Hosts that show a deployment to be a test and not production."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

PRIVATE_DOMAINS = ("localhost", "test", "internal", "local", "home.arpa", "lan")
"""Names that nobody on the public internet has (RFC 6761, RFC 6762, RFC 8375, ICANN)."""


def on_this_machine(host: str) -> bool:
    """Whether a host is the loopback interface."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def private_host(url: str) -> str:
    """The host of a URL where only a private network reaches it, else an empty string.

    Without TLS there, nothing is known of the deployment that the public will use.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        alone = bool(host) and "." not in host
        within = any(host.endswith(f".{name}") for name in PRIVATE_DOMAINS)
        return host if alone or within else ""
    return "" if address.is_global else host
