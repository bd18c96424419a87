"""RFC 7592 section 2.1: the client read request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.rfc7592.evidence import information, registered_members
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord


def _read(evidence: dict[str, Answer]) -> Answer:
    answer = expect.conclusive(evidence["read"])
    expect.applies(answer.status not in (403, 405, 501), f"reading is not offered: {answer.line}")
    return answer


@requirement("rfc7592-2-registration-token-accepted-as-bearer")
def test_registration_token_is_a_bearer_token(
    read_client: dict[str, Answer], misused_read: dict[str, Answer]
) -> None:
    expect.accepted(_read(read_client))
    needed = any(misused_read[name].refused for name in ("anonymous", "altered"))
    expect.judged(needed, "reading needs no token; that is judged by its own row")


@requirement("rfc7592-2.1-read-answers-200")
def test_reading_answers_200(read_client: dict[str, Answer]) -> None:
    answer = _read(read_client)
    expect.judged(answer.accepted, "the read was refused; that is judged by its own row")
    expect.status(answer, 200)


@requirement("rfc7592-2.1-read-body-is-json")
def test_read_body_is_json(read_client: dict[str, Answer]) -> None:
    answer = _read(read_client)
    expect.judged(answer.accepted, "the read was refused; that is judged by its own row")
    expect.json_body(answer)


@requirement("rfc7592-2.1-client-id-same-on-read")
def test_client_id_is_the_same_on_read(read_client: dict[str, ClientRecord | Answer]) -> None:
    answer = information(read_client["read"])  # type: ignore[arg-type]
    client = read_client["client"]
    expect.same(
        client.members.get("client_id"),
        answer.members.get("client_id"),
        name="client_id",
        about=answer,
    )


@requirement("rfc7592-2.1-read-matches-registration")
def test_read_matches_the_registration(read_client: dict[str, Any]) -> None:
    answer = information(read_client["read"])
    registration = read_client["client"].registration
    known, stated = registered_members(registration), registered_members(answer)
    missing = [name for name in known if name not in stated]  # judged by a row of its own
    expect.same_registration(registration, answer, ignore=["client_id", *missing])


@requirement("rfc7592-2.1-read-has-no-side-effect")
def test_reading_has_no_side_effect(read_client: dict[str, Any]) -> None:
    first, second = information(read_client["read"]), expect.conclusive(read_client["again"])
    expect.judged(second.registered, f"the second read was refused: {second.line}")
    expect.same_registration(first, second)


@requirement("rfc7592-2.1-management-response-not-cacheable")
def test_read_is_not_cacheable(read_client: dict[str, Any]) -> None:
    expect.header(information(read_client["read"]), "Cache-Control", contains="no-store")


@requirement("rfc7592-2.1-management-response-not-cacheable")
def test_update_is_not_cacheable(written_back: dict[str, Any]) -> None:
    expect.header(information(written_back["update"]), "Cache-Control", contains="no-store")


@requirement("rfc7592-2.1-bad-token-read-refused")
def test_altered_token_reads_nothing(misused_read: dict[str, Answer]) -> None:
    expect.applies(misused_read["control"].accepted, "reading is not offered")
    answer = misused_read["altered"]
    expect.refused(answer)
    expect.status(answer, 401, at_most=Level.SHOULD)
