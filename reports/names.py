"""What the page calls things: verdicts, specifications, sections, moments."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from reports.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.results import Requirement


@dataclass(frozen=True, slots=True)
class Word:
    """How a verdict is said and drawn; ``key`` names its class, its sign and its filter."""

    key: str
    label: str
    meaning: str


WAIVED = Word("waived", "Waived", "Broken, known, and accepted until a date by the operator.")
UNCHECKED = Word("unchecked", "Not checked", "In the catalogue; this run did not ask.")


def word(verdict: Verdict) -> Word:
    """The word of a verdict."""
    match verdict:
        case Verdict.SUITE_ERROR:
            return Word(
                "suite-error",
                "Suite error",
                "The suite itself failed. It says nothing about the provider; please report it.",
            )
        case Verdict.FAIL:
            return Word("fail", "Fail", "A mandatory requirement is broken.")
        case Verdict.BLOCKED:
            return Word(
                "blocked",
                "Blocked",
                "The question could not be asked: a step before it failed.",
            )
        case Verdict.FINDING:
            return Word("finding", "Finding", "A security expectation is not met.")
        case Verdict.WARNING:
            return Word("warning", "Warning", "A recommendation is not followed.")
        case Verdict.INFORMATION:
            return Word("information", "Info", "An option not taken, or behaviour worth knowing.")
        case Verdict.PASS:
            return Word("pass", "Pass", "What was compared agrees.")
        case Verdict.NOT_JUDGED:
            return Word(
                "not-judged",
                "Not judged",
                "Nothing can be said: left out, refused by policy, or the evidence is silent.",
            )
        case Verdict.NOT_APPLICABLE:
            return Word("not-applicable", "N/A", "Does not bind this provider.")
    assert_never(verdict)


COLUMNS: tuple[Word, ...] = (
    word(Verdict.SUITE_ERROR),
    word(Verdict.FAIL),
    word(Verdict.BLOCKED),
    word(Verdict.FINDING),
    word(Verdict.WARNING),
    WAIVED,
    word(Verdict.PASS),
    word(Verdict.INFORMATION),
    word(Verdict.NOT_APPLICABLE),
    word(Verdict.NOT_JUDGED),
)
"""In the order of the page: what needs somebody to act first."""


def word_of(requirement: Requirement) -> Word:
    """What is said about a requirement, its waiver included."""
    if not requirement.checked:
        return UNCHECKED
    return WAIVED if requirement.waived else word(requirement.verdict)


_KEPT_CAPITALS = {
    "ciba": "CIBA",
    "cdr": "CDR",
    "etsi-nfv-sec022": "ETSI NFV-SEC 022",
    "jarm": "JARM",
    "mcp": "MCP",
    "oid4vp": "OpenID4VP",
    "udap": "UDAP",
    "uma2": "UMA 2.0",
    "uk-open-banking": "UK Open Banking",
    "derived-practice": "Practice",
}


_WORDS = {"openid": "OpenID", "rp": "RP"}


def specification(key: str) -> str:
    """``RFC 7591`` for ``rfc7591``, ``OpenID Registration`` for ``openid-registration``."""
    if key in _KEPT_CAPITALS:
        return _KEPT_CAPITALS[key]
    if found := re.fullmatch(r"rfc(\d+)", key):
        return f"RFC {found[1]}"
    if found := re.fullmatch(r"fapi(\d)(?:[-_](.+))?", key):
        return f"FAPI {found[1]}.0" + (f" {specification(found[2])}" if found[2] else "")
    words = re.split(r"[-_ ]+", key)
    return " ".join(_WORDS.get(w, w[:1].upper() + w[1:]) for w in words)


def section(name: str) -> str:
    """``section 3.2.1``, ``appendix A.1``, or the word that stands for a section."""
    if name[:1].isdigit():
        return f"section {name}"
    if re.fullmatch(r"[A-Z](\.\d+)*", name):
        return f"appendix {name}"
    return name


def moment(stamp: str) -> str:
    """``24 November 2026, 07:12 UTC``; what is no such stamp stays as it is."""
    try:
        when = datetime.datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    if when.tzinfo is not None:
        when = when.astimezone(datetime.UTC)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}, {when:%H:%M} UTC"


def day(stamp: str) -> str:
    """``31 January 2027``."""
    try:
        when = datetime.date.fromisoformat(stamp[:10])
    except ValueError:
        return stamp
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


# strftime's month names follow the locale of whoever runs the suite.
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def milliseconds(seconds: float) -> str:
    """``2,044 ms``."""
    return f"{seconds * 1000:,.0f} ms"


def listed(names: Iterable[str]) -> str:
    """``a, b and c``."""
    *rest, last = list(names) or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def plural(number: int, noun: str, several: str = "") -> str:
    """``1 requirement``, ``2 requirements``."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def web_link(link: str) -> str:
    """A link that may be followed, or nothing: no other scheme than http and https."""
    return link if re.match(r"https?://[^\s]+$", link, re.IGNORECASE | re.ASCII) else ""


class Anchors:
    """Names of places in the page, each given once."""

    def __init__(self) -> None:
        """Start with the places that the templates themselves name."""
        self._taken = set(_OWN)

    def take(self, wanted: str, prefix: str = "") -> str:
        """The anchor for a name: itself where it can be one and is free."""
        base = prefix + (re.sub(r"[^A-Za-z0-9._-]+", "-", wanted).strip("-")[:200] or "x")
        anchor, number = base, 2
        while anchor in self._taken:
            anchor, number = f"{base}-{number}", number + 1
        self._taken.add(anchor)
        return anchor


_OWN = [
    "summary",
    "mend",
    "requirements",
    "run",
    "suite-errors",
    "broken",
    "blocked",
    "findings",
    "warnings",
    "waived",
    "matrix",
    "changes",
    "behind",
    "limits",
    "revisions",
    "results-digest",
    "substitutions",
    "clients",
    "waivers",
    "settings",
    "capabilities",
    "coverage",
    "x-index",
    "words",
    "in-short",
    "q",
    "f-spec",
    "f-level",
    "count",
    "clear",
    "expand",
    "help",
    "keys",
    "keys-on",
    "short",
    "h-mend",
    "h-req",
    "h-run",
    "h-keys",
]
