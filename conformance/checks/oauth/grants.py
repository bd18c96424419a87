"""RFC 6749 sections 4 to 6: codes, tokens and refresh tokens belong to their client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.credentials import altered
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.judgement import WholeRun
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

_ERROR_TEXT = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]*")
_PRINTABLE = re.compile(r"[\x20-\x7E]*")
BITS = 128


def _code_client(provider: Provider, name: str) -> Client:
    uris = [provider.redirect_uri(), provider.redirect_uri("other")]
    return provider.register(
        optional="codes and refresh tokens for one client are refused",
        redirect_uris=uris,
        grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="client_secret_basic",
        client_name=name,
    )


@exchange
def code_flow(provider: Provider) -> dict[str, Answer]:
    """Get codes and a refresh token as one client; use each rightly, and as another client."""
    provider.endpoint("token_endpoint")
    own = _code_client(provider, "dcr-conformance codes")
    first = provider.code(own)
    other = _code_client(provider, "dcr-conformance foreign codes")
    answers: dict[str, Answer] = {"own code": provider.redeem(own, first)}
    answers["foreign code"] = provider.redeem(other, provider.code(own))
    if len(set(own.redirect_uris)) > 1:  # the provider may have registered only one of them
        second = own.redirect_uris[-1]
        answers["other uri"] = provider.redeem(own, provider.code(own), redirect_uri=second)
        answers["ambiguous"] = provider.authorize(own, redirect_uri=provider.OMIT)
    return {**answers, **_refreshes(provider, own, other, answers["own code"])}


def _refreshes(provider: Provider, own: Client, other: Client, tokens: Answer) -> dict[str, Answer]:
    """Use a refresh token rightly, then what came of it wrongly, and rightly again.

    The first use shows that refreshing works, the last whether the wrong ones did harm.
    """
    token = tokens.members.get("refresh_token")
    if not isinstance(token, str) or own.secret is None:
        return {}
    form: dict[str, Any] = {"grant_type": "refresh_token", "refresh_token": token}
    control = provider.token(own, **form)
    # Where tokens rotate the one used is spent, and its successor is the one to misuse.
    form["refresh_token"] = str(control.members.get("refresh_token") or token)
    return {
        "refresh control": control,
        "refresh by another": provider.token(other, **form),
        "refresh with wrong secret": provider.token(own, secret=altered(own.secret), **form),
        "refresh without secret": provider.token(own, method="none", **form),
        "refresh": provider.token(own, **form),
    }


@exchange
def unregistered_grant(provider: Provider) -> dict[str, Answer]:
    """Ask for a client credentials token as a client that registered codes only."""
    provider.endpoint("token_endpoint")
    client = provider.control(
        **provider.baseline(
            token_endpoint_auth_method="client_secret_basic", grant_types=["authorization_code"]
        )
    )
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    return {
        "registration": client.registration,
        "own grant": provider.authenticates(client),
        "token": provider.token(client, grant_type="client_credentials"),
    }


def _works(evidence: dict[str, Answer], name: str) -> None:
    control = evidence.get(name)
    expect.applies(control is not None, "no refresh token was issued")
    assert control is not None  # noqa: S101 - applies() has looked
    expect.judged("access_token" in control.members, f"the right use fails: {control.line}")


@requirement("rfc6749-4.1.3-code-bound-to-its-client")
def test_code_is_bound_to_its_client(code_flow: dict[str, Answer]) -> None:
    _works(code_flow, "own code")
    expect.no_token(code_flow["foreign code"], name="another client's code")


@requirement("rfc6749-4.1.3-token-request-repeats-the-same-redirect-uri")
def test_token_request_repeats_the_redirect_uri(code_flow: dict[str, Answer]) -> None:
    _works(code_flow, "own code")
    expect.applies("other uri" in code_flow, "only one redirect URI was registered")
    expect.no_token(code_flow["other uri"], name="a code with another redirect URI")


@requirement("rfc6749-6-refresh-token-bound-to-its-client")
def test_refresh_token_is_bound_to_its_client(code_flow: dict[str, Answer]) -> None:
    _works(code_flow, "refresh control")
    expect.no_token(code_flow["refresh by another"], name="another client's refresh token")


@requirement("rfc6749-6-refresh-needs-client-authentication")
def test_refreshing_needs_authentication(code_flow: dict[str, Answer]) -> None:
    _works(code_flow, "refresh control")
    misused = [code_flow[f"refresh {how} secret"] for how in ("with wrong", "without")]
    # Another client's try, the first, may have ended the token; then its death says nothing.
    expect.judged(
        "access_token" in code_flow["refresh"].members
        or any(answer.error == "invalid_client" or answer.accepted for answer in misused),
        "the token was dead before it was misused",
    )
    with expect.together():
        expect.no_token(code_flow["refresh with wrong secret"], name="a wrong secret")
        expect.no_token(code_flow["refresh without secret"], name="no secret")


@requirement("rfc6749-3.1.2.3-ambiguous-redirect-not-guessed")
def test_ambiguous_redirect_is_not_guessed(code_flow: dict[str, Answer]) -> None:
    _works(code_flow, "own code")
    expect.applies("ambiguous" in code_flow, "only one redirect URI was registered")
    answer = code_flow["ambiguous"]
    expect.not_redirected(answer, what="a request without redirect_uri, two being registered")


@requirement("rfc6749-5.1-token-response-not-cacheable")
def test_token_response_is_not_cacheable(credentials_requests: dict[str, Answer]) -> None:
    answer = credentials_requests["right"]
    expect.judged("access_token" in answer.members, f"no token: {answer.line}")
    expect.header(answer, "Cache-Control", contains="no-store")


@requirement("rfc6749-5.2-unauthorized-grant-error-code")
def test_unauthorized_grant_has_its_error_code(unregistered_grant: dict[str, Answer]) -> None:
    grants = unregistered_grant["registration"].members.get("grant_types")
    expect.judged(
        isinstance(grants, list) and "client_credentials" not in grants,
        "the answer does not state that the grant is not registered",
    )
    control = expect.conclusive(unregistered_grant["own grant"])
    expect.judged(control.error != "invalid_client", "its secret is refused; judged by its own row")
    answer = expect.conclusive(unregistered_grant["token"])
    expect.judged("access_token" not in answer.members, "a token; judged by its own row")
    with expect.together():
        expect.status(answer, 400)
        # Where nobody may use the grant the server does not support it.
        expect.met(
            answer.error in ("unauthorized_client", "unsupported_grant_type"),
            "unauthorized_client",
            answer.error,
            name="error",
            about=answer,
        )


@requirement("rfc6749-5.2-error-text-character-set")
def test_error_text_keeps_to_its_character_set(whole_run: WholeRun) -> None:
    texts = [
        (answer, name, value)
        for answer in whole_run.of("token", "par", "revoke", "introspect")
        for name in ("error", "error_description")
        if answer.status >= 400 and isinstance(value := answer.members.get(name), str)
    ]
    expect.throughout(
        "printable ASCII without quote and backslash",
        [text for text in texts if not _ERROR_TEXT.fullmatch(text[2])],
        seen=len(texts),
        name="error texts",
    )


@requirement("rfc6749-10.10-generated-credentials-unguessable")
def test_generated_credentials_are_unguessable(whole_run: WholeRun) -> None:
    issued = [
        (answer, name, facts)
        for answer in whole_run.answers
        for name in ("client_secret", "access_token", "refresh_token")
        if answer.accepted and "bits" in (facts := answer.facts.get(name, {}))
    ]
    # An upper bound: what is shorter than this cannot be random enough, whatever it is.
    expect.throughout(
        f"room for {BITS} random bits",
        [
            (answer, name, f"{facts['length']} characters ({facts['alphabet']})")
            for answer, name, facts in issued
            if facts["bits"] < BITS
        ],
        seen=len(issued),
        name="issued credentials",
    )


@requirement("rfc6749-a-client-id-and-secret-are-printable-ascii")
def test_client_id_and_secret_are_printable_ascii(whole_run: WholeRun) -> None:
    clients = [answer for answer in whole_run.of("register") if answer.registered]
    offences: list[tuple[Answer, str, object]] = []
    for answer in clients:
        if not _PRINTABLE.fullmatch(answer.members["client_id"]):
            offences.append((answer, "client_id", answer.members["client_id"]))
        alphabet = answer.facts.get("client_secret", {}).get("alphabet", "")
        if alphabet in ("beyond ASCII", "ASCII"):
            offences.append((answer, "client_secret", f"characters: {alphabet}"))
    expect.throughout("printable ASCII", offences, seen=len(clients), name="registered clients")
