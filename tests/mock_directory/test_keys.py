"""Keys: what signs, what is published, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from conformance.reference_provider.signatures import decode, parse_token, verify_signature
from mock_directory import dialects
from mock_directory.keyring import DIRECTORY, KeyRequest, RotationRequest
from mock_directory.keys import ALGORITHMS, PRIVATE_MEMBERS
from mock_directory.problems import Problem
from mock_directory.statements import StatementRequest, TokenRequest
from tests.mock_directory.conftest import enrolled, segments

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_directory.directory import Directory
    from tests.mock_directory.conftest import Enrolled


def is_signed_by(text: str, algorithm: str, jwk: dict[str, str]) -> bool:
    """Verified by code that shares nothing with what signed."""
    token = parse_token(text)
    if algorithm != "EdDSA":
        return verify_signature(token, algorithm, jwk)
    try:
        Ed25519PublicKey.from_public_bytes(decode(jwk["x"])).verify(token.signature, token.signed)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_statement_verifies_with_the_published_key(known: Enrolled, algorithm: str) -> None:
    known.directory.keyring.add(DIRECTORY, KeyRequest(algorithm=algorithm))
    other = known.directory.keyring.add(DIRECTORY, KeyRequest(algorithm=algorithm, signs=False))
    issued = known.directory.issue_statement(
        known.software.id, StatementRequest(algorithm=algorithm)
    )
    header, _ = segments(issued.text)
    keys = {key["kid"]: key for key in known.published()}
    assert header["alg"] == algorithm
    assert is_signed_by(issued.text, algorithm, keys[header["kid"]])
    assert not is_signed_by(issued.text, algorithm, keys[other.kid])


@pytest.mark.parametrize("dialect", dialects.names())
def test_no_document_shows_a_private_part(
    open_directory: Callable[..., Directory], dialect: str
) -> None:
    known = enrolled(open_directory(dialect), algorithms=list(ALGORITHMS))
    for owner in (DIRECTORY, known.software.id):
        for algorithm in ALGORITHMS:
            known.directory.keyring.add(owner, KeyRequest(algorithm=algorithm))
        known.directory.keyring.remove(owner, known.directory.keyring.of(owner)[0].id)
    seen = 0
    paths = [
        known.directory.documents.path_of(kind, known.organisation.id, known.software.id)
        for kind in known.directory.dialect.documents
    ]
    for path in ["/jwks", *paths]:
        for key in known.published(path):
            seen += 1
            assert not PRIVATE_MEMBERS & key.keys(), path
    assert seen >= 10


def test_a_rotated_key_stays_published_for_as_long_as_was_said(known: Enrolled) -> None:
    (old,) = known.published()
    known.directory.keyring.rotate(DIRECTORY, RotationRequest(overlap_s=60))
    assert known.published()[0] == old
    assert len(known.published()) == 2
    now = known.directory.clock.now()
    known.directory.clock.set(now + 59)
    assert len(known.published()) == 2
    known.directory.clock.set(now + 60)
    (new,) = known.published()
    assert new["kid"] != old["kid"]


def test_after_a_rotation_the_new_key_signs(known: Enrolled) -> None:
    (old,) = known.published()
    known.directory.keyring.rotate(DIRECTORY, RotationRequest())
    issued = known.directory.issue_statement(known.software.id, StatementRequest())
    assert issued.header["kid"] != old["kid"]


def test_a_removed_key_is_not_published_but_signs_when_named(known: Enrolled) -> None:
    (first,) = known.directory.keyring.of(DIRECTORY)
    known.directory.keyring.rotate(DIRECTORY, RotationRequest())
    known.directory.keyring.remove(DIRECTORY, first.id)
    assert first.kid not in [key["kid"] for key in known.published()]
    issued = known.directory.issue_statement(known.software.id, StatementRequest(key=first.id))
    assert issued.header["kid"] == first.kid
    assert is_signed_by(issued.text, "PS256", first.public_members())


def test_with_every_key_removed_nothing_is_signed_and_the_problem_says_so(known: Enrolled) -> None:
    (only,) = known.directory.keyring.of(DIRECTORY)
    known.directory.keyring.remove(DIRECTORY, only.id)
    assert known.published() == []
    with pytest.raises(Problem, match="no PS256 key that signs"):
        known.directory.issue_statement(known.software.id, StatementRequest())


def test_a_key_may_be_published_before_it_signs(known: Enrolled) -> None:
    (old,) = known.published()
    known.directory.keyring.add(DIRECTORY, KeyRequest(signs=False))
    assert len(known.published()) == 2
    issued = known.directory.issue_statement(known.software.id, StatementRequest())
    assert issued.header["kid"] == old["kid"]


def test_a_key_may_have_no_name(known: Enrolled) -> None:
    known.directory.keyring.add(DIRECTORY, KeyRequest(kid=None))
    assert [("kid" in key) for key in known.published()] == [True, False]
    issued = known.directory.issue_statement(known.software.id, StatementRequest())
    assert "kid" not in issued.header
    assert is_signed_by(issued.text, "PS256", known.published()[1])


def test_a_statement_may_name_a_key_that_nobody_knows(known: Enrolled) -> None:
    request = StatementRequest(header={"kid": "nobody-knows-it"})
    issued = known.directory.issue_statement(known.software.id, request)
    assert segments(issued.text)[0]["kid"] == "nobody-knows-it"
    assert is_signed_by(issued.text, "PS256", known.published()[0])


def test_two_keys_may_have_one_name(known: Enrolled) -> None:
    (first,) = known.published()
    known.directory.keyring.add(DIRECTORY, KeyRequest(kid=first["kid"]))
    keys = known.published()
    assert [key["kid"] for key in keys] == [first["kid"]] * 2
    assert keys[0]["n"] != keys[1]["n"]


def test_a_software_product_signs_with_the_key_at_its_jwks_uri(known: Enrolled) -> None:
    claims = {"iss": known.software.id, "aud": "https://as.example"}
    signed = known.directory.sign_as_software(known.software.id, TokenRequest(claims=claims))
    where = known.directory.located(known.software).jwks_uri
    assert where is not None
    (key,) = known.published(where.removeprefix("https://directory.example"))
    assert is_signed_by(signed.text, "PS256", key)
    assert segments(signed.text)[1] == claims


def test_keys_outlive_the_process(open_directory: Callable[..., Directory]) -> None:
    before = enrolled(open_directory())
    before.directory.keyring.rotate(DIRECTORY, RotationRequest(overlap_s=60))
    published, authority = before.published(), before.directory.authority.pem
    before.directory.state.close()
    after = open_directory()
    assert after.documents.find("/jwks") is not None
    again = enrolled(after)
    assert again.published() == published
    assert after.authority.pem == authority
    issued = after.issue_statement(before.software.id, StatementRequest())
    assert is_signed_by(issued.text, "PS256", published[1])


def test_a_key_shows_nothing_of_itself_by_accident(known: Enrolled) -> None:
    (key,) = known.directory.keyring.of(DIRECTORY)
    assert '"d"' not in repr(key)
    assert key.private not in repr(key)
