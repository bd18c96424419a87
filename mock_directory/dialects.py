"""Dialects: how an ecosystem writes its statements and where it puts its keys, as data.

A text ``{software.name}`` alone stands for the value itself, a list too; within more
text, for the value as text. What has no value is left out with all that mentions it.
"""

import re
import secrets
import string
import tomllib
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from mock_directory.enrolment import Status
from mock_directory.keys import Algorithm

FOLDER = Path(__file__).parent / "dialects"
DocumentKind = Literal[
    "directory", "organisation", "software", "removed_organisation", "removed_software"
]
_NAMED = re.compile(r"\{([a-z_.]+)\}")
_ABSENT = object()


class Dialect(BaseModel):
    """One ecosystem's way of saying things."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    about: str
    issuer: str
    algorithm: Algorithm
    lifetime_s: int | None = None
    """Seconds from ``iat`` to ``exp``; None where statements do not expire."""
    subject: list[tuple[str, str]]
    """A client certificate's distinguished name, as RFC 4514 orders it."""
    ids: dict[Literal["organisation", "software", "jti"], str]
    documents: dict[DocumentKind, str]
    """Paths of the key sets."""
    status: dict[Status, str]
    jwk: dict[str, Any]
    """What a published key says besides its ``kid`` and its numbers."""
    header: dict[str, Any]
    defaults: dict[str, Any]
    """Members of a software product that its statements cannot do without."""
    claims: dict[str, Any]

    def new_id(self, kind: Literal["organisation", "software", "jti"]) -> str:
        """Return an identifier of the ecosystem's form."""
        form, _, length = self.ids[kind].partition("-")
        return _FORMS[form](int(length or 0))


def _base62(length: int) -> str:
    letters = string.digits + string.ascii_letters
    return "".join(secrets.choice(letters) for _ in range(length))


_FORMS: dict[str, Callable[[int], str]] = {
    "uuid": lambda _: str(uuid.uuid4()),
    "base62": _base62,
    "hex": lambda length: secrets.token_hex(length // 2),
}


def names() -> list[str]:
    """The dialects that there are, the default first."""
    found = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return sorted(found, key=lambda name: name != "default")


def load(name: str) -> Dialect:
    """Return a dialect by its name.

    Raises:
        KeyError: there is none.

    """
    if name not in names():
        raise KeyError(name)
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return Dialect(name=name, **tomllib.loads(text))


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """Return a template with its names replaced; None where a name has no value."""
    found = _filled(template, values)
    return None if found is _ABSENT else found


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, dict):
        members = {name: _filled(value, values) for name, value in template.items()}
        return {name: value for name, value in members.items() if value is not _ABSENT}
    if isinstance(template, list):
        items = [_filled(value, values) for value in template]
        return [value for value in items if value is not _ABSENT]
    if not isinstance(template, str):
        return template
    if alone := _NAMED.fullmatch(template):
        return _value(alone[1], values)
    parts = {name: _value(name, values) for name in _NAMED.findall(template)}
    if _ABSENT in parts.values():
        return _ABSENT
    return _NAMED.sub(lambda match: str(parts[match[1]]), template)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    found: Any = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return _ABSENT if found is None else found
