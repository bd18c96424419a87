"""Where registered redirect URIs lead: RFC 6749 section 3.1.2, RFC 8252, RFC 9700."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

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

WILDCARD = "https://client.example/cb/*"
LOOPBACK = "http://127.0.0.1:49152/cb"


@exchange
def unknown_client_authorization(provider: Provider) -> dict[str, Answer]:
    """Ask for authorization as a client that does not exist, for a URI that another one has."""
    client = provider.control(**provider.baseline())
    return {
        "control": provider.tries_redirect(client, client.redirect_uris[0]),
        "unknown": provider.tries_redirect(
            client, client.redirect_uris[0], client_id=altered(client.client_id)
        ),
    }


@exchange
def query_redirect(provider: Provider) -> dict[str, Answer]:
    """Register a redirect URI with a query, and ask for authorization."""
    provider.endpoint("authorization_endpoint")
    uri = provider.redirect_uri() + "?kept=1&also=2"
    client = provider.register(
        optional="a redirect URI with a query is refused", **provider.baseline(redirect_uris=[uri])
    )
    return {"authorization": provider.tries_redirect(client, uri)}


@exchange
def wildcard_redirect(provider: Provider) -> dict[str, Answer]:
    """Register a redirect URI that ends in an asterisk; ask for one that it would match."""
    provider.endpoint("authorization_endpoint")
    client = provider.register(
        optional="a redirect URI with an asterisk is refused",
        **provider.baseline(redirect_uris=[WILDCARD]),
    )
    if WILDCARD not in client.redirect_uris:
        raise NotApplicable("the redirect URI with an asterisk was not registered")
    return {
        "control": provider.tries_redirect(client, WILDCARD),
        "matched": provider.tries_redirect(client, WILDCARD.replace("*", "anything")),
    }


def native_client(provider: Provider) -> Client:
    """The public client of a loopback redirect URI, registered once a run and never changed."""
    client = provider.control(
        redirect_uris=[LOOPBACK],
        token_endpoint_auth_method="none",
        application_type="native",
        client_name="dcr-conformance loopback",
    )
    if LOOPBACK not in client.redirect_uris:
        raise NotApplicable("the loopback redirect URI was not registered")
    return client


@exchange
def loopback_redirect(provider: Provider) -> dict[str, Answer]:
    """Register a loopback redirect URI; ask for it with another port, path and host."""
    provider.endpoint("authorization_endpoint")
    client = native_client(provider)
    return {
        "control": provider.tries_redirect(client, LOOPBACK),
        "port": provider.tries_redirect(client, LOOPBACK.replace("49152", "50123")),
        "path": provider.tries_redirect(client, LOOPBACK.replace("/cb", "/other")),
        "host": provider.tries_redirect(client, LOOPBACK.replace("127.0.0.1", "127.0.0.2")),
    }


def _taken(control: Answer) -> None:
    expect.judged(
        control.landing in ("client", "interaction"),
        f"the registered URI itself is not taken: {control.line}",
    )


@requirement("rfc9700-2.1-unknown-client-never-redirected")
def test_unknown_client_is_never_redirected(
    unknown_client_authorization: dict[str, Answer],
) -> None:
    _taken(unknown_client_authorization["control"])
    expect.not_redirected(unknown_client_authorization["unknown"], what="for an unknown client")


@requirement("rfc6749-3.1.2-redirect-query-kept")
def test_query_of_the_redirect_uri_is_kept(query_redirect: dict[str, Answer]) -> None:
    answer = expect.conclusive(query_redirect["authorization"])
    location = answer.location
    asked = dict(parse_qsl(urlsplit(answer.step.request.url).query)).get("redirect_uri", "")
    expect.judged(
        asked and location.startswith(asked.partition("?")[0]),
        f"no redirect to the client: {answer.line}",
    )
    kept = [pair for pair in parse_qsl(urlsplit(location).query) if pair[0] in ("kept", "also")]
    expect.met(
        sorted(kept) == [("also", "2"), ("kept", "1")],  # their order says nothing
        "kept=1&also=2 among the parameters",
        urlsplit(location).query or "no query",
        name="Location",
        about=answer,
    )


@requirement("rfc9700-4.1.3-wildcard-redirect-not-a-pattern")
def test_wildcard_is_no_pattern(wildcard_redirect: dict[str, Answer]) -> None:
    _taken(wildcard_redirect["control"])
    expect.not_redirected(wildcard_redirect["matched"], what="what the asterisk would match")


@requirement("rfc8252-7.3-loopback-port-variable")
def test_loopback_port_is_variable(loopback_redirect: dict[str, Answer]) -> None:
    _taken(loopback_redirect["control"])
    answer = expect.conclusive(loopback_redirect["port"])
    expect.judged(answer.landing not in ("", "unclear", "failed"), f"unclear: {answer.line}")
    expect.met(
        answer.landing != "refused",
        "taken with any port",
        f"{answer.status}, refused" if answer.landing == "refused" else "taken",
        name="another port",
        about=answer,
    )


@requirement("rfc8252-7.3-loopback-otherwise-exact")
def test_loopback_is_exact_otherwise(loopback_redirect: dict[str, Answer]) -> None:
    _taken(loopback_redirect["control"])
    with expect.together():
        for name in ("path", "host"):
            expect.not_redirected(loopback_redirect[name], what=f"a loopback URI of another {name}")


@requirement("rfc9700-4.15.1-client-id-not-influenced")
def test_client_id_is_not_influenced(whole_run: WholeRun) -> None:
    named = [
        (answer, name, str(value))
        for answer in whole_run.of("register")
        if answer.registered
        for name in ("client_name", "software_id")
        if isinstance(value := answer.request.members.get(name), str) and len(value) > 5
    ]
    expect.throughout(
        "an identifier without what the client sent",
        [
            (answer, "client_id", f"{answer.members['client_id']}, with the {name} sent")
            for answer, name, value in named
            if value.lower() in answer.members["client_id"].lower()
        ],
        seen=len(named),
        name="registrations with a name",
    )
