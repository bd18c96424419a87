"""Ways in which a URL can fail on command: each as data, so that all can be listed and asked for.

``delivery.py`` acts on them. Nothing of this outlives the process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from mock_directory.answers import Answer

OutageName = Literal[
    "down", "slow", "hanging", "status-500", "wrong-content-type", "not-json", "huge",
    "redirect-loop", "stale-cache", "stale-cache-no-store", "stale-cache-expired", "truncated",
]  # fmt: skip
NAMES: tuple[OutageName, ...] = get_args(OutageName)

Manner = Literal["whole", "closed", "withheld", "dripped", "padded", "cut"]
"""How an answer is sent: as any other, not at all, never while somebody waits, in drips,
after many blanks, or less of it than was announced."""

LONGEST_S = 30
"""Seconds that a slow or a hanging answer takes unless told otherwise: long to wait."""
MOST_S = 60
"""Seconds that it takes at most: longer than anybody should wait."""
HUGE_MIB = 64
"""So many MiB of blanks go before the body of a huge answer, which stays valid JSON."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to fail: what is sent in the place of the right answer, and how."""

    about: str
    manner: Manner = "whole"
    status: int | None = None
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    """Put in, or in the place of those that the right answer has."""
    body: bytes | None = None
    loops: bool = False
    """Whether it redirects to itself."""


# What says something wrong must not be kept: an outage ends when it is lifted.
_NOT_KEPT = {b"cache-control": b"no-store"}
_TEXT = {b"content-type": b"text/plain; charset=utf-8", **_NOT_KEPT}
_YEAR = b"31536000"

WAYS: Mapping[OutageName, Way] = {
    "down": Way("the connection is closed without a byte", "closed"),
    "slow": Way("the body drips, a few bytes at a time", "dripped"),
    "hanging": Way("not even headers come; in the end the connection is closed", "withheld"),
    "status-500": Way(
        "500 and a text", status=500, headers=_TEXT, body=b"An outage, on command.\n"
    ),
    "wrong-content-type": Way(
        "the right body as text/html",
        # A browser must not take it for a page of the console.
        headers={
            b"content-type": b"text/html; charset=utf-8",
            b"content-security-policy": b"sandbox",
        },
    ),
    "not-json": Way(
        "the right status and type, but the body is no JSON",
        headers=_NOT_KEPT,
        body=b'{"keys": [{"k\n',
    ),
    "huge": Way(f"{HUGE_MIB} MiB of blanks before the right body, of unknown length", "padded"),
    "redirect-loop": Way("302 to itself", status=302, headers=_NOT_KEPT, body=b"", loops=True),
    "stale-cache": Way(
        "the right body, to be kept for a year",
        headers={b"cache-control": b"public, max-age=%b, immutable" % _YEAR},
    ),
    "stale-cache-no-store": Way(
        "the right body, not to be kept at all",
        headers={b"cache-control": b"no-store", b"pragma": b"no-cache", b"expires": b"0"},
    ),
    "stale-cache-expired": Way(
        "the right body, out of date since 1994",
        headers={
            b"cache-control": b"must-revalidate",
            b"expires": b"Sat, 01 Jan 1994 00:00:00 GMT",
            b"age": _YEAR,
        },
    ),
    "truncated": Way("more bytes are announced than come", "cut"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage that is under way."""

    name: OutageName
    seconds: int = LONGEST_S
    """How long a slow answer takes, and how long a hanging one is waited for."""

    @property
    def way(self) -> Way:
        """What is done about it."""
        return WAYS[self.name]

    @property
    def is_silent(self) -> bool:
        """Whether nobody is ever answered."""
        return self.way.manner in ("closed", "withheld")

    def changed(self, answer: Answer, url: str) -> Answer:
        """Return what is sent in the place of the right answer of the URL."""
        way = self.way
        changes = dict(way.headers)
        if way.loops:
            changes[b"location"] = url.encode("latin-1")
        kept = tuple(pair for pair in answer.headers if pair[0] not in changes)
        return replace(
            answer,
            status=way.status or answer.status,
            headers=(*kept, *changes.items()),
            body=answer.body if way.body is None else way.body,
        )


LISTED = "how it fails; null: not at all. " + "; ".join(
    f"{name}: {way.about}" for name, way in WAYS.items()
)


class OutageSetting(BaseModel):
    """How a URL is to fail, until told otherwise."""

    model_config = ConfigDict(extra="forbid", strict=True)

    outage: OutageName | None = Field(description=LISTED)
    outage_s: int = Field(
        default=LONGEST_S,
        ge=1,
        le=MOST_S,
        description="seconds that a slow answer takes, or that a hanging one keeps people waiting",
    )

    def failing(self) -> Outage | None:
        """Return the outage that is asked for; None for none."""
        return None if self.outage is None else Outage(self.outage, self.outage_s)
