"""RFC 8252 sections 8.1 and 8.4: applications that run on the user's own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.oauth.redirection import LOOPBACK, native_client
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.credentials import VERIFIER
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

REVERSE_DOMAIN = "com.example.dcr-conformance:/cb"
UNDOTTED = "dcr-conformance:/cb"
OTHER_VERIFIER = VERIFIER[::-1]


@exchange(depth="full")
def undotted_scheme_registration(provider: Provider) -> Comparison:
    """Register a private-use scheme in reverse domain form, and one without a period."""
    baseline = provider.baseline(application_type="native", redirect_uris=[REVERSE_DOMAIN])
    return provider.compare(baseline, offending={"redirect_uris": [UNDOTTED]})


@exchange
def native_codes(provider: Provider) -> dict[str, Answer]:
    """Get codes as a public native client; redeem them without, by a wrong and by the verifier."""
    provider.endpoint("token_endpoint")
    client = native_client(provider)
    if client.auth_method != "none":
        raise NotApplicable(f"a public client is registered for {client.auth_method}")
    return {
        "right": _redeemed(provider, client, code_verifier=VERIFIER),
        "wrong": _redeemed(provider, client, code_verifier=OTHER_VERIFIER),
        "missing": _redeemed(provider, client),
        "after": _redeemed(provider, client, code_verifier=VERIFIER),
    }


def _redeemed(provider: Provider, client: Client, **verifier: Any) -> Answer:
    code = provider.code(client, redirect_uri=LOOPBACK)
    return provider.token(
        client, grant_type="authorization_code", code=code, redirect_uri=LOOPBACK, **verifier
    )


@requirement("rfc8252-8.4-undotted-private-scheme-refused")
def test_scheme_without_period_is_refused(undotted_scheme_registration: Comparison) -> None:
    expect.applies(
        REVERSE_DOMAIN in (undotted_scheme_registration.control.members.get("redirect_uris") or []),
        "private-use schemes are not registered",
    )
    expect.refused_or_replaced(undotted_scheme_registration, "redirect_uris")


@requirement("rfc8252-8.1-pkce-enforced-when-used")
def test_code_needs_its_verifier(native_codes: dict[str, Answer]) -> None:
    for name in ("right", "after"):
        answer = expect.conclusive(native_codes[name])
        expect.judged(
            "access_token" in answer.members,
            f"a code is not redeemed with its verifier either: {answer.line}",
        )
    with expect.together():
        expect.no_token(native_codes["wrong"], name="another verifier")
        expect.no_token(native_codes["missing"], name="no verifier")
