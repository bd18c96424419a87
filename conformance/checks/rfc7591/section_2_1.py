"""RFC 7591 section 2.1: grant types and response types that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.provider.operations import Provider


def _code_flow(provider: Provider) -> dict[str, Any]:
    return provider.baseline(grant_types=["authorization_code"], response_types=["code"])


@exchange
def code_grant_without_code_registration(provider: Provider) -> Comparison:
    """Send a code flow registration twice, once with another response type than code."""
    offered = provider.metadata.get("response_types_supported") or []
    others = [item for item in offered if isinstance(item, str) and "code" not in item.split()]
    other = next((item for item in others if item != "none"), "token")
    return provider.compare(_code_flow(provider), offending={"response_types": [other]})


@exchange
def implicit_grant_with_code_registration(provider: Provider) -> Comparison:
    """Send a code flow registration twice, once with the implicit grant in place of the code."""
    # RFC 8414 section 2: both are meant where the member is left out.
    default = ["authorization_code", "implicit"]
    if "implicit" not in (provider.metadata.get("grant_types_supported") or default):
        raise NotApplicable("the provider does not offer the implicit grant")
    return provider.compare(_code_flow(provider), offending={"grant_types": ["implicit"]})


@exchange
def machine_registration(provider: Provider) -> Answer:
    """Register a client credentials client with neither redirect_uris nor response_types."""
    answer, _ = provider.attempt(
        grant_types=["client_credentials"], client_name="dcr-conformance machine"
    )
    return answer


def _registered_pair(odd: Answer) -> tuple[list[str], list[str]]:
    """The grants and response types of an answer; both empty for a refusal."""
    expect.conclusive(odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    pair = [odd.members.get(name) for name in ("grant_types", "response_types")]
    expect.judged(
        odd.refused or all(isinstance(item, list) for item in pair),
        "the answer is silent about grant_types or response_types",
    )
    grants, types = (item if isinstance(item, list) else [] for item in pair)
    return grants, types


def _stated(odd: Answer, grants: list[str], types: list[str]) -> str:
    if odd.refused:
        return f"{odd.status} {odd.error}"
    return f"{odd.status}, grant_types {grants}, response_types {types}"


@requirement("rfc7591-2.1-code-grant-needs-code-response")
def test_code_grant_comes_with_code_response(
    code_grant_without_code_registration: Comparison,
) -> None:
    odd = code_grant_without_code_registration.odd
    grants, types = _registered_pair(odd)
    coded = any("code" in item.split() for item in types)
    expect.met(
        coded or "authorization_code" not in grants,
        "refused, or a pair that fits",
        _stated(odd, grants, types),
        name="grant_types and response_types",
        about=odd,
        member="response_types",
    )


@requirement("rfc7591-2.1-implicit-grant-needs-matching-response")
def test_implicit_grant_comes_with_matching_response(
    implicit_grant_with_code_registration: Comparison,
) -> None:
    odd = implicit_grant_with_code_registration.odd
    grants, types = _registered_pair(odd)
    expect.met(
        "implicit" not in grants or any(item != "code" for item in types),
        "refused, or a pair that fits",
        _stated(odd, grants, types),
        name="grant_types and response_types",
        about=odd,
        member="response_types",
    )


@requirement("rfc7591-2.1-no-code-response-without-code-grant")
def test_machine_has_no_code_response(machine_registration: Answer) -> None:
    answer = expect.conclusive(machine_registration)
    expect.applies(not answer.refused, f"such clients are refused: {answer.line}")
    expect.judged(answer.registered, f"{answer.line}: judged by its own row")
    grants = answer.members.get("grant_types")
    expect.judged(isinstance(grants, list), "the answer is silent about grant_types")
    types = answer.members.get("response_types") or []
    expect.met(
        "code" not in types or "authorization_code" in (grants or []),
        "no response type code, or the authorization_code grant with it",
        f"grant_types {grants}, response_types {types}",
        name="response_types",
        about=answer,
        member="response_types",
    )


@requirement("rfc7591-2.1-redirectless-client-may-register")
def test_machine_needs_no_redirect_uris(machine_registration: Answer) -> None:
    answer = expect.conclusive(machine_registration)
    expect.judged(answer.status < 500, f"{answer.line}: a server error is judged by its own row")
    expect.accepted(answer)
