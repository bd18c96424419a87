"""What no single sentence forbids, and nobody should do: guessable, shared and leaked values."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response


@fault(trips={"credentials-client-ids-unpredictable-and-distinct-ignoring-case"})
class ClientIdsCounted(Behaviour):
    """Clients are numbered."""

    def new_client_id(self) -> str:
        """Count."""
        self.__dict__["last"] = number = self.__dict__.get("last", 70_000_000) + 1
        return str(number)


@fault(trips={"credentials-not-derivable-from-public-values"})
class TokenDerivedFromClientId(Behaviour):
    """The registration access token is the SHA-256 of the client_id."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Compute it."""
        client, secret = super().new_client(sent, metadata)
        token = hashlib.sha256(client.client_id.encode()).hexdigest()
        return replace(client, registration_token=token), secret


@fault(trips={"credentials-token-and-client-id-compared-in-full"})
class TokenComparedIgnoringCase(Behaviour):
    """Registration access tokens are compared without regard to letter case."""

    def token_belongs(self, client: Client, token: str) -> bool:
        """Fold."""
        return (client.registration_token or "").lower() == token.lower()


@fault(trips={"isolation-no-foreign-values-in-any-answer"})
class ContactsInherited(Behaviour):
    """A client without contacts gets those of the one before."""

    def with_defaults(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Fall back to a default that everybody shares and changes."""
        full = super().with_defaults(metadata)
        if "contacts" in full:
            self.__dict__["contacts"] = full["contacts"]
        elif full.get("client_name") == "dcr-conformance" and "contacts" in self.__dict__:
            full["contacts"] = self.__dict__["contacts"]
        return full


@fault(trips={"leakage-errors-never-repeat-credentials"})
class ErrorRepeatsTheRequest(Behaviour):
    """The error for a wrong registration access token repeats the Authorization header."""

    def bearer_error_body(self, error: Any) -> dict[str, Any]:
        """Describe what was sent."""
        body = super().bearer_error_body(error)
        return {**body, "request": self.__dict__.get("header", "")}

    def bearer_token(self, request: Request) -> str:
        """Remember it for the error."""
        self.__dict__["header"] = request.header("authorization")
        return super().bearer_token(request)


@fault(trips={"leakage-no-internals-in-management-token-and-authorization-errors"})
class ErrorShowsATrace(Behaviour):
    """The error for an unreadable update shows where it happened."""

    def update(self, request: Request, client: Client) -> Response:
        """Print the trace into the description."""
        answer = super().update(request, client)
        if answer.status != 400:
            return answer
        body = self.error_body(
            "invalid_client_metadata", "failed in /usr/lib/provider/src/update.js"
        )
        return self.error_answer(400, body)


@fault(trips={"leakage-errors-never-repeat-credentials"})
class ErrorRepeatsBasicCredentials(Behaviour):
    """The error for a wrong client secret repeats the Authorization header."""

    def oauth_refused(self, request: Request, error: OAuthError) -> Response:
        """Describe what was sent."""
        answer = super().oauth_refused(request, error)
        sent = request.header("authorization")
        if not sent:
            return answer
        body = {**json.loads(answer.body), "request": sent}
        return replace(answer, body=json.dumps(body).encode())
