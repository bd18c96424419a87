"""RFC 7591 section 2: client metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord, Comparison
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
