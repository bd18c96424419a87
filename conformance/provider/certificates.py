"""TLS client certificates of the suite's own clients (RFC 8705 section 2)."""

from __future__ import annotations

import base64
import ssl
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate with its private key, both in PEM."""

    pem: str
    private_key: str
    subject: str
    """The distinguished name as RFC 4514 writes it."""

    def __repr__(self) -> str:
        return f"<certificate of {self.subject}>"

    @cached_property
    def der(self) -> bytes:
        """The certificate itself."""
        return ssl.PEM_cert_to_DER_cert(self.pem)

    @cached_property
    def x5c(self) -> str:
        """The certificate as a JWK has it (RFC 7517 section 4.7)."""
        return base64.b64encode(self.der).decode()

    def shown_by(self, context: ssl.SSLContext) -> ssl.SSLContext:
        """The context, which from now on shows this certificate to servers that ask."""
        with tempfile.TemporaryDirectory(prefix="dcr-conformance-") as folder:
            file = Path(folder) / "client.pem"  # the folder is for its owner alone
            file.write_text(self.private_key + self.pem)
            context.load_cert_chain(file)
        return context


def key_pair() -> tuple[Any, str, str]:
    """A new P-256 key: the key itself, its private and its public half in PEM."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return key, private.decode(), public.decode()


def self_signed(name: str) -> tuple[ClientCertificate, dict[str, Any]]:
    """A certificate that vouches for itself, and its JWK with x5c (RFC 8705 section 2.2.2)."""
    import datetime  # noqa: PLC0415
    import json  # noqa: PLC0415

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415
    from jwcrypto.jwk import JWK  # noqa: PLC0415

    key, private, public = key_pair()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    certificate = ClientCertificate(pem, private, subject.rfc4514_string())
    jwk = json.loads(JWK.from_pem(public.encode()).export_public())
    return certificate, {**jwk, "use": "sig", "kid": name, "x5c": [certificate.x5c]}
