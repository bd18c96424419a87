"""Client certificates: from a CSR or a public key, and good for a TLS handshake."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from jwcrypto import jwk

from mock_directory.certificates import CertificateRequest
from mock_directory.problems import Problem
from tests.mock_directory.conftest import enrolled

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_directory.directory import Directory
    from tests.mock_directory.conftest import Enrolled


def public_pem(key: Any) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def private_pem(key: Any) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def csr_of(key: Any, name: str = "whatever") -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


KEY = ec.generate_private_key(ec.SECP256R1())


def issued(known: Enrolled, **request: Any) -> x509.Certificate:
    made = known.directory.issue_certificate(known.software.id, CertificateRequest(**request))
    return x509.load_pem_x509_certificate(made.pem.encode())


@pytest.mark.parametrize(
    "request_",
    [
        {"csr": csr_of(KEY)},
        {"public_key": public_pem(KEY)},
        {"jwk": json.loads(jwk.JWK.from_pem(public_pem(KEY).encode()).export_public())},
    ],
    ids=lambda value: next(iter(value)),
)
def test_it_certifies_the_key_and_is_signed_by_the_authority(
    known: Enrolled, request_: dict[str, Any]
) -> None:
    certificate = issued(known, **request_)
    assert certificate.public_key() == KEY.public_key()
    authority = x509.load_pem_x509_certificate(known.directory.authority.pem.encode())
    certificate.verify_directly_issued_by(authority)


def test_the_directory_names_the_subject_and_the_csr_does_not(known: Enrolled) -> None:
    made = known.directory.issue_certificate(
        known.software.id, CertificateRequest(csr=csr_of(KEY, "somebody-else"))
    )
    assert made.subject == f"CN={known.software.id},O={known.organisation.id}"


def test_a_dialect_names_it_in_its_own_way(open_directory: Callable[..., Directory]) -> None:
    known = enrolled(open_directory("uk-open-banking"))
    made = known.directory.issue_certificate(
        known.software.id, CertificateRequest(public_key=public_pem(KEY))
    )
    owner = known.organisation.id
    assert made.subject == f"CN={known.software.id},OU={owner},O=OpenBanking,C=GB"


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), KEY,
                                 ed25519.Ed25519PrivateKey.generate()])  # fmt: skip
def test_rsa_elliptic_curve_and_ed25519_keys_are_taken(known: Enrolled, key: Any) -> None:
    assert issued(known, public_key=public_pem(key)).public_key() == key.public_key()


def test_it_is_valid_from_the_time_that_the_directory_has(known: Enrolled) -> None:
    with known.directory.clock.at(1000):
        old = issued(known, public_key=public_pem(KEY), days=1)
    assert old.not_valid_before_utc.timestamp() == 940
    assert old.not_valid_after_utc.timestamp() == 1000 + 86_400


def test_the_last_moment_of_the_clock_still_fits(known: Enrolled) -> None:
    with known.directory.clock.at(32_503_679_999):
        assert issued(known, public_key=public_pem(KEY), days=3650).not_valid_after_utc.year == 3009


BAD = [
    ({"csr": "x"}, "csr"),
    ({"csr": public_pem(KEY)}, "csr"),
    ({"csr": csr_of(KEY).replace("\n", "\nA", 1)}, "csr"),
    ({"csr": "-----BEGIN é"}, "csr"),
    ({"public_key": private_pem(KEY).decode()}, "public_key"),
    ({"public_key": public_pem(rsa.generate_private_key(65537, 1024))}, "public_key"),
    ({"public_key": public_pem(dsa.generate_private_key(2048))}, "public_key"),
    ({"jwk": {}}, "jwk"),
    ({"jwk": {"kty": "oct", "k": "AAAA"}}, "jwk"),
    ({"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "jwk"),
    ({"jwk": {"kty": "EC", "crv": [], "x": 1, "y": None}}, "jwk"),
    ({"jwk": json.loads(jwk.JWK.generate(kty="EC", crv="P-256").export())}, "jwk"),
]


@pytest.mark.parametrize(("request_", "field"), BAD)
def test_a_key_that_cannot_be_used_is_a_problem_that_names_the_field(
    known: Enrolled, request_: dict[str, Any], field: str
) -> None:
    with pytest.raises(Problem) as refused:
        issued(known, **request_)
    assert (refused.value.status, refused.value.flaws[0].field) == (400, field)


@pytest.mark.parametrize("request_", [{}, {"csr": "x", "public_key": "y"}])
def test_exactly_one_key_is_to_be_given(request_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="give one of csr, public_key and jwk"):
        CertificateRequest(**request_)


def test_it_opens_a_server_that_trusts_the_authority(known: Enrolled, tmp_path: Path) -> None:
    made = known.directory.issue_certificate(known.software.id, CertificateRequest(csr=csr_of(KEY)))
    files = {"client.pem": made.chain.encode(), "client-key.pem": private_pem(KEY)}
    key, certificate = known.directory.authority.server(["localhost", "127.0.0.1"], 1_790_000_000)
    files |= {"server.pem": certificate.encode(), "server-key.pem": key.encode()}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    authority = known.directory.authority.pem
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem", tmp_path / "server-key.pem")
    server.load_verify_locations(cadata=authority)
    server.verify_mode = ssl.CERT_REQUIRED
    client = ssl.create_default_context(cadata=authority)
    client.load_cert_chain(tmp_path / "client.pem", tmp_path / "client-key.pem")
    # The directory's clock here is ahead of the real one; the dates have tests of their own.
    client.verify_flags |= 0x200000
    server.verify_flags |= 0x200000
    seen: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            raw, _ = listening.accept()
            with raw, server.wrap_socket(raw, server_side=True) as connection:
                seen.append(connection.getpeercert())
                connection.sendall(b"in")

        thread = threading.Thread(target=answer)
        thread.start()
        with (
            socket.create_connection(listening.getsockname()) as raw,
            client.wrap_socket(raw, server_hostname="localhost") as connection,
        ):
            assert connection.recv(2) == b"in"
        thread.join()
    assert ((("commonName", known.software.id),) in seen[0]["subject"]) is True
