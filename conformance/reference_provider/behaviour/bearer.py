"""Bearer tokens at the registration endpoints (RFC 6750)."""

from typing import Any

from conformance.reference_provider.behaviour.information import Information
from conformance.reference_provider.errors import BearerError
from conformance.reference_provider.wire import Headers, Request, Response


class BearerTokens(Information):
    """How a token is found in a request, and how its absence or fault is answered."""

    def bearer_token(self, request: Request) -> str:
        """Return the token of the Authorization header, the only place it is looked for."""
        credentials = request.header_values("authorization")
        if len(credentials) > 1:
            raise BearerError("invalid_request", "two Authorization headers were sent")
        scheme, _, token = (credentials[0] if credentials else "").strip().partition(" ")
        if not self.is_bearer_scheme(scheme):
            raise self.missing_token()
        if not token.strip():
            raise BearerError("invalid_request", "the Authorization header holds no token")
        return token.strip()

    def is_bearer_scheme(self, scheme: str) -> bool:
        """Tell whether the scheme is Bearer, in any letter case (RFC 9110 section 11.1)."""
        return scheme.lower() == "bearer"

    def missing_token(self) -> BearerError:
        """Return the refusal of a request that carries no bearer token."""
        return BearerError("invalid_token", "a bearer token is needed", anonymous=True)

    def invalid_token(self) -> BearerError:
        """Return the refusal of a token that is not good for this request."""
        return BearerError("invalid_token", "the token is not valid here")

    def bearer_status(self, error: BearerError) -> int:
        """Return the status of a refusal (RFC 6750 section 3.1)."""
        return 400 if error.code == "invalid_request" else 401

    def challenge_headers(self, error: BearerError) -> Headers:
        """Return the challenge that each such refusal carries (RFC 6750 section 3)."""
        return (("www-authenticate", self.challenge(error)),)

    def challenge(self, error: BearerError) -> str:
        """Return the challenge; without credentials it names no error (RFC 6750 section 3.1)."""
        challenge = f'Bearer realm="{self.policy.realm}"'
        return challenge if error.anonymous else f'{challenge}, error="{error.code}"'

    def bearer_error_body(self, error: BearerError) -> dict[str, Any]:
        """Return the body of a refusal, which RFC 6750 leaves open."""
        return self.error_body(error.code, error.text)

    def bearer_refused(self, error: BearerError) -> Response:
        """Answer a request whose bearer token is missing or unusable."""
        return self.error_answer(
            self.bearer_status(error), self.bearer_error_body(error), self.challenge_headers(error)
        )
