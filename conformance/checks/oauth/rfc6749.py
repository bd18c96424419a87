"""RFC 6749, where registration meets the authorization and token endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.exchange import exchange, load_cases
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.exchange import Case
    from conformance.provider.operations import Provider


@exchange(cases=load_cases("redirect_variants"))
def varied_redirect_authorization(provider: Provider, case: Case) -> dict[str, Answer]:
    """Ask the authorization endpoint for a variant of a registered redirect URI."""
    client = provider.control(**provider.baseline())
    uri = client.redirect_uris[0]
    return {
        "control": provider.tries_redirect(client, uri),
        "odd": provider.tries_redirect(client, case.form.replace("{uri}", uri)),
    }


@requirement("rfc6749-3.1.2-fragment-redirect-not-registered", where=lambda c: c.kind == "fragment")
def test_redirect_with_fragment_is_not_registered(
    hostile_redirect_registration: Comparison,
) -> None:
    empty = hostile_redirect_registration.offending["redirect_uris"][0].endswith("#")
    expect.refused_or_replaced(
        hostile_redirect_registration, "redirect_uris", at_most=Level.SHOULD if empty else None
    )


@requirement("rfc6749-3.1.2-relative-redirect-not-registered", where=lambda c: c.kind == "relative")
def test_relative_redirect_is_not_registered(hostile_redirect_registration: Comparison) -> None:
    expect.refused_or_replaced(hostile_redirect_registration, "redirect_uris")


@requirement(
    "rfc6749-3.1.2.4-unregistered-redirect-never-followed", where=lambda c: c.kind == "foreign"
)
def test_foreign_redirect_is_never_followed(
    varied_redirect_authorization: dict[str, Answer],
) -> None:
    _control(varied_redirect_authorization)
    expect.not_redirected(varied_redirect_authorization["odd"], what="an unregistered URI")


@requirement("rfc9700-2.1-redirect-compared-as-string", where=lambda c: c.kind == "variant")
def test_redirect_is_compared_as_a_string(varied_redirect_authorization: dict[str, Answer]) -> None:
    _control(varied_redirect_authorization)
    expect.not_redirected(varied_redirect_authorization["odd"], what="a variant of the URI")


def _control(evidence: dict[str, Answer]) -> None:
    control = evidence["control"]
    expect.judged(
        control.landing in ("client", "interaction"),
        f"the registered URI itself is not taken: {control.line}",
    )


@requirement("rfc6749-5.2-failed-basic-auth-challenged")
def test_failed_basic_authentication_is_challenged(token_authentication: dict[str, Answer]) -> None:
    expect.applies("wrong" in token_authentication, "no client_secret was issued")
    method = token_authentication["registration"].members.get("token_endpoint_auth_method")
    expect.applies(method == "client_secret_basic", "the answer states another method")
    wrong = expect.conclusive(token_authentication["wrong"])
    expect.judged(wrong.error == "invalid_client", f"answered {wrong.line} {wrong.error}")
    with expect.together():
        expect.status(wrong, 401)
        expect.header(wrong, "WWW-Authenticate", contains="Basic")


@requirement("rfc6749-3.2.1-confidential-client-must-authenticate")
def test_confidential_client_must_authenticate(credentials_requests: dict[str, Answer]) -> None:
    # Only a token tells: which of client and grant is looked at first is the server's choice.
    right = credentials_requests["right"]
    expect.judged("access_token" in right.members, f"no token for the right one: {right.line}")
    none = expect.conclusive(credentials_requests["none"])
    expect.met(
        "access_token" not in none.members,
        "no token for the client_id alone",
        none.line,
        name="client_id alone",
        about=none,
    )
