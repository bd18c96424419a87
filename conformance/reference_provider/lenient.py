"""Lawful oddities at the edges of JSON and HTTP: a server that reads whatever it can.

RFC 8259 section 9 lets a parser take more than JSON, and section 4 leaves duplicate names open.
"""

import json
import zlib
from collections.abc import Iterable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.wire import Headers, Request, Response


class Lenient(Behaviour):
    """Reads what is hardly JSON, broken Unicode and gzip; lets any page read, without credentials.

    HEAD is not offered, and limits end at a date.
    """

    def parsed_json(self, body: bytes) -> Any:
        """Take the last of two members, and U+FFFD for what is no Unicode."""
        try:
            value = json.loads(body.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return super().parsed_json(body)
        return _mended(value)

    def register(self, request: Request) -> Response:
        """Unpack gzip, and no more of it than a plain body may have."""
        if request.header("content-encoding") == "gzip":
            unpacked = self.unpacked(request.body)
            if unpacked is not None:
                kept = [(n, v) for n, v in request.headers if n != "content-encoding"]
                request = replace(request, headers=tuple(kept), body=unpacked)
        return super().register(request)

    def unpacked(self, body: bytes) -> bytes | None:
        """Return what was compressed, a little more than the limit at most; None if nothing."""
        try:
            return zlib.decompressobj(wbits=31).decompress(body, self.policy.body_limit + 1)
        except zlib.error:
            return None

    def cors_headers(self, request: Request) -> Headers:
        """Name the origin that asks."""
        origin = request.header("origin")
        if origin is None:
            return ()
        return (("access-control-allow-origin", origin), ("vary", "Origin"))

    def management_methods(self) -> frozenset[str]:
        """Leave HEAD out."""
        return super().management_methods() - {"HEAD"}

    def preflight(self, request: Request, methods: Iterable[str]) -> Response:
        """Allow what is asked for."""
        asked = request.header("access-control-request-headers") or ""
        answer = super().preflight(request, methods)
        kept = [(n, v) for n, v in answer.headers if n != "access-control-allow-headers"]
        return replace(answer, headers=(*kept, ("access-control-allow-headers", asked)))

    def throttled(self, seconds: int) -> Response:
        """Say when, not how long."""
        answer = super().throttled(seconds)
        until = formatdate(self.now() + seconds, usegmt=True)
        kept = [(n, v) for n, v in answer.headers if n != "retry-after"]
        return replace(answer, headers=(*kept, ("retry-after", until)))


def _mended(value: Any) -> Any:
    """A value whose strings are Unicode."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value
