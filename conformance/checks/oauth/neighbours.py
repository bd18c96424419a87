"""Revocation (RFC 7009), introspection (RFC 7662) and pushed requests (RFC 9126) of two clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.shared import credentials_client, other_credentials_client
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.credentials import altered
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

GRANT = "client_credentials"


@exchange
def introspections(provider: Provider) -> dict[str, Answer]:
    """Ask about an access token as its client, as another one and as nobody; then revoke it."""
    url = provider.endpoint("introspection_endpoint")
    own, other = credentials_client(provider), other_credentials_client(provider)
    token = provider.token(own, grant_type=GRANT).members.get("access_token")
    if not isinstance(token, str):
        raise NotApplicable("there is no access token to ask about")
    answers: dict[str, Answer] = {
        "own": provider.introspect(own, token),
        "other": provider.introspect(other, token),
        "anonymous": provider.post_form(url, {"token": token}, operation="introspect"),
        "client_id alone": provider.post_form(
            url, {"token": token, "client_id": own.client_id}, operation="introspect"
        ),
    }
    if provider.session.endpoint("revocation_endpoint"):
        answers["revoked by another"] = provider.revoke(other, token)
        answers["own afterwards"] = provider.introspect(own, token)
        answers["revoked"] = provider.revoke(own, token)
        answers["own at last"] = provider.introspect(own, token)
    return answers


@exchange
def pushed_requests(provider: Provider) -> dict[str, Answer]:
    """Push requests as two clients; use one as the other client, and push without the secret."""
    url = provider.endpoint("pushed_authorization_request_endpoint")
    provider.endpoint("authorization_endpoint")
    own = provider.control(**provider.baseline())
    other = provider.control(**provider.baseline(client_name="dcr-conformance other pushes"))
    answers: dict[str, Answer] = {"pushed": provider.par(own), "again": provider.par(own)}
    first, second = (answers[name].members.get("request_uri") for name in ("pushed", "again"))
    if not isinstance(first, str) or not isinstance(second, str):
        raise NotJudged(f"no request_uri for the right request: {answers['pushed'].line}")
    answers["used"] = provider.authorize_pushed(own, first)
    # The other client uses a request of its own first: so it is known to be able to, and
    # nothing waits for it to arrive where its refusal is what is looked for.
    answers["other's own"] = _push_and_use(provider, other)
    answers["used by another"] = provider.authorize_pushed(other, second)
    answers["made up"] = provider.authorize_pushed(other, altered(second))
    request = provider.authorization_request(own)
    answers["without secret"] = provider.post_form(url, request, operation="par")
    return {"registration": own.registration, **answers}


def _push_and_use(provider: Provider, client: Client) -> Answer:
    pushed = provider.par(client)
    uri = pushed.members.get("request_uri")
    return provider.authorize_pushed(client, uri) if isinstance(uri, str) else pushed


@exchange
def relaxed_push(provider: Provider) -> dict[str, Answer]:
    """Push a redirect URI that is not registered, as a client with a secret; use the request."""
    provider.endpoint("pushed_authorization_request_endpoint")
    provider.endpoint("authorization_endpoint")
    client = provider.control(**provider.baseline())
    wrong = provider.redirect_uri("never-registered")
    answers: dict[str, Answer] = {
        "registration": client.registration,
        "plain": provider.authorize(client, redirect_uri=wrong),
        "wrong": provider.par(client, redirect_uri=wrong),
    }
    uri = answers["wrong"].members.get("request_uri")
    if isinstance(uri, str):
        answers["used"] = provider.authorize_pushed(client, uri, lands_at=wrong)
    return answers


@exchange
def public_pushes(provider: Provider) -> dict[str, Answer]:
    """Push a redirect URI that is not registered, as a public client, and use the request."""
    provider.endpoint("pushed_authorization_request_endpoint")
    client = provider.register(
        optional="public clients are refused",
        **provider.baseline(token_endpoint_auth_method="none"),
    )
    wrong = provider.redirect_uri("never-registered")
    answers: dict[str, Answer] = {
        "right": provider.par(client),
        "wrong": provider.par(client, redirect_uri=wrong),
    }
    uri = answers["wrong"].members.get("request_uri")
    if isinstance(uri, str):
        answers["used"] = provider.authorize_pushed(client, uri, lands_at=wrong)
    return answers


def _own_is_active(introspections: dict[str, Answer]) -> None:
    own = expect.conclusive(introspections["own"])
    expect.judged(own.members.get("active") is True, f"the client learns nothing: {own.line}")


def _tells_nothing(answer: Answer, what: str, at_most: Level | None = None) -> None:
    expect.conclusive(answer)
    expect.judged(answer.status < 500, f"{answer.line}: a server error is judged by its own row")
    active = answer.members.get("active")
    expect.met(
        active is not True,
        "no active token",
        f"{answer.status}, active: {active}",
        name=what,
        about=answer,
        at_most=at_most,
    )


@requirement("rfc7662-2.1-introspection-needs-authorization")
def test_introspection_needs_authorization(introspections: dict[str, Answer]) -> None:
    _own_is_active(introspections)
    with expect.together():
        _tells_nothing(introspections["anonymous"], "asked by nobody")
        _tells_nothing(introspections["client_id alone"], "asked with the client_id alone")


@requirement("rfc7662-4-self-registered-client-learns-nothing-of-foreign-tokens")
def test_client_learns_nothing_of_foreign_tokens(introspections: dict[str, Answer]) -> None:
    _own_is_active(introspections)
    # Who may ask is the provider's policy (RFC 7662 section 2.2), so this warns at most.
    _tells_nothing(introspections["other"], "asked by another client", Level.SHOULD)


@requirement("rfc7009-2.1-client-cannot-revoke-foreign-token")
def test_client_cannot_revoke_a_foreign_token(introspections: dict[str, Answer]) -> None:
    _own_is_active(introspections)
    expect.applies("revoked" in introspections, "the provider offers no revocation endpoint")
    last = introspections["own at last"]
    expect.judged(last.members.get("active") is not True, "revocation does not end the token")
    foreign = expect.conclusive(introspections["revoked by another"])
    afterwards = expect.conclusive(introspections["own afterwards"])
    dead = afterwards.members.get("active") is not True
    # A server that takes the token for stolen may end it, but then says no.
    expect.met(
        not (dead and foreign.accepted),
        "the token lives on, or the request is refused",
        f"{foreign.status}, and the token is {'dead' if dead else 'alive'}",
        name="revocation by another client",
        about=foreign,
    )


@requirement("rfc9126-2.2-pushed-request-bound-to-its-client")
def test_pushed_request_is_bound_to_its_client(pushed_requests: dict[str, Answer]) -> None:
    used = pushed_requests["used"]
    expect.judged(
        used.landing in ("client", "interaction"), f"the own request is not taken: {used.line}"
    )
    others = pushed_requests["other's own"]
    expect.judged(
        others.landing in ("client", "interaction"),
        f"the other client cannot use a pushed request of its own: {others.line}",
    )
    foreign = expect.conclusive(pushed_requests["used by another"])
    made_up = expect.conclusive(pushed_requests["made up"])
    expect.judged(
        made_up.landing not in ("client", "interaction") or made_up.error,
        f"a request that nobody pushed is answered as one that was: {made_up.line}",
    )
    # Both clients have one redirect URI, so an error may rightly go there.
    if foreign.error is None:
        expect.not_redirected(foreign, what="another client's request")
    else:
        expect.met(
            "code" not in foreign.redirect_parameters,
            "no code",
            f"{foreign.status} {foreign.error}",
            name="another client's request",
            about=foreign,
        )


@requirement("rfc9126-2-registered-auth-method-applies-at-par")
def test_registered_method_applies_at_par(pushed_requests: dict[str, Answer]) -> None:
    method = pushed_requests["registration"].members.get("token_endpoint_auth_method")
    expect.applies(method != "none", "the client is public")
    expect.judged(method is not None, "the answer states no authentication method")
    answer = expect.conclusive(pushed_requests["without secret"])
    expect.met(
        "request_uri" not in answer.members,
        "no request_uri for the client_id alone",
        f"{answer.status}, a request_uri" if answer.accepted else answer.status,
        name="pushed request",
        about=answer,
    )


@requirement("rfc9126-2.1-par-checks-the-registered-redirect-uri")
def test_par_checks_the_redirect_uri(public_pushes: dict[str, Answer]) -> None:
    right, wrong = (
        expect.conclusive(public_pushes["right"]),
        expect.conclusive(public_pushes["wrong"]),
    )
    expect.judged("request_uri" in right.members, f"the right request is refused: {right.line}")
    if "used" not in public_pushes:
        expect.refused(wrong)
        return
    # What the push did not check, the authorization endpoint may still refuse.
    expect.not_redirected(public_pushes["used"], what="the URI that was never registered")


@requirement("rfc9126-2.4-par-redirect-relaxation-confidential-only")
def test_public_clients_push_registered_redirect_uris_only(
    relaxed_push: dict[str, Answer], public_pushes: dict[str, Answer]
) -> None:
    method = relaxed_push["registration"].members.get("token_endpoint_auth_method")
    expect.applies(method != "none", "the client that pushes is public")
    plain = expect.conclusive(relaxed_push["plain"])
    expect.applies(
        plain.landing != "client" or plain.error,
        f"redirect URIs that are not registered are taken unpushed, too: {plain.line}",
    )
    refused = expect.conclusive(relaxed_push["wrong"])
    used = relaxed_push.get("used", refused)
    # A login page for any URI says nothing of whether this one was looked at.
    expect.applies(
        used.landing == "client" and not used.error,
        f"redirect URIs that are not registered are taken from nobody: {used.line}",
    )
    wrong = expect.conclusive(public_pushes["wrong"])
    right = expect.conclusive(public_pushes["right"])
    expect.judged("request_uri" in right.members, f"the right request is refused: {right.line}")
    if "used" not in public_pushes:
        expect.refused(wrong)
        return
    expect.not_redirected(public_pushes["used"], what="the URI of a client without credentials")
