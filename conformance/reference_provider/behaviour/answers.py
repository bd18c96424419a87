"""How answers look: JSON, headers, error bodies, pages, and the answers of no endpoint."""

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.reference_provider.behaviour.foundation import Foundation
from conformance.reference_provider.wire import Headers, Request, Response


class Answers(Foundation):
    """The form of every answer."""

    def json_text(self, body: Any) -> bytes:
        """Write JSON in ASCII, well formed whatever strings are in it (RFC 8259)."""
        return json.dumps(body, ensure_ascii=True, allow_nan=False).encode("ascii")

    def json_media_type(self) -> str:
        """Return the media type of JSON answers (RFC 7591 section 3.2)."""
        return "application/json"

    def json_answer(self, status: int, body: Any, headers: Headers = ()) -> Response:
        """Answer with a JSON body."""
        return Response(
            status,
            (("content-type", self.json_media_type()), *headers),
            self.json_text(body),
        )

    def empty_answer(self, status: int, headers: Headers = ()) -> Response:
        """Answer without a body."""
        return Response(status, headers)

    def cache_headers(self) -> Headers:
        """Forbid keeping an answer that has to do with credentials (RFC 6749 section 5.1)."""
        if self.policy.sends_pragma:
            return (("cache-control", "no-store"), ("pragma", "no-cache"))
        return (("cache-control", "no-store"),)

    def error_media_type(self) -> str:
        """Return the media type of error answers (RFC 7591 section 3.2.2)."""
        return self.json_media_type()

    def error_answer(self, status: int, body: Any, headers: Headers = ()) -> Response:
        """Answer with an error object, which is never cached."""
        kept = (("content-type", self.error_media_type()), *self.cache_headers(), *headers)
        return Response(status, kept, self.json_text(body))

    def error_body(self, code: str, text: str) -> dict[str, Any]:
        """Return the error object of RFC 6749 section 5.2 and RFC 7591 section 3.2.2."""
        return {"error": code, "error_description": self.error_text(text)}

    def error_text(self, text: str) -> str:
        """Keep to the characters that error_description may have (RFC 6749 section 5.2)."""
        return "".join(
            character if " " <= character <= "~" and character not in '"\\' else "?"
            for character in text
        )[:300]

    # Pages for people

    def page(self, status: int, title: str, content: str) -> Response:
        """Answer with an HTML page; ``content`` is markup, ``title`` is text."""
        text = f"<!doctype html><html lang=en><title>{self.escaped(title)}</title>{content}</html>"
        return Response(status, self.page_headers(), text.encode("utf-8", "replace"))

    def page_headers(self) -> Headers:
        """Return the headers of a page that runs nothing and shows up in no frame."""
        return (
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            *self.cache_headers(),
        )

    def escaped(self, text: str) -> str:
        """Return text as markup that shows exactly that text."""
        return html.escape(text, quote=True)

    # Where there is no endpoint, or not with this method

    def not_found_status(self) -> int:
        """Return the status for a path nobody serves."""
        return 404

    def not_found(self, request: Request) -> Response:
        """Answer a request for a path nobody serves."""
        del request
        body = self.error_body("not_found", "there is no such endpoint")
        return self.error_answer(self.not_found_status(), body)

    def method_not_allowed(self, request: Request, methods: Iterable[str]) -> Response:
        """Answer a method that an endpoint does not offer (RFC 9110 section 15.5.6)."""
        del request
        body = self.error_body("invalid_request", "the method is not offered here")
        return self.error_answer(405, body, self.allow_headers(methods))

    def allow_headers(self, methods: Iterable[str]) -> Headers:
        """Return the list of methods that a 405 must carry (RFC 9110 section 10.2.1)."""
        return (("allow", ", ".join(sorted(methods))),)

    # Other origins (policy ``cors``)

    def cors_headers(self, request: Request) -> Headers:
        """Let any page read the answer, never with credentials."""
        if not self.policy.cors or request.header("origin") is None:
            return ()
        return (
            ("access-control-allow-origin", "*"),
            ("access-control-expose-headers", "WWW-Authenticate"),
        )

    def preflight(self, request: Request, methods: Iterable[str]) -> Response:
        """Answer a preflight request, which carries no credentials."""
        del request
        headers = {
            "access-control-allow-methods": ", ".join(sorted(methods)),
            "access-control-allow-headers": "authorization, content-type",
            "access-control-max-age": "600",
        }
        return self.empty_answer(204, tuple(headers.items()))

    def finished(self, request: Request, response: Response) -> Response:
        """Put the last hand on any answer: other origins' headers, no body for HEAD."""
        headers = (*response.headers, *self.cors_headers(request))
        body = response.body
        if request.method == "HEAD":
            headers = (*headers, ("content-length", str(len(body))))
            body = b""
        return Response(response.status, headers, body)

    def without(self, members: Mapping[str, Any], *names: str) -> dict[str, Any]:
        """Return the members but for some names."""
        return {name: value for name, value in members.items() if name not in names}
