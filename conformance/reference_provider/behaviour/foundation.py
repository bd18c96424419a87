"""The ground floor: what a decision can see, names of endpoints, random values.

The classes of this package stand on each other in one line, each floor one
topic; :class:`~conformance.reference_provider.behaviour.Behaviour` is the top.
A method calls whatever it needs through ``self``, so that a fault which
overrides one of them changes every place that relies on it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from conformance.reference_provider.certificates import MutualTls
from conformance.reference_provider.fetching import Fetch
from conformance.reference_provider.grants import Grants
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client, Registry
from conformance.reference_provider.wire import Request

Clock = Callable[[], float]
Trust = Mapping[str, str]
"""Whose software statements are believed: the issuer, and the URL of its keys."""


class Foundation:
    """The state of one tenant, and the values it makes up."""

    def __init__(
        self,
        *,
        issuer: str,
        policy: Policy,
        registry: Registry,
        clock: Clock,
        fetch: Fetch,
        trust: Trust,
        mutual_tls: MutualTls | None = None,
    ) -> None:
        self.own_issuer = issuer
        self.policy = policy
        self.registry = registry
        self.grants = Grants()
        self.clock = clock
        self.fetch = fetch
        self.trust = trust
        self.mutual_tls = mutual_tls
        """None where nobody is asked for a certificate."""

    # Time and comparison

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return self.clock()

    def same(self, left: str, right: str) -> bool:
        """Compare two credentials in full and in constant time."""
        return hmac.compare_digest(left.encode(), right.encode())

    # Names of endpoints

    def issuer(self, request: Request) -> str:
        """Return the issuer; nothing in the request has a say in it (RFC 8414 section 3.3)."""
        del request
        return self.own_issuer

    def registration_endpoint(self, request: Request) -> str:
        """Return the URL of the registration endpoint (RFC 7591 section 3)."""
        return self.issuer(request) + "/register"

    def configuration_url(self, request: Request, client: Client) -> str:
        """Return the client configuration endpoint of a client (RFC 7592 appendix B)."""
        return f"{self.registration_endpoint(request)}/{client.client_id}"

    def endpoint(self, request: Request, name: str) -> str:
        """Return the URL of any other endpoint."""
        return f"{self.issuer(request)}/{name}"

    def mutual_tls_alias(self, request: Request, name: str) -> str:
        """Return the URL at which an endpoint asks for certificates (RFC 8705 section 5)."""
        path = urlsplit(self.issuer(request)).path
        return f"{self.mutual_tls.base if self.mutual_tls else ''}{path}/{name}"

    def listens_without_tls(self) -> bool:
        """Tell whether an https provider answers http too (RFC 7591 section 3 forbids it)."""
        return False

    def tls_versions(self) -> tuple[str, ...]:
        """Return the versions of TLS that an https provider takes, oldest first (RFC 9325 3.1)."""
        return ("TLSv1_2", "TLSv1_3")

    def takes_suites(self, suites: str) -> bool:
        """Tell whether it takes a list of suites; empty: the usual ones (RFC 9325 section 4)."""
        return not suites

    # Random values; none is derived from anything that others can see

    def new_client_id(self) -> str:
        """Make a client identifier of 144 random bits, in lower case only.

        Lower case, so that no two identifiers differ in letter case alone.
        """
        return secrets.token_hex(18)

    def new_secret(self) -> str:
        """Make a client secret of 256 random bits (RFC 6749 section 10.10)."""
        return secrets.token_urlsafe(32)

    def new_registration_token(self) -> str:
        """Make a registration access token of 256 random bits (RFC 7592 section 5)."""
        return secrets.token_urlsafe(32)

    def new_code(self) -> str:
        """Make an authorization code (RFC 6749 section 10.5)."""
        return secrets.token_urlsafe(32)

    def new_access_token(self) -> str:
        """Make an access token (RFC 6749 section 10.3)."""
        return secrets.token_urlsafe(32)

    def new_refresh_token(self) -> str:
        """Make a refresh token (RFC 6749 section 10.4)."""
        return secrets.token_urlsafe(32)

    def new_request_uri(self) -> str:
        """Make the reference to a pushed request (RFC 9126 section 2.2)."""
        return "urn:ietf:params:oauth:request_uri:" + secrets.token_urlsafe(32)

    def new_grant(self) -> str:
        """Make the name that ties together all tokens of one authorization."""
        return secrets.token_hex(8)

    # How a secret is kept

    def kept_secret(self, secret: str) -> str:
        """Return the form in which a secret is stored."""
        if self.policy.hashes_secrets:
            return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()
        return secret

    def is_secret_of(self, client: Client, presented: str) -> bool:
        """Tell whether a presented secret is the client's own."""
        if client.secret is None:
            return False
        return self.same(client.secret, self.kept_secret(presented))

    def secret_expiry(self, issued_at: float) -> int:
        """Return client_secret_expires_at of a new secret, 0 meaning never."""
        lifetime = self.policy.secret_lifetime
        return int(issued_at) + lifetime if lifetime else 0

    def secret_expired(self, client: Client) -> bool:
        """Tell whether the announced end of the client's secret has come."""
        return 0 < client.secret_expires_at <= self.now()
