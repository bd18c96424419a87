"""RFC 7591 section 2: what a client may do that left members out, or registered others."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.rfc7591.evidence import authenticated
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.authorization import oracle
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord, Comparison
    from conformance.exchange import Case
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

TOKENS = ("access_token", "id_token")
"""What other response types than code put into the redirect."""


@exchange
def unstated_grant_request(provider: Provider) -> dict[str, Answer]:
    """Ask for a client credentials token as a client that asked for no grant type."""
    provider.endpoint("token_endpoint")
    client = provider.control(**provider.baseline())
    answers = {"registration": client.registration}
    with contextlib.suppress(NotApplicable, NotJudged):
        may = credentials_client(provider)
        answers["control"] = provider.token(may, grant_type="client_credentials")
        answers["odd"] = provider.token(client, grant_type="client_credentials")
    return answers


@exchange
def registered_grant_request(provider: Provider) -> dict[str, Answer]:
    """Ask for a client credentials token as a client that registered that grant."""
    provider.endpoint("token_endpoint")
    if provider.settings.provider.approval_step:
        raise NotApplicable("a person approves clients before they can be used")
    client = credentials_client(provider)
    answer = provider.token(client, grant_type="client_credentials")
    return {"registration": client.registration, "token": answer}


@exchange
def unstated_response_type_request(provider: Provider) -> dict[str, Answer]:
    """Ask for a token in the redirect as a client that asked for no response type."""
    provider.endpoint("authorization_endpoint")
    client = provider.control(**provider.baseline())
    return {
        "registration": client.registration,
        "control": provider.authorize(client),
        "odd": provider.authorize(client, response_type="token"),
    }


@exchange
def unregistered_response_type_requests(provider: Provider) -> dict[str, Answer]:
    """Ask for every other response type as a client that registered code alone."""
    offered = provider.metadata.get("response_types_supported") or []
    others = [item for item in offered if isinstance(item, str) and item not in ("code", "none")]
    if not others:
        raise NotApplicable("the provider offers no other response type than code")
    client = provider.control(
        **provider.baseline(grant_types=["authorization_code"], response_types=["code"])
    )
    answers = {"registration": client.registration, "control": provider.authorize(client)}
    for item in others[:3]:
        openid = {"scope": "openid", "nonce": "dcr-conformance"} if "id_token" in item else {}
        answers[item] = provider.authorize(client, response_type=item, **openid)
    return answers


@exchange
def code_grant_registration(provider: Provider) -> Client:
    """Register a client for the code grant alone, where more grants are advertised."""
    offered = provider.metadata.get("grant_types_supported") or []
    if "authorization_code" not in offered or "refresh_token" not in offered:
        raise NotApplicable("the provider does not advertise refresh_token beside the code grant")
    return provider.control(
        **provider.baseline(grant_types=["authorization_code"], response_types=["code"])
    )


@exchange
def unknown_method_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with an authentication method nobody offers."""
    return provider.compare(
        provider.baseline(), offending={"token_endpoint_auth_method": "urn:example:nope"}
    )


@exchange
def unknown_grant_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with a grant type that nobody offers."""
    return provider.compare(
        provider.baseline(), offending={"grant_types": ["authorization_code", "urn:example:nope"]}
    )


@exchange(cases=load_cases("security_flags"))
def flagged_client_request(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register a client with a flag that forbids plain requests, and send a plain one."""
    if not provider.metadata.get(case.offered_by):
        raise NotApplicable(f"the provider's metadata has no {case.offered_by}")
    provider.endpoint("authorization_endpoint")
    oracle(provider)
    plain = provider.control(**provider.baseline())
    client = provider.register(
        optional=f"{case.flag} is refused", **provider.baseline(**{case.flag: True})
    )
    return {
        "control": provider.authorize(plain),
        "registration": client.registration,
        "odd": provider.authorize(client),
    }


@requirement("rfc7591-2-default-auth-method-basic")
def test_unstated_authentication_method_is_basic(
    unstated_authentication: dict[str, Answer],
) -> None:
    members = unstated_authentication["registration"].members
    expect.applies("client_secret" in members, "no client_secret was issued")
    method = members.get("token_endpoint_auth_method", "client_secret_basic")
    expect.applies(method == "client_secret_basic", f"the answer states the method {method}")
    basic = expect.conclusive(unstated_authentication["client_secret_basic"])
    wrong = expect.conclusive(unstated_authentication["wrong client_secret_basic"])
    # Where no way of authentication works, nothing says that another one is the default.
    others = {"client_secret_post": "wrong client_secret_post", "alone": "stranger"}
    evidence = unstated_authentication
    working = [n for n, w in others.items() if authenticated(evidence[n], evidence[w])]
    expect.judged(
        working or (basic.status, basic.error) != (wrong.status, wrong.error),
        "right and wrong secrets are answered alike",
    )
    expect.met(
        basic.error != "invalid_client" and basic.status != 401,
        "HTTP Basic with the issued secret is taken",
        f"{basic.line} {basic.error}" + (f", while {working[0]} is taken" if working else ""),
        name="client_secret_basic",
        about=basic,
    )


@requirement("rfc7591-2-default-grant-only-code")
def test_unstated_grants_give_no_client_credentials(
    unstated_grant_request: dict[str, Answer],
) -> None:
    grants = unstated_grant_request["registration"].members.get("grant_types") or []
    expect.applies("client_credentials" not in grants, "the answer registers that grant")
    expect.judged("odd" in unstated_grant_request, "no client can be registered for that grant")
    control = unstated_grant_request["control"]
    expect.judged("access_token" in control.members, f"no client gets that grant: {control.line}")
    odd = expect.conclusive(unstated_grant_request["odd"])
    expect.met("access_token" not in odd.members, "no token", odd.line, name="token", about=odd)


@requirement("rfc7591-2-registered-grant-value-usable")
def test_registered_grant_can_be_used(registered_grant_request: dict[str, Answer]) -> None:
    grants = registered_grant_request["registration"].members.get("grant_types") or []
    expect.applies("client_credentials" in grants, "the answer does not register that grant")
    token = expect.conclusive(registered_grant_request["token"])
    expect.judged(
        token.status < 500 and token.error != "invalid_client",
        f"{token.line} {token.error}: judged by its own row",
    )
    expect.met(
        token.error not in ("unsupported_grant_type", "unauthorized_client"),
        "a token, or a refusal that is not about the grant",
        f"{token.line} {token.error or ''}".strip(),
        name="grant_type",
        about=token,
    )


@requirement("rfc7591-2-default-response-type-only-code")
def test_unstated_response_types_give_no_token(
    unstated_response_type_request: dict[str, Answer],
) -> None:
    evidence = unstated_response_type_request
    types = evidence["registration"].members.get("response_types") or []
    expect.applies("token" not in types, "the answer registers that response type")
    expect.judged(
        evidence["control"].landing in ("client", "interaction"),
        f"the client is not taken at all: {evidence['control'].line}",
    )
    expect.judged(_no_token(evidence["odd"], "token"), "a login page tells neither")


@requirement("rfc7591-2-unregistered-response-type-refused")
def test_unregistered_response_type_gives_nothing(
    unregistered_response_type_requests: dict[str, Answer],
) -> None:
    evidence = unregistered_response_type_requests
    registered = evidence["registration"].members.get("response_types") or []
    others = [name for name in evidence if name not in ("registration", "control", *registered)]
    expect.applies(others, "the answer registers every response type")
    expect.judged(
        evidence["control"].landing in ("client", "interaction"),
        f"the client is not taken at all: {evidence['control'].line}",
    )
    with expect.together():
        told = [_no_token(evidence[name], name) for name in others]
    expect.judged(all(told), "a login page tells neither")


def _no_token(answer: Answer, response_type: str) -> bool:
    """Compare whether tokens came; False where a person would have to log in first."""
    expect.conclusive(answer)
    if answer.landing in ("interaction", "unclear", "failed"):
        return False
    issued = [name for name in TOKENS if name in answer.redirect_parameters]
    expect.met(
        not issued,
        "no token in the redirect",
        f"{answer.line} with {', '.join(issued)}" if issued else answer.line,
        name=response_type,
        about=answer,
    )
    return True


@requirement("rfc7591-2-unsupported-auth-method-not-registered")
def test_unknown_authentication_method_is_not_registered(
    unknown_method_registration: Comparison,
) -> None:
    expect.refused_or_replaced(unknown_method_registration, "token_endpoint_auth_method")


@requirement("rfc7591-2-unsupported-grant-not-registered")
def test_unknown_grant_is_not_registered(unknown_grant_registration: Comparison) -> None:
    odd = expect.conclusive(unknown_grant_registration.odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    grants = odd.members.get("grant_types")
    expect.judged(odd.refused or grants is not None, "the answer is silent about grant_types")
    expect.met(
        odd.refused or "urn:example:nope" not in (grants or []),
        "refused, or registered without the unknown grant",
        f"{odd.status}, grant_types {grants}" if odd.registered else f"{odd.status} {odd.error}",
        name="grant_types",
        about=odd,
        member="grant_types",
    )


@requirement("rfc7591-2-advertised-grant-needs-no-unrelated-grant")
def test_code_grant_is_registered_alone(code_grant_registration: ClientRecord) -> None:
    expect.accepted(code_grant_registration)


@requirement("rfc7591-2-echoed-security-flag-enforced")
def test_echoed_flag_is_enforced(flagged_client_request: dict[str, Answer]) -> None:
    registration = flagged_client_request["registration"]
    flags = [case.flag for case in load_cases("security_flags")]
    flag = next(name for name in flags if name in registration.request.members)
    expect.applies(registration.members.get(flag) is True, f"the answer does not state {flag}")
    control = flagged_client_request["control"]
    expect.judged(
        control.landing == "client", f"no code without a login or a pushed request: {control.line}"
    )
    odd = expect.conclusive(flagged_client_request["odd"])
    coded = "code" in odd.redirect_parameters
    expect.met(
        not coded,
        "no code for a plain request",
        f"{odd.line} with{'' if coded else 'out'} a code",
        name=flag,
        about=odd,
    )
