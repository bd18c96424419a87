"""What went wrong, for the person who asked: problem details of RFC 9457."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

Path = Sequence[str | int]
_LONGEST = 200
"""So much of a member's name is repeated to the one who sent it."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong, and the member of the body that it is in."""

    path: Path
    detail: str

    @property
    def field(self) -> str:
        """The member as people write it: ``redirect_uris[0]``."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text

    @property
    def pointer(self) -> str:
        """The member as a JSON pointer in a URI fragment (RFC 6901)."""
        parts = (str(part).replace("~", "~0").replace("/", "~1") for part in self.path)
        return "#" + "".join(f"/{part}" for part in parts)


class Problem(Exception):  # noqa: N818 - the RFC's own word
    """A request that cannot be done; nothing of it was."""

    def __init__(self, status: int, detail: str, flaws: Sequence[Flaw] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.flaws = tuple(flaws)

    def members(self) -> dict[str, Any]:
        """The members of the problem details object."""
        found: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.flaws:
            found["errors"] = [
                {"field": flaw.field, "pointer": flaw.pointer, "detail": flaw.detail}
                for flaw in self.flaws
            ]
        return found


def wrong(path: str | Path, detail: str, status: int = 400) -> Problem:
    """Return the problem with one member of a body."""
    flaw = Flaw((path,) if isinstance(path, str) else path, detail)
    return Problem(status, f"{flaw.field}: {detail}", (flaw,))


def missing(kind: str, identifier: str) -> Problem:
    """Return the problem that nothing has this identifier."""
    return Problem(404, f"there is no {kind} {identifier[:100]}")


def of_validation(error: ValidationError, *, below: Path = ()) -> Problem:
    """Return what a model found wrong with a body."""
    flaws = [
        Flaw((*below, *_location(item["loc"])), _sentence(item["msg"]))
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    parts = (f"{flaw.field}: {flaw.detail}" if flaw.path else flaw.detail for flaw in flaws[:10])
    detail = "; ".join(parts)
    return Problem(400, detail, flaws[:100])


def _location(parts: Sequence[str | int]) -> Path:
    return [part if isinstance(part, int) else part[:_LONGEST] for part in parts]


def _sentence(text: str) -> str:
    return text.removeprefix("Value error, ")
