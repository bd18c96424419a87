"""What goes wrong with JSON at its edges (RFC 8259)."""

import json
import threading
from dataclasses import replace
from functools import cached_property
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_KEEPING = Policy(keep_unknown_metadata=True)


@fault(trips={"rfc8259-4-duplicate-members-validated-as-used"})
class FirstCheckedLastStored(Behaviour):
    """Of a member that comes twice the first is checked and the last is stored."""

    def parsed_json(self, body: bytes) -> Any:
        """Let a gateway look at the body before."""
        self._seen.first = None
        try:
            return json.loads(body, object_pairs_hook=self._members)
        except (ValueError, RecursionError):
            return super().parsed_json(body)

    @cached_property
    def _seen(self) -> Any:
        return threading.local()

    def _members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        uris = [value for name, value in pairs if name == "redirect_uris"]
        if len(uris) > 1:
            self._seen.first = uris[0]
        return dict(pairs)

    def checked_of(self, uris: list[Any]) -> list[Any]:
        """Check what the gateway saw."""
        return getattr(self._seen, "first", None) or uris


@fault(trips={"rfc8259-6-extreme-numbers-handled"}, policy=_KEEPING)
class InfinityPrinted(Behaviour):
    """Numbers out of range come back as Infinity."""

    def parsed_json(self, body: bytes) -> Any:
        """Overflow in silence."""
        if b"e400" in body:
            return json.loads(body)
        return super().parsed_json(body)

    def json_text(self, body: Any) -> bytes:
        """Write what no JSON has."""
        return json.dumps(body).encode("ascii")


@fault(trips={"rfc8259-9-almost-json-gets-json-answer"})
class CommentsCrash(Behaviour):
    """A comment in a body ends in a server error."""

    def register(self, request: Request) -> Response:
        """Fall over it."""
        if b"/* " in request.body:
            return self.page(500, "Internal error", "<p>Something went wrong</p>")
        return super().register(request)


@fault(trips={"rfc8259-8.1-other-encodings-not-misread"})
class CharsetObeyed(Behaviour):
    """Bodies are read in the encoding that the charset parameter names."""

    def register(self, request: Request) -> Response:
        """Believe the parameter."""
        if "charset=iso-8859-1" in (request.header("content-type") or "").lower():
            text = request.body.decode("latin-1")
            request = replace(request, body=text.encode())
        return super().register(request)


@fault(trips={"rfc8259-8.2-broken-unicode-gives-well-formed-answer"})
class SurrogatesWritten(Behaviour):
    """Half a surrogate pair is stored and written as bytes that no UTF-8 has."""

    def parsed_json(self, body: bytes) -> Any:
        """Take it for a character."""
        return json.loads(body) if b"\\ud" in body else super().parsed_json(body)

    def json_text(self, body: Any) -> bytes:
        """Write characters as they are."""
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


@fault(trips={"rfc8259-8.3-escaped-member-names-equal-plain-ones"})
class EscapesInNamesUnread(Behaviour):
    """Member names are compared as they are written."""

    def parsed_json(self, body: bytes) -> Any:
        """Leave the underscore's escape as it is."""
        return super().parsed_json(body.replace(b"\\u005f", b"\\\\u005f"))


@fault(trips={"rfc8259-8.1-answers-are-strict-utf8-json"})
class IdentifierTwice(Behaviour):
    """Two layers print the client_id."""

    def client_answer(
        self, request: Request, client: Client, secret: str | None, *, reading: bool
    ) -> Response:
        """Print it again."""
        answer = super().client_answer(request, client, secret, reading=reading)
        again = b'{"client_id": ' + json.dumps(client.client_id).encode() + b", "
        return replace(answer, body=again + answer.body[1:])
