"""RFC 7591 section 5: security considerations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.handshakes import MODERN, Shaken, shaken, supports_tls12
from conformance.exchange import exchange, load_cases
from conformance.provider.sender import OMIT
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.exchange import Case
    from conformance.provider.operations import Provider


@exchange
def redirectless_registration(provider: Provider) -> Comparison:
    """Send a code flow registration twice, once without redirect_uris."""
    baseline = provider.baseline(grant_types=["authorization_code"], response_types=["code"])
    return provider.compare(baseline, offending={"redirect_uris": OMIT})


@requirement("rfc7591-5-redirect-grants-require-redirect-uris")
def test_code_flow_needs_redirect_uris(redirectless_registration: Comparison) -> None:
    odd = expect.conclusive(redirectless_registration.odd)
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    grants = odd.members.get("grant_types", ["authorization_code"])
    redirecting = bool({"authorization_code", "implicit"} & set(grants or []))
    uris = odd.members.get("redirect_uris")
    said = f"grants {grants}, redirect_uris {uris}" if odd.registered else odd.error
    expect.met(
        odd.refused or not redirecting or uris,
        "refused, or no redirect grant, or a redirect URI of the server's",
        f"{odd.status} {said}",
        name="redirect_uris",
        about=odd,
        member="redirect_uris",
    )


@requirement(
    "rfc7591-5-remote-http-redirect-not-registered", where=lambda c: c.kind == "remote-http"
)
def test_remote_http_redirect_is_not_registered(hostile_redirect_registration: Comparison) -> None:
    expect.refused_or_replaced(hostile_redirect_registration, "redirect_uris")


@requirement("rfc7591-5-script-scheme-redirect-not-registered", where=lambda c: c.kind == "script")
def test_scheme_that_runs_code_is_not_registered(
    hostile_redirect_registration: Comparison,
) -> None:
    expect.refused_or_replaced(hostile_redirect_registration, "redirect_uris")


@exchange(cases=load_cases("display_urls"))
def dangerous_display_registration(provider: Provider, case: Case) -> Comparison:
    """Send the same registration twice, once with a dangerous URL that people would be shown."""
    return provider.compare(provider.baseline(), offending={case.member: case.uri})


@exchange(cases=load_cases("permitted_registrations"))
def permitted_registration(provider: Provider, case: Case) -> Comparison:
    """Send the baseline, and what RFC 7591 section 5 allows a provider to take or to refuse."""
    return provider.compare(provider.baseline(), offending=json.loads(case.json))


@requirement("rfc7591-5-dangerous-display-urls-not-stored")
def test_dangerous_display_url_is_not_stored(dangerous_display_registration: Comparison) -> None:
    member = next(iter(dangerous_display_registration.offending))
    expect.refused_or_replaced(dangerous_display_registration, member)


@requirement("rfc7591-5-local-http-redirect-permitted", where=lambda c: c.kind == "local-http")
def test_local_http_redirect_is_taken(permitted_registration: Comparison) -> None:
    expect.accepted(_told(permitted_registration))


@requirement(
    "rfc7591-5-private-scheme-redirect-permitted", where=lambda c: c.kind == "private-scheme"
)
def test_private_scheme_redirect_is_taken(permitted_registration: Comparison) -> None:
    expect.accepted(_told(permitted_registration))


@requirement("rfc7591-5-displayed-urls-match-redirect-host", where=lambda c: c.kind == "other-host")
def test_displayed_url_on_another_host_is_not_registered(
    permitted_registration: Comparison,
) -> None:
    expect.refused_or_replaced(permitted_registration, "client_uri")


@requirement("rfc7591-5-grant-combination-refusal-code", where=lambda c: c.kind == "grants")
def test_combination_of_grants_is_refused_by_its_code(permitted_registration: Comparison) -> None:
    odd = _told(permitted_registration)
    if odd.registered:
        expect.accepted(odd)
    else:
        expect.same("invalid_client_metadata", odd.error, name="error", about=odd)


def _told(comparison: Comparison) -> Answer:
    odd = expect.conclusive(comparison.odd)
    expect.judged(odd.status < 500, f"{odd.line}: a server error is judged by its own row")
    return odd


@exchange
def registration_handshakes(provider: Provider) -> Shaken:
    """Shake hands with the registration endpoint by TLS 1.3 and by TLS 1.2."""
    return shaken(provider, provider.registration_endpoint, MODERN)


@requirement("rfc7591-5-endpoint-supports-tls12")
def test_registration_endpoint_supports_tls12(registration_handshakes: Shaken) -> None:
    supports_tls12(registration_handshakes)
