"""The client information response (RFC 7591 section 3.2.1, RFC 7592 section 3)."""

from typing import Any

from conformance.reference_provider.behaviour.validation import Validation
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request


class Information(Validation):
    """What a client is told about itself, member by member."""

    def client_information(
        self, request: Request, client: Client, *, secret: str | None, reading: bool
    ) -> dict[str, Any]:
        """Return the client information; ``secret`` is the plain one where it is known."""
        return {
            **self.identifier_members(client),
            **self.secret_members(client, secret),
            **self.management_members(request, client, reading=reading),
            **self.metadata_members(client),
        }

    def identifier_members(self, client: Client) -> dict[str, Any]:
        """Return client_id and the time it was issued, in seconds (RFC 7591 section 3.2.1)."""
        return {"client_id": client.client_id, "client_id_issued_at": self.issued_at(client)}

    def issued_at(self, client: Client) -> int:
        """Return client_id_issued_at."""
        return client.issued_at

    def secret_members(self, client: Client, secret: str | None) -> dict[str, Any]:
        """Return client_secret with its expiry, or neither (RFC 7591 section 3.2.1)."""
        if secret is None:
            return {}
        return {"client_secret": secret, "client_secret_expires_at": self.shown_expiry(client)}

    def shown_expiry(self, client: Client) -> int:
        """Return client_secret_expires_at: a time in seconds, or 0 for never."""
        return client.secret_expires_at

    def management_members(
        self, request: Request, client: Client, *, reading: bool
    ) -> dict[str, Any]:
        """Return token and URL of the client configuration endpoint (RFC 7592 section 3)."""
        if client.registration_token is None or (reading and self.policy.hide_token_on_read):
            return {}
        return {
            "registration_access_token": client.registration_token,
            "registration_client_uri": self.configuration_url(request, client),
        }

    def metadata_members(self, client: Client) -> dict[str, Any]:
        """Return all registered metadata, at the top level (RFC 7591 section 3.2.1)."""
        return {name: self.shown_value(name, value) for name, value in client.metadata.items()}

    def shown_value(self, name: str, value: Any) -> Any:
        """Return a registered value as it is shown: unchanged."""
        del name
        return value

    def readable_secret(self, client: Client) -> str | None:
        """Return the secret for a later answer, unless only a digest is kept (RFC 7592 A.1)."""
        return None if self.policy.hashes_secrets else client.secret
