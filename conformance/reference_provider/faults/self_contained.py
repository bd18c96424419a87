"""Tokens and identifiers that are believed without the signature that makes them good."""

import json
from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import SignatureError, decode
from conformance.reference_provider.variants import SelfContained


def _held(text: str) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of a JWT, whoever signed it; empty where it is none."""
    try:
        header, claims = (json.loads(decode(part)) for part in text.split(".")[:2])
    except (ValueError, SignatureError):
        return {}, {}
    return header, claims


@fault(trips={"rfc7592-5-jwt-registration-token-unforgeable"})
class UnsignedRegistrationTokens(SelfContained):
    """A registration access token without a signature is believed."""

    def token_belongs(self, client: Client, token: str) -> bool:
        """Let the token say how it is to be verified."""
        header, claims = _held(token)
        if str(header.get("alg")).lower() == "none":
            return bool(claims == _held(client.registration_token or "")[1])
        return super().token_belongs(client, token)


@fault(trips={"rfc7591-5-stateless-client-id-protected"})
class UnsignedIdentifiers(SelfContained):
    """A client_id is believed whoever wrote it."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Remember its own, which may be gone later."""
        client, secret = super().new_client(sent, metadata)
        self.__dict__.setdefault("issued", set()).add(client.client_id)
        return client, secret

    def client_to_authorize(self, client_id: str) -> Client | None:
        """Read the registration out of it where the store has none."""
        uris = _held(client_id)[1].get("redirect_uris")
        known = super().client_to_authorize(client_id)
        issued = self.__dict__.get("issued", ())
        if known is not None or client_id in issued or not isinstance(uris, list):
            return known
        metadata = self.with_defaults({"redirect_uris": uris})
        return Client(client_id=client_id, metadata=metadata, issued_at=0)
