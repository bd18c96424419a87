"""Which identifiers hold a redirect URI, and what is made of them."""

from __future__ import annotations

import base64
import json

import pytest

from conformance.checks.statements.section_5 import _rewritten
from conformance.forging import honest
from conformance.forging.forms import parts
from conformance.forging.signers import HmacSigner

URI, ELSEWHERE = "https://client.example/cb", "https://client.example/forged"
HELD = {"id": 7, "uris": [{"redirect": URI}]}


@pytest.mark.parametrize(
    "identifier",
    [
        "9cb2351093be6d2a618b808c36adc679970f",
        "4NRB1-0XZABZI9E6-5SM3R",
        "12345678",
        "",
        "client one / two",
        base64.b64encode(b'{"id": 7}').decode(),
        honest({}, {"sub": "7"}, HmacSigner(b"k")),
    ],
)
def test_an_identifier_without_a_redirect_uri_is_left_alone(identifier: str) -> None:
    assert _rewritten(identifier, URI, ELSEWHERE) == {}


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["=", ""])
def test_an_encoded_object_is_written_again(encode: object, padding: str) -> None:
    identifier = encode(json.dumps(HELD).encode()).decode()
    if not padding:
        identifier = identifier.rstrip("=")
    (forged,) = _rewritten(identifier, URI, ELSEWHERE).values()
    text = base64.urlsafe_b64decode(forged + "==")
    assert json.loads(text) == {"id": 7, "uris": [{"redirect": ELSEWHERE}]}


def test_a_token_is_changed_under_its_signature_and_without_one() -> None:
    identifier = honest({}, HELD, HmacSigner(b"k"))
    forged = _rewritten(identifier, URI, ELSEWHERE)
    assert len(forged) == 3
    for name, text in forged.items():
        assert parts(text)[1]["uris"] == [{"redirect": ELSEWHERE}], name
    assert forged["with another redirect URI"].endswith(identifier.rpartition(".")[2])
    assert forged["without a signature"].endswith(".")
