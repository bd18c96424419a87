"""Who may sign a software statement, and by what (RFC 7591 section 2.3)."""

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.signatures import SignedToken


@fault(trips={"rfc7591-2.3-statement-issuer-matches-key"})
class AnyIssuerByTrustedKeys(Behaviour):
    """Whose keys are trusted may sign in anybody's name."""

    def trusted_keys(self, token: SignedToken) -> str:
        """Look at the keys alone."""
        issuer = self.statement_issuer(token)
        if issuer is None or issuer in self.trust:
            return super().trusted_keys(token)
        return next(iter(self.trust.values()))


@fault(trips={"rfc7591-2.3-rs256-statement-usable"})
class NoRs256Statements(Behaviour):
    """Statements that are signed by RS256 are refused."""

    def statement_algorithms(self) -> frozenset[str]:
        """Take newer algorithms only."""
        return super().statement_algorithms() - {"RS256"}
