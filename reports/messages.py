"""A request or a response as lines of the page, offending ones marked, missing ones as ghosts."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from reports.hostile import cut, visible, wire
from reports.indented import Line, indented

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.marks import Mark
    from reports.results import Body, Request, Response, Step

_LONGEST_LINE = 400
_MOST_LINES = 300
_FEW_LINES = 3
_KEPT_TEXT = 64 * 1024


def step_lines(step: Step, marks: Sequence[Mark]) -> tuple[list[Line], list[Line]]:
    """The lines of the request and of the response of a step, marks put in."""
    request = _request(step.request)
    response = _response(step.response) if step.response is not None else []
    for mark in marks:
        _put(mark, request, response)
    return request, response


def rendered(lines: Sequence[Line]) -> Markup:
    """Markup of lines, of which a long message keeps the first and every marked one."""
    pieces: list[str] = []
    skipped = 0
    for number, line in enumerate(lines):
        if number >= _MOST_LINES and not (line.notes or line.ghost):
            skipped += 1
            continue
        pieces.append(_line(line))
    if skipped:
        pieces.append(f"<span class=l>{cut(skipped, 'more lines')}</span>")
    return Markup("".join(pieces))  # noqa: S704 - made of markup only


def _line(line: Line) -> str:
    notes = "".join(f"<span class=note>{visible(note)}</span>" for note in line.notes)
    if line.ghost:
        return f'<span class="l ghost v-{line.verdict}">{line.html}{notes}</span>'
    if line.notes:
        return f'<mark class="l v-{line.verdict}">{line.html}{notes}</mark>'
    return f"<span class=l>{line.html}</span>"


def kept(body: Body) -> str:
    """What the results file has of a body that is not all here; empty where it is."""
    if body.base64 is not None:
        return f"Not UTF-8: {body.length:,} bytes, SHA-256 {body.sha256}."
    if body.truncated:
        have = len((body.text or "").encode("utf-8", "surrogatepass"))
        return f"The results file keeps {have:,} of {body.length:,} bytes, SHA-256 {body.sha256}."
    return ""


def path_of(url: str) -> str:
    """What a request line says of a URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if not parts.netloc:
        return url
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def host_of(url: str) -> str:
    """What the Host header says of a URL."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def reason_phrase(status: int) -> str:
    """``201 Created``; a number alone where nobody registered a phrase."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _request(request: Request) -> list[Line]:
    start = wire(f"{request.method} {path_of(request.url)} HTTP/1.1", 2000)
    headers = request.headers
    # HTTP/1.1 is not spoken without it; captured are the headers that were asked for.
    if (host := host_of(request.url)) and all(name.lower() != "host" for name, _ in headers):
        headers = (("Host", host), *headers)
    return _message("request", start, headers, request.body)


def _response(response: Response) -> list[Line]:
    start = escape(f"HTTP/1.1 {reason_phrase(response.status)}")
    return _message("status", start, response.headers, response.body)


def _message(
    part: str, start: Markup, headers: Iterable[tuple[str, str]], body: Body
) -> list[Line]:
    lines = [Line(Markup(f"<span class=s>{start}</span>"), (part, ""))]  # noqa: S704
    for name, value in headers:
        field = f"<span class=k>{visible(name, 200)}</span>: {wire(value, _LONGEST_LINE)}"
        lines.append(Line(Markup(field), ("header", name.lower())))  # noqa: S704 - escaped above
    content = _body(body)
    if content:
        lines.append(Line(Markup(" "), ("blank", "")))
    return lines + content


def _body(body: Body) -> list[Line]:
    if body.text:
        return indented(body.text) or _text(body.text)
    if body.base64:
        try:
            raw = base64.b64decode(body.base64)
        except (binascii.Error, ValueError):
            return _text(body.base64)
        return _text(raw.decode("utf-8", "backslashreplace"))
    return []


def _text(text: str) -> list[Line]:
    lines = text[:_KEPT_TEXT].split("\n")
    longest = _LONGEST_LINE if len(lines) > _FEW_LINES else 10 * _LONGEST_LINE
    return [
        Line(wire(line.removesuffix("\r"), longest), ("body", "" if not n else f"line{n}"))
        for n, line in enumerate(lines)
    ]


def _put(mark: Mark, request: list[Line], response: list[Line]) -> None:
    """Mark what is there, else put a ghost where it should be."""
    if mark.part == "request":
        keys = [("header", mark.name.lower()), ("body", mark.pointer)] if mark.name else []
        found = _find(request, *keys) or request[0]
        _mark(found, mark)
        return
    if not response:
        return
    if mark.part == "status":
        _mark(response[0], mark)
    elif mark.part == "header":
        lines = [line for line in response if line.key == ("header", mark.name.lower())]
        for header_line in lines:
            _mark(header_line, mark)
        if not lines:
            _ghost(response, _end_of_headers(response), f"{mark.name}: …", mark)
    elif (line := _find(response, ("body", mark.pointer))) is not None and not mark.missing:
        _mark(line, mark)
    elif mark.missing or not mark.name:
        _missing_member(response, mark)
    else:
        # The answer is silent about the member, so what was sent is what is wrong.
        _mark(_find(request, ("body", mark.pointer)) or response[0], mark)


def _find(lines: Iterable[Line], *keys: tuple[str, str]) -> Line | None:
    return next((line for line in lines if line.key in keys), None)


def _mark(line: Line, mark: Mark) -> None:
    line.verdict = line.verdict or mark.verdict
    if mark.note not in line.notes:
        line.notes.append(mark.note)


def _missing_member(response: list[Line], mark: Mark) -> None:
    parent = mark.pointer.rpartition("/")[0]
    for index, line in enumerate(response):
        if mark.name and line.key == ("body", parent) and line.html.endswith("{"):
            indent = " " * (2 + len(line.html) - len(line.html.lstrip(" ")))
            name = mark.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            _ghost(response, index + 1, f'{indent}"{name}": …', mark)
            return
    if any(line.key[0] == "body" for line in response):
        name = mark.name.removeprefix("/")
        _ghost(response, len(response), f'"{name}": …' if name else "…", mark)
    else:
        response.append(Line(Markup(" "), ("blank", "")))
        _ghost(response, len(response), f'"{mark.name}": …' if mark.name else "no body", mark)


def _end_of_headers(lines: Sequence[Line]) -> int:
    return next((i for i, line in enumerate(lines) if line.key[0] == "blank"), len(lines))


def _ghost(lines: list[Line], at: int, text: str, mark: Mark) -> None:
    lines.insert(at, Line(visible(text), ("ghost", ""), mark.verdict, [mark.note], ghost=True))
