"""Turning ``--target-url`` into a provider that answers: most often it does already."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.provider.trust_anchor import TrustAnchor
from conformance.settings import UsageProblem

if TYPE_CHECKING:
    from conformance.reference_provider.policy import Policy
    from conformance.settings import ProviderPart, Settings
    from mock_directory.trust import Trust

REFERENCE = "reference"


@dataclass(frozen=True)
class Target:
    """What is judged, and what was started for it."""

    settings: Settings
    resources: ExitStack = field(default_factory=ExitStack)
    trust_anchor: TrustAnchor | None = None
    """The directory that the bundled provider trusts; None: a run makes its own."""


def chosen_target(settings: Settings) -> Target:
    """Start the bundled provider where it is meant.

    ``reference`` is the correct one; ``reference:NAME`` another tenant, ``reference:A+B`` one
    with the faults of several.

    Raises:
        UsageProblem: no target, or no tenant of that name.

    """
    url = settings.target_url
    if not url:
        raise UsageProblem("no target: pytest --target-url URL, or --target-url reference")
    name, _, tenant = url.partition(":")
    if name != REFERENCE or tenant.startswith("//"):
        return Target(settings)
    from conformance.reference_provider.fetching import loopback_fetch  # noqa: PLC0415
    from conformance.reference_provider.server import running  # noqa: PLC0415 - Starlette is heavy
    from conformance.reference_provider.tenants import all_tenants, combined  # noqa: PLC0415
    from conformance.reference_provider.tls_listener import CERTIFICATE  # noqa: PLC0415

    known = all_tenants()
    names = (tenant or "default").split("+")
    if unknown := [item for item in names if item not in known]:
        raise UsageProblem(
            f"the reference provider has no tenant {unknown[0]!r}; "
            "dcr-conformance reference --list names them"
        )
    chosen = names[0] if len(names) == 1 else "combined"
    tenants = known if len(names) == 1 else {**known, chosen: combined(chosen, names)}
    resources = ExitStack()
    trust: dict[str, str] = {}
    state = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="dcr-conformance-")))
    server = resources.enter_context(
        running(tenants=tenants, fetch=loopback_fetch, trust=trust, tls_folder=state)
    )
    issuer = server.issuer("" if chosen == "default" else chosen)

    def trusted(directory: Trust) -> None:
        trust[directory.issuer] = directory.jwks_uri
        if server.mutual_tls is not None:
            server.mutual_tls.trust_authority(directory.ca_bundle)

    # Its clients end with it, so no ledger and no directory need to outlive this run.
    settled = settings.model_copy(
        update={
            "target_url": issuer,
            "state_dir": state,
            "provider": _trusting(settings.provider, tenants[chosen].policy),
            "directory": settings.directory.model_copy(
                update={
                    "port": 0,
                    "probe_internal_addresses": not tenants[
                        chosen
                    ].policy.fetches_from_this_machine,
                }
            ),
            "network": settings.network.model_copy(update={"ca_bundle": state / CERTIFICATE}),
        }
    )
    anchor = TrustAnchor(settled, trusted=trusted)
    resources.callback(anchor.close)
    return Target(settled, resources, anchor)


def _trusting(declared: ProviderPart, policy: Policy) -> ProviderPart:
    """What an operator who configured the bundled provider would declare."""
    known = {"accepted": "trusted", "required": "required"}.get(policy.statements, "")
    kept_s = declared.keys_cached_s
    update = {
        "software_statements": declared.software_statements or known,
        "client_certificates": "trusted",
        "keys_cached_s": policy.key_cache_lifetime if kept_s is None else kept_s,
    }
    return declared.model_copy(update=update)
