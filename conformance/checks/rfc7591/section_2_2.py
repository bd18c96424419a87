"""RFC 7591 section 2.2: human-readable client metadata."""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import exchange, load_cases
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.provider.operations import Provider

_NAMES = {case.id: case for case in load_cases("client_names")}
_TAGGED = [case for case in _NAMES.values() if case.get("tag")]


@exchange
def localized_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with names in two languages besides."""
    tagged = {f"client_name#{case.tag}": case.name for case in _TAGGED}
    return provider.compare(provider.baseline(), offending=tagged)


@exchange
def unusual_name_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with a name of markup and combining characters."""
    return provider.compare(provider.baseline(), offending={"client_name": _NAMES["verbatim"].name})


@requirement("rfc7591-2.2-language-tags-leave-base-value")
def test_language_tags_leave_the_base_value(localized_registration: Comparison) -> None:
    odd = expect.conclusive(localized_registration.odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    expect.met(
        odd.registered,
        "registered, with or without the tagged members",
        f"{odd.line} {odd.error or ''}".strip(),
        name="status",
        about=odd,
        at_most=Level.SHOULD,
    )
    expect.judged(odd.registered, "nothing more is known of a refusal")
    base = odd.members.get("client_name")
    expect.judged(base is not None, "the answer does not state client_name")
    with expect.together():
        expect.met(
            base not in localized_registration.offending.values(),
            "client_name is no tagged value",
            base,
            name="client_name",
            about=odd,
            member="client_name",
        )
        for case in _TAGGED:
            for name in _tagged_like(odd, case.tag):
                others = [c.name for c in _TAGGED if c is not case]
                expect.met(
                    odd.members[name] not in others,
                    f"{name} is no value of another language",
                    odd.members[name],
                    name=name,
                    about=odd,
                    member=name,
                )


@requirement("rfc7591-2.2-language-tags-case-insensitive")
def test_language_tags_have_no_letter_case(localized_registration: Comparison) -> None:
    odd = expect.conclusive(localized_registration.odd)
    expect.judged(odd.registered, f"{odd.line}: judged by the row on tagged members")
    case = _NAMES["other-letter-case"]
    known = [name for c in _TAGGED for name in _tagged_like(odd, c.tag)]
    expect.applies(known, "the provider returns no tagged members")
    found = _tagged_like(odd, case.tag)
    expect.met(
        len(found) == 1,
        f"one member client_name#{case.tag}, in any letter case",
        ", ".join(found) or f"only {', '.join(known)}",
        name="language tag",
        about=odd,
        member=found[0] if found else "",
    )


def _tagged_like(answer: Answer, tag: str) -> list[str]:
    wanted = f"client_name#{tag}".lower()
    return [name for name in answer.members if name.lower() == wanted]


@requirement("rfc7591-2.2-untagged-name-kept-verbatim")
def test_untagged_name_is_kept_as_sent(unusual_name_registration: Comparison) -> None:
    odd = expect.conclusive(unusual_name_registration.odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    sent = unusual_name_registration.offending["client_name"]
    if odd.refused:
        expect.refused(odd)
        return
    name = odd.members.get("client_name")
    expect.judged(isinstance(name, str), "the answer is silent about client_name")
    # Any other name is a replacement, which section 3.2.1 allows.
    rewritten = {html.escape(sent), html.escape(sent, quote=False)}
    rewritten |= {unicodedata.normalize(form, sent) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    expect.met(
        name == sent or name not in rewritten,
        "as sent, or another name altogether",
        name,
        name="client_name",
        about=odd,
        member="client_name",
    )
