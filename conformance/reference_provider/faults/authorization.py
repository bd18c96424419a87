"""What is wrong at the authorization and token endpoints (RFC 6749, RFC 9700)."""

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client


@fault(
    trips={
        "rfc9126-2.1-par-checks-the-registered-redirect-uri",
        "rfc9700-2.1-redirect-compared-as-string",
    }
)
class RedirectUriMatchedByPrefix(Behaviour):
    """Everything that begins with a registered redirect URI is redirected to."""

    def redirect_uri_matches(self, registered: str, sent: str) -> bool:
        """Compare the beginning only."""
        return sent.startswith(registered) or super().redirect_uri_matches(registered, sent)


@fault(
    trips={
        "rfc7591-2-default-grant-only-code",
        "rfc7591-2-unregistered-grant-refused",
        "rfc7592-2.2-withdrawn-grant-or-scope-not-usable-with-old-tokens",
    }
)
class UnregisteredGrantAllowed(Behaviour):
    """Every client may use every grant type that the provider knows."""

    def grant_type_registered(self, client: Client, grant_type: str) -> bool:
        """Ask nobody."""
        return bool(client and grant_type)
