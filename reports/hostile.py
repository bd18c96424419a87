"""Text that a stranger wrote, made visible: none of it is markup and none of it hides."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

LONGEST = 1000
"""Characters of a value that the page shows where nothing else is said."""

_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that draw nothing, though Unicode does not call them invisible."""

_VARIATIONS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))
_STACKED = 3
"""Combining marks on one letter; more of them paint over the lines above and below."""

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_PLACEHOLDER = re.compile(r"\[[a-z_]{3,40}:\d+\]")


@lru_cache(maxsize=8192)
def is_strange(character: str) -> bool:
    """Whether a reader can't see this character, or it moves others about."""
    if unicodedata.category(character) in _CATEGORIES or character in _BLANK:
        return True
    if unicodedata.category(character) == "Zs":
        return character != " "
    return any(ord(character) in span for span in _VARIATIONS)


def _named(character: str) -> str:
    return f"U+{ord(character):04X}"


def _numbered(character: str, times: int = 1) -> str:
    repeated = f" x{times}" if times > 1 else ""
    return f"<span class=char>{_named(character)}{repeated}</span>"


# No quotes in this markup: should it ever stand inside an attribute, it stays inside.
@lru_cache(maxsize=8192)
def _shown(character: str) -> str:
    if is_strange(character):
        return _numbered(character)
    return str(escape(character))


def visible(text: str, limit: int = LONGEST, keep: str = "") -> Markup:
    """Markup that shows a text, each strange character by its number.

    Args:
        text: Anything, lone surrogates and NULs included.
        limit: How many characters to show; how many more there are is said.
        keep: Control characters that may stay as they are, such as a line feed in ``pre``.

    """
    if len(text) > limit:
        head = visible(text[: limit * 2 // 5 or 1], limit, keep)
        return head + cut(len(text) - (limit * 2 // 5 or 1))
    if text.isascii() and text.isprintable():
        return escape(text)
    pieces: list[str] = []
    stacked, turned = 0, False
    for character, group in itertools.groupby(text):
        times = sum(1 for _ in group)
        stacked = stacked + times if unicodedata.combining(character) else 0
        turned = turned or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        if character in keep:
            pieces.append(character * times)
        elif stacked > _STACKED or (times > 1 and is_strange(character)):
            pieces.append(_numbered(character, times))
        else:
            pieces.append(_shown(character) * times)
    shown = "".join(pieces)
    # A value in Hebrew or Arabic must not reorder the words of ours around it.
    return Markup(f"<bdi>{shown}</bdi>" if turned else shown)  # noqa: S704 - escaped above


def cut(left: int, what: str = "more characters") -> Markup:
    """The mark that says how much was left out at this place."""
    return Markup("<span class=cut>{} {}</span>").format(f"{left:,}", what)


def plain(text: str, limit: int = LONGEST) -> str:
    """The same as text without markup, for a title or an attribute."""
    if len(text) > limit:
        text = f"{text[:limit]} ({len(text) - limit:,} more characters)"
    if text.isascii() and text.isprintable():
        return text
    pieces = []
    for character, group in itertools.groupby(text):
        times = sum(1 for _ in group)
        if not is_strange(character):
            pieces.append(character * times)
        else:
            pieces.append(_named(character) + (f" x{times} " if times > 1 else ""))
    return "".join(pieces)


def wire(text: str, limit: int = LONGEST, keep: str = "\t") -> Markup:
    """As :func:`visible`, with the placeholders of redacted credentials set apart."""
    if len(text) > limit or "[" not in text:
        return visible(text, limit, keep)
    pieces: list[Markup] = []
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        pieces.append(visible(text[at : found.start()], limit, keep))
        pieces.append(Markup("<span class=secret>{}</span>").format(found[0]))
        at = found.end()
    pieces.append(visible(text[at:], limit, keep))
    return Markup("").join(pieces)


def prose(text: str) -> Markup:
    """A sentence of the catalogue: what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return visible(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(visible(part)) if index % 2 else visible(part)
        for index, part in enumerate(parts)
    )


def value(data: Any) -> str:
    """A JSON value as one line."""
    if isinstance(data, str) and data:
        return data
    try:
        return json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return repr(data)
