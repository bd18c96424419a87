"""What is wrong with signed authorization requests (RFC 9101, OIDC Registration section 2)."""

from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import AuthorizationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import SignatureError, SignedToken, parse_token


@fault(trips={"rfc9101-6.2-request-object-client-keys-only"})
class RequestObjectNotVerified(Behaviour):
    """The signature of a request object is not looked at."""

    def request_object_signature_good(self, client: Client, token: SignedToken) -> bool:
        """Believe it."""
        return bool(client and token)


@fault(trips={"rfc9101-6.2-request-object-client-keys-only"})
class RequestObjectByAnyClientsKey(Behaviour):
    """A request object is verified with whatever registered key has its kid."""

    def request_object_keys(
        self, client: Client, token: SignedToken, algorithm: str
    ) -> list[Mapping[str, Any]]:
        """Look through the keys of all clients."""
        found = super().request_object_keys(client, token, algorithm)
        for other in self.registry:
            found += super().request_object_keys(other, token, algorithm)
        return found


@fault(trips={"rfc9101-6.2-request-object-client-keys-only"})
class RequestObjectBringsItsKey(Behaviour):
    """The key in the header of a request object verifies it."""

    def request_object_keys(
        self, client: Client, token: SignedToken, algorithm: str
    ) -> list[Mapping[str, Any]]:
        """Add what the header says."""
        brought = token.header.get("jwk")
        keys = [brought] if isinstance(brought, dict) else []
        return [*keys, *super().request_object_keys(client, token, algorithm)]


@fault(trips={"rfc9101-5-request-object-client-id-matches"})
class RequestObjectOfAnybody(Behaviour):
    """The client_id within a request object is not compared with the one beside it."""

    def request_object_names(self, client: Client, token: SignedToken) -> bool:
        """Compare nothing."""
        return bool(client and token)


@fault(trips={"rfc9101-5-request-object-client-id-matches"})
class ClientIdWithinTheObjectWins(Behaviour):
    """The client is the one that the request object names, whatever stands beside it."""

    def authorizing_client(self, parameters: Mapping[str, str]) -> Client:
        """Look into the object first."""
        try:
            inside = parse_token(parameters.get("request", "")).claims.get("client_id")
        except SignatureError:
            inside = None
        if isinstance(inside, str):
            parameters = {**parameters, "client_id": inside}
        return super().authorizing_client(parameters)


@fault(
    trips={"oidc-registration-2-request-object-alg-enforced"},
    policy=Policy(documents=frozenset({"oauth", "openid"})),
)
class RequestObjectByAnyAlgorithm(Behaviour):
    """A request object may be signed by any algorithm that is offered."""

    def request_object_algorithm_good(self, client: Client, token: SignedToken) -> bool:
        """Leave the registered one aside."""
        return bool(client) and token.header.get("alg") in self.request_object_algorithms()


@fault(
    trips={
        "rfc7591-2-echoed-security-flag-enforced",
        "rfc9101-10.5-signed-request-object-enforced",
    }
)
class SignedRequestsNotRequired(Behaviour):
    """require_signed_request_object of a client is stored and not enforced."""

    def check_signed_where_required(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Ask for nothing."""


@fault(trips={"rfc9101-10.5-signed-request-object-default-false"})
class AlgorithmDemandsSigning(Behaviour):
    """A client that registers how it signs requests may send no others."""

    def check_signed_where_required(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Take the algorithm for the flag."""
        super().check_signed_where_required(client, parameters)
        if "request_object_signing_alg" in client.metadata and "signed" not in parameters:
            raise AuthorizationError("invalid_request", "the request must be signed")
