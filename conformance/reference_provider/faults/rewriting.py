"""Rewriting a good answer, for faults that state something else than what is stored."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference_provider.wire import Response


def with_client_id(answer: Response, client_id: str, stated: str) -> Response:
    """State another client_id, however the JSON is spaced."""
    body = answer.body
    for lead in ('"client_id":"', '"client_id": "'):
        body = body.replace(f'{lead}{client_id}"'.encode(), f'{lead}{stated}"'.encode())
    return replace(answer, body=body)


def with_media_type(answer: Response, media_type: str) -> Response:
    """Relabel the body."""
    kept = [(n, v) for n, v in answer.headers if n.lower() != "content-type"]
    return replace(answer, headers=(*kept, ("content-type", media_type)))


def with_members(answer: Response, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
    """Change the members of a success; refusals stay as they are."""
    if answer.status >= 300 or not answer.body:
        return answer
    return replace(answer, body=json.dumps(change(json.loads(answer.body))).encode())


def without_header(answer: Response, name: str) -> Response:
    """Leave a header field out."""
    kept = tuple((n, v) for n, v in answer.headers if n.lower() != name)
    return replace(answer, headers=kept)
