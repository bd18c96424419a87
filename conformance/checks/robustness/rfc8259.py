"""RFC 8259: what the body of a registration may look like, and how answers are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.robustness.asking import (
    handled,
    malformed,
    members_of,
    registers_as_sent,
    told,
    written,
)
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable
from conformance.provider.sender import OMIT
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.judgement import WholeRun
    from conformance.provider.operations import Provider

_HOSTILE = next(case.uri for case in load_cases("redirect_uris") if case.id == "javascript")
_MEANT = "dcr-conformance Größe"
_MEMBER = "dcr_conformance"


def _kind(wanted: str) -> Callable[[Case], bool]:
    return lambda case: case.kind == wanted


@exchange(cases=load_cases("json_texts"), depth="full")
def odd_json_registration(provider: Provider, case: Case) -> dict[str, Any]:
    """Send a good registration whose text is hardly JSON, or has a number out of range."""
    control = provider.control(**provider.baseline())
    text = case.text.replace("$honest", written(members_of(provider)))
    odd, _ = provider.attempt(raw=text.encode())
    return {
        "control": control.registration,
        "plain": malformed(provider),
        "odd": odd,
        "member": case.get("member", _MEMBER),
        "number": case.get("number", ""),
    }


@exchange(cases=load_cases("text_encodings"), depth="full")
def other_encoding_registration(provider: Provider, case: Case) -> dict[str, Answer]:
    """Send a good registration in another encoding, or in UTF-8 that is called another."""
    if provider.demands_statements:
        raise NotApplicable("the name is what the software statement says, whatever is sent")
    members = members_of(provider, client_name=OMIT)
    text = f'{{{written(members)}, "client_name": "{_MEANT}"}}'
    body = bytes.fromhex(case.get("start", "")) + text.encode(case.codec)
    odd, _ = provider.attempt(raw=body, content_type=case.type)
    control = provider.control(**provider.baseline())
    return {"control": control.registration, "plain": malformed(provider), "odd": odd}


@exchange(cases=load_cases("broken_unicode"), depth="full")
def broken_unicode_registration(provider: Provider, case: Case) -> dict[str, Answer]:
    """Send a good registration whose client_name is no Unicode, and read what came of it."""
    control = provider.control(**provider.baseline())
    name = bytes.fromhex(case.bytes) if "bytes" in case.data else case.text.encode()
    start = f'{{{written(members_of(provider, client_name=OMIT))}, "client_name": "'
    odd, client = provider.attempt(raw=start.encode() + name + b'"}')
    answers: dict[str, Answer] = {"control": control.registration, "plain": malformed(provider)}
    answers["registration"] = odd
    if client is not None and client.manageable:
        answers["read"] = client.read()
    return answers


@exchange(depth="full")
def doubled_member_registration(provider: Provider) -> dict[str, Answer]:
    """Send redirect_uris twice, a good and a hostile one in both orders; try the hostile one."""
    control = provider.control(**provider.baseline())
    single, _ = provider.attempt(provider.baseline(redirect_uris=[_HOSTILE]))
    answers = {"control": control.registration, "single": single}
    good, bad = (
        written({"redirect_uris": [provider.redirect_uri()]}),
        written({"redirect_uris": [_HOSTILE]}),
    )
    orders = {"the hostile one last": (good, bad), "the hostile one first": (bad, good)}
    for name, (first, second) in orders.items():
        rest = written(members_of(provider, redirect_uris=OMIT))
        odd, client = provider.attempt(raw=f"{{{first}, {rest}, {second}}}".encode())
        answers[name] = odd
        if client is not None and provider.session.endpoint("authorization_endpoint"):
            answers[f"{name}, used"] = provider.tries_redirect(client, _HOSTILE)
    return answers


@exchange
def escaped_registration(provider: Provider) -> dict[str, Answer]:
    """Send a good registration with a member name and a value in JSON's escapes."""
    control = provider.control(**provider.baseline())
    uri = provider.redirect_uri("escaped")
    members = members_of(provider, redirect_uris=[uri])
    rest = written({name: value for name, value in members.items() if name != "redirect_uris"})
    escaped = uri.replace("/", "\\/")
    text = f'{{{rest}, "redirect\\u005furis": ["{escaped}"]}}'
    odd, _ = provider.attempt(raw=text.encode())
    return {"control": control.registration, "odd": odd}


@requirement("rfc8259-4-duplicate-members-validated-as-used")
def test_doubled_member_is_checked_as_it_is_used(
    doubled_member_registration: dict[str, Answer],
) -> None:
    evidence = doubled_member_registration
    single = told(evidence["single"])
    expect.judged(
        single.refused or (single.registered and _HOSTILE not in _uris(single)),
        "the hostile redirect URI is taken by itself as well; that has its own row",
    )
    with expect.together():
        for name in ("the hostile one last", "the hostile one first"):
            _not_smuggled(name, evidence[name], evidence.get(f"{name}, used"))


def _not_smuggled(name: str, odd: Answer, used: Answer | None) -> None:
    told(odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    alive = used is not None and used.landing == "client"
    stated = _HOSTILE in _uris(odd)
    dead = used is not None and used.landing == "refused"
    expect.judged(
        odd.refused or stated or alive or dead or "redirect_uris" in odd.members,
        "the answer says nothing of redirect_uris, and nothing shows which works",
    )
    came = "and browsers are sent to it" if alive else "registered" if stated else "not registered"
    expect.met(
        not stated and not alive,
        "refused, or only what is taken by itself",
        f"{odd.status}, refused" if odd.refused else f"{odd.status}, {came}",
        name=name,
        about=odd,
        member="redirect_uris",
    )


def _uris(answer: Answer) -> list[Any]:
    uris = answer.members.get("redirect_uris")
    return uris if isinstance(uris, list) else []


@requirement("rfc8259-9-almost-json-gets-json-answer", where=_kind("almost"))
def test_what_is_almost_json_is_answered_in_json(odd_json_registration: dict[str, Any]) -> None:
    handled(odd_json_registration["odd"], odd_json_registration["plain"], name="the answer")


@requirement("rfc8259-6-extreme-numbers-handled", where=_kind("number"))
def test_number_out_of_range_does_no_harm(odd_json_registration: dict[str, Any]) -> None:
    odd, member = odd_json_registration["odd"], odd_json_registration["member"]
    handled(odd, odd_json_registration["plain"], name="the answer")
    shown = odd.members.get(member)
    if odd.registered and isinstance(shown, int | float) and not isinstance(shown, bool):
        expect.met(
            _float(shown) == float(odd_json_registration["number"]),
            "the number that was sent, as near as a double comes, or none",
            shown,
            name=member,
            about=odd,
            member=member,
        )


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


@requirement("rfc8259-8.1-other-encodings-not-misread")
def test_other_encoding_is_not_misread(other_encoding_registration: dict[str, Answer]) -> None:
    odd = other_encoding_registration["odd"]
    handled(odd, other_encoding_registration["plain"], name="the answer")
    if not odd.registered:
        return
    name = odd.members.get("client_name")
    expect.judged(isinstance(name, str), "the answer says nothing of client_name")
    expect.met(
        name == _MEANT or "\ufffd" in str(name),
        "the name that was meant, or U+FFFD where it cannot be read",
        name,
        name="client_name",
        about=odd,
        member="client_name",
    )


@requirement("rfc8259-8.2-broken-unicode-gives-well-formed-answer")
def test_broken_unicode_is_answered_well_formed(
    broken_unicode_registration: dict[str, Answer],
) -> None:
    with expect.together():
        for name in ("registration", "read"):
            if name in broken_unicode_registration:
                plain = broken_unicode_registration["plain"]
                handled(broken_unicode_registration[name], plain, name=name)


@requirement("rfc8259-8.3-escaped-member-names-equal-plain-ones")
def test_escapes_mean_what_they_stand_for(escaped_registration: dict[str, Answer]) -> None:
    control, odd = escaped_registration["control"], told(escaped_registration["odd"])
    own = odd.status == 400 and odd.error is not None
    expect.judged(odd.registered or own, f"{odd.line}: perhaps a filter in front")
    registers_as_sent(control, odd, name="a registration in escapes")


# How the provider itself writes


@requirement("rfc8259-8.1-answers-are-strict-utf8-json")
def test_answers_are_strict_json_in_utf8(whole_run: WholeRun) -> None:
    answers = [
        answer
        for answer in whole_run.plain
        if answer.status < 500
        and answer.body.length
        and not answer.body.truncated
        and answer.media_type == "application/json"
    ]
    expect.throughout(
        "JSON in UTF-8, without a byte order mark",
        [(answer, "body", _misread(answer)) for answer in answers if _misread(answer)],
        seen=len(answers),
        name="JSON answers",
    )
    expect.throughout(
        "each member once",
        [
            (answer, answer.body.repeated_names[0], "twice in one object")
            for answer in answers
            if answer.body.repeated_names
        ],
        seen=len(answers),
        name="members",
        at_most=Level.SHOULD,
    )


def _misread(answer: Answer) -> str:
    """What makes strict readers stumble over an answer that lenient ones read; else empty."""
    if not answer.body.utf8:
        return "not UTF-8"
    fault = answer.body.json_fault
    return fault if "byte order mark" in fault or fault.endswith("is no JSON") else ""
