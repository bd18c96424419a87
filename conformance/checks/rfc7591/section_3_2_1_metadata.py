"""RFC 7591 section 3.2.1: the metadata of the client information response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from conformance import expect
from conformance.checks.rfc7591.evidence import (
    exchange_of,
    first_registrations,
    registrations,
    requested_values,
)
from conformance.provider.facts import json_type
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord
    from conformance.judgement import WholeRun

STRINGS = (
    "token_endpoint_auth_method",
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "jwks_uri",
    "software_id",
    "software_version",
)
"""The members of RFC 7591 section 2 that are strings; scope has a row of its own."""

PROVISIONED = ("token_endpoint_auth_method", "grant_types", "response_types", "scope")
"""Members that a server sets where the client does not."""


@requirement("rfc7591-3.2.1-members-at-top-level")
def test_members_stand_at_the_top_level(whole_run: WholeRun) -> None:
    answers = [a for a in first_registrations(whole_run) if a.accepted and a.body.json_kind]
    expect.judged(answers, "the minimal registration got no JSON")
    answer = answers[-1]
    # A copy below a member of the server's own does no harm beside what stands at the root.
    whole = {"client_id", "redirect_uris"} <= answer.members.keys()
    nested = next((n for n, v in answer.members.items() if not whole and _holds_metadata(v)), "")
    kind = answer.body.json_kind
    expect.met(
        kind == "object" and "client_id" in answer.members and not nested,
        "one object with client_id and the metadata at its root",
        f"an {kind}"
        if kind != "object"
        else f"metadata below {nested}"
        if nested
        else "no client_id"
        if "client_id" not in answer.members
        else "at its root",
        name="body",
        about=answer,
        member=nested,
    )


def _holds_metadata(value: object) -> bool:
    return isinstance(value, dict) and bool({"client_id", "redirect_uris"} & value.keys())


@requirement("rfc7591-3.2.1-single-valued-members-keep-their-json-type")
def test_string_members_are_strings(whole_run: WholeRun) -> None:
    asked = requested_values(whole_run)
    stated = [
        (answer, name)
        for answer in registrations(whole_run)
        for name in STRINGS
        if answer.members.get(name) is not None
        and all(isinstance(value, str) for value in asked.get((exchange_of(answer), name), []))
    ]
    expect.throughout(
        "a string",
        [
            (answer, name, f"{name}: {json_type(answer.members[name])}")
            for answer, name in stated
            if not isinstance(answer.members[name], str)
        ],
        seen=len(stated),
        name="string members",
    )


@requirement("rfc7591-3.2.1-no-null-members-in-responses")
def test_unset_members_are_left_out(whole_run: WholeRun) -> None:
    answers, asked = registrations(whole_run), requested_values(whole_run)
    expect.throughout(
        "no member is null",
        [
            (answer, name, f"{name}: null")
            for answer in answers
            for name, value in answer.members.items()
            if value is None and None not in asked.get((exchange_of(answer), name), [])
        ],
        seen=len(answers),
        name="registrations",
    )


def _read(evidence: dict[str, Any]) -> Answer:
    """Go on only where the client could be read."""
    expect.applies("read" in evidence, "the provider offers no client configuration endpoint")
    read = expect.conclusive(cast("Answer", evidence["read"]))
    expect.judged(read.registered, f"the client cannot be read: {read.line}")
    return read


@requirement("rfc7591-3.2.1-all-registered-metadata-returned")
def test_all_registered_metadata_is_returned(
    described_registration: dict[str, ClientRecord],
) -> None:
    client = described_registration["client"]
    answer, read = client.registration, _read(described_registration)
    registered = [n for n in client.requested if read.members.get(n) is not None]
    expect.judged(registered, "a read shows nothing that was asked for")
    hidden = [name for name in registered if answer.members.get(name) is None]
    expect.met(
        not hidden,
        f"all that a read shows: {', '.join(registered)}",
        f"no {', '.join(hidden)}" if hidden else "all of them",
        name="metadata",
        about=answer,
        member=hidden[0] if hidden else "",
    )


@requirement("rfc7591-3.2.1-provisioned-values-returned")
def test_provisioned_values_are_returned(described_registration: dict[str, ClientRecord]) -> None:
    client = described_registration["client"]
    answer, read = client.registration, _read(described_registration)
    names = [name for name in PROVISIONED if name not in client.requested]
    shown = [name for name in names if read.members.get(name) is not None]
    expect.applies(shown, "a read shows nothing that the server set by itself")
    with expect.together():
        for name in shown:
            expect.member(answer, name, at_most=Level.SHOULD)


@requirement("rfc7591-3.2.1-provisioned-values-returned")
def test_public_client_is_not_made_in_silence(unstated_authentication: dict[str, Answer]) -> None:
    answer = unstated_authentication["registration"]
    expect.applies(
        not {"token_endpoint_auth_method", "client_secret"} & answer.members.keys(),
        "the answer states the method, or the secret of the default one",
    )
    alone = expect.conclusive(unstated_authentication["alone"])
    stranger = expect.conclusive(unstated_authentication["stranger"])
    expect.judged(
        stranger.error == "invalid_client", f"strangers are not told apart: {stranger.line}"
    )
    expect.met(
        alone.error == "invalid_client",
        "client_id alone is refused, or the answer states the method none",
        f"{alone.line} {alone.error or ''}".strip(),
        name="client_id alone",
        about=alone,
    )
