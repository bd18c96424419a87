"""What an answer is taken for: a refusal, a credential."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.evidence import Answer
from conformance.provider.capture import Received, Sent, capture
from conformance.provider.redaction import Redactor

TYPED = (("content-type", "application/json"),)
CODE = "SplxlOBeZQQYbYS6WxSbIA"


def answer(
    status: int, body: dict[str, Any], redactor: Redactor | None = None, **sent: str
) -> Answer:
    return Answer(
        capture(
            id="exchange:0",
            operation="token",
            sent=Sent("POST", "https://op.example/token", TYPED, json.dumps(sent).encode()),
            received=Received(status, TYPED, json.dumps(body).encode()),
            failure="",
            elapsed_s=0,
            at=0,
            redactor=redactor or Redactor(),
        )
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"error": "invalid_token"},
        {"error": "invalid_token", "client_id": "a"},
        {"message": "there is no such client", "client_id": "a"},
        {"error": "invalid_client_metadata", "client_id": "a", "redirect_uris": ["https://a/"]},
    ],
)
def test_a_refusal_may_name_its_client(body: dict[str, Any]) -> None:
    assert answer(401, body).refused


@pytest.mark.parametrize(
    "body",
    [
        {"client_id": "a", "redirect_uris": ["https://a/"]},
        {"client_id": "a", "client_secret": "0123456789abcdef"},
        {"error": "invalid_token", "client_id": "a", "registration_access_token": "0123456789"},
    ],
)
def test_a_refusal_hands_out_no_client(body: dict[str, Any]) -> None:
    assert not answer(401, body).refused


def test_an_error_may_repeat_the_secret_that_it_refuses() -> None:
    body = {"error": "invalid_client", "client_id": "a", "client_secret": "0123456789abcdef"}
    assert answer(400, body, client_secret="0123456789abcdef").refused


def test_the_code_of_an_error_is_no_credential() -> None:
    redactor = Redactor()
    uri = "https://op.example/errors?code=invalid_client&token=unusable"
    body = {"code": "invalid_client", "error": "invalid_client", "error_uri": uri}
    assert answer(401, body, redactor).members == body
    assert redactor.known == {}


def test_a_code_that_was_issued_is_one_in_an_error_too() -> None:
    redactor = Redactor()
    known = redactor.placeholder("code", CODE)
    body = {"error": "invalid_grant", "code": CODE, "error_uri": f"https://op.example/?code={CODE}"}
    found = answer(400, body, redactor)
    assert found.members["code"] == known
    assert CODE not in found.text


def test_a_code_of_a_success_is_one() -> None:
    assert CODE not in answer(200, {"code": CODE}).text
