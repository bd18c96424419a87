"""RFC 6749 section 2.3: how a registered client authenticates, and how it must not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.shared import credentials_client, machine, other_credentials_client
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.assertions import PUBLIC_KEY
from conformance.provider.credentials import basic, form_encoded
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

GRANT: dict[str, Any] = {"grant_type": "client_credentials"}


@exchange
def odd_authentication(provider: Provider) -> dict[str, Answer]:
    """Send the right secret of a client in ways that are odd, and one wrong secret."""
    url = provider.endpoint("token_endpoint")
    client, other = credentials_client(provider), other_credentials_client(provider)
    if client.secret is None or other.secret is None:
        raise NotApplicable("no client_secret was issued")
    identifier, secret = client.client_id, client.secret
    both = {**GRANT, "client_id": identifier, "client_secret": secret}
    in_query = f"{url}{'&' if '?' in url else '?'}" + form_encoded(
        {"client_id": identifier, "client_secret": secret}
    )
    answers: dict[str, Answer] = {"right": provider.token(client, **GRANT)}
    answers["escaped"] = provider.post_form(
        url, GRANT, operation="token", headers=[("Authorization", _escaped(identifier, secret))]
    )
    answers["two"] = provider.post_form(
        url, both, operation="token", headers=[("Authorization", basic(identifier, secret))]
    )
    answers["query"] = provider.post_form(in_query, GRANT, operation="token")
    answers["other secret"] = provider.token(client, secret=other.secret, **GRANT)
    return answers


def _escaped(client_id: str, secret: str) -> str:
    """Basic credentials with every character escaped, as form encoding allows."""

    def all_of(text: str) -> str:
        return "".join(f"%{byte:02X}" for byte in text.encode(errors="surrogatepass"))

    import base64  # noqa: PLC0415 - for this oddity alone

    pair = f"{all_of(client_id)}:{all_of(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


@exchange
def key_client_without_assertion(provider: Provider) -> dict[str, Answer | Client]:
    """Register a client of private_key_jwt; ask for a token rightly, and by its client_id alone."""
    provider.endpoint("token_endpoint")
    client = provider.register(
        optional="private_key_jwt is refused",
        **machine(
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_signing_alg="ES256",
            jwks={"keys": [PUBLIC_KEY]},
            client_name="dcr-conformance keys",
        ),
    )
    # A provider that takes no assertion refuses everybody, and that shows nothing.
    control = provider.asserts(client, **GRANT)
    alone = provider.token(client, method="none", **GRANT)
    return {"client": client, "control": control, "alone": alone}


@exchange
def assertion_client_with_plain_secret(provider: Provider) -> dict[str, Answer | Client]:
    """Register a client of client_secret_jwt; ask rightly, then send its secret in plain."""
    provider.endpoint("token_endpoint")
    client = provider.register(
        optional="client_secret_jwt is refused",
        **machine(
            token_endpoint_auth_method="client_secret_jwt",
            client_name="dcr-conformance assertions",
        ),
    )
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    return {
        "client": client,
        "control": provider.asserts(client, **GRANT),
        "basic": provider.token(client, method="client_secret_basic", **GRANT),
        "post": provider.token(client, method="client_secret_post", **GRANT),
    }


@exchange
def public_client_credentials(provider: Provider) -> dict[str, Answer | Client]:
    """Register a public client for the client credentials grant; ask for a token."""
    provider.endpoint("token_endpoint")
    client = provider.register(
        optional="a public client for the client credentials grant is refused",
        **machine(token_endpoint_auth_method="none", client_name="dcr-conformance public"),
    )
    return {"client": client, "token": provider.token(client, method="none", **GRANT)}


def _right(evidence: dict[str, Answer]) -> None:
    """Go on only where this grant gives tokens at all: else every refusal looks right."""
    right = evidence["right"]
    expect.judged("access_token" in right.members, f"no token for the right one: {right.line}")


def _asserted(evidence: dict[str, Any]) -> None:
    """Go on only where an assertion that is right gets a token."""
    control = evidence["control"]
    expect.judged("access_token" in control.members, f"no token for an assertion: {control.line}")


@requirement("rfc6749-2.3.1-basic-auth-form-decoded")
def test_basic_credentials_are_form_decoded(odd_authentication: dict[str, Answer]) -> None:
    _right(odd_authentication)
    other = odd_authentication["other secret"]
    expect.judged(other.refused, "a wrong secret is taken too; that is judged by its own row")
    sent = odd_authentication["right"].request.header("authorization")
    expect.judged(sent, "the client is registered for another method than Basic")
    answer = expect.conclusive(odd_authentication["escaped"])
    expect.met(
        "access_token" in answer.members,
        "a token, as for the same credentials without escapes",
        f"{answer.status} {answer.error or ''}",
        name="escaped credentials",
        about=answer,
    )


@requirement("rfc6749-2.3-two-auth-mechanisms-refused")
def test_two_mechanisms_are_refused(odd_authentication: dict[str, Answer]) -> None:
    _right(odd_authentication)
    expect.no_token(odd_authentication["two"], name="Basic and body at once")


@requirement("rfc6749-2.3.1-query-credentials-refused")
def test_credentials_in_the_query_are_refused(odd_authentication: dict[str, Answer]) -> None:
    _right(odd_authentication)
    expect.no_token(odd_authentication["query"], name="credentials in the URL")


@requirement("rfc6749-2.3.1-secret-of-another-client-refused")
def test_secret_of_another_client_is_refused(odd_authentication: dict[str, Answer]) -> None:
    _right(odd_authentication)
    expect.no_token(odd_authentication["other secret"], name="another client's secret")


def _stated(client: Any, method: str) -> None:
    found = client.members.get("token_endpoint_auth_method")
    expect.judged(found == method, f"the registered method is {found}")


@requirement("rfc6749-2.3-strong-auth-cannot-downgrade")
def test_key_client_needs_its_key(
    key_client_without_assertion: dict[str, Any],
) -> None:
    _asserted(key_client_without_assertion)
    _stated(key_client_without_assertion["client"], "private_key_jwt")
    expect.no_token(key_client_without_assertion["alone"], name="the client_id alone")


@requirement("rfc6749-2.3-secret-only-by-the-registered-method")
def test_assertion_client_sends_no_plain_secret(
    assertion_client_with_plain_secret: dict[str, Any],
) -> None:
    _asserted(assertion_client_with_plain_secret)
    _stated(assertion_client_with_plain_secret["client"], "client_secret_jwt")
    with expect.together():
        for name in ("basic", "post"):
            expect.no_token(
                assertion_client_with_plain_secret[name], name=f"the plain secret by {name}"
            )


@requirement("rfc6749-4.4-client-credentials-confidential-only")
def test_public_client_gets_no_client_credentials_token(
    public_client_credentials: dict[str, Any], odd_authentication: dict[str, Answer]
) -> None:
    _right(odd_authentication)
    _stated(public_client_credentials["client"], "none")
    expect.no_token(
        public_client_credentials["token"], name="client_credentials by a public client"
    )
