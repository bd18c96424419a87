"""The JSON API: bodies in, operations done, problems told (RFC 9457)."""

import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_directory import json_text, openapi
from mock_directory.access import SAFE_METHODS, Access
from mock_directory.clock import moment_of
from mock_directory.directory import Directory
from mock_directory.operations import OPERATIONS, Operation
from mock_directory.problems import Problem, of_validation

TIME_HEADER = "directory-time"
_LOG = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


class JsonResponse(Response):
    """An answer in JSON, for now only."""

    media_type = "application/json"

    def __init__(self, content: Any, status: int = 200, media_type: str | None = None) -> None:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="mock directory"'
        super().__init__(json_text.write(content), status, headers, media_type)


def problem_response(problem: Problem) -> Response:
    """Return a problem as RFC 9457 writes it."""
    return JsonResponse(problem.members(), problem.status, "application/problem+json")


async def on_problem(_: Request, error: Exception) -> Response:
    """Answer a request that cannot be done."""
    if isinstance(error, Problem):
        return problem_response(error)
    if isinstance(error, HTTPException):
        response = problem_response(Problem(error.status_code, error.detail))
        response.headers.update(error.headers or {})
        return response
    if isinstance(error, sqlite3.Error):
        return problem_response(Problem(507, f"the state cannot be kept: {error}"))
    _LOG.error("a bug of the mock directory", exc_info=error)
    return problem_response(Problem(500, "a bug of the directory; please report it"))


def asked_moment(header: bytes | None) -> int | None:
    """Return the time that a request wants it to be; the header is ``Directory-Time``.

    Raises:
        Problem: it names none that can be read.

    """
    if header is None:
        return None
    try:
        return moment_of(header.decode("latin-1"))
    except ValueError as error:
        raise Problem(400, f"Directory-Time: {error}") from None


def _time_header(request: Request) -> bytes | None:
    text = request.headers.get(TIME_HEADER)
    return None if text is None else text.encode("latin-1")


async def body_of(request: Request) -> bytes:
    """Return a request's body.

    Raises:
        Problem: it is too long.

    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > json_text.LONGEST:
            raise Problem(413, f"a body has at most {json_text.LONGEST} bytes")
    return bytes(body)


def routes(directory: Directory, access: Access) -> list[Route]:
    """Return the routes of the API and of its description."""
    described = openapi.describe(directory.base)

    async def description(_: Request) -> Response:
        return JsonResponse(described)

    return [
        Route("/openapi.json", description, methods=["GET"]),
        *(
            Route(op.path, _endpoint(directory, access, op), methods=[op.method])
            for op in OPERATIONS
        ),
    ]


def _endpoint(directory: Directory, access: Access, operation: Operation) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if operation.method not in SAFE_METHODS:
            access.check(request.headers, None)
        names = {**request.query_params, **request.path_params}
        if unknown := request.query_params.keys() - operation.query.keys():
            raise Problem(400, f"{min(unknown)[:100]}: there is no such query parameter")
        body = _parsed(operation.body, request, await body_of(request))
        moment = asked_moment(_time_header(request))

        def run() -> Any:
            with directory.clock.at(moment):
                return operation.run(directory, names, body)

        return JsonResponse(await run_in_threadpool(run), operation.status)

    return endpoint


def _parsed(model: type[BaseModel] | None, request: Request, body: bytes) -> BaseModel | None:
    if model is None:
        return None
    # A browser sends other types across origins without asking first.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/json":
        raise Problem(415, "the body must be JSON with Content-Type: application/json")
    try:
        # An empty body is an empty object: every default is meant.
        members = json_text.parse(body) if body.strip() else {}
    except json_text.JsonError as error:
        raise Problem(400, str(error)) from None
    if not isinstance(members, dict):
        raise Problem(400, "the body must be a JSON object")
    try:
        return model.model_validate(members)
    except ValidationError as error:
        raise of_validation(error) from None
