"""One tenant as a function from a request to a response."""

import time
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.behaviour.foundation import Clock, Trust
from conformance.reference_provider.certificates import MutualTls
from conformance.reference_provider.fetching import Fetch, no_fetch
from conformance.reference_provider.late_registry import LateRegistry
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import MemoryRegistry, Registry
from conformance.reference_provider.wire import Request, Response


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How much is alive in a provider, so that tests can prove nothing is left."""

    clients: int
    codes: int
    access_tokens: int
    refresh_tokens: int
    pushed_requests: int


def _late(registry: Registry, clock: Clock, policy: Policy) -> LateRegistry:
    elsewhere_s = policy.propagation_elsewhere_s or policy.propagation_s
    delays_s = dict.fromkeys(("par", "introspect", "revoke"), elsewhere_s)
    return LateRegistry(
        registry, clock, policy.propagation_s, delays_s, adds_late=policy.new_clients_propagate
    )


class ReferenceProvider:
    """An authorization server without a socket; it routes, and decides nothing."""

    def __init__(
        self,
        behaviour: type[Behaviour] = Behaviour,
        policy: Policy | None = None,
        registry: Registry | None = None,
        clock: Clock = time.time,
        *,
        issuer: str = "https://provider.example",
        fetch: Fetch = no_fetch,
        trust: Trust = MappingProxyType({}),
        mutual_tls: MutualTls | None = None,
    ) -> None:
        self.issuer = issuer
        self.behaviour = behaviour(
            issuer=issuer,
            policy=Policy() if policy is None else policy,
            registry=MemoryRegistry() if registry is None else registry,
            clock=clock,
            fetch=fetch,
            trust=trust,
            mutual_tls=mutual_tls,
        )
        self._late: LateRegistry | None = None
        if self.behaviour.policy.propagation_s:
            self._late = _late(self.behaviour.registry, clock, self.behaviour.policy)
            self.behaviour.registry = self._late
        prefix = urlsplit(issuer).path
        self._prefix = prefix
        self._documents = {
            # The well-known string goes between host and path (RFC 8414 section 3.1),
            # but after the path in OpenID Connect Discovery section 4.
            f"/.well-known/oauth-authorization-server{prefix}": "oauth",
            f"{prefix}/.well-known/openid-configuration": "openid",
        }

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        path = request.path
        if self._late is not None:
            self._late.asked.endpoint = path.removeprefix(f"{self._prefix}/").partition("/")[0]
        if path in self._documents:
            response = self.behaviour.document(request, self._documents[path])
        elif path.startswith(f"{self._prefix}/"):
            response = self.behaviour.handled(request, path[len(self._prefix) :])
        else:
            response = self.behaviour.not_found(request)
        return self.behaviour.finished(request, response)

    def snapshot(self) -> Snapshot:
        """Count what is alive."""
        grants = self.behaviour.grants
        grants.discard_expired(self.behaviour.now())
        return Snapshot(
            clients=len(self.behaviour.registry),
            codes=sum(not code.used for code in grants.codes.values()),
            access_tokens=len(grants.access_tokens),
            refresh_tokens=len(grants.refresh_tokens),
            pushed_requests=len(grants.pushed_requests),
        )
