"""Checks of the Acme policy. An exchange talks; a check looks at what was said."""

from __future__ import annotations

from typing import Any

from dcr_conformance import OMIT, exchange, expect, requirement


@exchange
def anonymous_software(provider: Any) -> Any:
    """Send the same registration twice, with a software_id and without."""
    with_it = provider.baseline(software_id="acme-conformance")
    return provider.compare(with_it, offending={"software_id": OMIT})


@requirement("acme-2-secrets-of-forty-characters")
def test_secrets_have_forty_characters(minimal_registration: Any) -> None:
    answer = minimal_registration.registration
    expect.applies("client_secret" in answer.facts, "no client_secret was issued")
    length = answer.facts["client_secret"]["length"]
    expect.met(length >= 40, "40 characters or more", length, name="client_secret", about=answer)


@requirement("acme-4-software-id-demanded")
def test_software_id_is_demanded(anonymous_software: Any) -> None:
    expect.accepted(anonymous_software.control)
    expect.refused(anonymous_software.odd)
