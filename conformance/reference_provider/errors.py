"""The refusals that travel as exceptions from a rule to the endpoint that answers.

A rule raises what it found wrong; which status, headers and body the caller
sees is decided by the endpoint's own methods, never here.
"""


class RefusalError(Exception):
    """Something the caller sent is refused: an error code and a text for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class RegistrationError(RefusalError):
    """A registration or update is refused (RFC 7591 section 3.2.2)."""


class UnreadableBodyError(RegistrationError):
    """The body cannot be used at all: its size, type, encoding or syntax."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__("invalid_client_metadata", text)
        self.reason = reason


class BearerError(RefusalError):
    """A bearer token is missing or unusable (RFC 6750 section 3)."""

    def __init__(self, code: str, text: str, *, anonymous: bool = False) -> None:
        super().__init__(code, text)
        self.anonymous = anonymous


class OAuthError(RefusalError):
    """A token, revocation, introspection or pushed request is refused (RFC 6749 5.2)."""


class AuthorizationError(RefusalError):
    """An authorization request is refused and the client may be told (RFC 6749 4.1.2.1)."""


class UntrustedRedirectError(RefusalError):
    """An authorization request is refused and nobody may be redirected (RFC 6749 4.1.2.1)."""
