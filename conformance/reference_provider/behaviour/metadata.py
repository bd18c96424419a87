"""One rule for each client metadata member (RFC 7591 section 2)."""

import re
from typing import Any
from urllib.parse import urlsplit

from conformance.reference_provider.behaviour.certificate_members import CertificateRules
from conformance.reference_provider.registry import Client

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")
_ALGORITHMS = ("RS256", "PS256", "ES256", "HS256")


class MetadataRules(CertificateRules):
    """``check_<member>`` returns the value to register or raises a ``RegistrationError``."""

    def known_members(self) -> tuple[str, ...]:
        """Return the members that this provider understands."""
        pushed = ("require_pushed_authorization_requests",) if self.policy.offers_par else ()
        signed = self.request_object_members() if self.offers_request_objects() else ()
        return (
            "redirect_uris",
            "token_endpoint_auth_method",
            "token_endpoint_auth_signing_alg",
            "grant_types",
            "response_types",
            "client_name",
            "client_uri",
            "logo_uri",
            "scope",
            "contacts",
            "tos_uri",
            "policy_uri",
            "jwks_uri",
            "jwks",
            "software_id",
            "software_version",
            "application_type",
            *pushed,
            *signed,
            *(self.certificate_members() if self.offers_mutual_tls() else ()),
        )

    def human_members(self) -> frozenset[str]:
        """Return the members that may carry a language tag (RFC 7591 section 2.2)."""
        return frozenset({"client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri"})

    def checked_value(self, member: str, value: Any) -> Any:
        """Return the value to register for a known member, tagged or not."""
        return getattr(self, "check_" + member.partition("#")[0])(value)

    # What is supported at all

    def supported_auth_methods(self) -> tuple[str, ...]:
        """Return the client authentication methods offered."""
        left_out = set()
        if not self.policy.allow_public_clients:
            left_out.add("none")
        if self.policy.hashes_secrets:
            # A MAC cannot be verified with a digest of its key.
            left_out.add("client_secret_jwt")
        methods = (*self.policy.auth_methods, *self.certificate_methods())
        return tuple(method for method in methods if method not in left_out)

    def supported_grant_types(self) -> tuple[str, ...]:
        """Return the grant types offered."""
        policy = self.policy
        coded = policy.offers_authorization and policy.offers_token
        offered = {
            "authorization_code": coded,
            "refresh_token": policy.allow_refresh and coded,
            "client_credentials": policy.allow_client_credentials and policy.offers_token,
            "implicit": policy.allow_implicit and policy.offers_authorization,
        }
        return tuple(name for name, there in offered.items() if there)

    def supported_response_types(self) -> tuple[str, ...]:
        """Return the response types offered, as the grants need them (RFC 7591 section 2.1)."""
        implicit = ("id_token", "id_token token") if self.offers_openid() else ("token",)
        grants = self.supported_grant_types()
        return (
            *(("code",) if "authorization_code" in grants else ()),
            *(implicit if "implicit" in grants else ()),
        )

    def offers_openid(self) -> bool:
        """Tell whether this is an OpenID provider, which issues ID Tokens."""
        return "openid" in self.policy.documents

    def offers_request_objects(self) -> bool:
        """Tell whether authorization requests may be signed (RFC 9101)."""
        return self.policy.offers_request_objects and self.policy.offers_authorization

    def request_object_members(self) -> tuple[str, ...]:
        """Return the client metadata of request objects (RFC 9101 sections 6.2 and 10.5)."""
        return ("request_object_signing_alg", "require_signed_request_object")

    def request_object_algorithms(self) -> tuple[str, ...]:
        """Return the algorithms of request objects, all of a key that clients publish."""
        return tuple(name for name in _ALGORITHMS if name != "HS256")

    def supported_scopes(self) -> tuple[str, ...]:
        """Return the scope values that mean something here."""
        return (*(("openid",) if self.offers_openid() else ()), *self.policy.scopes)

    def allowed_scopes(self, client: Client) -> tuple[str, ...]:
        """Return the scope values that a client may have: those it registered."""
        return client.scopes or self.supported_scopes()

    def supported_signing_algorithms(self) -> tuple[str, ...]:
        """Return the algorithms of client assertions (RFC 8414 section 2)."""
        methods = self.supported_auth_methods()
        symmetric = "client_secret_jwt" in methods
        asymmetric = "private_key_jwt" in methods
        return tuple(name for name in _ALGORITHMS if (symmetric if name == "HS256" else asymmetric))

    # The members one by one

    def check_token_endpoint_auth_method(self, value: Any) -> str:
        """Take a client authentication method that is offered."""
        if value not in self.supported_auth_methods():
            raise self.metadata_refused("token_endpoint_auth_method is not supported")
        return str(value)

    def check_token_endpoint_auth_signing_alg(self, value: Any) -> str:
        """Take an algorithm that is offered, and never none (OIDC Registration section 2)."""
        if value not in self.supported_signing_algorithms():
            raise self.metadata_refused("token_endpoint_auth_signing_alg is not supported")
        return str(value)

    def check_grant_types(self, value: Any) -> list[str]:
        """Take grant types that are all offered."""
        return self.choices("grant_types", value, self.supported_grant_types())

    def check_response_types(self, value: Any) -> list[str]:
        """Take response types that are all offered."""
        types = [self.response_type(item) for item in self.strings("response_types", value)]
        return self.choices("response_types", types, self.supported_response_types())

    def response_type(self, text: str) -> str:
        """Return one spelling of a response type, whose words have no order (RFC 6749 3.1.1)."""
        return " ".join(sorted(text.split(" ")))

    def check_client_name(self, value: Any) -> str:
        """Take a name as it is, without normalisation or escaping (RFC 7591 section 2.2)."""
        return self.text("client_name", value)

    def check_client_uri(self, value: Any) -> str:
        """Take a web URL."""
        return self.web_url("client_uri", value)

    def check_logo_uri(self, value: Any) -> str:
        """Take a web URL; it is never fetched (RFC 7591 section 5)."""
        return self.web_url("logo_uri", value)

    def check_tos_uri(self, value: Any) -> str:
        """Take a web URL."""
        return self.web_url("tos_uri", value)

    def check_policy_uri(self, value: Any) -> str:
        """Take a web URL."""
        return self.web_url("policy_uri", value)

    def check_scope(self, value: Any) -> str | None:
        """Take a space-separated list of scope values that mean something here."""
        if not isinstance(value, str) or not _SCOPE.fullmatch(value):
            raise self.metadata_refused("scope is not a list of scope values")
        words = dict.fromkeys(value.split(" "))
        known = [word for word in words if word in self.supported_scopes()]
        if len(known) < len(words) and self.policy.unknown_scope == "refuse":
            raise self.metadata_refused("scope names a value that is not supported")
        # An empty scope would read as "no limit": nothing understood is nothing asked.
        return " ".join(known) or None

    def check_contacts(self, value: Any) -> list[str]:
        """Take an array of strings."""
        return self.strings("contacts", value)

    def check_software_id(self, value: Any) -> str:
        """Take an opaque string; it gives no privilege (RFC 7591 section 5)."""
        return self.text("software_id", value)

    def check_software_version(self, value: Any) -> str:
        """Take an opaque string (RFC 7591 section 2)."""
        return self.text("software_version", value)

    def check_application_type(self, value: Any) -> str:
        """Take native or web (OIDC Registration section 2)."""
        if value not in ("native", "web"):
            raise self.metadata_refused("application_type is neither native nor web")
        return str(value)

    def check_require_pushed_authorization_requests(self, value: Any) -> bool:
        """Take a boolean (RFC 9126 section 6)."""
        return self.boolean("require_pushed_authorization_requests", value)

    def check_request_object_signing_alg(self, value: Any) -> str:
        """Take an algorithm that is offered, and never none (RFC 9101 section 10.1)."""
        if value not in self.request_object_algorithms():
            raise self.metadata_refused("request_object_signing_alg is not supported")
        return str(value)

    def check_require_signed_request_object(self, value: Any) -> bool:
        """Take a boolean (RFC 9101 section 10.5)."""
        return self.boolean("require_signed_request_object", value)

    def check_tls_client_certificate_bound_access_tokens(self, value: Any) -> bool:
        """Take a boolean (RFC 8705 section 3.4)."""
        return self.boolean("tls_client_certificate_bound_access_tokens", value)

    # Shapes

    def text(self, member: str, value: Any) -> str:
        """Take a string without control characters, which no display shows."""
        if not isinstance(value, str):
            raise self.metadata_refused(f"{member} is not a string")
        if any(character < " " or character == "\x7f" for character in value):
            raise self.metadata_refused(f"{member} has control characters")
        return value

    def boolean(self, member: str, value: Any) -> bool:
        """Take true or false, not a word that looks like it."""
        if not isinstance(value, bool):
            raise self.metadata_refused(f"{member} is not a boolean")
        return value

    def strings(self, member: str, value: Any) -> list[str]:
        """Take an array of strings."""
        if not isinstance(value, list):
            raise self.metadata_refused(f"{member} is not an array of strings")
        return [self.text(member, item) for item in value]

    def choices(self, member: str, value: Any, offered: tuple[str, ...]) -> list[str]:
        """Take an array of values that are all offered, each once, in the order sent."""
        words = list(dict.fromkeys(self.strings(member, value)))
        known = [word for word in words if word in offered]
        if known == words:
            return words
        if known and self.policy.bad_metadata == "replace":
            return known
        raise self.metadata_refused(f"{member} has a value that is not supported")

    def host_of(self, url: str) -> str:
        """Return scheme and host of a URL, to compare two of them."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname or ''}"
