"""RFC 7591 section 5: security considerations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import exchange
from conformance.provider.client import OMIT
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Comparison
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
    expect.met(
        odd.refused or not redirecting or odd.members.get("redirect_uris"),
        "refused, or no redirect grant, or a redirect URI of the server's",
        f"{odd.status}, grants {grants} without redirect_uris",
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
