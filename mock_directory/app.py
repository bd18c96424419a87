"""The directory as an ASGI application: what anybody may fetch, the API and the console."""

import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from mock_directory import api, console
from mock_directory.access import Access
from mock_directory.collector import BODILESS, Answer
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
                sqlite3.Error: api.on_problem,
                Exception: api.on_problem,
            },
        )
        self._rest.router.redirect_slashes = False

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            await self._rest(scope, receive, send)
            return
        try:
            found = self._published(scope)
        except Problem as problem:
            await api.problem_response(problem)(scope, receive, send)
            return
        if found is None:
            await self._rest(scope, receive, send)
            return
        self._record(scope, found.status)
        bare = found.status in BODILESS or scope["method"] == "HEAD"
        headers = [*found.headers]
        if found.status not in BODILESS:
            headers.append((b"content-length", str(len(found.body)).encode()))
        start = {"type": "http.response.start", "status": found.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": b"" if bare else found.body})

    def _published(self, scope: MutableMapping[str, Any]) -> Answer | None:
        """Return what there is to fetch; collected URLs take every method."""
        directory, path = self._directory, scope["path"]
        if collected := directory.collector.at(path):
            return collected.answer
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if path == AUTHORITY_PATH:
            return _document(PEM_TYPE, directory.authority.pem.encode())
        named = (value for name, value in scope["headers"] if name == b"directory-time")
        with directory.clock.at(api.asked_moment(next(named, None))):
            body = directory.documents.find(path)
        return None if body is None else _document(JWKS_TYPE, body)

    def _record(self, scope: MutableMapping[str, Any], status: int) -> None:
        target = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        if query := scope["query_string"]:
            target += "?" + query.decode("latin-1")
        client = scope.get("client") or ("", 0)
        self._directory.fetches.add(
            self._directory.clock.precise(),
            scope["method"],
            target,
            status,
            f"{client[0]} {client[1]}",
            scope["headers"],
        )


def _document(kind: bytes, body: bytes) -> Answer:
    headers = (
        (b"content-type", kind),
        (b"cache-control", b"public, max-age=%d" % MAX_AGE),
        (b"x-content-type-options", b"nosniff"),
    )
    return Answer(200, headers, body)
