"""A JSON text as indented lines that keep every member, number and repeated name as it was."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reports.hostile import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_VALUE = 400
_WIDTH = 76
_DEEPEST = 40


class Pairs(list[tuple[str, Any]]):
    """An object with its names in order, repeated ones included."""


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class TooDeepError(ValueError):
    """Nested beyond what can be read anyway."""


@dataclass(slots=True)
class Line:
    """A line of a message; ``key`` is what a mark finds it by."""

    html: Markup
    key: tuple[str, str] = ("", "")
    verdict: str = ""
    notes: list[str] = field(default_factory=list)
    ghost: bool = False


def indented(text: str) -> list[Line] | None:
    """The lines, or none where it is no strict JSON object or array."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        value = json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse,
            object_pairs_hook=Pairs,
        )
        return list(_lines(value, "", 0, Markup(""), Markup("")))
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> None:
    raise ValueError(name)


def _lines(value: Any, pointer: str, depth: int, lead: Markup, comma: Markup) -> Iterator[Line]:
    if depth > _DEEPEST:
        raise TooDeepError
    indent = Markup("  " * depth) + lead
    key = ("body", pointer)
    if not isinstance(value, list) or not value or _fits(value):
        yield Line(indent + _inline(value) + comma, key)
        return
    opening, closing = ("{", "}") if isinstance(value, Pairs) else ("[", "]")
    yield Line(indent + opening, key)
    for index, item in enumerate(value):
        more = Markup("," if index + 1 < len(value) else "")
        if isinstance(value, Pairs):
            name, member = item
            below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            yield from _lines(member, below, depth + 1, _name(name), more)
        else:
            yield from _lines(item, f"{pointer}/{index}", depth + 1, Markup(""), more)
    yield Line(Markup("  " * depth) + closing + comma, ("body-end", pointer))


def _fits(value: list[Any]) -> bool:
    """Whether a list of plain values may stand on one line; an object never does."""
    if isinstance(value, Pairs):
        return False
    if any(isinstance(item, list) for item in value):
        return False
    return sum(len(item) + 4 if isinstance(item, str) else 7 for item in value) <= _WIDTH


def _name(name: str) -> Markup:
    return Markup("<span class=k>{}</span>: ").format(_string(name))


def _inline(value: Any) -> Markup:
    if isinstance(value, Number):
        return Markup("<span class=n>{}</span>").format(wire(value, LONGEST_VALUE))
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Pairs):
        return Markup("{}")
    if isinstance(value, list):
        return Markup("[") + Markup(", ").join(map(_inline, value)) + "]"
    return Markup("<span class=n>{}</span>").format(json.dumps(value))


def _string(text: str) -> Markup:
    # One pass over a megabyte is enough: cut first, by what the reader will see.
    longest = text[: LONGEST_VALUE + 1]
    inner = json.dumps(longest, ensure_ascii=False)[1:-1]
    if len(text) > LONGEST_VALUE:
        head = json.dumps(text[: LONGEST_VALUE * 2 // 5], ensure_ascii=False)[1:-1]
        left = f"{len(text) - LONGEST_VALUE * 2 // 5:,}"
        return Markup('"{}<span class=cut>{} more characters</span>"').format(
            wire(head, 10 * LONGEST_VALUE), left
        )
    return Markup('"{}"').format(wire(inner, 10 * LONGEST_VALUE))
