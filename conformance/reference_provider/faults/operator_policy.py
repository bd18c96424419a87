"""What an operator decided, and clients that register themselves get round (RFC 7591 section 5)."""

import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client

_LISTED = Policy(redirect_hosts=("client.example",))
_FAVOURITE = "software-of-the-house"


@fault(
    trips={"rfc7591-5-operator-redirect-policy-binds-dynamic-clients"},
    policy=_LISTED,
)
class RedirectHostsUnchecked(Behaviour):
    """The list of redirect hosts holds for clients that the operator makes by hand."""

    def check_redirect_listed(self, parts: SplitResult) -> None:
        """Look at nobody's."""


@fault(
    trips={"rfc7591-5-operator-redirect-policy-binds-dynamic-clients"},
    policy=_LISTED,
)
class RedirectHostsUncheckedInUpdates(Behaviour):
    """The list of redirect hosts is looked at in registrations, not in updates."""

    @cached_property
    def _asked(self) -> Any:
        return threading.local()

    def metadata_of(self, sent: Mapping[str, Any], client: Client | None = None) -> dict[str, Any]:
        """Remember which of both this is."""
        self._asked.update = client is not None
        return super().metadata_of(sent, client)

    def check_redirect_listed(self, parts: SplitResult) -> None:
        """Look at new clients."""
        if not getattr(self._asked, "update", False):
            super().check_redirect_listed(parts)


@fault(trips={"rfc7591-5-software-id-gives-no-privilege"})
class SoftwareIdOpensScopes(Behaviour):
    """Whoever sends the software_id of the house's own application gets its scopes."""

    def registered_metadata(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Take its word for it."""
        metadata = super().registered_metadata(sent)
        if metadata.get("software_id") == _FAVOURITE:
            metadata["scope"] = " ".join(self.supported_scopes())
        return metadata


@fault(
    trips={"rfc7591-5-software-id-gives-no-privilege"},
    policy=Policy(interactive=True),
)
class SoftwareIdSkipsConsent(Behaviour):
    """Nobody is asked about a client that sends the house's own software_id."""

    def must_ask(self, parameters: Mapping[str, str]) -> bool:
        """Know the favourite."""
        client = self.registry.find(parameters.get("client_id", ""))
        favourite = client is not None and client.metadata.get("software_id") == _FAVOURITE
        return super().must_ask(parameters) and not favourite
