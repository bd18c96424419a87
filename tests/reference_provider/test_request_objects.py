"""Signed authorization requests: what a client signs counts, and nothing beside it (RFC 9101)."""

from __future__ import annotations

from typing import Any

import pytest
from jwcrypto import jwk, jws
from jwcrypto.common import json_encode

KEYS = {name: jwk.JWK.generate(kty="EC", crv="P-256", kid=name) for name in ("own", "other")}
ISSUER = "https://provider.example"
NOW = 1_800_000_000


def signed(client: dict[str, Any], key: str = "own", **claims: Any) -> str:
    stated = {
        "iss": client["client_id"],
        "aud": ISSUER,
        "client_id": client["client_id"],
        "response_type": "code",
        "redirect_uri": client["redirect_uris"][0],
        "state": "inside",
        "exp": NOW + 60,
        **claims,
    }
    token = jws.JWS(json_encode({name: v for name, v in stated.items() if v is not None}))
    token.add_signature(KEYS[key], None, json_encode({"alg": "ES256", "kid": key}))
    return str(token.serialize(compact=True))


@pytest.fixture
def client(driver: Any) -> dict[str, Any]:
    keys = {"keys": [KEYS["own"].export_public(as_dict=True)]}
    return dict(driver.register(jwks=keys, request_object_signing_alg="ES256"))


def test_the_parameters_of_the_object_count(driver: Any, client: Any, landing: Any) -> None:
    back = landing(driver.authorize(client, request=signed(client), state="outside"))
    assert back["state"] == "inside"
    assert "code" in back


@pytest.mark.parametrize(
    "claims",
    [
        {"client_id": "somebody"},
        {"client_id": None},
        {"iss": "somebody"},
        {"aud": "https://elsewhere.example"},
        {"exp": NOW - 60},
        {"nbf": NOW + 60},
    ],
)
def test_an_object_of_or_for_others_leads_nowhere(driver: Any, client: Any, claims: Any) -> None:
    assert driver.authorize(client, request=signed(client, **claims)).status == 400


def test_an_object_by_another_key_leads_nowhere(driver: Any, client: Any) -> None:
    assert driver.authorize(client, request=signed(client, "other")).status == 400
    assert driver.authorize(client, request="no.token.at-all").status == 400


def test_an_object_can_be_pushed(driver: Any, client: Any, read: Any, landing: Any) -> None:
    answer = driver.post("/par", client, request=signed(client))
    assert answer.status == 201
    back = landing(driver.authorize(client, request_uri=read(answer)["request_uri"]))
    assert back["state"] == "inside"
    assert driver.post("/par", client, request=signed(client, "other")).status == 400


def test_who_has_to_sign_sends_nothing_plain(driver: Any, landing: Any) -> None:
    keys = {"keys": [KEYS["own"].export_public(as_dict=True)]}
    bound = driver.register(jwks=keys, require_signed_request_object=True)
    assert landing(driver.authorize(bound, signed="x"))["error"] == "invalid_request"
    assert "code" in landing(driver.authorize(bound, request=signed(bound)))
    uri = bound["redirect_uris"][0]
    pushed = driver.post("/par", bound, response_type="code", redirect_uri=uri, signed="x")
    assert pushed.status == 400


def test_none_is_no_algorithm_of_request_objects(driver: Any) -> None:
    assert driver.attempt(request_object_signing_alg="none").status == 400
