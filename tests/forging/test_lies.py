"""Every lie lies in what it says, and in nothing else."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS, InvalidJWSSignature

from conformance.forging import (
    ATTACKER,
    ImpossibleLieError,
    Lie,
    forge,
    honest,
    lie,
    lies,
    stranger,
)
from conformance.forging.forms import FORMS, signature
from conformance.forging.signers import (
    ALGORITHMS,
    HmacSigner,
    LocalSigner,
    decoded,
    key,
    public_key_forms,
)

NOW = 1_800_000_000
CLAIMS = {
    "iss": "client",
    "sub": "client",
    "aud": "https://as.example/token",
    "jti": "one",
    "iat": NOW - 30,
    "exp": NOW + 300,
}


def own(algorithm: str = "ES256") -> LocalSigner:
    return LocalSigner(key(ALGORITHMS[algorithm][0], "own"), algorithm, "own-key")


OTHERS = {
    "weak": LocalSigner(key("RSA", "weak", 1024), "RS256", "weak"),
    "encryption": LocalSigner(key("RSA", "encryption"), "RS256", "enc", {"use": "enc"}),
    "curve": LocalSigner(key("P-384", "curve"), "ES256", "curve"),
    "sha1": LocalSigner(key("RSA", "own"), "RS1", "own-key"),
    "secret": HmacSigner(b"a secret of the client's own, long enough"),
}


def told(name: str, algorithm: str = "ES256") -> str:
    return forge(lie(name), {}, CLAIMS, own(algorithm), now=NOW, other="another", others=OTHERS)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    header, payload, signed = token.split(".")
    return json.loads(decoded(header)), json.loads(decoded(payload)), decoded(signed)


def verified(token: str, jwk: dict[str, Any], *algorithms: str) -> bytes:
    jws = JWS()
    jws.allowed_algs = list(algorithms or ("ES256", "RS256", "PS256", "ES384", "HS256"))
    jws.deserialize(token, JWK(**jwk))
    return jws.payload


def suits(algorithm: str, item: Lie) -> bool:
    return not item.only or algorithm in item.only


TOLD = [
    (item, algorithm)
    for algorithm in ("ES256", "PS256", "RS256")
    for item in lies()
    if suits(algorithm, item)
]


@pytest.mark.parametrize("algorithm", [a for a in ALGORITHMS if a != "RS1"])
def test_an_honest_token_verifies(algorithm: str) -> None:
    signer = own(algorithm)
    token = honest({"typ": "JWT"}, CLAIMS, signer)
    assert json.loads(verified(token, signer.public_jwk, algorithm)) == CLAIMS
    assert parts(token)[0] == {"alg": algorithm, "kid": "own-key", "typ": "JWT"}


@pytest.mark.parametrize(
    ("item", "algorithm"), TOLD, ids=[f"{item.id}-{algorithm}" for item, algorithm in TOLD]
)
def test_a_lie_differs_from_the_truth(item: Lie, algorithm: str) -> None:
    token = told(item.id, algorithm)
    assert token != honest({}, CLAIMS, own(algorithm))
    assert item.says
    assert item.form in FORMS or item.form == "nested"


@pytest.mark.parametrize("item", [i for i in lies() if i.by == "own" and not i.form], ids=str)
def test_what_is_signed_by_the_own_key_verifies(item: Lie) -> None:
    token = told(item.id)
    header, payload, _ = token.split(".")
    signer = own()
    # jwcrypto reads no odd header, so the signature is looked at by itself.
    half = [int.from_bytes(signature(token)[i : i + 32]) for i in (0, 32)]
    signer.key.private.public_key().verify(
        utils.encode_dss_signature(*half), f"{header}.{payload}".encode(), ec.ECDSA(SHA256())
    )


@pytest.mark.parametrize("name", ["strange-key", "embedded-jwk", "embedded-x5c", "jku-inline"])
def test_a_strangers_token_verifies_with_the_strangers_key_alone(name: str) -> None:
    token = told(name)
    assert verified(token, stranger("ES256", "").public_jwk)
    with pytest.raises(InvalidJWSSignature):
        verified(token, own().public_jwk)


@pytest.mark.parametrize(
    "name", ["signature-flipped", "signature-truncated", "payload-changed", "zero-signature"]
)
def test_a_spoilt_signature_does_not_verify(name: str) -> None:
    with pytest.raises(InvalidJWSSignature):
        verified(told(name), own().public_jwk)


def test_unsigned_tokens_are_unsigned() -> None:
    for name, said in (("alg-none", "none"), ("alg-none-mixed", "nOnE")):
        header, claims, signed = parts(told(name))
        assert (header["alg"], claims, signed) == (said, CLAIMS, b"")
    assert told("signature-stripped").endswith(".")
    assert told("signature-part-missing").count(".") == 1


@pytest.mark.parametrize("form", ["public-pem", "public-jwk", "public-octets"])
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_confused_keys_are_the_public_key(form: str, algorithm: str) -> None:
    token = told(f"hmac-{form}", algorithm)
    secret = public_key_forms(own(algorithm).public_jwk)[form]
    content = token.rpartition(".")[0].encode()
    assert signature(token) == hmac.digest(secret, content, hashlib.sha256)
    assert parts(token)[0]["kid"] == "own-key"


def test_keys_in_the_header_are_the_strangers() -> None:
    jwk = stranger("ES256", "dcr-conformance-stranger").public_jwk
    assert parts(told("embedded-jwk"))[0]["jwk"] == jwk
    assert JWK.from_pyca(key("P-256", "stranger").private).thumbprint() == JWK(**jwk).thumbprint()
    assert parts(told("jku-attacker"))[0]["jku"] == f"{ATTACKER}/jwks"
    assert "kid" not in parts(told("embedded-x5c"))[0]


def test_times_are_relative_to_now() -> None:
    assert parts(told("expired"))[1]["exp"] == NOW - 3600
    assert parts(told("not-yet-valid"))[1] == {**CLAIMS, "nbf": NOW + 3600}
    assert "exp" not in parts(told("no-exp"))[1]


def test_audiences() -> None:
    assert parts(told("aud-upper-case"))[1]["aud"] == "HTTPS://AS.EXAMPLE/token"
    assert parts(told("aud-and-another"))[1]["aud"] == [CLAIMS["aud"], f"{ATTACKER}/token"]
    assert parts(told("sub-of-another"))[1]["sub"] == "another"


def test_doubled_members_stand_behind_the_honest_ones() -> None:
    text = decoded(told("exp-twice").split(".")[1]).decode()
    pairs = json.loads(text, object_pairs_hook=list)
    assert [value for name, value in pairs if name == "exp"] == [NOW + 300, NOW - 3600]


def test_trailing_text_is_signed() -> None:
    assert decoded(told("claims-then-text").split(".")[1]).endswith(b"}ABCD")
    assert decoded(told("header-then-text").split(".")[0]).endswith(b"}ABCD")


def test_written_otherwise_it_is_the_same_token() -> None:
    padded = told("padded")
    assert "=" in padded
    verified(padded.replace("=", ""), own().public_jwk)
    standard = told("standard-alphabet")
    assert set(standard) & set("+/")
    verified(standard.replace("+", "-").replace("/", "_"), own().public_jwk)
    verified(told("line-break").replace("\n", ""), own().public_jwk)
    verified(told("fourth-part").rpartition(".")[0], own().public_jwk)
    odd = told("other-last-bits")
    assert signature(odd) != odd.rpartition(".")[2]


def test_other_forms_of_ecdsa_hold_the_same_numbers() -> None:
    assert utils.decode_dss_signature(signature(told("der-signature")))
    assert len(signature(told("long-signature"))) == 66
    assert len(signature(told("wrong-curve"))) == 96


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(ImpossibleLieError, match="a lie of ES256"):
        told("der-signature", "RS256")
    with pytest.raises(ImpossibleLieError, match="no key for weak"):
        forge(lie("weak-key"), {}, CLAIMS, own(), now=NOW)


def test_ids_are_unique_and_every_kind_is_told_of() -> None:
    assert len({item.id for item in lies()}) == len(lies())
    assert {kind for item in lies() for kind in item.of} == {"assertion", "statement", "request"}
    assert len(lies("statement")) > 35
