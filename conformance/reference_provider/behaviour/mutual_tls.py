"""Client certificates: tls_client_auth and self_signed_tls_client_auth (RFC 8705 section 2)."""

from conformance.reference_provider.behaviour.assertions import ClientAssertions
from conformance.reference_provider.certificates import (
    certificate_in,
    issued_by,
    names_of,
    subject_of,
)
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request


class MutualTlsAuthentication(ClientAssertions):
    """Whether the certificate of a connection is the client's."""

    def presented_certificate(self, request: Request) -> bytes | None:
        """Return the certificate of the connection; what headers say of one counts nothing."""
        return request.client_certificate

    def check_certificate(self, request: Request, client: Client) -> None:
        """Refuse a client whose certificate is missing or another (RFC 8705 section 2)."""
        certificate = self.presented_certificate(request)
        if certificate is None:
            raise self.client_not_authenticated()
        good = {
            "tls_client_auth": self.issued_certificate_good,
            "self_signed_tls_client_auth": self.self_signed_certificate_good,
        }
        if not good[client.auth_method](client, certificate):
            raise self.client_not_authenticated()

    def issued_certificate_good(self, client: Client, certificate: bytes) -> bool:
        """Tell whether a trusted authority issued it to the registered subject (2.1)."""
        authorities = self.mutual_tls.authorities if self.mutual_tls else []
        moment = self.certificate_moment(certificate)
        return issued_by(certificate, authorities, moment) and self.subject_matches(
            client, certificate
        )

    def certificate_moment(self, certificate: bytes) -> float:
        """Return the time at which a certificate has to hold: now (RFC 5280 section 6.1.3)."""
        del certificate
        return self.now()

    def subject_matches(self, client: Client, certificate: bytes) -> bool:
        """Tell whether the certificate has the one registered name (RFC 8705 section 2.1.2)."""
        for member in self.certificate_subject_members():
            expected = client.metadata.get(member)
            if expected is None:
                continue
            if member == "tls_client_auth_subject_dn":
                return bool(subject_of(certificate) == expected)
            return expected in names_of(certificate, member.rpartition("_")[2])
        return False

    def self_signed_certificate_good(self, client: Client, certificate: bytes) -> bool:
        """Tell whether it is one of the certificates in the client's keys (section 2.2)."""
        return any(certificate_in(key) == certificate for key in self.client_keys(client, None))
