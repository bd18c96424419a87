"""The client configuration endpoint (RFC 7592 section 2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour.registration import Registration
from conformance.reference_provider.errors import BearerError, RegistrationError
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response


class Management(Registration):
    """Read, update and delete, each behind the client's own registration access token."""

    def management_methods(self) -> frozenset[str]:
        """Return the methods of the client configuration endpoint; HEAD comes with GET."""
        offered = self.policy.management
        return offered | {"HEAD"} if "GET" in offered else offered

    def management_refused(self, request: Request) -> Response:
        """Answer a method not offered here (RFC 7592 sections 2.1 to 2.3)."""
        if self.policy.refused_method_status == 403 and request.method in {"GET", "PUT", "DELETE"}:
            body = self.error_body("access_denied", "clients cannot do that here")
            return self.error_answer(403, body)
        return self.method_not_allowed(request, self.management_methods())

    def manage(self, request: Request, client_id: str) -> Response:
        """Do what the method says to the client that the URL names."""
        actions = {"GET": self.read, "HEAD": self.read, "PUT": self.update, "DELETE": self.delete}
        try:
            client = self.managed_client(request, client_id)
        except BearerError as error:
            return self.bearer_refused(error)
        return actions[request.method](request, client)

    # Whose token it is

    def managed_client(self, request: Request, client_id: str) -> Client:
        """Return the client of the URL if the token is its own, and else say nothing about it."""
        token = self.bearer_token(request)
        client = self.registry.find(client_id)
        if client is not None and self.token_belongs(client, token):
            return client
        self.stray_token(token, client)
        raise self.invalid_token()

    def token_belongs(self, client: Client, token: str) -> bool:
        """Tell whether a token was issued to this very client (RFC 7592 appendix B)."""
        issued = client.registration_token
        return issued is not None and self.same(issued, token)

    def stray_token(self, token: str, addressed: Client | None) -> None:
        """Revoke a token that was tried on another or on no client (RFC 7592 section 2.1)."""
        policy = self.policy
        burn = policy.burn_token_on_foreign_client
        if addressed is None:
            burn = policy.burn_token_on_unknown_client
        owner = self.registry.find_by_token(token)
        if burn and owner is not None:
            updated = replace(owner, registration_token=None, revision=owner.revision + 1)
            self.registry.replace(owner, updated)

    # Read (RFC 7592 section 2.1)

    def read(self, request: Request, client: Client) -> Response:
        """Answer with the client's present registration."""
        current = self.rotated(client)
        if current is not client and not self.registry.replace(client, current):
            return self.lost_race(client)
        return self.client_answer(request, current, self.readable_secret(current), reading=True)

    def read_status(self) -> int:
        """Return the status of a read or update (RFC 7592 sections 2.1 and 2.2)."""
        return 200

    def client_answer(
        self, request: Request, client: Client, secret: str | None, *, reading: bool
    ) -> Response:
        """Answer with client information, which carries credentials (RFC 7592 section 3)."""
        body = self.client_information(request, client, secret=secret, reading=reading)
        return self.json_answer(self.read_status(), body, self.cache_headers())

    def rotated(self, client: Client) -> Client:
        """Return the client with a new registration token where they rotate (RFC 7592 5)."""
        if not self.policy.rotate_registration_tokens:
            return client
        token = self.new_registration_token()
        return replace(client, registration_token=token, revision=client.revision + 1)

    # Update (RFC 7592 section 2.2): everything is checked before anything is stored

    def update(self, request: Request, client: Client) -> Response:
        """Replace the client's metadata, or change nothing."""
        try:
            sent = self.read_metadata(request)
            self.check_update_members(client, sent)
            metadata = self.metadata_of(self.update_basis(client, sent), client)
        except RegistrationError as error:
            return self.registration_refused(error)
        updated, secret = self.updated_client(client, sent, metadata)
        if not self.store_update(client, updated):
            return self.lost_race(client)
        self.after_update(client, updated)
        return self.client_answer(request, updated, secret, reading=False)

    def check_update_members(self, client: Client, sent: Mapping[str, Any]) -> None:
        """Check the members that are about the client itself, not its metadata."""
        self.check_update_client_id(client, sent)
        self.check_update_secret(client, sent)
        self.check_update_forbidden(sent)

    def check_update_client_id(self, client: Client, sent: Mapping[str, Any]) -> None:
        """Demand the client's own identifier in the body."""
        client_id = sent.get("client_id")
        if client_id is None and not self.policy.update_needs_client_id:
            return
        if client_id != client.client_id:
            raise self.metadata_refused("client_id is not the one of this client")

    def check_update_secret(self, client: Client, sent: Mapping[str, Any]) -> None:
        """Refuse another secret than the present one: nobody chooses a secret."""
        secret = sent.get("client_secret")
        if secret is None:
            return
        if not isinstance(secret, str) or not self.is_secret_of(client, secret):
            raise self.metadata_refused("client_secret is not the one of this client")

    def check_update_forbidden(self, sent: Mapping[str, Any]) -> None:
        """Refuse the four members of the server only where the policy says so."""
        forbidden = {
            "registration_access_token",
            "registration_client_uri",
            "client_secret_expires_at",
            "client_id_issued_at",
        }
        if self.policy.forbidden_update_members == "refuse" and forbidden & sent.keys():
            raise self.metadata_refused("the body has a member that only the server sets")

    def update_basis(self, client: Client, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the update asks for: all of the metadata, not an addition to it."""
        if self.policy.keeps_omitted_on_update:
            return {**client.metadata, **self.present_members(sent)}
        return sent

    def updated_client(
        self, client: Client, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Return the record after the update, and the secret to show; client_id never changes."""
        del sent
        added = self.policy.adds_redirect_uri_on_update
        uris = metadata.get("redirect_uris")
        if added and uris and added not in uris:
            metadata = {**metadata, "redirect_uris": [*uris, added]}
        updated = self.rotated(replace(client, metadata=metadata, revision=client.revision + 1))
        return self.secret_after_update(client, updated)

    def secret_after_update(self, client: Client, updated: Client) -> tuple[Client, str | None]:
        """Issue a secret that the new method needs, or retire one that it does not."""
        if not self.needs_secret(updated.auth_method):
            return replace(updated, secret=None, secret_expires_at=0), None
        if client.secret is None or self.secret_is_renewed(client):
            return self.with_new_secret(updated)
        return updated, self.readable_secret(updated)

    def secret_is_renewed(self, client: Client) -> bool:
        """Tell whether an update gives the client a new secret (RFC 7592 section 2.2)."""
        return self.policy.rotate_secrets_on_update or self.secret_expired(client)

    def store_update(self, client: Client, updated: Client) -> bool:
        """Store the whole record at once, unless the client changed or went meanwhile."""
        return self.registry.replace(client, updated)

    def lost_race(self, client: Client) -> Response:
        """Answer a request that another one for the same client overtook."""
        if self.registry.find(client.client_id) is None:
            return self.bearer_refused(self.invalid_token())
        body = self.error_body("invalid_client_metadata", "another request changed the client")
        return self.error_answer(409, body)

    def after_update(self, client: Client, updated: Client) -> None:
        """End what the client may no longer have: tokens of withdrawn grants and scopes."""
        withdrawn = set(client.grant_types) - set(updated.grant_types)
        allowed = set(self.allowed_scopes(updated))
        for table in (self.grants.access_tokens, self.grants.refresh_tokens):
            for value, token in list(table.copy().items()):
                if token.client_id != client.client_id:
                    continue
                if token.grant_type in withdrawn or not allowed.issuperset(token.scope.split()):
                    table.pop(value, None)

    # Delete (RFC 7592 section 2.3)

    def delete(self, request: Request, client: Client) -> Response:
        """Forget the client and everything that it holds."""
        del request
        if not self.forget_registration(client):
            return self.bearer_refused(self.invalid_token())
        self.forget_codes(client)
        self.forget_pushed_requests(client)
        self.forget_access_tokens(client)
        self.forget_refresh_tokens(client)
        return self.deleted()

    def deleted(self) -> Response:
        """Answer a deletion (RFC 7592 section 2.3)."""
        return self.empty_answer(204, self.cache_headers())

    def forget_registration(self, client: Client) -> bool:
        """Make identifier, secret and registration token invalid, all at once."""
        return self.registry.remove(client.client_id)

    def forget_codes(self, client: Client) -> None:
        """End the client's authorization codes."""
        _forget(self.grants.codes, client)

    def forget_pushed_requests(self, client: Client) -> None:
        """End the client's pushed requests."""
        _forget(self.grants.pushed_requests, client)

    def forget_access_tokens(self, client: Client) -> None:
        """End the client's access tokens."""
        _forget(self.grants.access_tokens, client)

    def forget_refresh_tokens(self, client: Client) -> None:
        """End the client's refresh tokens."""
        _forget(self.grants.refresh_tokens, client)


def _forget(table: dict[str, Any], client: Client) -> None:
    for value, item in list(table.copy().items()):
        if item.client_id == client.client_id:
            table.pop(value, None)
