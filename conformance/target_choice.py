"""Turning ``--target-url`` into a provider that answers: most often it does already."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.settings import UsageProblem

if TYPE_CHECKING:
    from conformance.settings import Settings

REFERENCE = "reference"


def chosen_target(settings: Settings) -> tuple[Settings, ExitStack]:
    """Start the bundled provider where it is meant.

    ``reference`` is the correct one; ``reference:NAME`` another tenant, ``reference:A+B`` one
    with the faults of several.

    Raises:
        UsageProblem: no target, or no tenant of that name.

    """
    resources = ExitStack()
    url = settings.target_url
    if not url:
        raise UsageProblem("no target: pytest --target-url URL, or --target-url reference")
    name, _, tenant = url.partition(":")
    if name != REFERENCE or tenant.startswith("//"):
        return settings, resources
    from conformance.reference_provider.server import running  # noqa: PLC0415 - Starlette is heavy
    from conformance.reference_provider.tenants import all_tenants, combined  # noqa: PLC0415

    known = all_tenants()
    names = (tenant or "default").split("+")
    if unknown := [item for item in names if item not in known]:
        raise UsageProblem(
            f"the reference provider has no tenant {unknown[0]!r}; "
            "dcr-conformance reference --list names them"
        )
    chosen = names[0] if len(names) == 1 else "combined"
    tenants = known if len(names) == 1 else {**known, chosen: combined(chosen, names)}
    server = resources.enter_context(running(tenants=tenants))
    issuer = server.issuer("" if chosen == "default" else chosen)
    state = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="dcr-conformance-")))
    # Its clients end with it, so no ledger needs to outlive this run.
    return settings.model_copy(update={"target_url": issuer, "state_dir": state}), resources
