"""RFC 9325 sections 3.1.1 and 4.1: versions and suites of TLS that nobody may take any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.handshakes import BROKEN, MODERN, Shaken, modern, shaken
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


@exchange
def legacy_handshakes(provider: Provider, minimal_registration: Client) -> dict[str, Shaken]:
    """Offer the registration and the configuration endpoint TLS that nobody may take, and good."""
    urls = {"registration": provider.registration_endpoint}
    configuration = minimal_registration.configuration_uri
    if configuration and configuration.startswith("https:"):
        urls["configuration"] = configuration
    names = (*MODERN, *BROKEN)
    return {name: shaken(provider, url, names) for name, url in urls.items()}


@requirement("rfc9325-no-legacy-tls-versions-or-broken-cipher-suites")
def test_broken_tls_is_refused(legacy_handshakes: dict[str, Shaken]) -> None:
    asked = 0
    with expect.together():
        for endpoint, handshakes in legacy_handshakes.items():
            for name in BROKEN:
                came = handshakes[name]
                if came["outcome"] not in ("taken", "refused"):
                    expect.note(f"{endpoint} endpoint, {name}: not asked ({came['detail']})")
                    continue
                # Where nothing at all is taken, a refusal says nothing of what was offered.
                if came["outcome"] == "refused" and not modern(handshakes):
                    continue
                asked += 1
                how = "taken" if came["outcome"] == "taken" else "refused"
                expect.met(
                    came["outcome"] == "refused",
                    "refused",
                    f"{how}: {came['detail']}",
                    name=f"{endpoint} endpoint, {name}",
                )
    expect.judged(asked, "nothing that is broken could be offered")
