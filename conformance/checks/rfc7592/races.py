"""RFC 7592 sections 2.2 and 2.3: requests for clients at the same moment."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.rfc7592.evidence import information
from conformance.checks.rfc7592.updating import updatable
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider
    from conformance.provider.session import LiveAnswer

ROUNDS = 3
"""A race is lost by chance, so it is run more than once."""

_NEIGHBOURS = ("dcr-conformance", *(f"dcr-conformance neighbour {n}" for n in range(ROUNDS)))
"""The names that neighbours have before the first round and after each."""


def _at_once(*calls: Callable[[], LiveAnswer]) -> list[LiveAnswer]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def _unlocked(
    provider: Provider, client: Client, method: str, body: dict[str, Any] | None = None
) -> Callable[[], LiveAnswer]:
    """A call that does not wait for others of its client, with the token of this moment."""
    headers = [("Authorization", f"Bearer {client.registration_token}")]
    if body is not None:
        headers.append(("Content-Type", "application/json"))
    return lambda: provider.send(
        method,
        client.configuration_uri or "",
        operation="delete" if method == "DELETE" else "update",
        headers=headers,
        content=json.dumps(body).encode() if body is not None else b"",
    )


def _read_as(provider: Provider, client: Client, *names: str) -> LiveAnswer:
    """Read a client until one of these is its name; updates may take a moment to arrive."""
    return provider.patiently(client.read, lambda a: a.members.get("client_name") in names)


def _steady(client: Client) -> None:
    """Go on only where updates keep the token, so that two can be sent with it."""
    token = client.registration_token
    client.update()
    if client.registration_token != token:
        raise NotApplicable("each update changes the registration access token")


@exchange
def racing_updates(provider: Provider) -> dict[str, Answer]:
    """Send two updates of one client at once, each whole in itself; read which one won."""
    client = updatable(provider)
    _steady(client)
    answers: dict[str, Answer] = {}
    for number in range(ROUNDS):
        bodies = [
            client.update_body(
                client_name=f"dcr-conformance {side} {number}",
                redirect_uris=[provider.redirect_uri(f"{side}-{number}")],
            )
            for side in ("left", "right")
        ]
        left, right = _at_once(*(_unlocked(provider, client, "PUT", body) for body in bodies))
        answers[f"left {number}"], answers[f"right {number}"] = left, right
        names = [body["client_name"] for body in bodies]
        answers[f"read {number}"] = _read_as(provider, client, *names)
    return answers


@exchange
def neighbouring_updates(provider: Provider) -> dict[str, Answer]:
    """Update two clients at the same moment; read both."""
    first, second = updatable(provider), updatable(provider)
    answers: dict[str, Answer] = {}
    for number in range(ROUNDS):
        name = _NEIGHBOURS[number + 1]
        one, other = _at_once(
            _unlocked(provider, first, "PUT", first.update_body(client_name=name)),
            _unlocked(provider, second, "PUT", second.update_body(client_name=name)),
        )
        if not (one.accepted and other.accepted):
            break
        for client, answer in ((first, one), (second, other)):
            client.credentials.registration_token = str(
                answer.members.get("registration_access_token") or client.registration_token
            )
        answers[f"first {number}"], answers[f"second {number}"] = one, other
        answers[f"first read {number}"] = _read_as(provider, first, name)
        answers[f"second read {number}"] = _read_as(provider, second, name)
    return answers


@exchange
def racing_deletion(provider: Provider) -> dict[str, Answer]:
    """Read a client, delete it while an update of it is under way, and read it again."""
    client = updatable(provider)
    _steady(client)
    control = client.read()
    body = client.update_body(client_name="dcr-conformance back again")
    update, delete = _at_once(
        _unlocked(provider, client, "PUT", body), _unlocked(provider, client, "DELETE")
    )
    client.deleted(delete)
    read = provider.patiently(client.read, lambda a: a.refused or not delete.accepted)
    return {"control": control, "update": update, "delete": delete, "read": read}


@requirement("rfc7592-2.2-concurrent-updates-never-mix")
def test_concurrent_updates_never_mix(racing_updates: dict[str, Answer]) -> None:
    judged = 0
    with expect.together():
        for number in range(ROUNDS):
            sides = [racing_updates[f"{side} {number}"] for side in ("left", "right")]
            read = racing_updates[f"read {number}"]
            if not read.registered or not any(side.accepted for side in sides):
                continue
            judged += 1
            (left, uris), (right, others) = [_name_and_uris(s.request.members) for s in sides]
            found = _name_and_uris(read.members)
            expect.met(
                found not in ((left, others), (right, uris)),
                "one of the two updates, whole",
                f"{found[0]} with {found[1]}",
                name=f"round {number + 1}",
                about=read,
            )
    expect.judged(judged, "no update sent at the same time as another was taken")


def _name_and_uris(members: dict[str, Any]) -> tuple[Any, Any]:
    return members.get("client_name"), members.get("redirect_uris")


@requirement("rfc7592-2.2-concurrent-updates-of-two-clients-both-stored")
def test_concurrent_updates_of_two_clients_are_both_stored(
    neighbouring_updates: dict[str, Answer],
) -> None:
    rounds = [number for number in range(ROUNDS) if f"first {number}" in neighbouring_updates]
    expect.judged(rounds, "updates of two clients at once were not both taken")
    with expect.together():
        for number in rounds:
            for which in ("first", "second"):
                update = information(neighbouring_updates[f"{which} {number}"])
                read = neighbouring_updates[f"{which} read {number}"]
                expect.judged(read.registered, f"reading is not offered: {read.line}")
                name = read.members.get("client_name")
                before = name == _NEIGHBOURS[number]
                expect.met(
                    name == update.members.get("client_name") or not before,
                    "the update in force",
                    f"client_name is {name}{', as before' if before else ''}",
                    name=f"the {which} client, round {number + 1}",
                    about=read,
                    member="client_name",
                )


@requirement("rfc7592-2.3-update-racing-delete-does-not-resurrect")
def test_update_does_not_resurrect_a_deleted_client(racing_deletion: dict[str, Answer]) -> None:
    delete = expect.conclusive(racing_deletion["delete"])
    expect.applies(delete.status not in (403, 404, 405, 501), f"not offered: {delete.line}")
    expect.judged(delete.accepted, f"the deletion lost the race: {delete.line}")
    control = racing_deletion["control"]
    expect.judged(control.accepted, f"reading shows nothing of the client: {control.line}")
    expect.refused(racing_deletion["read"])
