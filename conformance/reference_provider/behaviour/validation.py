"""From the members sent to the metadata registered: defaults, and members that must fit."""

import re
from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour.metadata import MetadataRules
from conformance.reference_provider.errors import RegistrationError

_TAGGED = re.compile(r"([a-z_]+)#([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)")
_NEVER_METADATA = frozenset(
    {
        "client_id",
        "client_secret",
        "client_id_issued_at",
        "client_secret_expires_at",
        "registration_access_token",
        "registration_client_uri",
        "software_statement",
    }
)


class Validation(MetadataRules):
    """The same for a registration and an update (RFC 7592 section 2.2)."""

    def registered_metadata(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is registered for what was sent, or raise; nothing is stored yet."""
        metadata = self.checked_members(self.present_members(sent))
        metadata = self.with_defaults(metadata)
        self.check_redirects_present(metadata)
        self.check_grants_fit_responses(metadata)
        self.check_public_client_grants(metadata)
        self.check_one_key_source(metadata)
        self.check_keys_for_method(metadata)
        self.check_certificate_subject(metadata)
        self.check_signing_alg_for_method(metadata)
        self.check_displayed_hosts(metadata)
        self.let_certificates_through(metadata)
        return metadata

    def present_members(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out null and empty members, which ask for nothing (RFC 7592 section 2.2)."""
        return {name: value for name, value in sent.items() if not self.is_absent(name, value)}

    def is_absent(self, name: str, value: Any) -> bool:
        """Tell whether a member counts as left out."""
        if value is None and self.policy.null_metadata == "refuse" and name in self.known_members():
            raise self.metadata_refused(f"{name} is null")
        return value is None or value in ("", [])

    def checked_members(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Check every known member; the order of members does not matter."""
        metadata: dict[str, Any] = {}
        for name, value in sent.items():
            member = self.understood_member(name)
            if member is None:
                metadata.update(self.unknown_member(name, value))
                continue
            try:
                checked = self.checked_value(member, value)
            except RegistrationError as error:
                checked = self.replacement(member, error)
            if checked is not None:
                metadata[member] = checked
        return metadata

    def understood_member(self, name: str) -> str | None:
        """Return the member's name if it is known; letter case matters (RFC 7591 section 1.1)."""
        if name in self.known_members():
            return name
        tagged = _TAGGED.fullmatch(name)
        if tagged and tagged[1] in self.human_members():
            return f"{tagged[1]}#{self.language_tag(tagged[2])}"
        return None

    def language_tag(self, tag: str) -> str:
        """Return one form of a language tag, which has no letter case (RFC 7591 section 2.2)."""
        return tag.lower()

    def unknown_member(self, name: str, value: Any) -> dict[str, Any]:
        """Ignore what is not understood, whatever it is (RFC 7591 section 2)."""
        if self.policy.keep_unknown_metadata and self.may_keep(name):
            return {name: value}
        return {}

    def may_keep(self, name: str) -> bool:
        """Tell whether an unknown member may be shown again: not those the server owns."""
        return name not in _NEVER_METADATA and not name.startswith("__")

    def replacement(self, member: str, error: RegistrationError) -> Any:
        """Return the substitute of an unusable value, or refuse (RFC 7591 section 2).

        A redirect URI is never substituted: OIDC Registration section 3.2.
        """
        if self.policy.bad_metadata == "replace" and member != "redirect_uris":
            return None
        raise error

    # Defaults (RFC 7591 section 2); all are stated in the answer

    def with_defaults(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Add the defaults of what was left out."""
        metadata.setdefault("token_endpoint_auth_method", self.default_auth_method())
        if "grant_types" not in metadata:
            metadata["grant_types"] = self.default_grant_types()
        if "response_types" not in metadata:
            metadata["response_types"] = self.default_response_types(metadata["grant_types"])
        if "scope" not in metadata and (scope := self.default_scope()):
            metadata["scope"] = scope
        return metadata

    def default_auth_method(self) -> str:
        """Return the default of token_endpoint_auth_method."""
        return self.policy.default_auth_method

    def default_grant_types(self) -> list[str]:
        """Return the default of grant_types."""
        return list(self.policy.default_grant_types)

    def default_response_types(self, grants: list[str]) -> list[str]:
        """Return response types that fit the grants (RFC 7591 section 2.1)."""
        offered = self.supported_response_types()
        wanted = [grant for grant in grants if self.is_redirect_grant(grant)]
        fitting = [
            next((item for item in offered if self.grant_of_response(item) == grant), None)
            for grant in wanted
        ]
        return [item for item in fitting if item is not None]

    def default_scope(self) -> str:
        """Return the scope of a client that asked for none, never everything there is."""
        return self.policy.default_scope

    # Members that must fit each other

    def is_redirect_grant(self, grant: str) -> bool:
        """Tell whether a grant needs redirect URIs (RFC 7591 section 5)."""
        return grant in {"authorization_code", "implicit"}

    def check_redirects_present(self, metadata: Mapping[str, Any]) -> None:
        """Refuse redirect grants without redirect URIs (RFC 7591 sections 2 and 5)."""
        redirected = any(self.is_redirect_grant(grant) for grant in metadata["grant_types"])
        if redirected and not metadata.get("redirect_uris"):
            raise self.redirect_refused("redirect_uris is missing")

    def check_grants_fit_responses(self, metadata: Mapping[str, Any]) -> None:
        """Refuse grants and response types that do not belong together (RFC 7591 2.1)."""
        needed = {self.grant_of_response(item) for item in metadata["response_types"]}
        if needed != {grant for grant in metadata["grant_types"] if self.is_redirect_grant(grant)}:
            raise self.metadata_refused("grant_types and response_types do not fit")

    def grant_of_response(self, response_type: str) -> str:
        """Return the grant type that a response type needs (RFC 7591 section 2.1)."""
        return "authorization_code" if response_type == "code" else "implicit"

    def check_public_client_grants(self, metadata: Mapping[str, Any]) -> None:
        """Refuse client credentials to public clients (RFC 6749 section 4.4)."""
        method = metadata["token_endpoint_auth_method"]
        if method == "none" and "client_credentials" in metadata["grant_types"]:
            raise self.metadata_refused("a public client cannot use client_credentials")

    def check_one_key_source(self, metadata: Mapping[str, Any]) -> None:
        """Refuse jwks and jwks_uri together (RFC 7591 section 2)."""
        if "jwks" in metadata and "jwks_uri" in metadata:
            raise self.metadata_refused("jwks and jwks_uri exclude each other")

    def check_keys_for_method(self, metadata: Mapping[str, Any]) -> None:
        """Refuse methods of a key without keys (RFC 7591 section 2, RFC 8705 section 2.2)."""
        method = metadata["token_endpoint_auth_method"]
        if method not in ("private_key_jwt", "self_signed_tls_client_auth"):
            return
        if not ("jwks" in metadata or "jwks_uri" in metadata):
            raise self.metadata_refused(f"{method} needs jwks or jwks_uri")

    def check_signing_alg_for_method(self, metadata: Mapping[str, Any]) -> None:
        """Refuse a symmetric algorithm for keys and the other way round (RFC 8725 3.1)."""
        algorithm = metadata.get("token_endpoint_auth_signing_alg")
        method = metadata["token_endpoint_auth_method"]
        if algorithm and method in {"private_key_jwt", "client_secret_jwt"}:
            symmetric = algorithm.startswith("HS")
            if symmetric != (method == "client_secret_jwt"):
                raise self.metadata_refused("token_endpoint_auth_signing_alg does not fit")

    def check_displayed_hosts(self, metadata: Mapping[str, Any]) -> None:
        """Refuse displayed URLs on foreign hosts where the policy says so (RFC 7591 section 5)."""
        if not self.policy.displayed_urls_same_host:
            return
        hosts = {self.host_of(uri) for uri in metadata.get("redirect_uris", ())}
        displayed = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
        for name, value in metadata.items():
            if name.partition("#")[0] in displayed and self.host_of(value) not in hosts:
                raise self.metadata_refused(f"{name.partition('#')[0]} is on another host")
