"""RFC 7515 sections 4.1.11, 5.2 and 10.12: how the text of an assertion is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.checks.client_authentication.judging import refused
from conformance.checks.client_authentication.telling import tell
from conformance.checks.lying import among, told
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider

_SPELLINGS = ("padded", "standard-alphabet", "line-break", "fourth-part")
_TRAILING = ("claims-then-text", "claims-then-object", "header-then-text")


@exchange(cases=told("unknown-crit", *_SPELLINGS, *_TRAILING))
def misspelt_assertion(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate by an honest assertion, by one that is written wrongly, and honestly again."""
    return tell(provider, case)


@requirement("rfc7515-4.1.11-assertion-unknown-crit-refused", where=among("unknown-crit"))
def test_assertion_with_unknown_crit_is_refused(misspelt_assertion: dict[str, Any]) -> None:
    refused(misspelt_assertion)


@requirement("rfc7515-5.2-strict-base64url-decoding", where=among(*_SPELLINGS))
def test_base64url_is_read_strictly(misspelt_assertion: dict[str, Any]) -> None:
    refused(misspelt_assertion)


@requirement("rfc7515-10.12-assertion-trailing-json-refused", where=among(*_TRAILING))
def test_text_after_the_json_object_is_refused(misspelt_assertion: dict[str, Any]) -> None:
    refused(misspelt_assertion)
