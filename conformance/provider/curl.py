"""A request as a line that can be pasted into a POSIX shell and holds no secret."""

from __future__ import annotations

import re
import shlex

_PLACEHOLDER = re.compile(r"\[([a-z_]+):(\d+)\]")
_LEFT_OUT = {"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"}
_LONGEST_BODY = 4096


def command(method: str, url: str, headers: tuple[tuple[str, str], ...], body: str | None) -> str:
    """The curl line of a redacted request; a secret is a shell variable named after it.

    ``body`` is None where the request had none that can be written as text.
    """
    words = ["curl", "-sS"]
    implied = "POST" if body else "GET"
    if method == "HEAD":
        words.append("-I")
    elif method != implied:
        words += ["-X", method]
    words.append(_quoted(url))
    for name, value in headers:
        if name.lower() not in _LEFT_OUT:
            words += ["-H", _quoted(f"{name}: {value}")]
    if body:
        if len(body) > _LONGEST_BODY:
            words += ["--data-binary", "@body"]
        else:
            words += ["--data-binary" if "\n" in body else "-d", _quoted(body)]
    return " ".join(words)


def variables(line: str) -> list[str]:
    """The shell variables that a curl line of ours wants set."""
    return sorted(set(re.findall(r'"\$([A-Z_0-9]+)"', line)))


def _quoted(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        text = "".join(_escaped(character) for character in text)
    pieces: list[str] = []
    at = 0
    for match in _PLACEHOLDER.finditer(text):
        if match.start() > at:
            pieces.append(shlex.quote(text[at : match.start()]))
        pieces.append(f'"${match[1].upper()}_{match[2]}"')
        at = match.end()
    if at < len(text) or not pieces:
        pieces.append(shlex.quote(text[at:]))
    return "".join(pieces)


def _escaped(character: str) -> str:
    """JSON's escape, which is what nearly all of our bodies understand."""
    if character.isascii() and (character.isprintable() or character == "\n"):
        return character
    code = ord(character)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
