"""What is wrong with credentials and tokens after an update (RFC 7592 section 2.2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.grants import Token
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response


@fault(
    trips={
        "rfc7592-2.2-chosen-secret-not-adopted",
        "rfc7592-2.2-update-with-wrong-secret-refused",
    }
)
class ChosenSecretAdopted(Behaviour):
    """An update sets whatever secret it carries."""

    def check_update_secret(self, client: Client, sent: Mapping[str, Any]) -> None:
        """Compare nothing."""

    def updated_client(
        self, client: Client, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Store what was sent."""
        updated, secret = super().updated_client(client, sent, metadata)
        chosen = sent.get("client_secret")
        if isinstance(chosen, str) and updated.secret is not None:
            return replace(updated, secret=self.kept_secret(chosen)), chosen
        return updated, secret


@fault(trips={"rfc7592-2.2-update-with-wrong-secret-refused"})
class WrongSecretIgnored(Behaviour):
    """An update with another secret than the issued one is accepted, the value ignored."""

    def check_update_secret(self, client: Client, sent: Mapping[str, Any]) -> None:
        """Compare nothing."""


@fault(trips={"rfc7592-2.2-current-secret-accepted"})
class SecretForbiddenInUpdates(Behaviour):
    """An update that repeats the client secret is refused."""

    def check_update_secret(self, client: Client, sent: Mapping[str, Any]) -> None:
        """Forbid the member."""
        del client
        if sent.get("client_secret") is not None:
            raise self.metadata_refused("client_secret cannot be sent")


@fault(trips={"rfc7592-2.2-server-owned-members-not-adopted"})
class ChosenExpiryAdopted(Behaviour):
    """An update sets the expiry of the client's own secret."""

    def updated_client(
        self, client: Client, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Store what was sent."""
        updated, secret = super().updated_client(client, sent, metadata)
        chosen = sent.get("client_secret_expires_at")
        if isinstance(chosen, int) and updated.secret is not None:
            updated = replace(updated, secret_expires_at=chosen)
        return updated, secret


@fault(trips={"rfc7592-2.2-switch-to-none-retires-secret"})
class PublicClientKeepsSecret(Behaviour):
    """A client that an update made public still authenticates with its secret."""

    def secret_after_update(self, client: Client, updated: Client) -> tuple[Client, str | None]:
        """Keep it."""
        after, secret = super().secret_after_update(client, updated)
        return (after, secret) if after.secret else (replace(after, secret=client.secret), None)

    def method_matches(self, client: Client, credentials: Any) -> bool:
        """Take the secret of a public client."""
        held = client.secret is not None and client.auth_method == "none"
        known = held and credentials.kind == "basic"
        return known or super().method_matches(client, credentials)


@fault(trips={"rfc7592-2.2-refused-update-leaves-behaviour-unchanged"})
class RefusedUpdateRotatesSecret(Behaviour):
    """An update with a bad redirect URI is refused after the secret was replaced."""

    def update(self, request: Request, client: Client) -> Response:
        """Rotate first and validate then; the answer to a read shows the old one."""
        answer = super().update(request, client)
        if answer.status == 400 and b"not a uri" in request.body and client.secret:
            renewed, _ = self.with_new_secret(client)
            self.__dict__.setdefault("shown", {})[client.client_id] = client.secret
            self.registry.replace(client, renewed)
        return answer

    def readable_secret(self, client: Client) -> str | None:
        """Show what was issued."""
        shown: dict[str, str] = self.__dict__.get("shown", {})
        return shown.get(client.client_id) or super().readable_secret(client)


@fault(trips={"rfc7592-2.2-withdrawn-grant-or-scope-not-usable-with-old-tokens"})
class WithdrawnGrantServed(Behaviour):
    """A refresh token goes on working after the grant was taken away."""

    def after_update(self, client: Client, updated: Client) -> None:
        """End no tokens."""

    def grant_type_registered(self, client: Client, grant_type: str) -> bool:
        """Ask whether there is such a token, and not whether it may still be used."""
        owners = {token.client_id for token in self._refresh_tokens()}
        held = grant_type == "refresh_token" and client.client_id in owners
        return held or super().grant_type_registered(client, grant_type)

    def _refresh_tokens(self) -> list[Token]:
        return list(self.grants.refresh_tokens.values())


@fault(trips={"rfc7592-2.2-switch-to-secret-issues-secret"})
class SwitchShowsNoSecret(Behaviour):
    """An update that changes a public client to a secret does not show it."""

    def secret_after_update(self, client: Client, updated: Client) -> tuple[Client, str | None]:
        """Keep it to oneself."""
        after, secret = super().secret_after_update(client, updated)
        return after, None if client.secret is None else secret
