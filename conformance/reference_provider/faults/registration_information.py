"""What is wrong with the information and the clients of a response (RFC 7591 2.1, 3.2.1, 5)."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.rewriting import with_client_id, with_members
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_IMPLICIT = Policy(allow_implicit=True)
_DESCRIBED = "dcr-conformance described"
"""The name of the client that is registered with every common member."""
_MOMENT_S = 0.1
"""Long enough for another request to come in between."""


def _is(client: Client, name: str) -> bool:
    return client.metadata.get("client_name") == name


@fault(trips={"rfc7591-2.1-code-grant-needs-code-response"}, policy=_IMPLICIT)
class CodeGrantWithAnyResponse(Behaviour):
    """The code grant is registered with any response type."""

    def check_grants_fit_responses(self, metadata: Mapping[str, Any]) -> None:
        """Look at other grants."""
        if metadata["grant_types"] != ["authorization_code"]:
            super().check_grants_fit_responses(metadata)


@fault(trips={"rfc7591-2.1-implicit-grant-needs-matching-response"}, policy=_IMPLICIT)
class ImplicitGrantWithAnyResponse(Behaviour):
    """The implicit grant is registered with any response type."""

    def check_grants_fit_responses(self, metadata: Mapping[str, Any]) -> None:
        """Look at other grants."""
        if metadata["grant_types"] != ["implicit"]:
            super().check_grants_fit_responses(metadata)


@fault(trips={"rfc7591-2.1-no-code-response-without-code-grant"})
class CodeResponseForMachines(Behaviour):
    """Every client that asks for no response type gets code."""

    def default_response_types(self, grants: list[str]) -> list[str]:
        """Take the default as it stands."""
        del grants
        return ["code"]

    def check_grants_fit_responses(self, metadata: Mapping[str, Any]) -> None:
        """Compare nothing where the grants are for machines."""
        if metadata["grant_types"] != ["client_credentials"]:
            super().check_grants_fit_responses(metadata)


@fault(trips={"rfc7591-3.2.1-members-at-top-level"})
class InformationWrapped(Behaviour):
    """The client information stands below a member named client."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Wrap it."""
        return with_members(
            super().registered(request, client, secret), lambda body: {"client": body}
        )


@fault(trips={"rfc7591-3.2.1-all-registered-metadata-returned"})
class ContactsHidden(Behaviour):
    """The answer to a registration leaves the contacts out, which a read shows."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Show what seems to matter."""
        return with_members(
            super().registered(request, client, secret),
            lambda body: self.without(body, "contacts"),
        )


@fault(trips={"rfc7591-3.2.1-provisioned-values-returned"})
class ProvisionedMethodHidden(Behaviour):
    """The answer to a registration with a software_id leaves out the method the server set."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Show what was asked for."""
        answer = super().registered(request, client, secret)
        if "software_id" not in client.metadata:
            return answer
        return with_members(answer, lambda body: self.without(body, "token_endpoint_auth_method"))


@fault(trips={"rfc7591-3.2.1-provisioned-values-returned"})
class PublicInSilence(Behaviour):
    """A client that asks for no method is registered as a public one; nothing says so."""

    def default_auth_method(self) -> str:
        """Keep it simple."""
        return "none"

    def metadata_members(self, client: Client) -> dict[str, Any]:
        """Hide the method."""
        members = super().metadata_members(client)
        return self.without(members, "token_endpoint_auth_method") if (
            client.auth_method == "none" and "client_name" in members
        ) else members  # fmt: skip


@fault(trips={"rfc7591-3.2.1-substituted-values-shown"})
class BasicInsteadOfPost(Behaviour):
    """client_secret_post is registered and shown, but only HTTP Basic is taken."""

    def method_matches(self, client: Client, credentials: Any) -> bool:
        """Take Basic from those."""
        if client.auth_method == "client_secret_post" and client.revision == 0:
            return bool(credentials.kind == "basic")
        return super().method_matches(client, credentials)


@fault(trips={"rfc7591-3.2.1-unasked-secret-names-its-method"})
class NoneDroppedInSilence(Behaviour):
    """The method none is dropped, a secret is issued, and nothing says how to use it."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Issue a secret to everybody."""
        client, secret = super().new_client(sent, metadata)
        if sent.get("token_endpoint_auth_method") != "none":
            return client, secret
        kept = self.without(client.metadata, "token_endpoint_auth_method")
        return self.with_new_secret(replace(client, metadata=kept))


@fault(trips={"rfc7591-3.2.1-client-id-usable-at-once"})
class ClientUnknownToAuthorization(Behaviour):
    """The authorization endpoint does not know clients with a software_id yet."""

    def client_to_authorize(self, client_id: str) -> Client | None:
        """Look into a copy that is not up to date."""
        client = super().client_to_authorize(client_id)
        return None if client is not None and _is(client, _DESCRIBED) else client


@fault(trips={"rfc7591-3.2.1-single-valued-members-keep-their-json-type"})
class VersionAsNumber(Behaviour):
    """software_version is returned as a number where it begins with one."""

    def metadata_members(self, client: Client) -> dict[str, Any]:
        """Parse it."""
        members = super().metadata_members(client)
        if "software_version" in members:
            members["software_version"] = 2.2
        return members


@fault(trips={"rfc7591-3.2.1-no-null-members-in-responses"})
class UnsetMembersNull(Behaviour):
    """Members without a value are returned as null."""

    def metadata_members(self, client: Client) -> dict[str, Any]:
        """Print every column."""
        return {"tos_uri": None, **super().metadata_members(client)}


@fault(trips={"rfc7591-3.2.1-registered-client-completes-code-flow"})
class CodeOfRegisteredClientUseless(Behaviour):
    """The token endpoint takes no code of a client with a software_id."""

    def code_grant(
        self, request: Request, client: Client, form: Mapping[str, str]
    ) -> dict[str, Any]:
        """Miss a flag that only administrators can set."""
        if _is(client, _DESCRIBED):
            raise OAuthError("unauthorized_client", "the client is not enabled")
        return super().code_grant(request, client, form)


@fault(
    trips={
        "rfc7591-2-client-id-varies-between-instances",
        "rfc7591-3.2.1-secret-unique-per-instance",
    }
)
class SecretPerSoftware(Behaviour):
    """Clients of one software are told one client_id and one secret."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """State those of the first one."""
        answer = super().registered(request, client, secret)
        if not _is(client, _DESCRIBED):
            return answer
        first = self.__dict__.setdefault("first", (client.client_id, secret))
        answer = with_client_id(answer, client.client_id, first[0])
        return with_members(answer, lambda body: {**body, "client_secret": first[1]})


@fault(trips={"rfc7591-3.2.1-repeat-of-a-registration-leaves-the-first-alone"})
class RegistrationUpserts(Behaviour):
    """A registration of known software and name takes the first client's secret away."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Give the older record a new secret."""
        for known in self.registry:
            if _is(known, _DESCRIBED) and metadata.get("client_name") == _DESCRIBED:
                self.registry.replace(known, self.with_new_secret(known)[0])
        return super().new_client(sent, metadata)


@fault(trips={"rfc7591-3.2.1-concurrent-registrations-all-persist"})
class RegistrationsOverwriteEachOther(Behaviour):
    """Of registrations at the same moment the last one is kept."""

    def register(self, request: Request) -> Response:
        """Write back what was read before."""
        if b"at-once" not in request.body:
            return super().register(request)
        lock = self.__dict__.setdefault("lock", threading.Lock())
        before = {client.client_id for client in self.registry}
        time.sleep(_MOMENT_S)
        with lock:
            for client in self.registry:
                name = str(client.metadata.get("client_name"))
                if client.client_id not in before and "at-once" in name:
                    self.registry.remove(client.client_id)
            return super().register(request)


@fault(trips={"rfc7591-3.2.1-expired-secret-stops-working"}, policy=Policy(secret_lifetime=60))
class SecretOutlivesItsEnd(Behaviour):
    """A secret works after its announced end."""

    def secret_expired(self, client: Client) -> bool:
        """Never look at the time."""
        del client
        return False


@fault(trips={"rfc7591-5-dangerous-display-urls-not-stored"})
class AnyLogoUriRegistered(Behaviour):
    """Whatever is sent as logo_uri is registered."""

    def check_logo_uri(self, value: Any) -> str:
        """Take any text."""
        return self.text("logo_uri", value)
