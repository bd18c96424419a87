"""RFC 7591 section 2: the JSON types of members, and members of other specifications."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable
from conformance.provider.facts import json_type
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

_EXTENSIONS = load_cases("extension_members")
_VALUES = load_cases("member_values")
_BOOLEANS = [case.member for case in _EXTENSIONS if case.type == "boolean"]
NOT_OFFERED = (403, 404, 405, 501)
"""Statuses by which a provider says that it takes no updates."""


@exchange
def extension_members_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with members of other specifications."""
    members = {case.member: json.loads(case.json) for case in _EXTENSIONS}
    return provider.compare(provider.baseline(), offending=members)


@exchange
def boolean_as_string_registration(
    provider: Provider, extension_members_registration: Comparison
) -> dict[str, Answer]:
    """Register with "true" as a string for every boolean that the provider registers."""
    control = extension_members_registration.odd
    known = [name for name in _BOOLEANS if isinstance(control.members.get(name), bool)]
    if not control.registered or not known:
        raise NotApplicable("the provider registers no boolean member that was asked for")
    answer, _ = provider.attempt(provider.baseline(**dict.fromkeys(known, "true")))
    return {"control": control, "odd": answer}


@exchange
def odd_value_updates(provider: Provider) -> dict[str, Answer | Client]:
    """Update a client with members of another type, null or empty, one after the other."""
    client = provider.register(**provider.baseline(client_name="dcr-conformance odd values"))
    client.need_management()
    answers: dict[str, Answer | Client] = {"client": client, "control": client.update()}
    control = answers["control"]
    if getattr(control, "status", 0) in NOT_OFFERED:
        raise NotApplicable(f"updating is not offered: {getattr(control, 'line', '')}")
    asked = client.update_body()
    for case in _VALUES:
        body = {**asked, "client_id": client.client_id, case.member: json.loads(case.json)}
        answers[case.id] = client.replace(body)
    return answers


@requirement("rfc7591-2-wrong-member-type-reported", where=lambda c: c.kind == "wrong-type")
def test_member_of_wrong_type_is_reported(odd_value_registration: Comparison) -> None:
    _survives(odd_value_registration.odd, *_odd(odd_value_registration), silent=False)


@requirement("rfc7591-2-null-empty-wrong-type-matrix", where=lambda c: c.kind in ("null", "empty"))
def test_null_and_empty_members_are_survived(odd_value_registration: Comparison) -> None:
    _survives(odd_value_registration.odd, *_odd(odd_value_registration), silent=True)


@requirement("rfc7591-2-null-empty-wrong-type-matrix")
def test_odd_members_of_updates_are_survived(odd_value_updates: dict[str, Answer]) -> None:
    control = expect.conclusive(odd_value_updates["control"])
    expect.judged(control.accepted, f"an unchanged update is refused: {control.line}")
    told = [case for case in _VALUES if not odd_value_updates[case.id].inconclusive]
    told = [case for case in told if odd_value_updates[case.id].status < 500]
    expect.judged(told, "no update was answered, or server errors alone: judged by their own row")
    with expect.together():
        for case in told:
            _survives(odd_value_updates[case.id], case.member, case.type, silent=True)


def _odd(comparison: Comparison) -> tuple[str, str]:
    """The offending member, and the JSON type that it should have."""
    member = next(iter(comparison.offending))
    return member, next(case.type for case in _VALUES if case.member == member)


def _survives(answer: Answer, member: str, wanted: str, *, silent: bool) -> None:
    """Refused, or registered with a value of the documented type; perhaps without any."""
    expect.conclusive(answer)
    expect.judged(answer.status < 500, f"{answer.line}: a server error is judged by its own row")
    value: Any = answer.members.get(member)
    expect.judged(
        answer.refused or silent or value is not None, f"the answer is silent about {member}"
    )
    # Silence about one member means something only in an answer that states others.
    states = {"redirect_uris", member} & answer.members.keys()
    expect.judged(answer.refused or states, "the answer states no metadata")
    kind = json_type(value)
    expect.met(
        answer.refused or value is None or kind == wanted,
        f"refused, or {member} as {wanted}",
        f"{answer.status} {answer.error or ''}".strip()
        if answer.refused
        else f"{answer.status}, {member}: {kind}",
        name=member,
        about=answer,
        member=member,
    )


@requirement("rfc7591-2-extension-member-never-breaks-registration")
def test_members_of_other_specifications_break_nothing(
    extension_members_registration: Comparison,
) -> None:
    odd = expect.conclusive(extension_members_registration.odd)
    expect.judged(odd.status < 500, f"{odd.line}: a server error is judged by its own row")
    if odd.registered:
        expect.accepted(odd)
    else:
        expect.error_answer(odd)


@requirement("rfc7591-2-boolean-members-are-booleans")
def test_boolean_members_are_booleans(boolean_as_string_registration: dict[str, Answer]) -> None:
    odd = expect.conclusive(boolean_as_string_registration["odd"])
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    if odd.refused:
        expect.refused(odd)
        return
    stated = [name for name in _BOOLEANS if odd.members.get(name) is not None]
    expect.judged(stated, "the answer is silent about them")
    with expect.together():
        for name in stated:
            expect.member(odd, name, bool)
