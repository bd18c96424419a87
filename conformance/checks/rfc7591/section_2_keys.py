"""RFC 7591 section 2: jwks and jwks_uri."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance import expect
from conformance.exchange import exchange, load_cases
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.exchange import Case
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

_SETS = load_cases("key_sets")
_SOURCES = ("jwks", "jwks_uri")


def with_keys(provider: Provider) -> dict[str, Any]:
    """The baseline with a JWK Set of one public key."""
    good = next(case for case in _SETS if case.kind == "good")
    return provider.baseline(jwks=json.loads(good.json))


def _read(provider: Provider, client: Client) -> Answer:
    del provider
    return client.read()


@exchange(cases=[case for case in _SETS if case.kind == "malformed"])
def malformed_keys_registration(provider: Provider, case: Case) -> Comparison:
    """Send the same registration twice, with a JWK Set and with a value that is none."""
    return provider.compare(with_keys(provider), offending={"jwks": json.loads(case.json)})


@exchange
def both_key_sources_registration(provider: Provider) -> Comparison:
    """Send a registration with jwks twice, once with jwks_uri besides; read what came of it."""
    parts = urlsplit(provider.redirect_uri())
    uri = f"{parts.scheme}://{parts.netloc}/jwks"
    return provider.compare(with_keys(provider), offending={"jwks_uri": uri}, then=_read)


@requirement("rfc7591-2-malformed-jwks-not-registered")
def test_malformed_jwks_is_not_registered(malformed_keys_registration: Comparison) -> None:
    control = malformed_keys_registration.control
    expect.applies("jwks" in control.members, "the provider does not register jwks")
    expect.refused_or_replaced(malformed_keys_registration, "jwks")


@requirement("rfc7591-2-response-not-both-key-sources")
def test_answer_never_has_both_key_sources(both_key_sources_registration: Comparison) -> None:
    answers = [both_key_sources_registration.odd, *both_key_sources_registration.followups.values()]
    odd = expect.conclusive(answers[0])
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    with expect.together():
        for answer in answers:
            stated = [name for name in _SOURCES if answer.members.get(name) is not None]
            expect.met(
                len(stated) < 2,
                "refused, or one of the two members at most",
                f"{answer.line} with {' and '.join(stated) or 'neither'}",
                name="jwks and jwks_uri",
                about=answer,
                member="jwks_uri",
            )


@requirement("rfc7591-2-both-key-sources-refused")
def test_both_key_sources_are_refused(both_key_sources_registration: Comparison) -> None:
    comparison = both_key_sources_registration
    odd = expect.conclusive(comparison.odd)
    known = [n for n in _SOURCES if n in comparison.control.members or n in odd.members]
    expect.applies(known or odd.refused, "the provider registers no keys")
    expect.refused(odd)
