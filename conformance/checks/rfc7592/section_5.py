"""RFC 7592 section 5: how well a registration access token keeps its client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.judgement import WholeRun

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
    for answer in issued:
        facts = answer.facts["registration_access_token"]
        expect.judged("bits" in facts, "the token has characters beyond ASCII")
        # An upper bound: what is shorter than this cannot be random enough, whatever it is.
        if facts["bits"] < BITS:
            expect.met(
                condition=False,
                expected=f"room for {BITS} random bits",
                actual=f"{facts['length']} characters ({facts['alphabet']}): {facts['bits']} bits",
                name="registration_access_token",
                about=answer,
                member="registration_access_token",
            )
    expect.met(
        condition=True,
        expected=f"room for {BITS} random bits",
        actual=f"so in {len(issued)} tokens",
        name="registration_access_token",
    )
