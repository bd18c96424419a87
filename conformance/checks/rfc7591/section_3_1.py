"""RFC 7591 section 3.1: the client registration request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from conformance import expect
from conformance.evidence import MANAGEMENT_MEMBERS
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.provider.operations import Provider

OWNED = frozenset(MANAGEMENT_MEMBERS)
"""The members that the server itself puts into its answers."""


@exchange
def chosen_identifier_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with a client_id of one's own choice."""
    chosen = f"dcr-conformance-chosen-{provider.session.marker}"
    return provider.compare(provider.baseline(), offending={"client_id": chosen})


@exchange
def chosen_secret_registration(provider: Provider) -> dict[str, Answer | bool]:
    """Register with a client_secret of one's own choice."""
    chosen = f"dcr-conformance-chosen-secret-{provider.session.marker}"
    answer, client = provider.attempt(provider.baseline(client_secret=chosen))
    return {"answer": answer, "adopted": client is not None and client.secret == chosen}


@requirement("rfc7591-3.1-server-chooses-client-id")
def test_server_chooses_the_client_id(chosen_identifier_registration: Comparison) -> None:
    odd = expect.conclusive(chosen_identifier_registration.odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    expect.met(
        odd.members.get("client_id") != chosen_identifier_registration.offending["client_id"],
        "refused, or another client_id",
        odd.members.get("client_id", odd.line),
        name="client_id",
        about=odd,
        member="client_id",
    )


@requirement("rfc7591-3.1-requested-secret-not-adopted")
def test_requested_secret_is_not_adopted(chosen_secret_registration: dict[str, Answer]) -> None:
    answer = expect.conclusive(chosen_secret_registration["answer"])
    expect.judged(answer.registered or answer.refused, f"{answer.line}: judged by its own row")
    expect.judged(
        answer.refused or "client_secret" in answer.members,
        "the answer is silent about client_secret, so it may have been adopted",
    )
    adopted = chosen_secret_registration["adopted"]
    expect.met(
        not adopted,
        "refused, or a secret of the server's choice",
        "the requested secret is the registered one" if adopted else answer.line,
        name="client_secret",
        about=answer,
        member="client_secret",
    )


@requirement("rfc7591-3.1-malformed-json-answers-json-error", where=lambda c: c.kind == "malformed")
def test_malformed_json_is_a_json_error(bad_body_registration: dict[str, Answer]) -> None:
    expect.error_answer(bad_body_registration["odd"])


@requirement("rfc7591-3.1-non-object-json-refused", where=lambda c: c.kind == "root")
def test_json_that_is_no_object_is_refused(bad_body_registration: dict[str, Answer]) -> None:
    expect.error_answer(bad_body_registration["odd"])


@exchange
def owned_members_registration(provider: Provider) -> dict[str, Any]:
    """Register with the members that the server itself puts into its answers."""
    control = provider.control(**provider.baseline())
    token = f"dcr-conformance-chosen-token-{provider.session.marker}"
    chosen = {
        "client_id_issued_at": 1,
        "client_secret_expires_at": 1,
        "registration_access_token": token,
        "registration_client_uri": urljoin(provider.redirect_uri(), "/dcr-conformance-chosen"),
    }
    answer, client = provider.attempt(provider.baseline(**chosen))
    adopted = [name for name, value in chosen.items() if answer.members.get(name) == value]
    evidence = {"control": control.registration, "answer": answer, "adopted": adopted}
    if client is not None and client.manageable and not adopted:
        evidence["own token"] = client.read()
        evidence["chosen token"] = client.read(token=token)
    return evidence


@exchange
def empty_registration(provider: Provider) -> dict[str, Answer]:
    """Send an object without members, after the baseline was taken."""
    control = provider.control(**provider.baseline())
    answer, _ = provider.attempt(raw=b"{}")
    return {"control": control.registration, "odd": answer}


@exchange
def privileged_members_registration(provider: Provider) -> dict[str, Answer]:
    """Register with members that give privileges in some product, and ask for approval."""
    control = provider.control(**provider.baseline())
    page = provider.authorize(control)
    if page.landing != "interaction" or str(control.members.get("client_name")) not in page.text:
        raise NotJudged("no approval page with the client's name comes without a login")
    members = {case.member: json.loads(case.json) for case in load_cases("privileged_members")}
    client = provider.register(
        optional="members that give privileges are refused", **provider.baseline(**members)
    )
    return {
        "control": control.registration,
        "page": page,
        "registration": client.registration,
        "odd": provider.authorize(client),
    }


@requirement("rfc7591-3.1-server-owned-members-not-adopted")
def test_members_of_the_server_are_not_adopted(owned_members_registration: dict[str, Any]) -> None:
    evidence = owned_members_registration
    answer = expect.conclusive(evidence["answer"])
    expect.judged(answer.registered or answer.refused, f"{answer.line}: judged by its own row")
    adopted = evidence["adopted"]
    stated = [n for n in answer.request.members if n in OWNED and n in answer.members]
    expect.judged(answer.refused or stated, "the answer is silent about these members")
    expect.met(
        not adopted,
        "refused, or values of the server's own",
        f"{', '.join(adopted)} as sent" if adopted else answer.line,
        name="adopted members",
        about=answer,
        member=adopted[0] if adopted else "",
    )
    if "chosen token" in evidence and evidence["own token"].accepted:
        chosen = evidence["chosen token"]
        expect.met(
            not chosen.accepted,
            "the token that was sent reads nothing",
            chosen.line,
            name="registration_access_token",
            about=chosen,
        )


@requirement("rfc7591-3.1-empty-object-handled")
def test_empty_object_is_judged_by_defaults(empty_registration: dict[str, Answer]) -> None:
    odd = expect.conclusive(empty_registration["odd"])
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    # RFC 7591 section 2: the code grant is meant where grant_types is left out.
    grants = odd.members.get("grant_types") or ["authorization_code"]
    redirecting = bool({"authorization_code", "implicit"} & set(grants))
    expect.met(
        odd.refused or not redirecting or odd.members.get("redirect_uris"),
        "refused, or registered for grants that need no redirect URI",
        f"{odd.status} {odd.error}" if odd.refused else f"{odd.status}, grant_types {grants}",
        name="grant_types",
        about=odd,
        member="grant_types",
    )


@requirement("rfc7591-3.1-privileged-vendor-members-not-self-assigned")
def test_privileges_are_not_self_assigned(
    privileged_members_registration: dict[str, Answer],
) -> None:
    evidence = privileged_members_registration
    plain, registered = evidence["control"].members, evidence["registration"].members
    odd = expect.conclusive(evidence["odd"])
    with expect.together():
        expect.met(
            odd.landing != "client",
            "the approval page, as for every other client",
            odd.line,
            name="approval",
            about=odd,
        )
        for name in ("grant_types", "scope"):
            more = _words(registered.get(name)) - _words(plain.get(name))
            expect.met(
                not more,
                "what every other client gets",
                f"{name} with {', '.join(sorted(more))} besides" if more else "the same",
                name=name,
                about=evidence["registration"],
                member=name,
            )


def _words(value: object) -> set[str]:
    return set(value if isinstance(value, list) else str(value or "").split())
