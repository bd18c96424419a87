"""Whether a text shows the inside of the server that sent it.

Product names, request ids and the line and column of a JSON parser are no internals: told
is one unmistakable stack frame, or two signs of different kinds.
"""

from __future__ import annotations

import re

_FRAMES = (
    re.compile(r"\bat [\w$.]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)"),
    re.compile(r"Traceback \(most recent call last\)"),
    re.compile(r'File "[^"\n]+\.py", line \d+'),
    re.compile(r"\bat .{0,120}?\(?(?:/|[A-Za-z]:\\|file:|node:)[^\s()]+\.[cm]?[jt]s:\d+:\d+"),
    re.compile(r"\bat [\w.<>`]+\([^)\n]*\) in .{1,200}?\.(?:cs|fs|vb):line \d+"),
    re.compile(r"#\d+ /[^\s()]+\.php\(\d+\)"),
    re.compile(r"/[^\s:'\"]+\.rb:\d+:in [`']"),
    re.compile(r"goroutine \d+ \[[a-z ]+\]:"),
    re.compile(r"\bSQLSTATE\b"),
)
_SIGNS = {
    "class": re.compile(r"\b(?:[a-z_]\w*\.){2,}[A-Z]\w*(?:Exception|Error)\b"),
    "path": re.compile(r"(?:/(?:usr|home|var|opt|srv|app)/|[A-Z]:\\)[\w./\\-]+\.\w{1,5}\b"),
    "query": re.compile(r"\b(?:INSERT INTO|SELECT .{1,80} FROM|UPDATE \w+ SET)\b"),
    "constraint": re.compile(r"\b(?:duplicate key value|UNIQUE constraint|NOT NULL constraint)\b"),
}


def internals(text: str) -> str:
    """What a text tells of the implementation, in a few words; empty where it tells nothing."""
    for pattern in _FRAMES:
        if found := pattern.search(text):
            return found[0]
    signs = [found[0] for pattern in _SIGNS.values() if (found := pattern.search(text))]
    return " and ".join(signs) if len(signs) > 1 else ""
