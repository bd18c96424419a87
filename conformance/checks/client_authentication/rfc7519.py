"""RFC 7519 section 4: what a name that stands twice in an assertion means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.checks.client_authentication.judging import refused
from conformance.checks.client_authentication.telling import tell
from conformance.checks.lying import told
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider


@exchange(cases=told("exp-twice", "aud-twice", "alg-twice"))
def assertion_with_a_doubled_name(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate honestly, and by an assertion in which the last of two values is wrong."""
    return tell(provider, case)


@requirement("rfc7519-4-assertion-duplicate-names-resolved")
def test_first_of_two_values_does_not_count(
    assertion_with_a_doubled_name: dict[str, Any],
) -> None:
    refused(assertion_with_a_doubled_name)
