"""Client metadata of mutual TLS (RFC 8705 sections 2.1.2 and 2.2.2)."""

from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour.keys import KeyRules
from conformance.reference_provider.certificates import certificate_in

ISSUED, SELF_SIGNED = "tls_client_auth", "self_signed_tls_client_auth"
"""The client authentication methods by certificate (RFC 8705 section 2)."""


class CertificateRules(KeyRules):
    """Which certificate members are registered, and that they fit the method."""

    def offers_mutual_tls(self) -> bool:
        """Tell whether clients may authenticate by certificates."""
        return self.mutual_tls is not None and self.policy.offers_mutual_tls

    def certificate_methods(self) -> tuple[str, ...]:
        """Return the client authentication methods by certificate (RFC 8705 section 2)."""
        if not self.offers_mutual_tls():
            return ()
        return (ISSUED, SELF_SIGNED)

    def certificate_subject_members(self) -> tuple[str, ...]:
        """Return the members that name the subject of a certificate (RFC 8705 2.1.2)."""
        return (
            "tls_client_auth_subject_dn",
            "tls_client_auth_san_dns",
            "tls_client_auth_san_uri",
            "tls_client_auth_san_ip",
            "tls_client_auth_san_email",
        )

    def certificate_members(self) -> tuple[str, ...]:
        """Return all members of mutual TLS that are understood."""
        return (*self.certificate_subject_members(), "tls_client_certificate_bound_access_tokens")

    def check_tls_client_auth_subject_dn(self, value: Any) -> str:
        """Take a distinguished name as it is written (RFC 4514)."""
        return self.certificate_name("tls_client_auth_subject_dn", value)

    def check_tls_client_auth_san_dns(self, value: Any) -> str:
        """Take a host name."""
        return self.certificate_name("tls_client_auth_san_dns", value)

    def check_tls_client_auth_san_uri(self, value: Any) -> str:
        """Take a URI."""
        return self.certificate_name("tls_client_auth_san_uri", value)

    def check_tls_client_auth_san_ip(self, value: Any) -> str:
        """Take an address."""
        return self.certificate_name("tls_client_auth_san_ip", value)

    def check_tls_client_auth_san_email(self, value: Any) -> str:
        """Take an address of electronic mail."""
        return self.certificate_name("tls_client_auth_san_email", value)

    def certificate_name(self, member: str, value: Any) -> str:
        """Take a name in printable characters."""
        if not isinstance(value, str) or not value.isprintable():
            raise self.metadata_refused(f"{member} is not a name")
        return value

    def let_certificates_through(self, metadata: Mapping[str, Any]) -> None:
        """Have the TLS handshake take the self-signed certificates of a client (section 2.2)."""
        if metadata["token_endpoint_auth_method"] != SELF_SIGNED:
            return
        for key in metadata.get("jwks", {}).get("keys", ()):
            certificate = certificate_in(key)
            if certificate is not None and self.mutual_tls is not None:
                self.mutual_tls.let_through(certificate)

    def check_certificate_subject(self, metadata: Mapping[str, Any]) -> None:
        """Refuse tls_client_auth without exactly one subject (RFC 8705 section 2.1.2)."""
        if metadata["token_endpoint_auth_method"] != ISSUED:
            return
        named = [name for name in self.certificate_subject_members() if name in metadata]
        if len(named) != 1:
            raise self.metadata_refused("tls_client_auth needs exactly one certificate subject")
