"""What kind of page the authorization endpoint shows to a person."""

from __future__ import annotations

import re

_LOGIN = re.compile(
    r"<input\b[^>]*\b(?:type=[\"']?(?:password|email)|autocomplete=[\"']?[\w\s-]*"
    r"(?:username|password|webauthn)|name=[\"']?(?:user|login|identifier|email))",
    re.IGNORECASE,
)
"""Fields of a page that asks who somebody is, and not yet whether a client may have access."""


def is_login(page: str) -> bool:
    """Whether a page is a login: approval, and what it has to show, comes after it."""
    return bool(_LOGIN.search(page))
