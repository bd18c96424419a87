"""What the provider has handed out and must take back: codes, tokens, pushed requests.

These live as long as the process, also where clients are kept in a database.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """What a code stands for (RFC 6749 section 4.1.2)."""

    client_id: str
    grant: str
    redirect_uri: str
    redirect_uri_sent: bool
    scope: str
    subject: str
    expires_at: float
    challenge: str | None = None
    challenge_method: str | None = None
    nonce: str | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """What an access or refresh token stands for."""

    client_id: str
    grant: str
    grant_type: str
    scope: str
    subject: str
    issued_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """Authorization request parameters that a client pushed (RFC 9126)."""

    client_id: str
    parameters: Mapping[str, str]
    expires_at: float


@dataclass(frozen=True, slots=True)
class KeyCache:
    """The keys behind a jwks_uri, and when they were fetched."""

    fetched_at: float
    keys: Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class RegistrationWindow:
    """How many registrations there were lately, and uses of the initial access token ever."""

    ends_at: float = 0
    registrations: int = 0
    initial_token_uses: int = 0


@dataclass(slots=True)
class Grants:
    """Everything handed out, by its value."""

    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    access_tokens: dict[str, Token] = field(default_factory=dict)
    refresh_tokens: dict[str, Token] = field(default_factory=dict)
    pushed_requests: dict[str, PushedRequest] = field(default_factory=dict)
    assertions: dict[str, float] = field(default_factory=dict)
    """Client assertions seen and when each expires."""
    statements: set[str] = field(default_factory=set)
    """Software statements seen, where each is taken once."""
    keys: dict[str, KeyCache] = field(default_factory=dict)
    """Keys by the URL that they were fetched from."""
    _next_sweep: int = 512
    lock: threading.Lock = field(default_factory=threading.Lock)
    window: RegistrationWindow = field(default_factory=RegistrationWindow)

    def discard_some(self, now: float) -> None:
        """Forget what has expired, once in a while."""
        if len(self.codes) >= self._next_sweep:
            self.discard_expired(now)
            self._next_sweep = 2 * len(self.codes) + 512

    def discard_expired(self, now: float) -> None:
        """Forget what no longer means anything, so that a long run does not grow."""
        for table in (self.codes, self.access_tokens, self.refresh_tokens, self.pushed_requests):
            for value in [key for key, item in table.items() if item.expires_at < now]:
                table.pop(value, None)
        for value in [key for key, end in self.assertions.items() if end < now]:
            self.assertions.pop(value, None)
