"""The key sets that anybody may fetch, kept ready as bytes."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mock_directory.clock import Clock, is_asked
from mock_directory.dialects import Dialect, DocumentKind, filled
from mock_directory.enrolment import Register, Software
from mock_directory.keyring import DIRECTORY, Keyring
from mock_directory.keys import SigningKey
from mock_directory.problems import Problem

PLAIN_PATH = "/jwks"
"""Where the directory's own keys are in every dialect, besides its own place for them."""
_KEPT = 10_000
_ID = "[A-Za-z0-9_-]{1,64}"


@dataclass(frozen=True, slots=True)
class _Ready:
    version: tuple[int, int]
    until: float
    body: bytes


class Documents:
    """The published key sets, by path."""

    def __init__(
        self, dialect: Dialect, keyring: Keyring, register: Register, clock: Clock
    ) -> None:
        self._dialect = dialect
        self._keyring = keyring
        self._register = register
        self._clock = clock
        self._ready: dict[str, _Ready] = {}
        self._forms = [(kind, _form(path)) for kind, path in dialect.documents.items()]
        self._forms.append(("directory", _form(PLAIN_PATH)))
        self.own_paths = {PLAIN_PATH, dialect.documents.get("directory", PLAIN_PATH)}
        """Where the directory's own keys are."""

    def find(self, path: str) -> bytes | None:
        """Return the document at a path; None if there is none."""
        if is_asked():
            return self._make(path)
        version = (self._keyring.version, self._clock.offset)
        ready = self._ready.get(path)
        if ready is None or ready.version != version or self._clock.now() >= ready.until:
            body = self._make(path)
            if body is None:
                return None
            if len(self._ready) >= _KEPT:
                self._ready.clear()
            ready = _Ready(version, self._next_change(), body)
            self._ready[path] = ready
        return ready.body

    def path_of(self, kind: DocumentKind, organisation_id: str, software_id: str) -> str:
        """Return where a document of a software product is."""
        values = {"organisation": {"id": organisation_id}, "software": {"id": software_id}}
        return str(filled(self._dialect.documents[kind], values))

    def _next_change(self) -> float:
        now = self._clock.now()
        ends = [key.shown_until for key in self._keyring.all() if key.shown_until is not None]
        return min((end for end in ends if end > now), default=float("inf"))

    def _make(self, path: str) -> bytes | None:
        for kind, form in self._forms:
            if found := form.fullmatch(path):
                try:
                    named = self._keys(kind, found.groupdict())
                except Problem:
                    continue
                return json.dumps({"keys": named}).encode()
        return None

    def _keys(self, kind: DocumentKind, names: dict[str, str]) -> list[dict[str, Any]]:
        if kind == "directory":
            return [self.public(key) for key in self._keyring.shown([DIRECTORY])]
        owners = self._owners(names)
        identifiers = [owner.id for owner in owners]
        if kind.startswith("removed"):
            return [self.public(key) for key in self._keyring.removed(identifiers)]
        theirs = [key for owner in owners for key in (owner.jwks or {}).get("keys", ())]
        return [*theirs, *map(self.public, self._keyring.shown(identifiers))]

    def _owners(self, names: dict[str, str]) -> Iterable[Software]:
        if "software" not in names:
            organisation = self._register.organisation(names["organisation"])
            return self._register.all_software(organisation.id)
        software = self._register.software(names["software"])
        if names.get("organisation", software.organisation_id) != software.organisation_id:
            raise Problem(404, "another organisation's software")
        return [software]

    def public(self, key: SigningKey) -> dict[str, Any]:
        """Return a key as the dialect publishes it: its public half and its name."""
        members = filled(self._dialect.jwk, {"algorithm": key.algorithm})
        if key.kid is not None:
            members["kid"] = key.kid
        return {**key.public_members(), **members}


def _form(path: str) -> re.Pattern[str]:
    """Return what matches the paths that a template stands for."""
    text = re.escape(path)
    for name in ("organisation", "software"):
        place = re.escape(f"{{{name}.id}}")
        text = text.replace(place, f"(?P<{name}>{_ID})", 1).replace(place, f"(?P={name})")
    return re.compile(text)
