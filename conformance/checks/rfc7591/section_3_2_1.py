"""RFC 7591 section 3.2.1: the client information response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import Case, exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

MILLISECONDS = 1e12
"""Epoch seconds reach this in the year 33658; milliseconds passed it in 2001."""


LONGEST_WAIT_S = 120
"""So long a run of depth full waits for the announced end of a secret."""

LEEWAY_S = 10
"""How far the clocks of provider and suite may differ."""


@exchange
def public_registration(provider: Provider) -> Client:
    """Register a client that authenticates by nothing (method none)."""
    return provider.register(
        optional="public clients are refused",
        **provider.baseline(token_endpoint_auth_method="none"),
    )


@exchange(cases=[Case("announced-expiry", {}, depth="full")], alone=True)
def expired_secret_request(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate with a secret before and after its announced end."""
    del case
    provider.endpoint("token_endpoint")
    client = provider.register(
        optional="a client with a secret is refused",
        **provider.baseline(token_endpoint_auth_method="client_secret_basic"),
    )
    ends_at = client.registration.members.get("client_secret_expires_at")
    if client.secret is None or not isinstance(ends_at, int) or not ends_at:
        raise NotApplicable("no secret with an end was issued")
    left_s = ends_at - provider.session.clock()
    if left_s > LONGEST_WAIT_S:
        raise NotApplicable(f"the secret ends in {left_s:.0f} s, later than a run can wait")
    before = provider.authenticates(client)
    provider.session.sleep(max(0.0, left_s) + LEEWAY_S)
    return {"before": before, "after": provider.authenticates(client)}


@requirement("rfc7591-3.2.1-success-answers-201")
def test_registering_answers_201(minimal_registration: ClientRecord) -> None:
    expect.status(minimal_registration, 201)


@requirement("rfc7591-3.2.1-success-body-is-json")
def test_success_body_is_json(minimal_registration: ClientRecord) -> None:
    expect.json_body(minimal_registration)


@requirement("rfc7591-3.2.1-client-id-is-string")
def test_client_id_is_a_string(minimal_registration: ClientRecord) -> None:
    expect.member(minimal_registration, "client_id", str)
    client_id = minimal_registration.client_id
    expect.met(client_id, "not empty", client_id or "empty", name="client_id")


@requirement("rfc7591-3.2.1-client-id-not-shared")
def test_another_client_gets_another_id(
    minimal_registration: ClientRecord, second_registration: ClientRecord
) -> None:
    first, second = minimal_registration.client_id, second_registration.client_id
    expect.met(
        first != second,
        "two client_ids",
        f"twice {first}" if first == second else f"{first} and {second}",
        about=second_registration.registration,
        member="client_id",
    )


@requirement("rfc7591-3.2.1-secret-unique-per-client")
def test_another_client_gets_another_secret(
    minimal_registration: ClientRecord, second_registration: ClientRecord
) -> None:
    first = minimal_registration.members.get("client_secret")
    second = second_registration.members.get("client_secret")
    expect.applies(first and second, "no client_secret was issued")
    expect.judged(
        minimal_registration.client_id != second_registration.client_id,
        "the two registrations share one client_id",
    )
    expect.met(
        first != second,
        "two secrets",
        "one secret for both" if first == second else "two secrets",
        about=second_registration.registration,
        member="client_secret",
    )


@requirement("rfc7591-3.2.1-secret-expiry-present")
def test_secret_comes_with_its_expiry(minimal_registration: ClientRecord) -> None:
    expect.applies("client_secret" in minimal_registration.members, "no client_secret was issued")
    expect.member(minimal_registration, "client_secret_expires_at")


@requirement("rfc7591-3.2.1-secret-expiry-epoch-seconds")
def test_secret_expiry_is_epoch_seconds(minimal_registration: ClientRecord) -> None:
    answer = minimal_registration.registration
    expect.applies("client_secret" in answer.members, "no client_secret was issued")
    expect.applies(
        "client_secret_expires_at" in answer.members,
        "no client_secret_expires_at; its absence is judged by its own row",
    )
    expect.member(answer, "client_secret_expires_at", int)
    value = answer.members["client_secret_expires_at"]
    expect.met(
        value < MILLISECONDS, "seconds", value, name="unit", at_most=Level.SHOULD, about=answer
    )
    expect.met(
        value == 0 or value > answer.step.at - 1,
        "0 or later than the answer",
        value,
        about=answer,
        member="client_secret_expires_at",
    )


@requirement("rfc7591-3.2.1-issued-at-epoch-seconds")
def test_issue_time_is_epoch_seconds(minimal_registration: ClientRecord) -> None:
    answer = minimal_registration.registration
    expect.applies("client_id_issued_at" in answer.members, "no client_id_issued_at is returned")
    expect.member(answer, "client_id_issued_at", int)
    value = answer.members["client_id_issued_at"]
    expect.met(
        value < answer.step.at + 86_400,
        "epoch seconds, not ahead",
        value,
        about=answer,
        member="client_id_issued_at",
    )
    expect.met(
        value > answer.step.at - 86_400,
        "about now",
        value,
        at_most=Level.SHOULD,
        about=answer,
        member="client_id_issued_at",
    )


@requirement("rfc7591-3.2.1-public-client-gets-no-secret")
def test_public_client_gets_no_secret(public_registration: ClientRecord) -> None:
    answer = public_registration.registration
    expect.applies(
        answer.members.get("token_endpoint_auth_method") == "none",
        "the answer states another authentication method",
    )
    expect.no_member(answer, "client_secret")


@requirement("rfc7591-3.2.1-unasked-secret-names-its-method")
def test_unasked_secret_names_its_method(public_registration: ClientRecord) -> None:
    answer = public_registration.registration
    expect.applies("client_secret" in answer.members, "no client_secret was issued")
    stated = answer.members.get("token_endpoint_auth_method")
    expect.judged(stated != "none", "a secret for method none; that is judged by its own row")
    expect.member(answer, "token_endpoint_auth_method", str)


@requirement("rfc7591-3.2.1-confidential-client-gets-secret")
def test_confidential_client_gets_a_secret(token_authentication: dict[str, Answer]) -> None:
    answer = token_authentication["registration"]
    expect.applies(
        answer.members.get("token_endpoint_auth_method") == "client_secret_basic",
        "the answer states another authentication method",
    )
    expect.member(answer, "client_secret", str)


@requirement("rfc7591-3.2.1-credentials-response-not-cacheable")
def test_credentials_are_not_cached(minimal_registration: ClientRecord) -> None:
    credentials = {"client_secret", "registration_access_token"}
    expect.applies(
        credentials & minimal_registration.members.keys(), "the answer carries no credentials"
    )
    expect.header(minimal_registration, "Cache-Control", contains="no-store")


@requirement("rfc7591-3.2.1-issued-secret-authenticates")
def test_issued_secret_authenticates(token_authentication: dict[str, Answer]) -> None:
    expect.applies("wrong" in token_authentication, "no client_secret was issued")
    right, wrong = (expect.conclusive(token_authentication[n]) for n in ("right", "wrong"))
    expect.judged(
        right.error != wrong.error
        or right.status != wrong.status
        or right.error == "invalid_client",
        "right and wrong secrets are answered alike",
    )
    expect.met(
        right.error != "invalid_client",
        "the issued secret is taken",
        f"{right.line} {right.error}",
        name="right secret",
        about=right,
    )


@requirement("rfc7591-3.2.1-issued-secret-authenticates")
def test_altered_secret_gets_no_token(credentials_requests: dict[str, Answer]) -> None:
    right, wrong = (expect.conclusive(credentials_requests[n]) for n in ("right", "wrong"))
    expect.judged("access_token" in right.members, f"no token for the right one: {right.line}")
    expect.met(
        "access_token" not in wrong.members,
        "no token for an altered secret",
        wrong.line,
        name="altered secret",
        about=wrong,
        at_most=Level.SECURITY,
    )


@requirement("rfc7591-3.2.1-pragma-no-cache-optional")
def test_pragma_says_no_cache(minimal_registration: ClientRecord) -> None:
    expect.header(minimal_registration, "Pragma", contains="no-cache")


@requirement("rfc7591-3.2.1-expired-secret-stops-working")
def test_expired_secret_stops_working(expired_secret_request: dict[str, Answer]) -> None:
    before, after = (expect.conclusive(expired_secret_request[n]) for n in ("before", "after"))
    expect.judged(
        before.accepted or before.error not in ("invalid_client", None),
        f"the secret did not work before either: {before.line}",
    )
    expect.met(
        after.error == "invalid_client",
        "invalid_client after the announced end",
        f"{after.line} {after.error or ''}".strip(),
        name="expired secret",
        about=after,
    )
