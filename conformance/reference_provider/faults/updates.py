"""What is wrong with updates (RFC 7592 section 2.2)."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.faults.more_management import begun_well
from conformance.reference_provider.faults.rewriting import with_members
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_MOMENT_S = 0.1
"""Long enough for another request to come in between."""


def _named(body: bytes) -> Any:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value.get("client_name") if isinstance(value, dict) else None


@fault(trips={"rfc7592-1.1-update-member-names-case-sensitive"})
class MemberNamesFolded(Behaviour):
    """An update takes member names in any letter case."""

    def update_basis(self, client: Client, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Fold them, the last one wins."""
        return {name.lower(): value for name, value in super().update_basis(client, sent).items()}


@fault(trips={"rfc7592-2.2-update-takes-effect"})
class AuthorizationKeepsOldUris(Behaviour):
    """The authorization endpoint takes only redirect URIs that were there from the start."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Remember the first ones."""
        client, secret = super().new_client(sent, metadata)
        self.__dict__.setdefault("first", {})[client.client_id] = client.redirect_uris
        return client, secret

    def acceptable_redirect_uris(self, client: Client) -> tuple[str, ...]:
        """Take what is old and registered."""
        first = self.__dict__["first"].get(client.client_id, ())
        return tuple(uri for uri in super().acceptable_redirect_uris(client) if uri in first)

    def check_pushed_redirect_uri(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Check pushed requests against the record itself."""
        if parameters.get("redirect_uri") not in client.redirect_uris:
            super().check_pushed_redirect_uri(client, parameters)


@fault(trips={"rfc7592-2.2-update-takes-effect-at-every-endpoint"})
class PushedRequestsKeepOldUris(Behaviour):
    """Pushed requests are checked against every redirect URI that the client ever had."""

    def after_update(self, client: Client, updated: Client) -> None:
        """Add to what the endpoint knows."""
        super().after_update(client, updated)
        known = self.__dict__.setdefault("known", {})
        known.setdefault(client.client_id, set()).update(client.redirect_uris)

    def check_pushed_redirect_uri(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Take old and new."""
        known: dict[str, set[str]] = self.__dict__.get("known", {})
        if parameters.get("redirect_uri") not in known.get(client.client_id, ()):
            super().check_pushed_redirect_uri(client, parameters)


@fault(trips={"rfc7592-2.2-omitted-member-reported-truthfully"})
class UpdateHidesWhatItKeeps(Behaviour):
    """A name that an update leaves out is kept, and the answer hides it."""

    def update(self, request: Request, client: Client) -> Response:
        """Merge, and answer as if not."""
        before = client.metadata.get("client_name")
        answer = super().update(request, client)
        stored = self.registry.find(client.client_id)
        if answer.status == 200 and stored is not None and b'"client_name"' not in request.body:
            kept = replace(stored, metadata={**stored.metadata, "client_name": before})
            self.registry.replace(stored, kept)
        return answer


@fault(trips={"rfc7592-2.2-null-member-handled"})
class NullStoredAsText(Behaviour):
    """A null name in an update is stored as the text null."""

    def update_basis(self, client: Client, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Print it."""
        basis = dict(super().update_basis(client, sent))
        if "client_name" in basis and basis["client_name"] is None:
            basis["client_name"] = "null"
        return basis


@fault(trips={"rfc7592-2.2-foreign-client-id-not-applied"})
class BodyDecidesWhichClient(Behaviour):
    """An update changes the client that its body names."""

    def update(self, request: Request, client: Client) -> Response:
        """Follow the body."""
        try:
            asked = json.loads(request.body).get("client_id")
        except (ValueError, AttributeError):
            asked = None
        other = self.registry.find(asked) if isinstance(asked, str) else None
        return super().update(request, other or client)


@fault(trips={"rfc7592-2.2-update-validated-like-registration"})
class UpdateSkipsRedirectRules(Behaviour):
    """An update may set a script as redirect URI, which a registration refuses."""

    def update(self, request: Request, client: Client) -> Response:
        """Look away while an update is checked."""
        with self._updating():
            return super().update(request, client)

    @contextmanager
    def _updating(self) -> Iterator[None]:
        self.__dict__["updating"] = True
        try:
            yield
        finally:
            self.__dict__["updating"] = False

    def check_redirect_uri(self, uri: Any) -> None:
        """Let scripts pass then."""
        script = isinstance(uri, str) and uri.startswith("javascript:")
        if not (script and self.__dict__.get("updating")):
            super().check_redirect_uri(uri)


@fault(trips={"rfc7592-2.2-update-validated-like-registration"})
class SilentUpdateSkipsRedirectRules(UpdateSkipsRedirectRules):
    """An update may set a script as redirect URI, and is answered 204 without a word about it."""

    def update(self, request: Request, client: Client) -> Response:
        """Store it and say nothing."""
        answer = super().update(request, client)
        silent = b"javascript:" in request.body and answer.status == self.read_status()
        return self.empty_answer(204) if silent else answer


@fault(trips={"rfc7592-2.2-bad-token-update-refused"})
class AlteredTokenUpdates(Behaviour):
    """For an update the registration access token is compared by its first characters."""

    def managed_client(self, request: Request, client_id: str) -> Client:
        """Take any token that begins well."""
        return begun_well(self, request, client_id, "PUT") or super().managed_client(
            request, client_id
        )


@fault(trips={"rfc7592-2.2-non-json-update-not-applied"})
class FormUpdateErases(Behaviour):
    """An update that is a form is read as one without members: the name is erased."""

    def update(self, request: Request, client: Client) -> Response:
        """Store the empty update, and refuse it afterwards."""
        if self.is_form_type(self.media_type(request)):
            kept = {n: v for n, v in client.metadata.items() if n != "client_name"}
            self.registry.replace(client, replace(client, metadata=kept))
        return super().update(request, client)


@fault(trips={"rfc7592-2.2-concurrent-updates-never-mix"})
class UpdatesStoredByMember(Behaviour):
    """An update is stored member by member, so two at once are mixed."""

    def store_update(self, client: Client, updated: Client) -> bool:
        """Store the name, wait, store the rest."""
        if not str(updated.metadata.get("client_name", "")).startswith(
            ("dcr-conformance left", "dcr-conformance right")
        ):
            return super().store_update(client, updated)
        late = str(updated.metadata["client_name"]).startswith("dcr-conformance left")
        for names in (["client_name"], ["redirect_uris"]):
            self._store(client, {n: updated.metadata[n] for n in names})
            time.sleep(_MOMENT_S if late else _MOMENT_S / 3)
            late = not late
        return True

    def _store(self, client: Client, members: Mapping[str, Any]) -> None:
        while current := self.registry.find(client.client_id):
            changed = replace(current, metadata={**current.metadata, **members})
            if self.registry.replace(current, changed):
                return


@fault(trips={"rfc7592-2.2-concurrent-updates-of-two-clients-both-stored"})
class RegistryWrittenBackWhole(Behaviour):
    """An update writes back the whole registry as it was read before."""

    def store_update(self, client: Client, updated: Client) -> bool:
        """Read all, store one, wait, write the others as they were read."""
        neighbour = str(updated.metadata.get("client_name", "")).startswith(
            "dcr-conformance neighbour"
        )
        before = [item for item in self.registry if neighbour and _neighbour(item)]
        stored = super().store_update(client, updated)
        time.sleep(_MOMENT_S if neighbour else 0)
        for old in before:
            current = self.registry.find(old.client_id)
            if current is not None and old.client_id != client.client_id:
                self.registry.replace(current, replace(old, revision=current.revision))
        return stored


def _neighbour(client: Client) -> bool:
    return client.revision > 0


@fault(trips={"rfc7592-2.2-unknown-member-ignored-on-update"})
class UpdateParserStrict(Behaviour):
    """An update with an unknown member is refused."""

    def check_update_members(self, client: Client, sent: Mapping[str, Any]) -> None:
        """Demand that every member is known."""
        super().check_update_members(client, sent)
        if any(name.startswith("dcr_conformance") for name in sent):
            raise RegistrationError("invalid_client_metadata", "unknown member")


@fault(trips={"rfc7592-2.2-replaced-values-returned"})
class UpdateEchoes(Behaviour):
    """The answer to an update states the client_uri that was sent and not what is stored."""

    def update(self, request: Request, client: Client) -> Response:
        """Echo the redirect URIs in another order of letters."""
        answer = super().update(request, client)
        if b"/updated" not in request.body:
            return answer
        return with_members(answer, lambda body: {**body, "client_name": "as it was sent"})
