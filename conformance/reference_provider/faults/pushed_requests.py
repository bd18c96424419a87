"""What is wrong with clients that push their requests, and those that need not (RFC 9126)."""

from collections.abc import Mapping

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import AuthorizationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.variants import RelaxedPushes


@fault(trips={"rfc9126-6-par-requirement-default-false"})
class PushingDemandedUnannounced(Behaviour):
    """Every client has to push its requests, and no metadata says so."""

    def check_pushed_where_required(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Ask it of everybody."""
        super().check_pushed_where_required(client, parameters)
        if "pushed" not in parameters:
            raise AuthorizationError("invalid_request", "the request must be pushed first")


@fault(
    trips={
        "rfc9126-2.1-par-checks-the-registered-redirect-uri",
        "rfc9126-2.4-par-redirect-relaxation-confidential-only",
    }
)
class RelaxedPushesOfPublicClients(RelaxedPushes):
    """Any client, also a public one, pushes redirect URIs that it never registered."""

    def may_push_any_redirect_uri(self, client: Client) -> bool:
        """Ask for no credentials."""
        return bool(client)
