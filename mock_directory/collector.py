"""URLs that answer as they were told and remember who asked: proof of what a provider fetches.

A collected URL stands for whatever a client's metadata may point to: a key set, a
sector identifier document, a logo, a request object, or a place that must not be
fetched at all. Its path cannot be guessed, so whoever asks was told of it.
"""

import base64
import binascii
import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, model_validator

from mock_directory import json_text
from mock_directory.answers import BODILESS, Answer
from mock_directory.outages import LISTED, Outage, OutageName, OutageSetting
from mock_directory.problems import missing

PREFIX = "/collected/"
KEPT = 5_000
"""So many of the newest URLs answer; older ones are forgotten, and all when the process ends."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\t -~]{0,2000}")
# The server writes these itself, or the answer would not be one.
_ITS_OWN = {"content-length", "transfer-encoding", "connection", "date"}


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(text):
            raise ValueError(f"{name[:100]!r} is no header that can be sent")
        if name.lower() in _ITS_OWN:
            raise ValueError(f"the server writes {name} itself")
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", value) or set(value) == {"."}:
        raise ValueError("letters, digits, dots, hyphens and underscores are taken")
    return value


class CollectorRequest(OutageSetting):
    """What a URL is to answer: one of ``document``, ``text`` and ``base64``, or nothing.

    With an outage it is what the URL would answer, and how it fails to. In a change of a URL,
    an outage alone leaves what it answers as it is.
    """

    name: Annotated[str, AfterValidator(_slug)] = Field(
        default="", validate_default=False, description="how the URL ends, say jwks.json"
    )
    status: int = Field(default=200, ge=200, le=599)
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(default_factory=dict)
    document: JsonValue = Field(default=None, description="a document to send as JSON")
    text: str | None = Field(default=None, max_length=json_text.LONGEST)
    base64: Annotated[str, Field(max_length=2 * json_text.LONGEST)] | None = Field(
        default=None, description="bytes, a picture for instance"
    )
    outage: OutageName | None = Field(default=None, description=LISTED)

    @model_validator(mode="after")
    def _one_body(self) -> "CollectorRequest":
        given = {"document", "text", "base64"} & self.model_fields_set
        if len(given) > 1:
            raise ValueError("give at most one of document, text and base64")
        if self.body()[1] and self.status in BODILESS:
            raise ValueError(f"an answer {self.status} has no body")
        return self

    @property
    def is_only_outage(self) -> bool:
        """Whether it says how the URL fails and nothing of what it answers."""
        given = self.model_fields_set
        return "outage" in given and given <= {"outage", "outage_s"}

    def body(self) -> tuple[str, bytes]:
        """The type of the answer and its bytes."""
        if "document" in self.model_fields_set:
            return "application/json", json_text.write(self.document)
        if self.text is not None:
            return "text/plain; charset=utf-8", self.text.encode()
        if self.base64 is None:
            return "", b""
        try:
            return "application/octet-stream", base64.b64decode(self.base64, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("base64 is not base64") from None


@dataclass(frozen=True, slots=True)
class Collected:
    """A URL that records who fetches it."""

    id: str
    path: str
    answer: Answer
    """What it answers while nothing fails."""
    outage: Outage | None = None


class Collector:
    """The collected URLs of a directory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Collected] = OrderedDict()

    def add(self, request: CollectorRequest) -> Collected:
        """Return a new URL that nobody has heard of yet."""
        identifier = secrets.token_urlsafe(16)
        path = PREFIX + identifier + (f"/{request.name}" if request.name else "")
        made = Collected(identifier, path, _answer(request), request.failing())
        with self._lock:
            self._held[identifier] = made
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
        return made

    def change(self, identifier: str, request: CollectorRequest) -> Collected:
        """Let a URL answer something else, or fail, from now on; it stays where it is.

        Raises:
            Problem: there is none.

        """
        with self._lock:
            held = self._held.get(identifier)
            if held is None:
                raise missing("collected URL", identifier)
            answer = held.answer if request.is_only_outage else _answer(request)
            changed = Collected(identifier, held.path, answer, request.failing())
            self._held[identifier] = changed
        return changed

    def get(self, identifier: str) -> Collected:
        """Return one URL.

        Raises:
            Problem: there is none.

        """
        held = self._held.get(identifier)
        if held is None:
            raise missing("collected URL", identifier)
        return held

    def at(self, path: str) -> Collected | None:
        """Return the URL at a path; whatever follows its own path is a fetch of it too."""
        return self._held.get(self.identifier_in(path))

    @staticmethod
    def identifier_in(target: str) -> str:
        """Return which URL a path and query belong to; empty for none."""
        if not target.startswith(PREFIX):
            return ""
        return re.split("[/?]", target.removeprefix(PREFIX), maxsplit=1)[0]

    def remove(self, identifier: str) -> Collected:
        """Let a URL answer no longer."""
        with self._lock:
            held = self._held.pop(identifier, None)
        if held is None:
            raise missing("collected URL", identifier)
        return held


def _answer(request: CollectorRequest) -> Answer:
    kind, body = request.body()
    # Somebody's browser may come by: what is shown here must not speak for the console.
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "sandbox"}
    if kind:
        headers["Content-Type"] = kind
    for name, value in request.headers.items():
        same = [held for held in headers if held.lower() == name.lower()]
        for held in same:
            del headers[held]
        headers[name] = value
    pairs = tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
    return Answer(request.status, pairs, body)
