"""What is wrong with bearer tokens at the configuration endpoint (RFC 6750)."""

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import BearerError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.wire import Request


@fault(trips={"rfc6750-2.1-bearer-scheme-case-insensitive"})
class SchemeComparedAsWritten(Behaviour):
    """The scheme Bearer is known only with a capital letter."""

    def is_bearer_scheme(self, scheme: str) -> bool:
        """Compare as written."""
        return scheme == "Bearer"


@fault(trips={"rfc6750-2.3-query-token-refused"})
class QueryTokenTaken(Behaviour):
    """The registration access token may stand in the URL."""

    def bearer_token(self, request: Request) -> str:
        """Look there too."""
        token = dict(self.form_pairs(request.query)).get("access_token")
        return token or super().bearer_token(request)


@fault(trips={"rfc6750-3-challenge-has-auth-param"})
class BareChallenge(Behaviour):
    """The challenge is the word Bearer alone where a wrong token was sent."""

    def challenge(self, error: BearerError) -> str:
        """Say no more."""
        return super().challenge(error) if error.anonymous else "Bearer invalid_token"


@fault(trips={"rfc6750-3.1-anonymous-challenge-without-error"})
class AnonymousErrorNamed(Behaviour):
    """The challenge names an error where no token was sent."""

    def challenge(self, error: BearerError) -> str:
        """Name it always."""
        return f'Bearer realm="{self.policy.realm}", error="{error.code}"'


@fault(trips={"rfc6750-3.1-invalid-token-answers-401"})
class WrongTokenNamedDenied(Behaviour):
    """A wrong token is answered with an error code of the provider's own."""

    def challenge(self, error: BearerError) -> str:
        """Call it something else."""
        return super().challenge(error).replace("invalid_token", "access_denied")


@fault(trips={"rfc6750-3.1-malformed-token-handled"})
class EmptyTokenAnswers500(Behaviour):
    """An Authorization header without a token breaks the endpoint."""

    def bearer_status(self, error: BearerError) -> int:
        """Break."""
        return 500 if error.code == "invalid_request" else super().bearer_status(error)
