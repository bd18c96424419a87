"""RFC 7591 section 3.2.1: the client information response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import ClientRecord


@requirement("rfc7591-3.2.1-success-answers-201")
def test_registering_answers_201(minimal_registration: ClientRecord) -> None:
    expect.status(minimal_registration, 201)


@requirement("rfc7591-3.2.1-success-body-is-json")
def test_success_body_is_json(minimal_registration: ClientRecord) -> None:
    expect.json_body(minimal_registration)


@requirement("rfc7591-3.2.1-secret-expiry-present")
def test_secret_comes_with_its_expiry(minimal_registration: ClientRecord) -> None:
    expect.applies("client_secret" in minimal_registration.members, "no client_secret was issued")
    expect.member(minimal_registration, "client_secret_expires_at")
