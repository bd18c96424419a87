"""Removing what a run that was broken off left behind, as its ledger tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.ledger import leftovers, same_origin

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.ledger import Entry, Leftover

_GONE = (200, 202, 204, 401)
"""A token that is no longer known belongs to a client that is no longer there."""


def notice(folder: Path) -> str:
    """What earlier runs left behind, in one sentence; empty where nothing is."""
    found = [item for item in leftovers(folder) if item.entries]
    if not found:
        return ""
    count = sum(len(item.entries) for item in found)
    return (
        f"an earlier run was broken off and left up to {count} clients at "
        f"{', '.join(sorted({item.target for item in found}))}; "
        "dcr-conformance sweep removes them"
    )


def sweep(folder: Path, *, dry_run: bool = False) -> int:
    """Delete what can be deleted and list the rest; exit status 1 where something is left."""
    status = 0
    found = list(leftovers(folder))
    if not any(item.entries for item in found):
        print("nothing was left behind")  # noqa: T201 - its purpose
    for item in found:
        left = 0
        for entry in item.entries:
            outcome = _outcome(item, entry, dry_run=dry_run)
            left += outcome != "removed"
            name = entry.client_id or "an attempt whose answer never came"
            print(f"{outcome:<10} {name}  {entry.uri or item.target}")  # noqa: T201
        if left:
            status = 1
        elif not dry_run:
            item.path.unlink(missing_ok=True)
    return status


def _outcome(item: Leftover, entry: Entry, *, dry_run: bool) -> str:
    """What became of one client: only ours, with its own token, at its own origin."""
    if not entry.client_id or not entry.uri or not entry.token:
        return "unknown"
    if not same_origin(entry.uri, item.target):
        return "foreign"
    if dry_run:
        return "left"
    import httpx  # noqa: PLC0415 - only where something is to be removed

    try:
        answer = httpx.delete(
            entry.uri,
            headers={"Authorization": f"Bearer {entry.token}"},
            timeout=10,
            follow_redirects=False,
        )
    except httpx.HTTPError:
        return "unreached"
    return "removed" if answer.status_code in _GONE else "left"
