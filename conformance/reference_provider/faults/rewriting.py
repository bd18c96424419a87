"""Rewriting a good answer, for faults that state something else than what is stored."""

from dataclasses import replace

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
