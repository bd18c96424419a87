"""RFC 8705 sections 2.1.2, 2.2.2 and 3.4: what clients of mutual TLS register, and its effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.mutual_tls import (
    ISSUED,
    SELF_SIGNED,
    SUBJECT,
    SUBJECTS,
    holder_of_issued,
    holder_of_self_signed,
    issued_certificate,
    metadata_of,
    need_method,
    refused,
)
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.provider.operations import Provider

METHOD = "token_endpoint_auth_method"
BOUND = "tls_client_certificate_bound_access_tokens"
NAME = "CN=dcr-conformance,O=dcr-conformance"


@exchange(depth="full")
def two_certificate_subjects(provider: Provider) -> Comparison:
    """Register a client of tls_client_auth with one certificate subject, and one with two."""
    need_method(provider, ISSUED)
    return provider.compare(
        metadata_of(provider, ISSUED, "subjects", **{SUBJECT: NAME}),
        offending={"tls_client_auth_san_dns": "client.example"},
    )


@exchange(depth="full", needs="client_certificates")
def issued_certificates(provider: Provider) -> dict[str, Answer]:
    """Ask for tokens with the certificate of the registered subject, of another one, and none."""
    own = holder_of_issued(provider)
    other = issued_certificate(provider, "other")
    return {
        "control": own.honest(provider),
        "none": own.ask(provider, None),
        "another subject": own.ask(provider, other),
        "after": own.honest(provider),
    }


@exchange(depth="full")
def self_signed_without_keys(provider: Provider) -> dict[str, Answer]:
    """Register a client of self_signed_tls_client_auth with its certificate, and one without."""
    own = holder_of_self_signed(provider)
    odd, _ = provider.attempt(metadata_of(provider, SELF_SIGNED, "without keys"))
    return {"control": own.client.registration, "odd": odd}


@exchange(depth="full")
def odd_certificate_binding(provider: Provider) -> Comparison:
    """Register a client, and one for which binding tokens to certificates is a string."""
    if provider.metadata.get(BOUND) is not True:
        raise NotApplicable(f"the provider's metadata does not say {BOUND}")
    return provider.compare(provider.baseline(), offending={BOUND: "sometimes"})


def _of_method(answer: Answer, method: str) -> None:
    stated = answer.members.get(METHOD, method)
    expect.applies(stated == method, f"a client of {method} is registered for {stated}")


@requirement("rfc8705-2.1.2-exactly-one-certificate-subject")
def test_client_has_one_certificate_subject(two_certificate_subjects: Comparison) -> None:
    control, odd = two_certificate_subjects.control, two_certificate_subjects.odd
    _of_method(control, ISSUED)
    expect.conclusive(odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    kept = [name for name in SUBJECTS if name in odd.members]
    other = odd.registered and odd.members.get(METHOD, ISSUED) != ISSUED
    expect.judged(odd.refused or other or kept, "the answer names no certificate subject at all")
    expect.met(
        odd.refused or other or len(kept) == 1,
        "refused, or registered with one of the two",
        f"{odd.status}, with {' and '.join(kept)}" if odd.registered else f"{odd.status}, refused",
        name="certificate subjects",
        about=odd,
    )


@requirement("rfc8705-2.1.2-certificate-subject-returned")
def test_certificate_subject_is_returned(two_certificate_subjects: Comparison) -> None:
    control = two_certificate_subjects.control
    _of_method(control, ISSUED)
    expect.member(control, SUBJECT, str)


@requirement("rfc8705-2.1.2-certificate-subject-enforced")
def test_certificate_of_another_subject_is_refused(issued_certificates: dict[str, Answer]) -> None:
    refused(issued_certificates, "another subject", what="a certificate of another subject")


@requirement("rfc8705-2.2.2-self-signed-method-needs-keys")
def test_self_signed_method_needs_keys(self_signed_without_keys: dict[str, Any]) -> None:
    odd = expect.conclusive(self_signed_without_keys["odd"])
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    stated = odd.members.get(METHOD)
    expect.judged(odd.refused or stated is not None, f"the answer states no {METHOD}")
    expect.met(
        odd.refused or stated != SELF_SIGNED,
        "refused, or registered for another method",
        f"{odd.status}, registered for {stated}" if odd.registered else f"{odd.status}, refused",
        name="a client without certificate",
        about=odd,
    )


@requirement("rfc8705-3.4-certificate-binding-flag-boolean")
def test_certificate_binding_is_a_boolean(odd_certificate_binding: Comparison) -> None:
    control, odd = odd_certificate_binding.control, odd_certificate_binding.odd
    expect.conclusive(odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    expect.judged(odd.refused or BOUND in odd.members, f"the answer does not state {BOUND}")
    value = odd.members.get(BOUND)
    usual = control.members.get(BOUND, False)
    with expect.together():
        expect.met(
            odd.refused or isinstance(value, bool),
            "refused, or registered as a boolean",
            f"{odd.status}, {BOUND}: {value}" if odd.registered else f"{odd.status}, refused",
            name="a string for the flag",
            about=odd,
        )
        expect.met(
            isinstance(usual, bool),
            "absent, or a boolean",
            f"{BOUND}: {usual}",
            name="where it was left out",
            about=control,
        )
