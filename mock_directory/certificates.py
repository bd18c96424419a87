"""A certificate authority: TLS certificates for software products and for the directory itself."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from jwcrypto.common import base64url_encode
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mock_directory import keys
from mock_directory.problems import wrong

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
AUTHORITY_DAYS = 3650


class CertificateRequest(BaseModel):
    """A client certificate, for a key that its owner keeps."""

    model_config = ConfigDict(extra="forbid", strict=True)

    csr: str | None = Field(
        default=None, max_length=20_000, description="a certificate signing request in PEM"
    )
    public_key: str | None = Field(
        default=None, max_length=20_000, description="a public key in PEM"
    )
    jwk: dict[str, Any] | None = Field(default=None, description="a public key as JWK")
    days: int = Field(default=365, ge=1, le=3650, description="how long it is valid")

    @model_validator(mode="after")
    def _one_key(self) -> "CertificateRequest":
        given = [self.csr, self.public_key, self.jwk]
        if sum(item is not None for item in given) != 1:
            raise ValueError("give one of csr, public_key and jwk")
        return self


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and the facts that a provider is told."""

    pem: str
    chain: str
    serial: str
    subject: str
    """The distinguished name as RFC 4514 writes it, for ``tls_client_auth_subject_dn``."""
    thumbprint: str
    """SHA-256 as ``x5t#S256`` and ``cnf`` have it (RFC 8705)."""
    not_before: str
    not_after: str


def make_authority_key() -> str:
    """Return a private key in PEM."""
    return _private_pem(ec.generate_private_key(ec.SECP256R1()))


def make_authority(key: str, now: int) -> str:
    """Return a certificate in PEM that vouches for itself."""
    private = _read_private(key)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dcr-conformance mock directory"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Mock directory CA, for tests only"),
        ]
    )
    start = _time(now)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - timedelta(days=1))
        .not_valid_after(start + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False)  # noqa: FBT003
        .sign(private, hashes.SHA256())
    )
    return _pem(made)


class Authority:
    """The authority's key and certificate, ready to issue."""

    def __init__(self, key: str, certificate: str) -> None:
        self._key = _read_private(key)
        self._certificate = x509.load_pem_x509_certificate(certificate.encode())
        self.pem = certificate

    def client(
        self, request: CertificateRequest, subject: Sequence[tuple[str, str]], now: int
    ) -> Issued:
        """Issue a client certificate; whatever a CSR says of its subject is left out.

        Raises:
            Problem: the key cannot be used.

        """
        usage = [ExtendedKeyUsageOID.CLIENT_AUTH]
        public = _requested_key(request)
        return self._issue(public, _name(subject), usage, now, timedelta(days=request.days))

    def server(self, hosts: Sequence[str], now: int) -> tuple[str, str]:
        """Return a private key and a certificate for these host names, both in PEM."""
        private = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        issued = self._issue(
            private.public_key(),
            _name([("CN", hosts[0][:64])]),
            [ExtendedKeyUsageOID.SERVER_AUTH],
            now,
            timedelta(days=397),
            names,
        )
        return _private_pem(private), issued.pem

    def _issue(
        self,
        public: PublicKey,
        subject: x509.Name,
        usage: list[ObjectIdentifier],
        now: int,
        valid: timedelta,
        names: x509.SubjectAlternativeName | None = None,
    ) -> Issued:
        start = _time(now)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._certificate.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            # A minute early: clocks differ.
            .not_valid_before(start - timedelta(minutes=1))
            .not_valid_after(start + valid)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(authority, critical=False)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        made = builder.sign(self._key, hashes.SHA256())
        return Issued(
            pem=_pem(made),
            chain=_pem(made) + self.pem,
            serial=f"{made.serial_number:x}",
            subject=made.subject.rfc4514_string(),
            thumbprint=base64url_encode(made.fingerprint(hashes.SHA256())),
            not_before=made.not_valid_before_utc.isoformat(),
            not_after=made.not_valid_after_utc.isoformat(),
        )


def _requested_key(request: CertificateRequest) -> PublicKey:
    if request.csr is not None:
        return _usable(_key_of_csr(request.csr), "csr")
    if request.public_key is not None:
        try:
            read: Any = serialization.load_pem_public_key(request.public_key.encode())
        except (ValueError, TypeError, UnicodeEncodeError):
            raise wrong("public_key", "is no public key in PEM") from None
        return _usable(read, "public_key")
    members = request.jwk or {}
    if held := sorted(keys.PRIVATE_MEMBERS & members.keys()):
        raise wrong("jwk", f"holds a private part: {', '.join(held)}")
    try:
        read = keys.read_public(members, "jwk")
    except ValueError:
        raise wrong("jwk", "is no usable public key") from None
    return _usable(read, "jwk")


def _key_of_csr(text: str) -> Any:
    try:
        csr = x509.load_pem_x509_csr(text.encode())
        signed = csr.is_signature_valid
        public = csr.public_key()
    except (ValueError, TypeError, UnicodeEncodeError, InvalidSignature):
        raise wrong("csr", "is no certificate signing request in PEM") from None
    if not signed:
        raise wrong("csr", "is not signed with its own key")
    return public


def _usable(public: Any, field: str) -> PublicKey:
    if not isinstance(public, PublicKey):
        raise wrong(field, "is neither an RSA, an elliptic curve nor an Ed25519 key")
    if isinstance(public, rsa.RSAPublicKey) and not 2048 <= public.key_size <= 8192:
        raise wrong(field, f"is an RSA key of {public.key_size} bits; 2048 to 8192 are taken")
    return public


_TYPES = {
    "CN": NameOID.COMMON_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "C": NameOID.COUNTRY_NAME,
}


def _name(subject: Sequence[tuple[str, str]]) -> x509.Name:
    # The last part comes first in a certificate (RFC 4514 section 2.1).
    parts = [x509.NameAttribute(_TYPES[kind], value[:64]) for kind, value in reversed(subject)]
    return x509.Name(parts)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _time(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _read_private(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority has an elliptic curve key")
    return key


def _private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
