"""What is registered that must not be, or refused that must not be (RFC 7591 sections 2, 5)."""

from typing import Any
from urllib.parse import SplitResult

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault


@fault(
    trips={
        "rfc7591-2-unknown-member-ignored",
        "rfc7591-2-unknown-member-any-type-ignored",
        "rfc7592-2.2-unknown-member-ignored-on-update",
    }
)
class UnknownMemberRefused(Behaviour):
    """Metadata that the provider does not know is refused."""

    def unknown_member(self, name: str, value: Any) -> dict[str, Any]:
        """Refuse all but the members that the server itself sends."""
        if not self.may_keep(name):
            return super().unknown_member(name, value)
        raise self.metadata_refused("the body has an unknown member")


@fault(
    trips={
        "rfc7591-5-script-scheme-redirect-not-registered",
    }
)
class ScriptSchemeRegistered(Behaviour):
    """Redirect URIs whose scheme runs code are registered."""

    def check_redirect_uri(self, uri: Any) -> None:
        """Look no further than whether it is a string with such a scheme."""
        dangerous = ("javascript:", "data:", "vbscript:", "file:", "blob:", "about:")
        if not (isinstance(uri, str) and uri.lower().startswith(dangerous)):
            super().check_redirect_uri(uri)


@fault(trips={"rfc6749-3.1.2-fragment-redirect-not-registered"})
class FragmentRegistered(Behaviour):
    """Redirect URIs with a fragment are registered."""

    def check_redirect_fragment(self, uri: str) -> None:
        """Take any fragment."""


@fault(
    trips={
        "rfc7591-5-remote-http-redirect-not-registered",
    }
)
class RemoteHttpRegistered(Behaviour):
    """Redirect URIs with http on another machine are registered."""

    def check_redirect_cleartext(self, parts: SplitResult) -> None:
        """Take http everywhere."""
