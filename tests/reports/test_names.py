from __future__ import annotations

import pytest

from reports import names
from reports.results import Verdict


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("rfc7591", "RFC 7591"),
        ("openid-registration", "OpenID Registration"),
        ("openid-back-channel-logout", "OpenID Back Channel Logout"),
        ("openid-rp-initiated-logout", "OpenID RP Initiated Logout"),
        ("derived-practice", "Practice"),
        ("fapi2", "FAPI 2.0"),
        ("fapi1-advanced", "FAPI 1.0 Advanced"),
        ("jarm", "JARM"),
        ("oid4vp", "OpenID4VP"),
        ("something-new", "Something New"),
        ("", ""),
    ],
)
def test_specifications_have_names(key: str, name: str) -> None:
    assert names.specification(key) == name


@pytest.mark.parametrize(
    ("section", "said"),
    [("3.2.1", "section 3.2.1"), ("A.1", "appendix A.1"), ("B", "appendix B"), ("ssrf", "ssrf")],
)
def test_sections_have_names(section: str, said: str) -> None:
    assert names.section(section) == said


def test_moments_are_said_in_utc_and_odd_ones_stay() -> None:
    assert names.moment("2026-11-24T07:12:00Z") == "24 November 2026, 07:12 UTC"
    assert names.moment("2026-11-24T01:12:00+02:00") == "23 November 2026, 23:12 UTC"
    assert names.moment("yesterday") == "yesterday"
    assert names.day("2027-01-31") == "31 January 2027"
    assert names.day("never") == "never"


def test_every_verdict_has_a_word_of_its_own() -> None:
    words = [names.word(verdict) for verdict in Verdict]
    assert len({word.key for word in words}) == len(Verdict)
    assert {word.key for word in words} | {"waived"} == {word.key for word in names.COLUMNS}


def test_lists_and_numbers_read_as_sentences() -> None:
    assert names.listed([]) == ""
    assert names.listed(["a"]) == "a"
    assert names.listed(["a", "b", "c"]) == "a, b and c"
    assert names.plural(1, "cause") == "1 cause"
    assert names.plural(2000, "cause") == "2,000 causes"
    assert names.milliseconds(2.0444) == "2,044 ms"
