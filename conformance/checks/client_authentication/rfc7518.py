"""RFC 7518 section 3.4: the form of an ECDSA signature."""

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


@exchange(cases=told("der-signature", "long-signature"))
def assertion_with_another_ecdsa_form(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate by ES256, then with the same kind of signature in another form."""
    return tell(provider, case, "ES256")


@requirement("rfc7518-3.4-der-encoded-signature-refused")
def test_ecdsa_signature_in_another_form_is_refused(
    assertion_with_another_ecdsa_form: dict[str, Any],
) -> None:
    refused(assertion_with_another_ecdsa_form)
