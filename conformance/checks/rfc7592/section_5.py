"""RFC 7592 section 5: TLS, and how well a registration access token keeps its client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.handshakes import MODERN, Shaken, shaken, supports_tls12
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.judgement import WholeRun
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

BITS = 128
"""RFC 6749 section 10.10: the chance of guessing a credential is at most 2 to the power -128."""


@requirement("rfc7592-5-registration-token-unguessable")
def test_registration_tokens_are_unguessable(whole_run: WholeRun) -> None:
    issued = [
        answer
        for answer in whole_run.of("register")
        if answer.registered and "registration_access_token" in answer.facts
    ]
    expect.applies(issued, "the provider issues no registration access tokens")
    # An upper bound: what is shorter than this cannot be random enough, whatever it is.
    token = "registration_access_token"
    facts = [(answer, answer.facts[token]) for answer in issued]
    expect.throughout(
        f"room for {BITS} random bits",
        [
            (answer, token, f"{known['length']} characters ({known['alphabet']})")
            for answer, known in facts
            if known.get("bits", BITS) < BITS
        ],
        seen=len(issued),
        name="registration access tokens",
    )


@exchange
def configuration_handshakes(provider: Provider, minimal_registration: Client) -> Shaken:
    """Shake hands with the client configuration endpoint by TLS 1.3 and by TLS 1.2."""
    minimal_registration.need_management()
    return shaken(provider, minimal_registration.configuration_uri or "", MODERN)


@requirement("rfc7592-5-configuration-endpoint-supports-tls12")
def test_configuration_endpoint_supports_tls12(configuration_handshakes: Shaken) -> None:
    supports_tls12(configuration_handshakes)
