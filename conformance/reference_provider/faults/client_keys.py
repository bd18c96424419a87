"""What is wrong with the keys that clients register (RFC 7591 section 2)."""

from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client


@fault(trips={"rfc7591-2-key-method-needs-keys"})
class KeyMethodWithoutKeys(Behaviour):
    """private_key_jwt is registered for clients that have no key."""

    def check_keys_for_method(self, metadata: Mapping[str, Any]) -> None:
        """Hope that they come later."""
        if metadata.get("token_endpoint_auth_method") != "private_key_jwt":
            super().check_keys_for_method(metadata)


@fault(trips={"rfc7591-2-update-removes-old-keys"})
class KeysAddUp(Behaviour):
    """Keys that an update replaced authenticate still."""

    def after_update(self, client: Client, updated: Client) -> None:
        """Keep the old ones."""
        super().after_update(client, updated)
        earlier = self.__dict__.setdefault("earlier", {})
        kept = earlier.setdefault(client.client_id, [])
        kept += client.metadata.get("jwks", {}).get("keys", [])

    def client_keys(self, client: Client, key_id: object) -> list[Mapping[str, Any]]:
        """Take all that there ever were."""
        earlier = self.__dict__.get("earlier", {}).get(client.client_id, [])
        return [*super().client_keys(client, key_id), *earlier]
