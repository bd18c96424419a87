"""The directory as an ASGI application: what anybody may fetch, the API and the console."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from mock_directory import api, console
from mock_directory.access import Access
from mock_directory.directory import AUTHORITY_PATH, Directory
from mock_directory.problems import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JWKS_TYPE = b"application/json"
PEM_TYPE = b"application/pem-certificate-chain"
MAX_AGE = 30
"""Seconds that a published document may be kept: short, for tests wait for its end."""


class App:
    """What is published is answered here, at once and on the record; the rest by Starlette."""

    def __init__(self, directory: Directory, access: Access) -> None:
        self._directory = directory
        self._rest = Starlette(
            routes=[*api.routes(directory, access), *console.routes(directory, access)],
            exception_handlers={
                Problem: api.on_problem,
                HTTPException: api.on_problem,
                Exception: api.on_problem,
            },
        )
        self._rest.router.redirect_slashes = False

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD") or path.startswith("/api"):
            await self._rest(scope, receive, send)
            return
        try:
            found = self._published(path, scope["headers"])
        except Problem as problem:
            await api.problem_response(problem)(scope, receive, send)
            return
        if found is None:
            await self._rest(scope, receive, send)
            return
        await self._answer(scope, send, *found)

    def _published(
        self, path: str, headers: list[tuple[bytes, bytes]]
    ) -> tuple[bytes, bytes] | None:
        directory = self._directory
        if path == AUTHORITY_PATH:
            return PEM_TYPE, directory.authority.pem.encode()
        text = next((value for name, value in headers if name == b"directory-time"), None)
        with directory.clock.at(api.asked_moment(text)):
            body = directory.documents.find(path)
        return None if body is None else (JWKS_TYPE, body)

    async def _answer(
        self, scope: MutableMapping[str, Any], send: Send, kind: bytes, body: bytes
    ) -> None:
        target = scope["path"]
        if query := scope["query_string"]:
            target += "?" + query.decode("latin-1")
        client = scope.get("client") or ("", 0)
        self._directory.fetches.add(
            self._directory.clock.precise(), scope["method"], target, 200,
            f"{client[0]} {client[1]}", scope["headers"],
        )  # fmt: skip
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"public, max-age=%d" % MAX_AGE),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )
