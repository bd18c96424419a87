"""From a message on the wire to what is kept of it: redacted, bounded, with its facts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.provider import curl, facts
from conformance.provider.redaction import SECRET_MEMBERS, SHORTEST_BY_VALUE, Scope
from reports.results import Body, Request, Response, Step

if TYPE_CHECKING:
    from conformance.provider.redaction import Redactor

KEPT_BODY = 64 * 1024
"""Bytes of a body that are kept."""

ERRORS_FROM = 400
"""The first status of an error."""

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING", "__bool__": lambda _: False})()
"""What stands for the JSON of a body that is no JSON."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out, secrets and all; never leaves the exchange."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def chunked(self) -> bool:
        """Whether its header says that the body comes in chunks."""
        return any(name.lower() == "transfer-encoding" for name, _ in self.headers)

    def __repr__(self) -> str:
        return f"<request {self.method}>"


@dataclass(frozen=True, slots=True)
class Received:
    """A response as it came in, secrets and all; never leaves the exchange."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    cut: bool = False
    """Whether reading stopped before the body did."""

    def __repr__(self) -> str:
        return f"<response {self.status}>"


def capture(
    *,
    id: str,  # noqa: A002 - the name of the member
    operation: str,
    sent: Sent,
    received: Received | None,
    failure: str,
    elapsed_s: float,
    at: float,
    redactor: Redactor,
) -> Step:
    """Make the step that is kept of one request and its response."""
    scope = redactor.scope()
    url = scope.url(sent.url)
    request_headers = _headers(sent.headers, scope)
    request_body = _body(sent.content, sent.headers, scope, cut=False)
    response = None
    found: dict[str, Any] = {}
    if received is not None:
        scope.in_error = received.status >= ERRORS_FROM
        body = _body(received.content, received.headers, scope, cut=received.cut)
        found = _facts(received.content)
        response = Response(
            status=received.status, headers=_headers(received.headers, scope), body=body
        )
    request = Request(method=sent.method, url=url, headers=request_headers, body=request_body)
    return Step(
        id=id,
        operation=operation,
        request=request,
        response=response,
        failure=scope.text(failure),
        elapsed_s=round(elapsed_s, 6),
        at=round(at, 3),
        curl=curl.command(sent.method, url, request_headers, request_body.text),
        facts=found,
    )


def parse(content: bytes) -> Any:
    """The JSON of a body as a lenient client reads it; MISSING where it is none."""
    try:
        return json.loads(content.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return MISSING


def _headers(headers: tuple[tuple[str, str], ...], scope: Scope) -> tuple[tuple[str, str], ...]:
    return tuple((name, scope.header(name, value)) for name, value in headers)


def _facts(content: bytes) -> dict[str, Any]:
    """Facts of each credential in a response, by JSON pointer."""
    found: dict[str, Any] = {}
    value = parse(content)
    if isinstance(value, dict):
        for name in SECRET_MEMBERS.keys() & value.keys():
            found[f"/{name}"] = facts.credential(value[name])
    return found


def _body(content: bytes, headers: tuple[tuple[str, str], ...], scope: Scope, *, cut: bool) -> Body:
    if not content:
        return Body()
    kind: Any
    kind, fault, repeated = (
        _strict(content) if not cut else ("", "longer than the 1 MiB that is read", ())
    )
    length, digest = len(content), hashlib.sha256(content).hexdigest()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        kept = content[:KEPT_BODY]
        return Body(
            base64=_redacted_base64(kept, scope),
            length=length,
            sha256=digest,
            truncated=length > KEPT_BODY or cut,
            utf8=cut and _cut_inside_character(content),
            json_fault=fault or "not UTF-8",
        )
    form = any(
        name.lower() == "content-type" and "x-www-form-urlencoded" in value.lower()
        for name, value in headers
    )
    text = scope.url(text) if form else _redacted_text(text, content, scope)
    return Body(
        text=text[:KEPT_BODY],
        length=length,
        sha256=digest,
        truncated=len(text) > KEPT_BODY or cut,
        json_kind=kind,
        json_fault=fault,
        repeated_names=repeated,
    )


def _cut_inside_character(content: bytes) -> bool:
    """Whether only the last, incomplete character makes this invalid UTF-8."""
    try:
        content[:-4].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(content) - 8
    return True


def _redacted_base64(content: bytes, scope: Scope) -> str:
    text = scope.pairs(content.decode("latin-1"))
    value = parse(content)
    if value is not MISSING:
        scope.json(value)
    return base64.b64encode(scope.text(text).encode("latin-1", "replace")).decode()


def _redacted_text(text: str, content: bytes, scope: Scope) -> str:
    """Take secrets out of a text without touching how it was written, where that is possible."""
    value = parse(content)
    if value is MISSING:
        return scope.url(text)
    clean = scope.json(value)
    if clean == value:
        return scope.text(text)
    result = scope.text(text)
    for name, secret in _named(value):
        kind = scope.kind(name, secret) if name in SECRET_MEMBERS else "private_key"
        if kind is None:
            continue
        placeholder = scope.learn(kind, secret)
        for written in {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
            if len(secret) >= SHORTEST_BY_VALUE:
                result = result.replace(written, placeholder)
            else:
                pattern = rf'("{re.escape(name)}"\s*:\s*"){re.escape(written)}"'
                result = re.sub(pattern, lambda m, p=placeholder: f'{m[1]}{p}"', result)  # type: ignore[misc]
    try:
        kept = json.loads(result)
    except ValueError:
        kept = MISSING
    # An unusual way of writing a secret (\u0061 for a) escapes a search of the text.
    return result if kept == clean else json.dumps(clean, ensure_ascii=True)


def _named(value: Any, *, jwk: bool = False) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if isinstance(value, dict):
        jwk = "kty" in value
        for name, item in value.items():
            if isinstance(item, str) and item:
                if name in SECRET_MEMBERS or (jwk and name in {"d", "p", "q", "dp", "dq", "k"}):
                    found.append((name, item))
            else:
                found += _named(item)
    elif isinstance(value, list):
        for item in value:
            found += _named(item)
    return found


def _strict(content: bytes) -> tuple[Any, str, tuple[str, ...]]:
    """JSON type of the root, why it is no strict JSON, and repeated member names (RFC 8259)."""
    repeated: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, item in pairs:
            if name in result:
                repeated.append(name)
            result[name] = item
        return result

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    if content.startswith(b"\xef\xbb\xbf"):
        return "", "starts with a byte order mark", ()
    try:
        value = json.loads(
            content.decode("utf-8"), object_pairs_hook=members, parse_constant=refuse
        )
    except (ValueError, RecursionError) as error:
        return "", str(error)[:200], ()
    return facts.json_type(value), "", tuple(dict.fromkeys(repeated))
