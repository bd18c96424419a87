"""Removing what a run that was broken off left behind, as its ledger tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.ledger import leftovers, note, same_origin

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from conformance.ledger import Entry
    from conformance.settings import Settings

_GONE = (200, 202, 204, 401)
"""A token that is no longer known belongs to a client that is no longer there."""

_LATER = ("waiting", "unreached")
"""What another sweep may change; whatever else is left is the operator's."""


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


def sweep(settings: Settings, *, dry_run: bool = False) -> int:
    """Delete what can be deleted and list the rest; exit status 1 where something is left."""
    status = 0
    found = [item for item in leftovers(settings.state_dir) if item.entries]
    if not found:
        print("nothing was left behind")  # noqa: T201 - its purpose
        return status
    with _client(settings) as http:
        for item in found:
            states = {}
            for entry in item.entries:
                outcome, reason = ("waiting", "") if dry_run else _outcome(http, entry)
                status = status if outcome == "removed" else 1
                if outcome not in _LATER:
                    states[entry.number] = outcome
                name = entry.client_id or f"an attempt whose answer never came, {entry.exchange}"
                where = f"{entry.uri or item.target}{f'  ({reason})' if reason else ''}"
                print(f"{outcome:<10} {name}  {where}")  # noqa: T201
            if not dry_run:
                note(item.path, states)
    return status


def _client(settings: Settings) -> httpx.Client:
    """Reach the provider as a run with these settings does."""
    import httpx  # noqa: PLC0415 - only where something is to be removed

    from conformance.provider import wire  # noqa: PLC0415 - as httpx

    proxy = settings.network.proxy or None
    direct = {scheme: httpx.HTTPTransport() for scheme in _LOOPBACK} if proxy else {}
    return httpx.Client(
        verify=wire.tls_context(settings),
        proxy=proxy,
        mounts=direct,
        timeout=settings.network.timeout_s,
        trust_env=False,
        follow_redirects=False,
    )


_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


def _outcome(http: httpx.Client, entry: Entry) -> tuple[str, str]:
    """What became of one client: only ours, with its own token, at its own origin."""
    import httpx  # noqa: PLC0415 - as above

    if not entry.client_id or not entry.uri or not entry.token:
        return "unknown", "nothing to delete it with"
    if not same_origin(entry.uri, entry.endpoint):
        return "left", "not at the origin where it was registered"
    try:
        answer = http.delete(entry.uri, headers={"Authorization": f"Bearer {entry.token}"})
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return "unreached", str(error) or type(error).__name__
    if answer.status_code in _GONE:
        return "removed", ""
    reason = f"DELETE was answered {answer.status_code}"
    return "unreached" if answer.status_code == 429 or answer.is_server_error else "left", reason
