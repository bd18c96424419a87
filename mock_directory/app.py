"""The directory as an ASGI application: what anybody may fetch, the API and the console."""

import sqlite3

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from mock_directory import api, console
from mock_directory.access import Access
from mock_directory.answers import Answer
from mock_directory.delivery import Delivery, Receive, Scope, Send
from mock_directory.directory import AUTHORITY_PATH, Directory
from mock_directory.outages import Outage
from mock_directory.problems import Problem

JWKS_TYPE = b"application/json"
PEM_TYPE = b"application/pem-certificate-chain"
MAX_AGE = 30
"""Seconds that a published document may be kept: short, for tests wait for its end."""


class App:
    """What is published is answered here, at once and on the record; the rest by Starlette."""

    def __init__(self, directory: Directory, access: Access) -> None:
        self._directory = directory
        self.delivery = Delivery()
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            await self._rest(scope, receive, send)
            return
        try:
            found, outage = self._published(scope)
        except Problem as problem:
            await api.problem_response(problem)(scope, receive, send)
            return
        if found is None:
            await self._rest(scope, receive, send)
            return
        if outage is not None:
            # As it came: what is decoded may hold what no header can.
            path = scope["raw_path"].decode("latin-1")
            found = outage.changed(found, self._directory.base + path)
        self._record(scope, 0 if outage and outage.is_silent else found.status)
        await self.delivery.send(found, outage, scope, receive, send)

    def _published(self, scope: Scope) -> tuple[Answer | None, Outage | None]:
        """Return what there is to fetch and how it fails; collected URLs take every method."""
        directory, path = self._directory, scope["path"]
        if collected := directory.collector.at(path):
            return collected.answer, collected.outage
        if scope["method"] not in ("GET", "HEAD"):
            return None, None
        if path == AUTHORITY_PATH:
            return _document(PEM_TYPE, directory.authority.pem.encode()), None
        named = (value for name, value in scope["headers"] if name == b"directory-time")
        with directory.clock.at(api.asked_moment(next(named, None))):
            body = directory.documents.find(path)
        if body is None:
            return None, None
        outage = directory.outage if path in directory.documents.own_paths else None
        return _document(JWKS_TYPE, body), outage

    def _record(self, scope: Scope, status: int) -> None:
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
