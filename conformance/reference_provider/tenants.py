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
    plain = {name: Tenant(name, about, policy) for name, (about, policy) in _LEGAL.items()}
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


_LEGAL: Mapping[str, tuple[str, Policy]] = {
    "default": ("the plainest provider: RFC 7591, RFC 7592 and all endpoints", Policy()),
    "statements-required": (
        "registers nobody without a fresh software statement of a trusted directory",
        Policy(statements="required", single_use_statements=True),
    ),
    "statements-ignored": (
        "has never heard of software statements",
        Policy(statements="ignored"),
    ),
    "openid": (
        "an OpenID provider with both metadata documents and implicit flow",
        Policy(documents=frozenset({"oauth", "openid"}), allow_implicit=True),
    ),
    "openid-only": (
        "an OpenID provider that reads back no token and takes remote http redirects",
        Policy(
            documents=frozenset({"openid"}),
            allow_implicit=True,
            hide_token_on_read=True,
            allow_remote_http_redirects=True,
        ),
    ),
    "no-documents": (
        "only a registration endpoint that one has to know",
        Policy(documents=frozenset()),
    ),
    "no-management": ("RFC 7591 without RFC 7592", Policy(management=frozenset())),
    "read-only-management": (
        "clients can be read but not changed: 405",
        Policy(management=frozenset({"GET"})),
    ),
    "no-deletion": (
        "clients cannot delete themselves: 403",
        Policy(management=frozenset({"GET", "PUT"}), refused_method_status=403),
    ),
    "registration-only": (
        "neither pushed nor signed requests, neither introspection nor revocation",
        Policy(
            offers_par=False,
            offers_request_objects=False,
            offers_introspection=False,
            offers_revocation=False,
        ),
    ),
    "machines-only": (
        "no authorization endpoint: client credentials only",
        Policy(
            offers_authorization=False,
            offers_par=False,
            default_grant_types=("client_credentials",),
        ),
    ),
    "protected": (
        "registration needs the initial access token initial-access-token",
        Policy(initial_access_token="initial-access-token"),  # noqa: S106 - for everybody to use
    ),
    "limited": (
        "five registrations an hour, then 429 with Retry-After",
        Policy(registration_limit=5),
    ),
    "limited-twenty": (
        "twenty registrations an hour, then 429 with Retry-After",
        Policy(registration_limit=20),
    ),
    "rotating": (
        "registration tokens rotate on read and update, secrets on update",
        Policy(rotate_registration_tokens=True, rotate_secrets_on_update=True),
    ),
    "burning": (
        "a registration token tried on another client is revoked",
        Policy(burn_token_on_foreign_client=True),
    ),
    "hashing": (
        "an OpenID provider that keeps only digests of secrets, so reads do not show them",
        Policy(documents=frozenset({"openid"}), hashes_secrets=True),
    ),
    "expiring": ("secrets end after an hour", Policy(secret_lifetime=3600)),
    "other-defaults": (
        "defaults are client_secret_post and an extra refresh_token grant",
        Policy(
            default_auth_method="client_secret_post",
            default_grant_types=("authorization_code", "refresh_token"),
        ),
    ),
    "replacing": (
        "unusable optional values are replaced by defaults, unknown scopes dropped",
        Policy(bad_metadata="replace", unknown_scope="drop"),
    ),
    "remembering": (
        "unknown metadata is kept and returned, omitted members stay on update",
        Policy(keep_unknown_metadata=True, keeps_omitted_on_update=True),
    ),
    "strict": (
        "no private schemes or loopback, nulls and forbidden members refused, PKCE always",
        Policy(
            allow_private_schemes=False,
            allow_loopback_redirects=False,
            null_metadata="refuse",
            forbidden_update_members="refuse",
            displayed_urls_same_host=True,
            require_pkce="always",
            challenge_methods=("S256",),
            form_body_status=400,
            sends_pragma=False,
        ),
    ),
    "relaxed": (
        "updates need no client_id, localhost ports vary, any web page may register",
        Policy(update_needs_client_id=False, localhost_port_variable=True, cors=True),
    ),
    "listed-hosts": (
        "redirect URIs of one host only",
        Policy(redirect_hosts=("client.example",)),
    ),
    "confidential-only": (
        "no public clients and no client credentials",
        Policy(allow_public_clients=False, allow_client_credentials=False, allow_refresh=False),
    ),
    "no-scope": ("no scope is registered by default", Policy(default_scope="")),
    "deletion-only": (
        "clients can be deleted but neither read nor changed: 405",
        Policy(management=frozenset({"DELETE"})),
    ),
    "grant-first": (
        "the token endpoint looks at codes before it looks at the client",
        Policy(grant_before_client=True),
    ),
    "adding": (
        "updates add a redirect URI of the server's own",
        Policy(adds_redirect_uri_on_update="https://callback.provider.example/cb"),
    ),
    "late": (
        "updates and deletions take one and a half seconds to arrive",
        Policy(propagation_s=1.5),
    ),
    "scattered": (
        "new clients, updates and deletions arrive late, and later still at other servers",
        Policy(propagation_s=1.5, propagation_elsewhere_s=3.5, new_clients_propagate=True),
    ),
    "interactive": ("a page asks a person for consent", Policy(interactive=True)),
    "lenient-clock": (
        "clocks of clients may be a minute off, and assertions are taken again",
        Policy(assertion_leeway=60, single_use_assertions=False),
    ),
    "issuer-audience": (
        "assertions are for the issuer and nobody else",
        Policy(assertion_audience="issuer"),
    ),
    "endpoint-audience": (
        "assertions are for the token endpoint, and perhaps for others",
        Policy(assertion_audience="endpoint", takes_shared_assertions=True),
    ),
    "par-required": ("authorization requests must be pushed", Policy(require_par=True)),
}
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
