"""Leaving nothing behind: every client that a run registered is removed at its end."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from conformance.provider.session import Recorder
from reports.results import ClientEntry

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.ledger import Entry
    from conformance.provider.session import Session

_GONE = (200, 202, 204)
SWEEP = "dcr-conformance sweep tries again"


def remove_clients(session: Session, *, longest_s: float) -> None:
    """Delete what the ledger knows to be ours; whatever cannot be deleted is noted as left."""
    end = time.monotonic() + longest_s
    session.stopping = True  # whatever still sleeps must not register more
    unsupported = threading.Event()
    entries = session.ledger.alive()
    if not entries:
        return
    with ThreadPoolExecutor(min(session.settings.concurrency, len(entries))) as pool:
        list(pool.map(lambda entry: _remove(session, entry, end, unsupported), entries))


def _remove(session: Session, entry: Entry, end: float, unsupported: threading.Event) -> None:
    if not entry.uri or not entry.token:
        session.ledger.settled(entry, "left", "the provider gave nothing to delete it with")
        return
    if unsupported.is_set():
        session.ledger.settled(entry, "left", "the provider offers no deletion")
        return
    if (left := end - time.monotonic()) <= 0:
        entry.reason = f"there was no time left; {SWEEP}"
        return
    answer = _delete(session, entry, left)
    if not answer.answered and (left := end - time.monotonic()) > 0:
        answer = _delete(session, entry, left)  # the interrupt had cut the connection
    if answer.status in _GONE:
        session.ledger.settled(entry, "removed")
    elif answer.status in (403, 404, 405, 501):
        if answer.status in (405, 501):
            unsupported.set()
        session.ledger.settled(entry, "left", f"DELETE was answered {answer.status}")
    elif answer.status == 401:
        session.ledger.settled(entry, "left", "its token is no longer accepted")
    else:
        entry.reason = f"DELETE: {answer.status or answer.step.failure}; {SWEEP}"


def _delete(session: Session, entry: Entry, left: float) -> Answer:
    session.turn()
    return session.send(
        Recorder("clean-up"),
        "delete",
        "DELETE",
        entry.uri,
        headers=[("Authorization", f"Bearer {entry.token}")],
        timeout_s=min(left, session.settings.network.timeout_s),
        paced=True,
    )


def client_entries(session: Session) -> list[ClientEntry]:
    """What became of each client, for the report."""
    return [
        ClientEntry(
            client_id=session.redactor.sweep(entry.client_id),
            exchange=entry.exchange,
            state="removed" if entry.state == "removed" else "left",
            reason=entry.reason,
            configuration_uri=session.redactor.sweep(entry.uri),
        )
        for entry in session.ledger.entries
        if entry.state in ("registered", "removed", "left")
    ]
