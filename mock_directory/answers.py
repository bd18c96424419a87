"""What a published URL sends, before anybody thinks of how it is sent."""

from dataclasses import dataclass

BODILESS = (204, 304)
"""Answers that have no body (RFC 9110 section 6.4.1)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers with their names in lower case, and a body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
