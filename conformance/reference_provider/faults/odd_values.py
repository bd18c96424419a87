"""Values that are taken for more than data."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_EXPRESSION = re.compile(r"\{\{(\d+)\*(\d+)\}\}")


@fault(trips={"robustness-nul-and-control-characters-do-not-cut-values"})
class ValuesCutAtNul(Behaviour):
    """A value ends at its first NUL."""

    def present_members(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what stands before it."""
        return {name: self._cut(value) for name, value in super().present_members(sent).items()}

    def _cut(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._cut(item) for item in value]
        return value.partition("\0")[0] if isinstance(value, str) else value


@fault(trips={"robustness-prototype-members-have-no-effect"})
class PrototypeMerged(Behaviour):
    """What __proto__ holds is merged into the registration."""

    def present_members(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Merge it."""
        hidden = sent.get("__proto__")
        inherited = hidden if isinstance(hidden, dict) else {}
        return {**inherited, **super().present_members(sent)}


@fault(trips={"robustness-query-metacharacters-are-data"})
class OperatorsInForms(Behaviour):
    """A form field with an operator in brackets matches any client."""

    def authenticated_client(self, request: Request, form: Mapping[str, str]) -> Client:
        """Ask the database."""
        if "client_id[$ne]" in form:
            for client in self.registry:
                if client.secret and "client_credentials" in client.grant_types:
                    return client
        return super().authenticated_client(request, form)


@fault(trips={"robustness-query-metacharacters-are-data"})
class QuotesCrash(Behaviour):
    """A quote and a parenthesis in a name end in a server error."""

    def register(self, request: Request) -> Response:
        """Build the statement from strings."""
        if b"') OR" in request.body:
            return self.error_answer(500, self.error_body("server_error", "try again later"))
        return super().register(request)


@fault(trips={"robustness-expressions-in-values-not-evaluated"})
class ExpressionsEvaluated(Behaviour):
    """Expressions in a name are evaluated when it is shown."""

    def shown_value(self, name: str, value: Any) -> Any:
        """Fill the template."""
        if name != "client_name":
            return super().shown_value(name, value)
        return _EXPRESSION.sub(lambda found: str(int(found[1]) * int(found[2])), value)


@fault(trips={"robustness-no-header-injection-through-metadata"})
class RedirectDecoded(Behaviour):
    """The redirect URI is decoded before it becomes a header field."""

    def redirect(
        self, request: Request, uri: str, answer: Mapping[str, str], mode: str = "query"
    ) -> Response:
        """Write what is behind the line break as fields of their own."""
        first, *lines = unquote(uri).split("\r\n")
        response = super().redirect(request, first if lines else uri, answer, mode)
        pairs = [line.partition(": ") for line in lines]
        fields = [(name, value) for name, colon, value in pairs if colon]
        return replace(response, headers=(*response.headers, *fields))
