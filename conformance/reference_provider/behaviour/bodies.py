"""How request bodies are read: JSON at the registration endpoints, forms elsewhere."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from conformance.reference_provider.behaviour.answers import Answers
from conformance.reference_provider.errors import OAuthError, UnreadableBodyError
from conformance.reference_provider.json_text import JsonTextError, parse_json
from conformance.reference_provider.wire import Request


class Bodies(Answers):
    """What is taken for a body, and what is refused before anybody looks at its members."""

    def media_type(self, request: Request) -> str:
        """Return the media type without parameters and letter case (RFC 9110 section 8.3.1)."""
        return (request.header("content-type") or "").partition(";")[0].strip().lower()

    def is_json_type(self, media_type: str) -> bool:
        """Tell whether bodies of that type are registrations (RFC 7591 section 3.1)."""
        return media_type == "application/json"

    def is_form_type(self, media_type: str) -> bool:
        """Tell whether bodies of that type are form parameters (RFC 6749 section 3.2)."""
        return media_type == "application/x-www-form-urlencoded"

    def is_too_large(self, body: bytes) -> bool:
        """Tell whether a body is larger than this provider reads."""
        return len(body) > self.policy.body_limit

    def is_encoded(self, request: Request) -> bool:
        """Tell whether the body is compressed, which this provider does not undo."""
        return (request.header("content-encoding") or "identity").strip().lower() != "identity"

    def read_metadata(self, request: Request) -> dict[str, Any]:
        """Return the client metadata of a registration or update (RFC 7591 section 3.1)."""
        if self.is_too_large(request.body):
            raise UnreadableBodyError("size", "the body is too large")
        if self.is_encoded(request):
            raise UnreadableBodyError("encoding", "the body has a content encoding")
        if not self.is_json_type(self.media_type(request)):
            raise UnreadableBodyError("type", "the body is not application/json")
        return self.metadata_object(self.parsed_json(request.body))

    def parsed_json(self, body: bytes) -> Any:
        """Return the value of a JSON body; what readers differ in is refused."""
        try:
            return parse_json(body, nesting_limit=self.policy.nesting_limit)
        except JsonTextError as error:
            raise UnreadableBodyError("syntax", str(error)) from None

    def metadata_object(self, value: Any) -> dict[str, Any]:
        """Return the members of the object that a registration is (RFC 7591 section 3.1)."""
        if not isinstance(value, dict):
            raise UnreadableBodyError("syntax", "the body is not a JSON object")
        return value

    def read_form(self, request: Request) -> dict[str, str]:
        """Return the parameters of a form body; empty ones count as left out (RFC 6749 3.2)."""
        if self.is_too_large(request.body):
            raise OAuthError("invalid_request", "the body is too large")
        if self.is_encoded(request) or not self.is_form_type(self.media_type(request)):
            raise OAuthError("invalid_request", "the body is not a plain form")
        try:
            return self.form_parameters(request.body.decode("utf-8"))
        except UnicodeDecodeError:
            raise OAuthError("invalid_request", "the body is not UTF-8") from None

    def form_parameters(self, text: str) -> dict[str, str]:
        """Return the parameters of a form; none may occur twice (RFC 6749 section 3.2)."""
        pairs = self.form_pairs(text)
        parameters = dict(pairs)
        if len(parameters) != len(pairs):
            raise OAuthError("invalid_request", "a parameter occurs twice")
        return self.sent_parameters(parameters)

    def form_pairs(self, text: str) -> list[tuple[str, str]]:
        """Return names and values of a form in order; broken UTF-8 is refused."""
        try:
            return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200)
        except ValueError:
            raise OAuthError("invalid_request", "the parameters are not a form") from None

    def sent_parameters(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Leave out parameters without a value (RFC 6749 sections 3.1 and 3.2)."""
        return {name: value for name, value in parameters.items() if value}
