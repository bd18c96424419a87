"""Named tenants: one server holds many providers, each with its own policy or fault."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.behaviour.foundation import Clock, Trust
from conformance.reference_provider.certificates import MutualTls
from conformance.reference_provider.faults import all_faults
from conformance.reference_provider.fetching import Fetch, no_fetch
from conformance.reference_provider.fetching_variants import FETCHING
from conformance.reference_provider.lenient import Lenient
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.preferences import PREFERENCES
from conformance.reference_provider.provider import ReferenceProvider
from conformance.reference_provider.registry import MemoryRegistry, Registry
from conformance.reference_provider.variants import (
    LAWFUL,
    LoginFirst,
    Overlapping,
    SelfContained,
    ShowsLogos,
    Talkative,
)
from conformance.reference_provider.wire import Request, Response

_DOCUMENT = "/.well-known/oauth-authorization-server"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A provider by name: what it prefers, how it behaves, and one sentence about it."""

    name: str
    about: str
    policy: Policy = field(default_factory=Policy)
    behaviour: type[Behaviour] = Behaviour
    trips: frozenset[str] = frozenset()
    declares: tuple[str, ...] = ()
    """What it is held to; empty: what is discovered."""


def legal_tenants() -> dict[str, Tenant]:
    """Return the tenants that conform, each with other legal choices."""
    plain = {name: Tenant(name, about, policy) for name, (about, policy) in PREFERENCES.items()}
    fetching = {name: Tenant(name, *parts) for name, parts in FETCHING.items()}
    return {**plain, **{tenant.name: tenant for tenant in _ODD}, **fetching}


def fault_tenants() -> dict[str, Tenant]:
    """Return one tenant for each fault, named ``fault-<slug>``."""
    return {
        f"fault-{fault.name}": Tenant(
            f"fault-{fault.name}",
            fault.about,
            fault.policy,
            fault.behaviour,
            fault.trips,
            fault.declares,
        )
        for fault in all_faults()
    }


def all_tenants() -> dict[str, Tenant]:
    """Return all tenants by name."""
    return {**legal_tenants(), **fault_tenants()}


def combined(name: str, names: Sequence[str]) -> Tenant:
    """Return a tenant with the faults of several, under the policy of the first."""
    parts = [all_tenants()[part] for part in names]
    behaviours = tuple(dict.fromkeys(part.behaviour for part in parts))
    return Tenant(
        name,
        "; ".join(part.about for part in parts),
        parts[0].policy,
        type("Combined", behaviours, {}),
        frozenset().union(*(part.trips for part in parts)),
    )


class Tenants:
    """Many providers behind one base URL; each is made when it is first asked for."""

    def __init__(
        self,
        base: str,
        tenants: Mapping[str, Tenant] | None = None,
        *,
        root: str = "default",
        registry_of: Callable[[str], Registry] = lambda _: MemoryRegistry(),
        clock: Clock = time.time,
        fetch: Fetch = no_fetch,
        trust: Trust = MappingProxyType({}),
        mutual_tls: MutualTls | None = None,
    ) -> None:
        self.base = base
        self.tenants = all_tenants() if tenants is None else tenants
        self.root = root
        self._registry_of = registry_of
        self._clock = clock
        self._fetch = fetch
        self._trust = trust
        self._mutual_tls = mutual_tls
        self._registries: dict[str, Registry] = {}
        self._providers: dict[str, ReferenceProvider] = {}

    def issuer(self, name: str) -> str:
        """Return the issuer of a tenant."""
        return f"{self.base}/t/{name}"

    def provider(self, name: str) -> ReferenceProvider:
        """Return the provider of a tenant, which lives at ``/t/<name>``."""
        return self._made(name, self.issuer(name))

    def handle(self, request: Request) -> Response:
        """Answer one request by the tenant that its path names, or by the one at the root."""
        name = _tenant_of(request.path)
        if name in self.tenants:
            return self.provider(name).handle(request)
        return self._made(self.root, self.base).handle(request)

    def _made(self, name: str, issuer: str) -> ReferenceProvider:
        if issuer not in self._providers:
            tenant = self.tenants[name]
            registry = self._registries.setdefault(name, self._registry_of(name))
            made = ReferenceProvider(
                tenant.behaviour,
                tenant.policy,
                registry,
                self._clock,
                issuer=issuer,
                fetch=self._fetch,
                trust=self._trust,
                mutual_tls=self._mutual_tls,
            )
            # Of two first requests at once, one provider must win for both.
            return self._providers.setdefault(issuer, made)
        return self._providers[issuer]


def _tenant_of(path: str) -> str:
    parts = path.removeprefix(_DOCUMENT).split("/", 3)
    return parts[2] if len(parts) > 2 and parts[1] == "t" else ""


_ODD = (
    Tenant(
        "talkative", "errors and client information say more than they have to", Policy(), Talkative
    ),
    Tenant(
        "overlapping",
        "replaced secrets work a little longer, one redirect URI is registered",
        Policy(rotate_secrets_on_update=True),
        Overlapping,
    ),
    Tenant(
        "login-first",
        "people log in before the authorization request is looked at",
        Policy(documents=frozenset({"openid"}), interactive=True),
        LoginFirst,
        declares=("openid-registration", "rfc9700"),
    ),
    Tenant("lenient", "reads whatever it can, in JSON and HTTP", Policy(), Lenient),
    Tenant(
        "limited-until",
        "twenty registrations an hour, then 429 with a date",
        Policy(registration_limit=20),
        Lenient,
    ),
    Tenant(
        "shows-logos",
        "the approval page shows logos, and names in a line of their own",
        Policy(interactive=True),
        ShowsLogos,
    ),
    Tenant(
        "self-contained",
        "client_id and registration token are signed and say themselves what they are good for",
        Policy(),
        SelfContained,
    ),
    Tenant(
        "best-practice",
        "follows RFC 8252 and RFC 9700 as well",
        declares=("rfc7591", "rfc7592", "rfc8252", "rfc9700"),
    ),
    *(Tenant(*parts) for parts in LAWFUL),
)
"""Lawful behaviours that no setting brings about."""
