"""TLS client certificates as a provider sees them, and a certificate of its own (RFC 8705).

The cryptography library is imported when the first certificate turns up.
"""

import base64
import binascii
import datetime
import re
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass
class MutualTls:
    """Where clients are asked for certificates, and whose are believed."""

    base: str
    """The base URL of the listener that asks for certificates."""
    authorities: list[bytes] = field(default_factory=list)
    """DER of the certificates that client certificates are issued by."""
    listeners: list[Callable[[bytes], None]] = field(default_factory=list)
    """Told each certificate that the handshake has to let through from now on."""

    def trust_authority(self, pem: str) -> None:
        """Believe certificates that these authorities issued."""
        for part in _PEM.findall(pem):
            self.authorities.append(ssl.PEM_cert_to_DER_cert(part))
            self.let_through(self.authorities[-1])

    def let_through(self, certificate: bytes) -> None:
        """Have the handshake take a certificate; what it is good for is decided afterwards."""
        for listener in self.listeners:
            listener(certificate)


def issued_by(certificate: bytes, authorities: Sequence[bytes], now: float) -> bool:
    """Tell whether an authority issued a client certificate that holds now (RFC 5280 6.1)."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    try:
        own = x509.load_der_x509_certificate(certificate)
    except ValueError:
        return False
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    if not own.not_valid_before_utc <= moment <= own.not_valid_after_utc:
        return False
    for authority in authorities:
        try:
            own.verify_directly_issued_by(x509.load_der_x509_certificate(authority))
        except (InvalidSignature, ValueError, TypeError):
            continue
        return _for_clients(own)
    return False


def _for_clients(certificate: "Certificate") -> bool:
    """Tell whether a certificate is one of a client, and of no authority."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415

    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints) and value.ca:
            return False
        if isinstance(value, x509.ExtendedKeyUsage):
            return ExtendedKeyUsageOID.CLIENT_AUTH in value
    return True


def begin_of(certificate: bytes) -> float:
    """Return when a certificate begins to hold, in seconds since the epoch."""
    from cryptography import x509  # noqa: PLC0415

    return x509.load_der_x509_certificate(certificate).not_valid_before_utc.timestamp()


def subject_of(certificate: bytes) -> str:
    """Return the subject of a certificate as RFC 4514 writes it."""
    from cryptography import x509  # noqa: PLC0415

    return x509.load_der_x509_certificate(certificate).subject.rfc4514_string()


def names_of(certificate: bytes, kind: str) -> list[str]:
    """Return the alternative names of a certificate: dns, uri, ip or email."""
    from cryptography import x509  # noqa: PLC0415

    classes = {
        "dns": x509.DNSName,
        "uri": x509.UniformResourceIdentifier,
        "ip": x509.IPAddress,
        "email": x509.RFC822Name,
    }
    found = x509.load_der_x509_certificate(certificate)
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in names if isinstance(name, classes[kind])]


def certificate_in(key: object) -> bytes | None:
    """Return the certificate that stands in a JWK, None where there is none (RFC 7517 4.7)."""
    chain = key.get("x5c") if isinstance(key, dict) else None
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return None
    try:
        return base64.b64decode(chain[0], validate=True)
    except (binascii.Error, ValueError):
        return None


def server_certificate(host: str) -> tuple[str, str]:
    """Return a key and a certificate that vouches for itself, both in PEM, for a day of tests."""
    import ipaddress  # noqa: PLC0415

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "reference provider")])
    now = datetime.datetime.now(datetime.UTC)
    hosts = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(host))]
    )
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(hosts, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private.decode(), made.public_bytes(serialization.Encoding.PEM).decode()
