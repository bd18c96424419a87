"""What is wrong in the answer to a registration (RFC 7591 section 3.2)."""

from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Response


@fault(trips={"rfc7591-3.2.1-secret-expiry-present"})
class SecretWithoutExpiry(Behaviour):
    """client_secret comes without client_secret_expires_at until the first update."""

    def secret_members(self, client: Client, secret: str | None) -> dict[str, Any]:
        """Return the secret alone."""
        members = super().secret_members(client, secret)
        return members if client.revision else self.without(members, "client_secret_expires_at")


@fault(trips={"rfc7591-3.2.1-success-answers-201"}, name="registration-answers-200")
class RegistrationAnswersOk(Behaviour):
    """A registration is answered 200."""

    def registered_status(self) -> int:
        """Return another success than the specified one."""
        return 200


@fault(
    trips={
        "rfc7591-3.1-malformed-json-answers-json-error",
        "rfc7591-3.1-non-object-json-refused",
        "rfc7591-3.2.2-errors-are-json-objects",
        "rfc7592-2.2-invalid-value-answers-error",
    }
)
class ErrorsAsTextHtml(Behaviour):
    """Errors are JSON but say that they are text/html."""

    def error_media_type(self) -> str:
        """Return what a framework sends when nobody says otherwise."""
        return "text/html"


@fault(
    trips={
        "rfc7591-3.1-malformed-json-answers-json-error",
        "rfc7591-3.1-non-object-json-refused",
        "rfc7592-2.2-malformed-update-answers-json-error",
    }
)
class MalformedJsonAnswersHtml(Behaviour):
    """A body that is no JSON is answered with an HTML page."""

    def registration_refused(self, error: RegistrationError) -> Response:
        """Answer like a framework whose JSON parser fails before the handler."""
        if getattr(error, "reason", "") == "syntax":
            return self.page(400, "Bad Request", "<h1>Bad Request</h1>")
        return super().registration_refused(error)
