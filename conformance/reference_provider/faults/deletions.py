"""What is wrong with deletion (RFC 7592 section 2.3)."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.more_management import begun_well
from conformance.reference_provider.faults.rewriting import without_header
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_NO_DELETION = Policy(management=frozenset({"GET", "PUT"}))
_SIBLINGS = "dcr-conformance-siblings"


@fault(trips={"rfc7592-2.3-unsupported-delete-answers-405"}, policy=_NO_DELETION)
class UnsupportedDeletionAnswers404(Behaviour):
    """Deletion is not supported and answered 404."""

    def management_refused(self, request: Request) -> Response:
        """Say that there is no such thing."""
        return replace(super().management_refused(request), status=404)


@fault(trips={"rfc7592-2.3-method-refusal-lists-allow"}, policy=_NO_DELETION)
class UnsupportedDeletionWithoutAllow(Behaviour):
    """Deletion is answered 405 without Allow."""

    def management_refused(self, request: Request) -> Response:
        """Leave the header out."""
        return without_header(super().management_refused(request), "allow")


@fault(trips={"rfc7592-2.3-bad-token-deletes-nothing"})
class AlteredTokenDeletes(Behaviour):
    """For a deletion the registration access token is compared by its first characters."""

    def managed_client(self, request: Request, client_id: str) -> Client:
        """Take any token that begins well."""
        return begun_well(self, request, client_id, "DELETE") or super().managed_client(
            request, client_id
        )


@fault(trips={"rfc7592-2.3-deleted-client-id-not-reissued"})
class ClientIdReissued(Behaviour):
    """The identifier of a deleted client is given to the next one of its software."""

    def forget_registration(self, client: Client) -> bool:
        """Put the identifier back."""
        if client.metadata.get("software_id") == _SIBLINGS:
            self.__dict__.setdefault("free", []).append(client.client_id)
        return super().forget_registration(client)

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Take one that is free."""
        client, secret = super().new_client(sent, metadata)
        free = self.__dict__.get("free")
        if free and metadata.get("software_id") == _SIBLINGS:
            client = replace(client, client_id=free.pop())
        return client, secret


@fault(trips={"rfc7592-2.3-deletion-spares-similar-clients"})
class DeletionTakesTheSoftware(Behaviour):
    """A deletion removes every client of the software."""

    def forget_registration(self, client: Client) -> bool:
        """Cascade."""
        software = client.metadata.get("software_id")
        for other in self.registry if software else ():
            if other.metadata.get("software_id") == software and other is not client:
                self.registry.remove(other.client_id)
        return super().forget_registration(client)


@fault(
    trips={
        "rfc7592-2.3-deletion-revokes-tokens",
        "rfc7662-4-self-registered-client-learns-nothing-of-foreign-tokens",
    },
    policy=Policy(open_introspection=True),
)
class DeletionKeepsAccessTokens(Behaviour):
    """Access tokens of a deleted client stay active."""

    def forget_access_tokens(self, client: Client) -> None:
        """Forget nothing."""


@fault(trips={"rfc7592-2.3-delete-kills-pending-artefacts"})
class CodesOutliveTheClient(Behaviour):
    """A code of a deleted client is still redeemed: it carries a copy of the client."""

    def forget_registration(self, client: Client) -> bool:
        """Keep a copy beside the codes."""
        if client.auth_method == "none":
            self.__dict__.setdefault("copies", {})[client.client_id] = client
        return super().forget_registration(client)

    def forget_codes(self, client: Client) -> None:
        """Forget nothing."""

    def client_to_authenticate(self, client_id: str) -> Client | None:
        """Look among the copies too."""
        copies: dict[str, Client] = self.__dict__.get("copies", {})
        return super().client_to_authenticate(client_id) or copies.get(client_id)


@fault(trips={"rfc7592-2.3-deleted-credentials-refused-at-every-endpoint"})
class DeletedClientRevokes(Behaviour):
    """The revocation endpoint still knows deleted clients."""

    def forget_registration(self, client: Client) -> bool:
        """Keep a copy for that endpoint."""
        self.__dict__.setdefault("graves", {})[client.client_id] = client
        return super().forget_registration(client)

    def revoke(self, request: Request) -> Response:
        """Answer whoever once was."""
        answer = super().revoke(request)
        return self.empty_answer(200, ()) if answer.status == 401 and self._buried() else answer

    def _buried(self) -> Any:
        return self.__dict__.get("graves")


@fault(trips={"rfc7592-2.3-update-racing-delete-does-not-resurrect"})
class UpdateResurrects(Behaviour):
    """An update that was under way brings a deleted client back."""

    def store_update(self, client: Client, updated: Client) -> bool:
        """Wait for a deletion that may be on its way, then store or insert."""
        if updated.metadata.get("client_name") != "dcr-conformance back again":
            return super().store_update(client, updated)
        end = time.monotonic() + 0.5
        while self.registry.find(client.client_id) is not None and time.monotonic() < end:
            time.sleep(0.001)
        if not super().store_update(client, updated):
            self.registry.add(updated)
        return True
