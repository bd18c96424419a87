"""The API's own description (OpenAPI 3.1), made from the operations themselves."""

import re
from typing import Any

from pydantic.json_schema import models_json_schema

from mock_directory.operations import OPERATIONS, Operation

_SCHEMAS = "#/components/schemas/"
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what to do, or what is wrong"},
        "errors": {
            "type": "array",
            "description": "the members of the body that are wrong",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "pointer": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_MOMENT = {
    "name": "Directory-Time",
    "in": "header",
    "schema": {"type": "string"},
    "description": "what time it is for this request: seconds since 1970, or RFC 3339",
}


def describe(base: str) -> dict[str, Any]:
    """Return the description of the API at this address."""
    models = sorted({op.body for op in OPERATIONS if op.body}, key=lambda model: model.__name__)
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template=_SCHEMAS + "{model}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mock directory",
            "version": "1",
            "description": "A trust framework for tests: it issues identities, and lies on demand.",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    named = re.findall(r"\{(\w+)\}", operation.path)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in named
    ]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string"}, "description": about}
        for name, about in operation.query.items()
    ]
    described: dict[str, Any] = {
        "operationId": _identifier(operation),
        "summary": operation.about,
        "parameters": [*parameters, _MOMENT],
        "responses": {
            str(operation.status): {
                "description": "Done.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "4XX": {
                "description": "Not done, and nothing of it was.",
                "content": {"application/problem+json": {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
            },
        },
    }
    if operation.method != "GET":
        # Needed only where the directory does not listen on loopback alone.
        described["security"] = [{}, {"token": []}]
    if operation.body is not None:
        schema = {"$ref": _SCHEMAS + operation.body.__name__}
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return described


def _identifier(operation: Operation) -> str:
    words = re.findall(r"[a-z]+", operation.path.replace("/api", "").replace("_id", ""))
    return "_".join([operation.method.lower(), *words])
