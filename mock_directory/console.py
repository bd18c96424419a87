"""The page for people: the API's operations as forms, which work without JavaScript."""

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jinja2
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mock_directory import api, json_text
from mock_directory.access import Access
from mock_directory.clock import shown
from mock_directory.directory import Directory
from mock_directory.keys import ALGORITHMS
from mock_directory.operations import OPERATIONS, Operation
from mock_directory.problems import Problem, missing, of_validation, wrong

FOLDER = Path(__file__).parent / "templates"
COOKIE = "mock_directory_token"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    # With no-referrer a browser would call the origin of our own forms null.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,11}")
_MOST_FETCHES = 20
_MOST = 50
"""So many organisations and software products are shown, the newest first."""

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Action:
    """A form: the operation that it is, and how its fields are read."""

    method: str
    path: str
    back_to: str
    """The part of the page to return to; empty: the answer is shown."""
    lists: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def operation(self) -> Operation:
        """The operation of the API."""
        return next(o for o in OPERATIONS if (o.method, o.path) == (self.method, self.path))

    def names(self, form: Form) -> dict[str, str]:
        """Return what the form says of the path's variable parts.

        Raises:
            Problem: one is missing.

        """
        wanted = re.findall(r"\{(\w+)\}", self.path)
        for name in wanted:
            if name not in form:
                raise wrong(name, "is missing")
        return {name: form[name] for name in wanted}

    def body(self, form: Form) -> BaseModel | None:
        """Return what the form says, as the API would be told.

        Raises:
            Problem: a field is wrong.

        """
        model = self.operation.body
        if model is None:
            return None
        members = {
            name: self._read(name, text)
            for name, text in form.items()
            if name in model.model_fields and text.strip()
        }
        try:
            return model.model_validate(members)
        except ValidationError as error:
            raise of_validation(error) from None

    def _read(self, name: str, text: str) -> Any:
        if name in self.lists:
            return text.split()
        if name in self.numbers:
            if not _NUMBER.fullmatch(text.strip()):
                raise wrong(name, "is a whole number")
            return int(text)
        if name in self.objects:
            try:
                return json_text.parse(text.encode("utf-8", "surrogatepass"))
            except json_text.JsonError as error:
                raise wrong(name, str(error).replace("the body", "it")) from None
        return text.replace("\r\n", "\n").strip()


_SOFTWARE = "/api/software/{software_id}"
ACTIONS: dict[str, Action] = {
    "enrol-organisation": Action("POST", "/api/organisations", "organisations"),
    "organisation-status": Action("PATCH", "/api/organisations/{organisation_id}", "organisations"),
    "enrol-software": Action("POST", "/api/software", "software", ("redirect_uris",), ("claims",)),
    "software-status": Action("PATCH", _SOFTWARE, "software"),
    "statement": Action("POST", f"{_SOFTWARE}/statements", "", objects=("claims",)),
    "certificate": Action("POST", f"{_SOFTWARE}/certificates", ""),
    "rotate-software": Action(
        "POST", f"{_SOFTWARE}/keys/rotation", "software", numbers=("overlap_s",)
    ),
    "rotate": Action("POST", "/api/keys/rotation", "keys", numbers=("overlap_s",)),
    "add-key": Action("POST", "/api/keys", "keys"),
    "remove-key": Action("DELETE", "/api/keys/{key_id}", "keys"),
    "clock": Action("PUT", "/api/clock", "clock", numbers=("offset_s",)),
}


def routes(directory: Directory, access: Access) -> list[Route]:
    """Return the routes of the page and its forms."""
    console = Console(directory, access)
    return [
        Route("/", console.page, methods=["GET"]),
        Route("/console.css", console.style, methods=["GET"]),
        Route("/console/session", console.enter, methods=["POST"]),
        Route("/console/{action}", console.act, methods=["POST"]),
    ]


class Console:
    """The page."""

    def __init__(self, directory: Directory, access: Access) -> None:
        self._directory = directory
        self._access = access

    async def page(self, request: Request) -> Response:
        """Show everything."""
        return await self._show(request)

    async def style(self, _: Request) -> Response:
        """Give the page its looks."""
        text = (FOLDER / "console.css").read_text(encoding="utf-8")
        return Response(text, headers={"X-Content-Type-Options": "nosniff"}, media_type="text/css")

    async def enter(self, request: Request) -> Response:
        """Take the API token, once for all forms."""
        token = _fields(await api.body_of(request)).get("token", "")
        try:
            self._access.check(request.headers, token)
        except Problem as problem:
            return await self._show(request, problem=problem)
        response = RedirectResponse("/", 303)
        if self._access.needs_token:
            secure = request.url.scheme == "https"
            response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure)
        return response

    async def act(self, request: Request) -> Response:
        """Do what a form asks for."""
        form: dict[str, str] = {}
        name = request.path_params["action"]
        try:
            action = ACTIONS.get(name)
            if action is None:
                raise missing("form", name)
            self._access.check(request.headers, request.cookies.get(COOKIE))
            form = _fields(await api.body_of(request))
            made = await run_in_threadpool(self._do, action, form)
        except Problem as problem:
            return await self._show(request, problem=problem, form=form, action=name)
        if action.back_to:
            return RedirectResponse(f"/#{action.back_to}", 303)
        return await self._show(request, made=made, form=form, action=name)

    def _do(self, action: Action, form: Form) -> Any:
        return action.operation.run(self._directory, action.names(form), action.body(form))

    async def _show(self, request: Request, **more: Any) -> Response:
        entered = True
        if self._access.needs_token:
            try:
                self._access.check(request.headers, request.cookies.get(COOKIE))
            except Problem:
                entered = False
        problem: Problem | None = more.get("problem")
        text = await run_in_threadpool(self._render, entered=entered, **more)
        # A form field may hold what no encoding has a place for.
        content = text.encode("utf-8", "replace")
        status = problem.status if problem else 200
        return Response(content, status, HEADERS, "text/html; charset=utf-8")

    def _render(self, *, entered: bool, **more: Any) -> str:
        directory = self._directory
        organisations = directory.register.organisations()
        software = directory.register.all_software()
        values: dict[str, Any] = {
            "problem": None,
            "made": None,
            "form": {},
            "action": "",
            "entered": entered,
            "needs_token": self._access.needs_token,
            "part": _part(more),
            "trust": directory.trust(),
            "organisations": organisations[: -_MOST - 1 : -1],
            "software": [directory.located(product) for product in software[: -_MOST - 1 : -1]],
            "more": max(0, len(organisations) - _MOST, len(software) - _MOST),
            "keys_of": directory.keyring.of,
            "now": directory.clock.now(),
            "offset": directory.clock.offset,
            "outage": directory.outage,
            "algorithms": ALGORITHMS,
            "fetches": directory.fetches.since()[: -_MOST_FETCHES - 1 : -1],
            "newest": directory.fetches.newest,
        }
        return _template().render(values | more)


def _part(more: Mapping[str, Any]) -> str:
    """Return the part of the page with the form that was sent."""
    action = ACTIONS.get(more.get("action", ""))
    return "" if action is None else action.back_to or "software"


def _fields(body: bytes) -> dict[str, str]:
    """Read an URL-encoded form; of a repeated field the last counts."""
    try:
        read = parse_qs(
            body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=100
        )
    except ValueError:
        raise Problem(400, "the form cannot be read") from None
    return {name: values[-1] for name, values in read.items()}


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[[Any], str]] = {
        "seen": seen,
        "moment": lambda moment: shown(int(moment)),
        "as_json": lambda value: json.dumps(value, indent=2),
    }
    environment.filters.update(filters)
    return environment.get_template("console.html")


def seen(value: Any) -> str:
    """Return a text with its invisible and turning characters as numbers."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value))
