from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from jwcrypto import jwk, jws

from reports import compliance, signature

ROOT = Path(__file__).parents[2]
KEYS = {
    "PS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
CONTENT = b"<html>.\xff\x00 a.b.c"


def private_pem(key: Any) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_pem(key: Any) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def certificate(key: Any) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "assessor")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def padded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("algorithm", KEYS)
def test_each_kind_of_key_signs_and_verifies(algorithm: str) -> None:
    key = KEYS[algorithm]
    text = signature.sign(CONTENT, signature.signing_key(private_pem(key)))
    for form in (public_pem(key), private_pem(key)):
        assert signature.verify(CONTENT, text, signature.verification_key(form)) == algorithm
    header = json.loads(padded(text.split(".")[0]))
    assert header["b64"] is False
    assert header["crit"] == ["b64"]
    assert text.count(".") == 2
    assert ".." in text


def test_a_signature_can_be_checked_without_this_suite() -> None:
    """RFC 7797: the signing input is the encoded header, a dot, and the bytes as they are."""
    key = KEYS["ES256"]
    text = signature.sign(CONTENT, signature.signing_key(private_pem(key)))
    header, _, raw = text.strip().split(".")
    value = padded(raw)
    der = utils.encode_dss_signature(
        int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
    )
    key.public_key().verify(der, header.encode() + b"." + CONTENT, ec.ECDSA(hashes.SHA256()))


def test_jwk_and_certificate_are_keys_too() -> None:
    key = KEYS["ES256"]
    exported = jwk.JWK.from_pem(private_pem(key))
    text = signature.sign(CONTENT, signature.signing_key(exported.export().encode()))
    for form in (exported.export_public().encode(), certificate(key)):
        signature.verify(CONTENT, text, signature.verification_key(form))


def test_alg_of_a_jwk_is_honoured() -> None:
    data = json.loads(jwk.JWK.from_pem(private_pem(KEYS["PS256"])).export())
    key = signature.signing_key(json.dumps({**data, "alg": "RS256"}).encode())
    assert signature.verify(CONTENT, signature.sign(CONTENT, key), key) == "RS256"


def test_other_content_and_other_keys_do_not_verify() -> None:
    text = signature.sign(CONTENT, signature.signing_key(private_pem(KEYS["ES256"])))
    own = signature.verification_key(public_pem(KEYS["ES256"]))
    for content in (CONTENT + b"\n", CONTENT[:-1], b""):
        with pytest.raises(signature.SignatureMismatchError, match="not what was signed"):
            signature.verify(content, text, own)
    other = signature.verification_key(public_pem(KEYS["ES512"]))
    with pytest.raises(signature.SignatureMismatchError, match="signed by another key"):
        signature.verify(CONTENT, text, other)


def token(header: dict[str, Any], key: jwk.JWK, *, detached: bool = True) -> str:
    made = jws.JWS(CONTENT)
    made.allowed_algs = ["HS256", "ES256"]
    made.add_signature(key, None, json.dumps(header))
    if detached:
        made.detach_payload()
    return str(made.serialize(compact=True))


def test_a_public_key_is_no_password() -> None:
    public = jwk.JWK.from_pem(public_pem(KEYS["ES256"]))
    secret = base64.urlsafe_b64encode(public_pem(KEYS["ES256"])).decode().rstrip("=")
    forged = token({"alg": "HS256"}, jwk.JWK(kty="oct", k=secret))
    with pytest.raises(signature.MalformedSignatureError, match="HS256"):
        signature.verify(CONTENT, forged, public)


def none_token() -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{header}.."


@pytest.mark.parametrize(
    "text",
    ["", "..", "a.b.c", "a..b", "{}", "\u202e..x", none_token(), "x" * 1_000_000, "e30..AA"],
    ids=lambda text: text[:12].encode("unicode_escape").decode() or "empty",
)
def test_what_is_no_signature_is_said_to_be_none(text: str) -> None:
    key = signature.verification_key(public_pem(KEYS["ES256"]))
    with pytest.raises(signature.MalformedSignatureError) as caught:
        signature.verify(CONTENT, text, key)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no key",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b'{"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}',
        jwk.JWK.generate(kty="EC", crv="secp256k1").export().encode(),
        jwk.JWK.generate(kty="OKP", crv="X25519").export().encode(),
        private_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
    ],
    ids=range(10),
)
def test_what_cannot_sign_is_no_key(data: bytes) -> None:
    for read in (signature.signing_key, signature.verification_key):
        with pytest.raises(signature.UnusableKeyError) as caught:
            read(data)
        assert "\n" not in str(caught.value)


def test_a_public_key_does_not_sign() -> None:
    with pytest.raises(signature.UnusableKeyError, match="private"):
        signature.signing_key(public_pem(KEYS["ES256"]))


# The command


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dcr_conformance.py"), "report", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture
def signed(make: Any, tmp_path: Path) -> Path:
    (tmp_path / "results.json").write_text(make.results(1).to_json())
    (tmp_path / "private.pem").write_bytes(private_pem(KEYS["ES256"]))
    (tmp_path / "public.pem").write_bytes(public_pem(KEYS["ES256"]))
    (tmp_path / "other.pem").write_bytes(public_pem(KEYS["PS256"]))
    done = command(str(tmp_path / "results.json"), "--sign", str(tmp_path / "private.pem"))
    assert done.returncode == 0, done.stderr
    return tmp_path


def check(folder: Path, key: str = "public.pem") -> subprocess.CompletedProcess[str]:
    return command(str(folder / "results.json"), "--verify", str(folder / key))


def test_what_was_signed_verifies(signed: Path) -> None:
    assert {path.name for path in signed.glob("*.jws")} == {
        "results.json.jws",
        "compliance.html.jws",
    }
    done = check(signed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("as signed (ES256, key ") == 2


@pytest.mark.parametrize("name", ["results.json", "compliance.html"])
def test_a_changed_file_does_not_verify(signed: Path, name: str) -> None:
    content = (signed / name).read_bytes()
    (signed / name).write_bytes(content.replace(b"Probe", b"probe", 1) + b" ")
    done = check(signed)
    assert done.returncode == 1
    assert f"{name}: NOT as signed: the file is not what was signed" in done.stdout
    assert "Traceback" not in done.stderr


def test_results_that_are_no_longer_json_are_a_mismatch_too(signed: Path) -> None:
    (signed / "results.json").write_text("{")
    assert check(signed).returncode == 1


def test_another_key_does_not_verify(signed: Path) -> None:
    done = check(signed, "other.pem")
    assert done.returncode == 1
    assert "signed by another key" in done.stdout


def test_a_page_of_other_results_does_not_verify(signed: Path, make: Any) -> None:
    key = signature.signing_key(private_pem(KEYS["ES256"]))
    text = make.results(0).to_json().encode()
    (signed / "results.json").write_bytes(text)
    (signed / "results.json.jws").write_text(signature.sign(text, key))
    done = check(signed)
    assert done.returncode == 1
    assert "compliance.html: NOT of these results" in done.stdout


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "public.pem").write_text("no key"), "cannot verify with"),
        (lambda f: (f / "public.pem").unlink(), "cannot read"),
        (lambda f: (f / "results.json.jws").unlink(), "cannot read"),
        (lambda f: (f / "compliance.html.jws").write_text("x"), "cannot be used"),
        (lambda f: (f / "compliance.html").unlink(), "cannot read"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_4(signed: Path, spoil: Any, said: str) -> None:
    spoil(signed)
    done = check(signed)
    assert done.returncode == 4
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_only_a_page_in_a_file_is_signed(signed: Path) -> None:
    results, key = str(signed / "results.json"), str(signed / "private.pem")
    assert command(results, "--sign", key, "--output", "-").returncode == 4
    assert command(results, "--sign", key, "--format", "junit").returncode == 4
    assert command(results, "--sign", str(signed / "public.pem")).returncode == 4


# What the page states


def test_the_page_states_its_results_revisions_and_limits(signed: Path, make: Any) -> None:
    page = (signed / "compliance.html").read_text(encoding="utf-8")
    wanted = hashlib.sha256((signed / "results.json").read_bytes()).hexdigest()
    assert compliance.stated_digest(page) == wanted
    assert "12 of 72" not in page
    assert re.search(r"60 of 72 requirements of the catalogue were checked", page)
    assert "no certification" in page
    assert compliance.stated_digest(compliance.render(make.results(0))) == ""


def test_a_run_states_revisions_and_who_had_it_run(tmp_path: Path) -> None:
    (tmp_path / "dcr-conformance.toml").write_text(
        '[report]\noperator = "Example Bank"\nproduct = "Example AS"\nversion = "7.1"\n'
        'assessor = "Ann Other"\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--target-url", "reference", "-k", "rfc7592-2.1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=70,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    folder = tmp_path / "dcr-report"
    data = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    revisions = {item["key"]: item["revision"] for item in data["specifications"]}
    assert revisions["rfc7591"] == "July 2015"
    assert revisions["openid-registration"] == "errata set 2, December 2023"
    assert {row["spec"] for row in data["requirements"]} == set(revisions)
    page = (folder / "compliance.html").read_text(encoding="utf-8")
    assert "OAuth 2.0 Dynamic Client Registration Protocol" in page
    for said in ("<dd>Example AS 7.1", "<dd>Example Bank", "<dd>Ann Other"):
        assert said in page
    digest = hashlib.sha256((folder / "results.json").read_bytes()).hexdigest()
    assert compliance.stated_digest(page) == digest
