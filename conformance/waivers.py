"""Known failures that an operator accepts for a while: a reason, a verdict, a date."""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.settings import UsageProblem
from reports.results import Verdict, Waiver

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.catalogue import Catalogue

WAIVABLE = (Verdict.FAIL, Verdict.FINDING, Verdict.WARNING)


@dataclass(frozen=True, slots=True)
class Known:
    """One ``[[waiver]]``: ``requirement``, ``verdict``, ``reason``, and ``expires`` if it does."""

    requirement: str
    verdict: Verdict
    reason: str
    expires: datetime.date | None = None

    def expired(self, today: datetime.date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and today > self.expires


def load(path: Path) -> tuple[Known, ...]:
    """Read a waiver file.

    Raises:
        UsageProblem: one sentence that names the file and the entry.

    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageProblem(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageProblem(f"{path} is no valid TOML: {error}") from error
    return tuple(_entry(entry, path) for entry in data.get("waiver", []))


def _entry(entry: Mapping[str, object], path: Path) -> Known:
    name = f"{path}: waiver of {entry.get('requirement', 'no requirement')}"
    if unknown := sorted(set(entry) - {"requirement", "verdict", "reason", "expires"}):
        raise UsageProblem(f"{name}: there is no member {unknown[0]}")
    if not entry.get("requirement") or not entry.get("reason"):
        raise UsageProblem(f"{name}: requirement and reason are needed")
    expires = entry.get("expires")
    if expires is not None and type(expires) is not datetime.date:
        raise UsageProblem(f"{name}: expires is a date such as 2027-01-31, without quotes")
    try:
        verdict = Verdict(str(entry.get("verdict", "fail")))
    except ValueError:
        verdict = Verdict.PASS
    if verdict not in WAIVABLE:
        known = ", ".join(WAIVABLE)
        raise UsageProblem(f"{name}: a verdict that can be waived is one of {known}")
    return Known(str(entry["requirement"]), verdict, str(entry["reason"]), expires)


def apply(
    known: tuple[Known, ...],
    verdicts: Mapping[str, Verdict],
    catalogue: Catalogue,
    today: datetime.date,
) -> list[Waiver]:
    """Say of each waiver whether it is used, stale, unknown or expired.

    ``verdicts`` holds the requirements that this run took up; a waiver of another one
    that exists is left alone.
    """
    found = []
    for item in known:
        if item.requirement not in catalogue:
            state = "unknown"
        elif item.expired(today):
            state = "expired"
        elif item.requirement not in verdicts or verdicts[item.requirement] is item.verdict:
            state = "used"
        else:
            unclear = verdicts[item.requirement] in (Verdict.NOT_JUDGED, Verdict.BLOCKED)
            state = "used" if unclear else "stale"
        found.append(
            Waiver(
                requirement=item.requirement,
                verdict=item.verdict,
                reason=item.reason,
                expires=item.expires.isoformat() if item.expires else "",
                state=state,  # type: ignore[arg-type]
            )
        )
    return found
