"""What is wrong at the client configuration endpoint (RFC 7592 section 2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client


@fault(
    trips={
        "rfc7592-b-token-bound-to-its-client",
    }
)
class TokenOfAnyClientAccepted(Behaviour):
    """The registration access token of any client manages every other."""

    def token_belongs(self, client: Client, token: str) -> bool:
        """Ask only whether the token is somebody's."""
        return self.registry.find_by_token(token) is not None and bool(client)


@fault(
    trips={
        "rfc7592-2.3-deleted-token-answers-401",
        "rfc7592-2.3-update-racing-delete-does-not-resurrect",
    }
)
class DeletionKeepsTheToken(Behaviour):
    """After deletion the registration access token still reads the client."""

    def forget_registration(self, client: Client) -> bool:
        """Keep the record, without anything that authenticates or authorizes."""
        metadata = {**client.metadata, "redirect_uris": [], "grant_types": []}
        dead = replace(client, metadata=metadata, secret=None, revision=client.revision + 1)
        return self.registry.replace(client, dead)


@fault(
    trips={
        "rfc7592-2.3-deleted-client-cannot-authenticate",
        "rfc7592-2.3-deleted-credentials-refused-at-every-endpoint",
    }
)
class DeletionKeepsTheSecret(Behaviour):
    """After deletion the client still authenticates at the token endpoint."""

    def forget_registration(self, client: Client) -> bool:
        """End the registration access token and nothing else."""
        dead = replace(client, registration_token=None, revision=client.revision + 1)
        return self.registry.replace(client, dead)

    def client_to_authorize(self, client_id: str) -> Client | None:
        """Let only the authorization endpoint know that the client is gone."""
        client = super().client_to_authorize(client_id)
        return client if client and client.registration_token else None


@fault(trips={"rfc7592-2.2-update-replaces-not-augments"})
class UpdateMergesRedirectUris(Behaviour):
    """An update adds redirect URIs to the registered ones instead of replacing them."""

    def updated_client(
        self, client: Client, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Join the old list and the new one."""
        joined = dict.fromkeys((*client.redirect_uris, *metadata.get("redirect_uris", ())))
        return super().updated_client(client, sent, {**metadata, "redirect_uris": list(joined)})


@fault(
    trips={
        "rfc7592-2.2-failed-update-changes-nothing",
    }
)
class RefusedUpdateHalfApplied(Behaviour):
    """An update that is refused has stored the members before the bad one."""

    def update_basis(self, client: Client, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Store member by member, until one is refused."""
        basis = super().update_basis(client, sent)
        metadata = dict(client.metadata)
        for name, value in basis.items():
            if self.understood_member(name) is None or self.is_absent(name, value):
                continue
            try:
                metadata[name] = self.checked_value(name, value)
            except RegistrationError:
                self.registry.replace(client, replace(client, metadata=metadata))
                break
        return basis
