"""The provider as an ASGI application; it carries bytes and decides nothing.

Plain ASGI and no framework: routers redirect trailing slashes, decode paths
and join headers, all of which a provider under test must do itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from conformance.reference_provider.wire import Request, Response

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CLIENT_CERTIFICATE = "client_certificate"
"""Where the state of a request has the certificate of its connection, in DER."""

_KEPT = 1 << 20
"""So much of a body is kept; the rest is read and forgotten, so that the client can listen."""


class Handler(Protocol):
    """Anything that answers requests: one provider, or many tenants."""

    def handle(self, request: Request) -> Response:
        """Answer one request."""


class App:
    """An ASGI application around a handler; every answer waits ``delay_s`` seconds."""

    def __init__(self, handler: Handler, *, delay_s: float = 0.0) -> None:
        self._handler = handler
        self._delay_s = delay_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        # A thread each: a provider that fetches client keys must not stop the others.
        response = await asyncio.to_thread(self._handler.handle, _request(scope, body))
        headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers]
        if response.header("content-length") is None:
            headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})


def _request(scope: Scope, body: bytes) -> Request:
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    target = path + (b"?" + query if query else b"")
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    )
    certificate = scope.get("state", {}).get(CLIENT_CERTIFICATE)
    return Request(scope["method"], target.decode("latin-1"), headers, body, certificate)


async def _body(receive: Receive) -> bytes:
    kept = bytearray()
    more = True
    while more:
        message = await receive()
        kept += message.get("body", b"")[: max(0, _KEPT - len(kept))]
        more = message.get("more_body", False)
    return bytes(kept)
