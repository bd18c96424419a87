"""What a page does with a client's text and logo: a reading of its HTML, without a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_ALONE = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"})
"""Elements without content, which are never closed."""

_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "label", "mark", "q", "s"}
) | {"small", "span", "strong", "sub", "sup", "tt", "u", "var"}
"""Elements within which a line of text goes on; every other one begins a paragraph (UAX 9)."""

_ISOLATING = frozenset({"bdi", "bdo"})
_LAYOUT = re.compile(r"unicode-bidi|display|direction")
"""What in a style sheet makes blocks of inline elements, or isolates them."""


@dataclass
class Paragraph:
    """A run of text that is laid out together, and how the name stands in it."""

    text: str = ""
    named_bare: bool = False
    """Whether the name stands in it without anything that isolates its direction."""


@dataclass
class _Element:
    name: str
    isolates: bool


@dataclass
class Reading:
    """What was found on a page."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    embedding: dict[str, set[str]] = field(default_factory=dict)
    """By element, the URLs that it fetches."""
    styled: bool = False
    """Whether a style sheet may isolate directions where the markup does not."""


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self._name = name
        self._stack: list[_Element] = []
        self.reading = Reading([Paragraph()])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and "stylesheet" in given.get("rel", "").lower():
            self.reading.styled = True
        for name in ("src", "data", "href", "xlink:href", "srcset"):
            if name in given and tag not in ("a", "link", "base", "area"):
                self.reading.embedding.setdefault(tag, set()).add(given[name].strip())
        self._breaks(tag)
        if tag not in _ALONE:
            styled = "unicode-bidi" in given.get("style", "")
            isolates = tag in _ISOLATING or "dir" in given or styled
            self._stack.append(_Element(tag, isolates))

    def handle_endtag(self, tag: str) -> None:
        self._breaks(tag)
        for place in range(len(self._stack) - 1, -1, -1):
            if self._stack[place].name == tag:
                del self._stack[place:]
                break

    def handle_data(self, data: str) -> None:
        around = self._stack[-1].name if self._stack else ""
        if around == "style" and _LAYOUT.search(data):
            self.reading.styled = True
        if around in ("script", "style", "title", "template"):
            return
        paragraph = self.reading.paragraphs[-1]
        paragraph.text += data
        if self._name in data:
            paragraph.named_bare |= not any(element.isolates for element in self._inline())

    def _inline(self) -> list[_Element]:
        """The inline elements in which this text stands, up to the block around them."""
        found: list[_Element] = []
        for element in reversed(self._stack):
            if element.name not in _INLINE:
                break
            found.append(element)
        return found

    def _breaks(self, tag: str) -> None:
        if tag not in _INLINE and tag not in ("img", "input"):
            self.reading.paragraphs.append(Paragraph())


def read(page: str, name: str) -> Reading:
    """Read a page on which a client's name may stand."""
    reader = _Reader(name)
    reader.feed(page)
    reader.close()
    return reader.reading
