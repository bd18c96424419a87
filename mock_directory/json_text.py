"""JSON as strangers send it: read strictly, within bounds, and written so that it is ASCII."""

import json
from typing import Any

LONGEST = 1 << 20
DEEPEST = 40


class JsonError(ValueError):
    """The text is no JSON, or more than is taken."""


def parse(body: bytes) -> Any:
    """Read JSON.

    Raises:
        JsonError: it is none, or nested too deep.

    """
    try:
        read = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError:
        raise JsonError("the body is not UTF-8") from None
    except RecursionError:
        raise JsonError("the body is nested too deep") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise JsonError(f"the body is no JSON: {error.msg} at {where}") from None
    except ValueError:
        raise JsonError("the body holds a number that is none, or too long") from None
    _check_depth(read)
    return read


def _check_depth(value: Any) -> None:
    layer, depth = [value], 0
    while layer:
        if depth > DEEPEST:
            raise JsonError(f"the body is nested deeper than {DEEPEST}")
        depth += 1
        inner: list[Any] = []
        for item in layer:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        layer = inner


def _refuse(text: str) -> None:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number


def write(value: Any) -> bytes:
    """Write JSON; lone surrogates are escaped like everything beyond ASCII."""
    return json.dumps(value, allow_nan=False, indent=2).encode("ascii") + b"\n"
