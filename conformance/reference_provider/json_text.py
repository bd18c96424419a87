"""JSON read strictly: what two readers could understand differently is refused.

RFC 8259 section 4 leaves duplicate names open and section 6 has no NaN;
section 8.1 demands UTF-8 and section 8.2 warns of lone surrogates.
"""

import json
import math
from typing import Any, NoReturn


class JsonTextError(ValueError):
    """The text is no JSON that everybody reads alike; the message is safe to show."""


def parse_json(data: bytes, *, nesting_limit: int = 32) -> Any:
    """Return the value of a JSON text, or raise :class:`JsonTextError`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise JsonTextError("the text is not UTF-8") from None
    if _nesting(text) > nesting_limit:
        raise JsonTextError("the text is nested too deeply")
    try:
        value = _DECODER.decode(text)
    except JsonTextError:
        raise
    except (ValueError, RecursionError):
        # The parser's own message is not passed on: it may quote the text.
        raise JsonTextError("the text is not well-formed JSON") from None
    if "\\u" in text:
        _refuse_surrogates(value)
    return value


def _nesting(text: str) -> int:
    """Return an upper bound of the depth, cheap enough for hostile texts."""
    if text.count("[") + text.count("{") < 16:
        return 0
    depth = deepest = 0
    quoted = escaped = False
    for character in text:
        if quoted:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonTextError("a member name occurs twice")
    return members


def _constant(_: str) -> NoReturn:
    raise JsonTextError("a number is not finite")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonTextError("a number is out of range")
    return value


def _int(text: str) -> int:
    if len(text) > 40:
        raise JsonTextError("a number is out of range")
    return int(text)


def _refuse_surrogates(value: Any) -> None:
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise JsonTextError("a string holds half a surrogate pair")
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            _refuse_surrogates(name)
            _refuse_surrogates(item)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_float=_float, parse_int=_int
)
