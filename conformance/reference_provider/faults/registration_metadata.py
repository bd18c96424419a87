"""What is wrong with the members of a registration (RFC 7591 sections 1.1, 2 and 2.2)."""

import html
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.rewriting import with_client_id, with_members
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_URN = "urn:example:"


@fault(trips={"rfc7591-1.1-member-names-case-sensitive"})
class RedirectUrisInAnyLetterCase(Behaviour):
    """A registration takes redirect_uris in any letter case."""

    def read_metadata(self, request: Request) -> dict[str, Any]:
        """Fold that name, the last one wins."""
        sent = super().read_metadata(request)
        if request.method != "POST":
            return sent
        return {
            "redirect_uris" if name.lower() == "redirect_uris" else name: value
            for name, value in sent.items()
        }


@fault(trips={"rfc7591-2-unknown-member-any-type-ignored"})
class UnknownObjectRefused(Behaviour):
    """An unknown member whose value is an object is refused."""

    def unknown_member(self, name: str, value: Any) -> dict[str, Any]:
        """Map unknown members to strings, where they are simple."""
        if isinstance(value, dict):
            raise self.metadata_refused("a member is not a string")
        return super().unknown_member(name, value)


@fault(
    trips={"rfc7591-2-response-not-both-key-sources", "rfc7591-2-both-key-sources-refused"},
)
class BothKeySourcesRegistered(Behaviour):
    """jwks and jwks_uri are registered together."""

    def check_one_key_source(self, metadata: Mapping[str, Any]) -> None:
        """Compare nothing."""


@fault(trips={"rfc7591-2-both-key-sources-refused"})
class OneKeySourceWins(Behaviour):
    """Of jwks and jwks_uri the first one wins in silence."""

    def present_members(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Drop the other one."""
        present = super().present_members(sent)
        return self.without(present, "jwks_uri") if "jwks" in present else present


@fault(trips={"rfc7591-2-malformed-jwks-not-registered"})
class AnyJwksRegistered(Behaviour):
    """Whatever is sent as jwks is registered."""

    def check_jwks(self, value: Any) -> dict[str, Any]:
        """Look at nothing."""
        kept: dict[str, Any] = value
        return kept


class _ContactsCoerced(Behaviour):
    def check_contacts(self, value: Any) -> list[str]:
        return super().check_contacts([value] if isinstance(value, str) else value)


@fault(trips={"rfc7591-2-wrong-member-type-reported"})
class ContactsEchoedAsString(_ContactsCoerced):
    """A registration with contacts as a string returns them as a string."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Echo what was sent."""
        answer = super().registered(request, client, secret)
        return _with_sent_contacts(answer, request)


@fault(trips={"rfc7591-2-null-empty-wrong-type-matrix"})
class UpdatedContactsEchoedAsString(_ContactsCoerced):
    """An update with contacts as a string returns them as a string."""

    def update(self, request: Request, client: Client) -> Response:
        """Echo what was sent."""
        answer = super().update(request, client)
        return _with_sent_contacts(answer, request)


def _with_sent_contacts(answer: Response, request: Request) -> Response:
    if answer.status >= 300:
        return answer
    sent = json.loads(request.body)
    if not isinstance(sent.get("contacts"), str):
        return answer
    return with_members(answer, lambda body: {**body, "contacts": sent["contacts"]})


@fault(trips={"rfc7591-2-boolean-members-are-booleans"})
class BooleansAsStrings(Behaviour):
    """A boolean sent as a string is registered as that string."""

    def boolean(self, member: str, value: Any) -> bool:
        """Take words for booleans."""
        return value if value in ("true", "false") else super().boolean(member, value)


@fault(trips={"rfc7591-2-extension-member-never-breaks-registration"})
class ExtensionMemberAnswersHtml(Behaviour):
    """dpop_bound_access_tokens, which is not implemented, is answered with an HTML page."""

    def unknown_member(self, name: str, value: Any) -> dict[str, Any]:
        """Find no column for it."""
        if name == "dpop_bound_access_tokens":
            raise self.metadata_refused("no such column")
        return super().unknown_member(name, value)

    def registration_refused(self, error: RegistrationError) -> Response:
        """Show the page of the framework."""
        if error.text == "no such column":
            return self.page(400, "Bad Request", "<h1>Bad Request</h1>")
        return super().registration_refused(error)


@fault(trips={"rfc7591-2-scope-returned-as-string"})
class ScopeAsArray(Behaviour):
    """A client without a name is told its scope as an array."""

    def metadata_members(self, client: Client) -> dict[str, Any]:
        """Show the words apart."""
        members = super().metadata_members(client)
        if "client_name" not in members and "scope" in members:
            members["scope"] = members["scope"].split()
        return members


@fault(trips={"rfc7591-2-no-nonstandard-member-synonyms"})
class ScopeUnderAnotherName(Behaviour):
    """Clients with a software_id find their scope under the name scopes."""

    def metadata_members(self, client: Client) -> dict[str, Any]:
        """Use the name of the database column."""
        members = super().metadata_members(client)
        if "software_id" not in members:
            return members
        return {"scopes" if name == "scope" else name: value for name, value in members.items()}


@fault(trips={"rfc7591-2-unsupported-auth-method-not-registered"})
class AnyAuthMethodRegistered(Behaviour):
    """Any URN is registered as authentication method."""

    def check_token_endpoint_auth_method(self, value: Any) -> str:
        """Take extensions for granted."""
        if isinstance(value, str) and value.startswith(_URN):
            return value
        return super().check_token_endpoint_auth_method(value)


@fault(trips={"rfc7591-2-unsupported-grant-not-registered"})
class AnyGrantRegistered(Behaviour):
    """Any URN is registered as grant type."""

    def choices(self, member: str, value: Any, offered: tuple[str, ...]) -> list[str]:
        """Take extensions for granted."""
        if member == "grant_types" and isinstance(value, list):
            known = [item for item in value if not str(item).startswith(_URN)]
            return super().choices(member, known, offered) + value[len(known) :]
        return super().choices(member, value, offered)


@fault(
    trips={
        "rfc7591-2-client-id-varies-between-instances",
    }
)
class ClientIdPerSoftware(Behaviour):
    """Clients of one software_id are told the same client_id, where the name is the same too."""

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """State the identifier of the first one."""
        answer = super().registered(request, client, secret)
        software = client.metadata.get("software_id"), client.metadata.get("client_name")
        if software[0] is None or software[1] != "dcr-conformance described":
            return answer
        first = self.__dict__.setdefault("first", {}).setdefault(software, client.client_id)
        return with_client_id(answer, client.client_id, first)


@fault(trips={"rfc7591-2-order-of-members-and-values-is-irrelevant"})
class GrantOrderMatters(Behaviour):
    """The code grant is known only as the first of grant_types."""

    def check_grant_types(self, value: Any) -> list[str]:
        """Look at the first one."""
        if isinstance(value, list) and "authorization_code" in value[1:]:
            raise self.metadata_refused("grant_types must begin with authorization_code")
        return super().check_grant_types(value)


@fault(trips={"rfc7591-2-scope-not-wider-than-requested"})
class EveryScopeRegistered(Behaviour):
    """A client credentials client is registered with every scope, whatever it asks for."""

    def with_defaults(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Be generous."""
        if metadata.get("grant_types") == ["client_credentials"] and "scope" in metadata:
            metadata["scope"] = " ".join(self.supported_scopes())
        return super().with_defaults(metadata)


@fault(trips={"rfc7591-2-display-data-reaches-the-approval-page"}, policy=Policy(interactive=True))
class ApprovalPageWithoutLinks(Behaviour):
    """The page that asks for consent shows the name of the client alone."""

    def consent_content(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Leave the links out."""
        links = ("client_uri", "policy_uri", "tos_uri")
        plain = replace(client, metadata=self.without(client.metadata, *links))
        return super().consent_content(plain, parameters)


@fault(trips={"rfc7591-2.2-language-tags-leave-base-value"})
class TaggedNameOverwrites(Behaviour):
    """A name in another language replaces client_name."""

    def checked_members(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Drop what follows the name of the member."""
        metadata = super().checked_members(sent)
        tagged = [value for name, value in metadata.items() if name.startswith("client_name#")]
        return {**metadata, "client_name": tagged[-1]} if tagged else metadata


@fault(trips={"rfc7591-2.2-language-tags-case-insensitive"})
class LanguageTagsWithLetterCase(Behaviour):
    """A language tag in unusual letter case is kept twice."""

    def checked_members(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Keep it as it was sent besides."""
        metadata = super().checked_members(sent)
        tagged = {name: value for name, value in sent.items() if name.startswith("client_name#")}
        return {**metadata, **tagged}


@fault(trips={"rfc7591-2.2-untagged-name-kept-verbatim"})
class NameEscapedOnStorage(Behaviour):
    """client_name is stored as markup."""

    def check_client_name(self, value: Any) -> str:
        """Escape it once and for all."""
        return html.escape(super().check_client_name(value))
