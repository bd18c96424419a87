"""What is wrong with client certificates (RFC 8705)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.certificates import begin_of, certificate_in, subject_of
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request


@fault(trips={"rfc8705-2.1.2-exactly-one-certificate-subject"})
class SeveralCertificateSubjects(Behaviour):
    """A client of tls_client_auth registers as many subjects as it likes."""

    def check_certificate_subject(self, metadata: Mapping[str, Any]) -> None:
        """Count nothing."""


@fault(trips={"rfc8705-2.1.2-certificate-subject-returned"})
class CertificateSubjectNotReturned(Behaviour):
    """The registered subject of a certificate is kept and not shown."""

    def client_information(
        self, request: Request, client: Client, *, secret: str | None, reading: bool
    ) -> dict[str, Any]:
        """Leave it out."""
        body = super().client_information(request, client, secret=secret, reading=reading)
        return self.without(body, *self.certificate_subject_members())


@fault(trips={"rfc8705-2.1.2-certificate-subject-enforced"})
class AnyTrustedCertificate(Behaviour):
    """Every certificate of a trusted authority authenticates every client."""

    def subject_matches(self, client: Client, certificate: bytes) -> bool:
        """Compare nothing."""
        return bool(client and certificate)


@fault(
    trips={
        "rfc8705-2.1-unusable-client-certificates-refused",
        "rfc8705-2.1.2-certificate-subject-enforced",
        "rfc8705-2.2-unregistered-self-signed-certificate-refused",
    }
)
class NoCertificateNeeded(Behaviour):
    """A client of mutual TLS is believed by its client_id."""

    def check_certificate(self, request: Request, client: Client) -> None:
        """Look at nothing."""


@fault(trips={"rfc8705-2.2-unregistered-self-signed-certificate-refused"})
class SelfSignedComparedBySubject(Behaviour):
    """A self-signed certificate is taken for the registered one if it has the same subject."""

    def self_signed_certificate_good(self, client: Client, certificate: bytes) -> bool:
        """Compare the names, which anybody can write."""
        registered = map(certificate_in, self.client_keys(client, None))
        return subject_of(certificate) in [subject_of(item) for item in registered if item]


@fault(trips={"rfc8705-2.1-unusable-client-certificates-refused"})
class CertificateDatesNotLookedAt(Behaviour):
    """A certificate counts for ever, and before its time."""

    def certificate_moment(self, certificate: bytes) -> float:
        """Take the time at which it holds."""
        return begin_of(certificate)


@fault(trips={"rfc8705-6.5-client-certificate-header-not-trusted-from-outside"})
class CertificateHeaderBelieved(Behaviour):
    """The header Client-Cert is believed, whoever sends it."""

    def presented_certificate(self, request: Request) -> bytes | None:
        """Read it as if a proxy had written it."""
        value = request.header("client-cert")
        if value is None:
            return super().presented_certificate(request)
        try:
            return base64.b64decode(value.strip(":"))
        except binascii.Error:
            return None


@fault(trips={"rfc8705-2.2.2-self-signed-method-needs-keys"})
class SelfSignedWithoutKeys(Behaviour):
    """A client of self_signed_tls_client_auth is registered without any certificate."""

    def check_keys_for_method(self, metadata: Mapping[str, Any]) -> None:
        """Ask only clients of other methods."""
        if not metadata["token_endpoint_auth_method"].startswith("self_signed"):
            super().check_keys_for_method(metadata)


@fault(trips={"rfc8705-3.4-certificate-binding-flag-boolean"})
class CertificateBindingInWords(Behaviour):
    """tls_client_certificate_bound_access_tokens may be any text."""

    def check_tls_client_certificate_bound_access_tokens(self, value: Any) -> bool:
        """Register what comes."""
        text: Any = value
        return bool(text) if isinstance(text, bool) else text
