"""RFC 7591 section 2: client metadata."""

from __future__ import annotations

import html
import json
from itertools import chain
from typing import TYPE_CHECKING, cast
from urllib.parse import urljoin

from conformance import expect
from conformance.checks.pages import is_login
from conformance.checks.rfc7591.evidence import exchange_of, registrations, requested_values
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange, load_cases
from conformance.provider.operations import authorize_with
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord, Comparison
    from conformance.judgement import WholeRun
    from conformance.provider.operations import Provider


@exchange
def unknown_member_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with a member that nobody defined."""
    return provider.compare(provider.baseline(), offending={"x_dcr_probe": "v"})


@exchange
def unregistered_grant_request(provider: Provider) -> dict[str, Answer]:
    """Ask for a client credentials token as a client that registered the code grant only."""
    provider.endpoint("token_endpoint")
    may = credentials_client(provider)
    may_not = provider.register(
        **provider.baseline(
            grant_types=["authorization_code"], token_endpoint_auth_method="client_secret_basic"
        )
    )
    return {
        "control": provider.token(may, grant_type="client_credentials"),
        "registration": may_not.registration,
        "odd": provider.token(may_not, grant_type="client_credentials"),
    }


@requirement("rfc7591-2-unknown-member-ignored")
def test_unknown_member_is_ignored(unknown_member_registration: Comparison) -> None:
    odd = expect.conclusive(unknown_member_registration.odd)
    expect.judged(odd.status < 500, f"{odd.line}: a server error is judged by its own row")
    expect.accepted(odd)


@requirement("rfc7591-2-list-members-returned-as-arrays")
def test_list_members_are_arrays(minimal_registration: ClientRecord) -> None:
    answer = minimal_registration.registration
    names = ("redirect_uris", "grant_types", "response_types", "contacts")
    present = [name for name in names if answer.members.get(name) is not None]
    expect.applies(present, "no list-valued member is returned")
    with expect.together():
        for name in present:
            expect.member(answer, name, list)


@requirement("rfc7591-2-unregistered-grant-refused")
def test_unregistered_grant_is_refused(unregistered_grant_request: dict[str, Answer]) -> None:
    grants = unregistered_grant_request["registration"].members.get("grant_types", [])
    expect.applies("client_credentials" not in grants, "the answer registers that grant too")
    control = unregistered_grant_request["control"]
    expect.judged("access_token" in control.members, f"no client gets that grant: {control.line}")
    odd = expect.conclusive(unregistered_grant_request["odd"])
    expect.met("access_token" not in odd.members, "no token", odd.line, name="token", about=odd)


@exchange
def unknown_members_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with unknown members of every JSON type."""
    members = {case.member: json.loads(case.json) for case in load_cases("unknown_members")}
    return provider.compare(provider.baseline(), offending=members)


@exchange
def other_letter_case_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with known names in other letter case besides."""
    other = urljoin(provider.redirect_uri(), "/dcr-conformance-other-letter-case")
    comparison = provider.compare(
        provider.baseline(),
        offending={"Redirect_URIs": [other], "Grant_Types": ["password"]},
        then=authorize_with(other),
    )
    if "odd" in comparison.followups:
        control = provider.control(**provider.baseline())
        comparison.followups["control"] = provider.tries_redirect(control, other)
    return comparison


@requirement("rfc7591-2-unknown-member-any-type-ignored")
def test_unknown_members_of_every_type_are_ignored(
    unknown_members_registration: Comparison,
) -> None:
    odd = expect.conclusive(unknown_members_registration.odd)
    expect.judged(odd.status < 500, f"{odd.line}: a server error is judged by its own row")
    expect.accepted(odd)


@requirement("rfc7591-1.1-member-names-case-sensitive")
def test_member_names_in_other_letter_case_are_unknown(
    other_letter_case_registration: Comparison,
) -> None:
    odd = expect.conclusive(other_letter_case_registration.odd)
    expect.judged(odd.registered, f"{odd.line}: that unknown members are refused has its own row")
    uri = other_letter_case_registration.offending["Redirect_URIs"][0]
    stated = {"redirect_uris", "grant_types"} & odd.members.keys()
    expect.judged(stated, "the answer states neither member")
    with expect.together():
        for name, value in (("redirect_uris", uri), ("grant_types", "password")):
            expect.met(
                value not in (odd.members.get(name) or []),
                f"{name} without the value of the member in other letter case",
                odd.members.get(name),
                name=name,
                about=odd,
                member=name,
            )
        tried = other_letter_case_registration.followups
        if "odd" in tried and tried["control"].landing == "refused":
            expect.met(
                tried["odd"].landing != "client",
                "no redirect to the value of Redirect_URIs",
                tried["odd"].line,
                name="authorization",
                about=tried["odd"],
            )


@requirement("rfc7591-2-scope-returned-as-string")
def test_scope_is_a_string(whole_run: WholeRun) -> None:
    asked = requested_values(whole_run)
    stated = [
        answer
        for answer in registrations(whole_run)
        if answer.members.get("scope") is not None
        and all(isinstance(v, str) for v in asked.get((exchange_of(answer), "scope"), []))
    ]
    expect.applies(stated, "no answer states a scope")
    expect.throughout(
        "one string",
        [
            (a, "scope", a.members["scope"])
            for a in stated
            if not isinstance(a.members["scope"], str)
        ],
        seen=len(stated),
        name="scopes",
    )
    expect.throughout(
        "single spaces between the words and none around them",
        [(a, "scope", a.members["scope"]) for a in stated if a.members["scope"] != _spaced(a)],
        seen=len(stated),
        name="spaces in scopes",
        at_most=Level.SHOULD,
    )


def _spaced(answer: Answer) -> str:
    return " ".join(str(answer.members["scope"]).split())


SYNONYMS = {
    "scope": ("scopes", "scopes_supported", "allowed_scopes", "allowedScopes"),
    "redirect_uris": ("redirect_uri", "redirectUris", "redirectURIs", "callback_urls"),
    "grant_types": ("grant_type", "grantTypes", "grant_types_supported", "allowed_grant_types"),
    "response_types": ("response_type", "responseTypes", "response_types_supported"),
    "token_endpoint_auth_method": (
        "token_endpoint_auth_methods",
        "token_endpoint_auth_methods_supported",
        "tokenEndpointAuthMethod",
        "auth_method",
    ),
    "client_name": ("clientName", "name"),
}
"""Names under which servers were seen to return a registered member."""


@requirement("rfc7591-2-no-nonstandard-member-synonyms")
def test_members_come_back_under_their_registered_names(whole_run: WholeRun) -> None:
    answers = [answer for answer in whole_run.of("register") if answer.registered]
    stated = [a for a in answers if a.members.keys() & {*SYNONYMS, *chain(*SYNONYMS.values())}]
    expect.throughout(
        "the names of RFC 7591 section 2",
        [
            (answer, other, f"{other} and no {name}")
            for answer in answers
            for name, others in SYNONYMS.items()
            if answer.request.members.get(name) and name not in answer.members
            for other in others
            if other not in answer.request.members
            and _values(answer.members.get(other)) == _values(answer.request.members[name])
        ],
        seen=len(stated),
        name="registered members",
    )


def _values(value: object) -> set[str]:
    """The single values of a member, however they are written down."""
    items = value if isinstance(value, list) else str(value).split()
    return {str(item) for item in items}


@requirement("rfc7591-2-software-id-returned-unchanged")
def test_software_identifier_comes_back_unchanged(
    described_registration: dict[str, ClientRecord],
) -> None:
    client = described_registration["client"]
    names = [n for n in ("software_id", "software_version") if n in client.registration.members]
    expect.applies(names, "neither member is returned")
    with expect.together():
        for name in names:
            expect.same(
                client.requested[name],
                client.registration.members[name],
                name=name,
                about=client.registration,
            )


PAGE_LINKS = ("client_uri", "policy_uri", "tos_uri")


@requirement("rfc7591-2-display-data-reaches-the-approval-page")
def test_registered_links_stand_on_the_approval_page(
    described_registration: dict[str, ClientRecord],
) -> None:
    expect.applies("page" in described_registration, "there is no authorization to try")
    page = cast("Answer", described_registration["page"])
    shown = described_registration["client"].registration.members
    text = html.unescape(page.text)
    expect.judged(
        page.landing == "interaction" and str(shown.get("client_name")) in text,
        "no page with the client's name comes without a login",
    )
    expect.judged(not is_login(page.text), "the page is a login; approval comes after it")
    links = [name for name in PAGE_LINKS if isinstance(shown.get(name), str)]
    expect.applies(links, "the provider registers no links")
    absent = [name for name in links if shown[name] not in text]
    expect.met(
        not absent,
        f"links to {', '.join(links)}",
        f"no link to {', '.join(absent)}" if absent else "all of them",
        name="links",
        about=page,
    )
