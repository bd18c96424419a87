"""The directory's clock: it can be set, for all that follows or for one request."""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime

EARLIEST = 0
LATEST = 32_503_679_999
"""The last second of 2999: later ones do not fit into a certificate with its lifetime."""

_asked: ContextVar[int | None] = ContextVar("asked", default=None)


class Clock:
    """Seconds since 1970; set, it goes on from there."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._offset = 0.0

    def now(self) -> int:
        """Return the second that it is, for the request under way if that names one."""
        asked = _asked.get()
        return int(self.precise()) if asked is None else asked

    def precise(self) -> float:
        """Return the time with its fractions, whatever the request under way names."""
        return self._real() + self._offset

    @property
    def offset(self) -> int:
        """By how many seconds it is ahead of the real time."""
        return round(self._offset)

    def set(self, moment: int | None) -> None:
        """Go on from this moment; None means the real time again."""
        self._offset = 0.0 if moment is None else moment - self._real()

    def shift(self, seconds: int) -> None:
        """Be so much ahead of the real time, or behind it.

        Raises:
            ValueError: no clock of ours can show that.

        """
        if not EARLIEST <= self._real() + seconds <= LATEST:
            raise ValueError("a time lies between 1970 and 2999")
        self._offset = float(seconds)

    @contextlib.contextmanager
    def at(self, moment: int | None) -> Iterator[None]:
        """For what is done inside, let it be this moment; None changes nothing."""
        if moment is None:
            yield
            return
        token = _asked.set(moment)
        try:
            yield
        finally:
            _asked.reset(token)


def is_asked() -> bool:
    """Tell whether the request under way names its own time."""
    return _asked.get() is not None


def moment_of(text: str) -> int:
    """Read a moment: seconds since 1970, or a date and time of RFC 3339 with its zone.

    Raises:
        ValueError: it is neither, or out of range.

    """
    if text.isascii() and text.isdecimal() and len(text) <= 12:
        moment = int(text)
    else:
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            read = datetime(1, 1, 1)  # noqa: DTZ001 - it has no zone, so it is refused below
        if read.tzinfo is None:
            raise ValueError("a time is seconds since 1970 or like 2027-01-31T12:00:00Z")
        moment = int(read.timestamp())
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("a time lies between 1970 and 2999")
    return moment


def shown(moment: int) -> str:
    """Return a moment as RFC 3339 has it."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
