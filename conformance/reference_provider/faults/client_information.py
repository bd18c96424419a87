"""What is wrong in the answers of the configuration endpoint (RFC 7592 sections 2.1 and 3)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.rewriting import with_members, without_header
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_URL, _TOKEN = "registration_client_uri", "registration_access_token"
WRITTEN_BACK = "dcr-conformance written back"
"""The name of clients that are read, put back and read again."""


@fault(trips={"rfc7592-2.1-read-has-no-side-effect"})
class ReadWidensTheScope(Behaviour):
    """A read changes the registration: it widens the scope."""

    def read(self, request: Request, client: Client) -> Response:
        """Widen it in the second read."""
        seen = self.__dict__.setdefault("seen", {})
        seen[client.client_id] = number = seen.get(client.client_id, 0) + 1
        plain = super().read(request, client)
        if number != 2 or client.revision:
            return plain
        return with_members(plain, lambda body: {**body, "scope": "read write"})


@fault(trips={"rfc7592-2.1-management-response-not-cacheable"})
class ReadMayBeCached(Behaviour):
    """A read may be kept by caches."""

    def read(self, request: Request, client: Client) -> Response:
        """Leave Cache-Control out."""
        return without_header(super().read(request, client), "cache-control")


@fault(trips={"rfc7592-3-configuration-url-returned"})
class ConfigurationUrlMissing(Behaviour):
    """A minimal registration gets a registration access token and no URL."""

    def management_members(
        self, request: Request, client: Client, *, reading: bool
    ) -> dict[str, Any]:
        """Leave the URL out where no name was given."""
        members = super().management_members(request, client, reading=reading)
        if "client_name" not in client.metadata:
            members.pop(_URL, None)
        return members


@fault(trips={"rfc7592-3-read-returns-url-and-token"})
class ReadWithoutToken(Behaviour):
    """A read leaves the registration access token out."""

    def read(self, request: Request, client: Client) -> Response:
        """Show it once only."""
        return with_members(
            super().read(request, client),
            lambda body: {name: value for name, value in body.items() if name != _TOKEN},
        )


@fault(trips={"rfc7592-3-update-returns-url-and-token"})
class UpdateWithoutUrl(Behaviour):
    """An update leaves registration_client_uri out."""

    def update(self, request: Request, client: Client) -> Response:
        """Show it once only."""
        return with_members(
            super().update(request, client),
            lambda body: {name: value for name, value in body.items() if name != _URL},
        )


@fault(trips={"rfc7592-3-management-returns-all-metadata"})
class ReadShowsLess(Behaviour):
    """A read leaves out the grant types that the server set."""

    def read(self, request: Request, client: Client) -> Response:
        """Show what was sent."""
        return with_members(
            super().read(request, client),
            lambda body: {name: value for name, value in body.items() if name != "grant_types"},
        )


@fault(trips={"rfc7592-3-management-members-top-level"})
class ReadNestsMetadata(Behaviour):
    """A read has the metadata below a member of its own."""

    def read(self, request: Request, client: Client) -> Response:
        """Wrap them."""
        return with_members(
            super().read(request, client),
            lambda body: body if client.revision else {"client": body},
        )


@fault(trips={"rfc7592-3-client-configuration-url-stays-stable"})
class ConfigurationUrlMoves(Behaviour):
    """A read names another URL, at which nothing works."""

    def read(self, request: Request, client: Client) -> Response:
        """Move on."""
        answer = super().read(request, client)
        if client.metadata.get("client_name") != WRITTEN_BACK or client.revision:
            return answer
        return with_members(answer, lambda body: {**body, _URL: f"{body[_URL]}/moved"})


@fault(trips={"rfc7592-3-no-credential-inside-urls"})
class TokenInsideTheUrl(Behaviour):
    """registration_client_uri carries the registration access token."""

    def configuration_url(self, request: Request, client: Client) -> str:
        """Spare the client a header."""
        url = super().configuration_url(request, client)
        return f"{url}?access_token={client.registration_token}"


@fault(trips={"rfc7592-3-token-and-url-differ-per-client"})
class SharedRegistrationToken(Behaviour):
    """All clients of one software have one registration access token."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Take the token of the software, if it has one."""
        client, secret = super().new_client(sent, metadata)
        shared = self.__dict__.setdefault("shared", {})
        token = shared.setdefault(
            metadata.get("software_id") or client.client_id, client.registration_token
        )
        return replace(client, registration_token=token), secret


@fault(trips={"rfc7592-5-registration-token-unguessable"})
class ShortRegistrationToken(Behaviour):
    """Registration access tokens have twelve characters."""

    def new_registration_token(self) -> str:
        """Keep it short."""
        return super().new_registration_token()[:12]


@fault(trips={"rfc7592-2.1-reads-agree-across-connections"})
class EveryThirdReadIsStale(Behaviour):
    """After an update every third read still shows the old redirect URIs, however long after."""

    def after_update(self, client: Client, updated: Client) -> None:
        """Leave the old record in the cache of one node."""
        super().after_update(client, updated)
        if client.redirect_uris != updated.redirect_uris:
            self.__dict__.setdefault("stale", {})[client.client_id] = [client, 0]

    def read(self, request: Request, client: Client) -> Response:
        """Answer from one node or the other."""
        kept = self.__dict__.get("stale", {}).get(client.client_id)
        if kept is not None:
            kept[1] += 1
            if kept[1] % 3 == 2:
                old = list(kept[0].redirect_uris)
                return with_members(
                    super().read(request, client), lambda body: {**body, "redirect_uris": old}
                )
        return super().read(request, client)
