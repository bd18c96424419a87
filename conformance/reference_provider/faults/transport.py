"""What is wrong with the TLS of a provider (RFC 7591 section 5, RFC 7592 section 5, RFC 9325)."""

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault


@fault(trips={"rfc9325-no-legacy-tls-versions-or-broken-cipher-suites"})
class LegacyTls(Behaviour):
    """TLS 1.0 and 1.1 are taken beside newer versions."""

    def tls_versions(self) -> tuple[str, ...]:
        """Add the old ones."""
        return ("TLSv1", "TLSv1_1", *super().tls_versions())


@fault(trips={"rfc9325-no-legacy-tls-versions-or-broken-cipher-suites"})
class SuitesWithoutEncryption(Behaviour):
    """Suites that encrypt nothing are taken."""

    def takes_suites(self, suites: str) -> bool:
        """Take those as well."""
        return suites == "eNULL" or super().takes_suites(suites)


@fault(
    trips={
        "rfc7591-5-endpoint-supports-tls12",
        "rfc7592-5-configuration-endpoint-supports-tls12",
        "rfc9325-no-legacy-tls-versions-or-broken-cipher-suites",
    }
)
class OldTlsOnly(Behaviour):
    """Nothing newer than TLS 1.1 is taken."""

    def tls_versions(self) -> tuple[str, ...]:
        """Stay with what was there first."""
        return ("TLSv1", "TLSv1_1")
