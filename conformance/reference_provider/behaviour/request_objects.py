"""Authorization requests that the client signs (RFC 9101, OIDC Core section 6)."""

from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour.issuing import Issuing
from conformance.reference_provider.errors import AuthorizationError, UntrustedRedirectError
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import (
    ALGORITHMS,
    SignatureError,
    SignedToken,
    parse_token,
)
from conformance.reference_provider.wire import Request

_NO_PARAMETERS = frozenset(
    {"iss", "aud", "sub", "exp", "nbf", "iat", "jti", "request", "request_uri", "pushed", "signed"}
)
_KEPT = frozenset({"decision", "pushed"})


class RequestObjects(Issuing):
    """From a request object to the parameters in it, and to nothing beside it."""

    def opened_request(
        self, request: Request, client: Client, parameters: dict[str, str]
    ) -> dict[str, str]:
        """Return the parameters of the request object, where there is one (RFC 9101 section 5)."""
        text = parameters.get("request")
        if text is None or not self.offers_request_objects():
            return parameters
        token = self.parsed_request_object(text)
        if not self.request_object_good(request, client, token):
            raise self.request_object_refused()
        inside = {
            name: value
            for name, value in token.claims.items()
            if isinstance(value, str) and name not in _NO_PARAMETERS
        }
        kept = {key: value for key, value in parameters.items() if key in _KEPT}
        return {**inside, **kept, "client_id": client.client_id, "signed": text}

    def parsed_request_object(self, text: str) -> SignedToken:
        """Take a request object apart."""
        try:
            return parse_token(text)
        except SignatureError:
            raise self.request_object_refused() from None

    def request_object_refused(self) -> UntrustedRedirectError:
        """Return the one refusal of bad request objects, none of whose URIs is trusted (6.2)."""
        return UntrustedRedirectError("invalid_request_object", "the request object is no good")

    def request_object_good(self, request: Request, client: Client, token: SignedToken) -> bool:
        """Tell whether an object is the client's own, for this server and now."""
        return (
            "crit" not in token.header
            and self.request_object_names(client, token)
            and self.request_object_algorithm_good(client, token)
            and self.request_object_signature_good(client, token)
            and self.request_object_audience_good(request, token)
            and self.request_object_time_good(token)
        )

    def request_object_names(self, client: Client, token: SignedToken) -> bool:
        """Tell whether the object names the client that the request names (RFC 9101 section 5)."""
        own = client.client_id
        return token.claims.get("client_id") == own and token.claims.get("iss", own) == own

    def request_object_algorithm_good(self, client: Client, token: SignedToken) -> bool:
        """Tell whether the algorithm is offered, and the registered one (RFC 9101 section 6.2)."""
        algorithm = token.header.get("alg")
        registered = client.metadata.get("request_object_signing_alg", algorithm)
        return algorithm in self.request_object_algorithms() and algorithm == registered

    def request_object_signature_good(self, client: Client, token: SignedToken) -> bool:
        """Tell whether a registered key of the client made the signature (RFC 9101 6.2)."""
        algorithm = str(token.header.get("alg"))
        return algorithm in ALGORITHMS and any(
            self.signature_verifies(token, algorithm, key)
            for key in self.request_object_keys(client, token, algorithm)
        )

    def request_object_keys(
        self, client: Client, token: SignedToken, algorithm: str
    ) -> list[Mapping[str, Any]]:
        """Return the keys that may have signed: those of this client."""
        return list(self.candidate_keys(client, token, algorithm))

    def request_object_audience_good(self, request: Request, token: SignedToken) -> bool:
        """Tell whether an object that says for whom it is names this server (RFC 9101 4)."""
        audience = token.claims.get("aud", self.issuer(request))
        names = audience if isinstance(audience, list) else [audience]
        return self.issuer(request) in names

    def request_object_time_good(self, token: SignedToken) -> bool:
        """Tell whether an object that says when it holds does so now (RFC 7519 section 4.1)."""
        times = [token.claims.get(name, self.now()) for name in ("nbf", "exp")]
        if any(isinstance(time, bool) or not isinstance(time, int | float) for time in times):
            return False
        return bool(times[0] <= self.now() + 5 and self.now() - 5 < times[1])

    def check_signed_where_required(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Refuse unsigned requests of a client that signs all of them (RFC 9101 section 10.5)."""
        required = client.metadata.get("require_signed_request_object", False)
        if required and "signed" not in parameters:
            raise AuthorizationError("invalid_request", "the request must be signed")
