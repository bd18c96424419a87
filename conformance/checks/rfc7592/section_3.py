"""RFC 7592 section 3: the client information response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance import expect
from conformance.checks.rfc7592.evidence import NOT_OFFERED, information, nested, registered_members
from conformance.requirement import requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.evidence import Answer, ClientRecord
    from conformance.judgement import WholeRun

_CREDENTIAL = re.compile(r"\[(registration_access_token|client_secret|initial_access_token):\d+\]")
"""How redaction marks a credential wherever it stood."""


@requirement("rfc7592-3-configuration-url-returned")
def test_configuration_url_is_returned(minimal_registration: ClientRecord) -> None:
    expect.applies(
        "registration_access_token" in minimal_registration.members,
        "the provider offers no client configuration endpoint (RFC 7592)",
    )
    expect.member(minimal_registration, "registration_client_uri", str)


@requirement("rfc7592-3-configuration-url-absolute")
def test_configuration_url_is_absolute(minimal_registration: ClientRecord) -> None:
    answer = minimal_registration.registration
    uri = answer.members.get("registration_client_uri")
    expect.applies(isinstance(uri, str), "no registration_client_uri was issued")
    parts = urlsplit(str(uri))
    expect.met(
        parts.scheme and parts.netloc,
        "a URL with scheme and host",
        uri,
        name="registration_client_uri",
        about=answer,
        member="registration_client_uri",
    )


@requirement("rfc7592-3-registration-token-returned")
def test_registration_token_is_returned(minimal_registration: ClientRecord) -> None:
    expect.applies(
        "registration_client_uri" in minimal_registration.members,
        "the provider offers no client configuration endpoint (RFC 7592)",
    )
    expect.member(minimal_registration, "registration_access_token", str)


@requirement("rfc7592-3-read-returns-url-and-token")
def test_read_returns_url_and_token(read_client: dict[str, Answer]) -> None:
    answer = information(read_client["read"])
    with expect.together():
        expect.member(answer, "registration_client_uri", str)
        expect.member(answer, "registration_access_token", str)


@requirement("rfc7592-3-update-returns-url-and-token")
def test_update_returns_url_and_token(written_back: dict[str, Answer]) -> None:
    answer = information(written_back["update"])
    with expect.together():
        expect.member(answer, "registration_client_uri", str)
        expect.member(answer, "registration_access_token", str)


@requirement("rfc7592-3-management-returns-all-metadata")
def test_read_returns_all_metadata(read_client: dict[str, Any]) -> None:
    answer = information(read_client["read"])
    _returns_all(read_client["client"].registration, answer)


@requirement("rfc7592-3-management-returns-all-metadata")
def test_update_returns_all_metadata(written_back: dict[str, Answer]) -> None:
    update, after = information(written_back["update"]), information(written_back["after"])
    _returns_all(after, update)


def _returns_all(known: Answer, answer: Answer) -> None:
    stated = registered_members(answer)
    wanted = registered_members(known).keys() & expect.metadata_names(known)
    missing = sorted(name for name in wanted if name not in stated)
    expect.met(
        not missing,
        "every registered member",
        f"without {', '.join(missing)}" if missing else "every registered member",
        name="client metadata",
        about=answer,
    )


@requirement("rfc7592-3-management-members-top-level")
def test_read_has_members_at_the_top_level(read_client: dict[str, Answer]) -> None:
    _top_level(read_client["read"])


@requirement("rfc7592-3-management-members-top-level")
def test_update_has_members_at_the_top_level(written_back: dict[str, Answer]) -> None:
    _top_level(written_back["update"])


def _top_level(answer: Answer) -> None:
    expect.conclusive(answer)
    expect.applies(answer.status not in NOT_OFFERED, f"not offered: {answer.line}")
    expect.judged(answer.accepted and answer.members, f"{answer.line}: no client information")
    below = nested(answer)
    expect.met(
        below is None,
        "members at the top level",
        f"members below {below}" if below else "members at the top level",
        name="client metadata",
        about=answer,
        member=below or "",
    )


@requirement("rfc7592-3-client-configuration-url-stays-stable")
def test_configuration_url_stays_stable(written_back: dict[str, Any]) -> None:
    first = written_back["client"].registration.members.get("registration_client_uri")
    before, after = information(written_back["before"]), expect.conclusive(written_back["after"])
    later = before.members.get("registration_client_uri", first)
    # The calls after the read went to the newest URL, as a client would go there.
    works = later == first or after.accepted
    expect.met(
        works,
        f"{first}, or another URL that works",
        later if works else f"{later}, where the next read ends in {after.status}",
        name="registration_client_uri",
        about=before,
        member="registration_client_uri",
    )


@requirement("rfc7592-3-no-credential-inside-urls")
def test_no_url_contains_a_credential(whole_run: WholeRun) -> None:
    urls = [(answer, name, url) for answer in whole_run.answers for name, url in _urls(answer)]
    expect.throughout(
        "no credential in a URL",
        [found for found in urls if _CREDENTIAL.search(found[2])],
        seen=len(urls),
        name="URLs of the provider",
    )


def _urls(answer: Answer) -> Iterator[tuple[str, str]]:
    """The URLs that the provider itself made up, not those that were sent to it."""
    for name in ("registration_client_uri",):
        value = answer.members.get(name)
        if isinstance(value, str):
            yield name, value
    if answer.location and answer.landing != "client":
        yield "Location", answer.location


@requirement("rfc7592-3-token-and-url-differ-per-client")
def test_token_and_url_differ_per_client(whole_run: WholeRun) -> None:
    owners: dict[str, str] = {}
    clients = [a for a in whole_run.answers if a.step.operation == "register" and a.registered]
    clients = [a for a in clients if "registration_access_token" in a.members]
    expect.applies(clients, "the provider issues no registration access tokens")
    expect.judged(len({a.members["client_id"] for a in clients}) > 1, "only one client is known")
    offences: list[tuple[Answer, str, object]] = []
    for answer in clients:
        client_id = str(answer.members["client_id"])
        for name in ("registration_access_token", "registration_client_uri"):
            value = str(answer.members.get(name))
            owner = owners.setdefault(value, client_id)
            names_a_client = name != "registration_client_uri" or owner in value
            if owner != client_id and names_a_client:
                offences.append((answer, name, f"that of the client {owner}"))
    expect.throughout(
        "a token and URL of its own", offences, seen=len(clients), name="clients with a token"
    )
