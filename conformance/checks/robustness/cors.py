"""Cross-origin requests of web pages (Fetch standard, CORS protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance import expect
from conformance.checks.robustness.asking import told
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_PAGE = "https://app.client.example"
_ALLOW = "Access-Control-Allow-"


@exchange(depth="full")
def page_requests(provider: Provider) -> dict[str, Answer]:
    """Register, err and read as a web page does, with preflights."""
    origin = [("Origin", _PAGE)]
    registered, client = provider.attempt(provider.baseline(), headers=origin)
    if client is None:
        raise NotApplicable(f"a registration with an Origin is refused: {registered.line}")
    answers: dict[str, Answer] = {"registered": registered}
    if not _allowed(registered):
        return answers  # no web page may read answers here, so no more is asked
    answers["refused"], _ = provider.attempt(raw=b"{", headers=origin)
    answers["preflight to register"] = _preflight(
        provider, provider.registration_endpoint, "POST", _fields(provider)
    )
    if client.manageable:
        uri = client.configuration_uri or ""
        answers["read"] = client.read(headers=dict(origin))
        answers["read without token"] = client.read(token=None, headers=dict(origin))
        answers["preflight to read"] = _preflight(provider, uri, "GET", "authorization")
    return answers


def _fields(provider: Provider) -> str:
    """The header fields that a page announces for a registration."""
    token = provider.initial_access_token()
    return "authorization,content-type" if token is not None else "content-type"


def _preflight(provider: Provider, uri: str, method: str, fields: str) -> Answer:
    return provider.send(
        "OPTIONS",
        uri,
        operation="preflight",
        headers=[
            ("Origin", _PAGE),
            ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", fields),
        ],
    )


@exchange(depth="full")
def strange_origins(provider: Provider) -> dict[str, Answer]:
    """Register, read and ask for a token with the origins of strangers."""
    host = urlsplit(provider.registration_endpoint).hostname
    first, client = provider.attempt(
        provider.baseline(), headers=[("Origin", "https://evil.example")]
    )
    answers: dict[str, Answer] = {"https://evil.example": first}
    if client is None:
        return answers
    for origin in ("null", f"https://{host}.evil.example"):
        if client.manageable:
            answers[origin] = client.read(headers={"Origin": origin})
        if provider.session.endpoint("token_endpoint"):
            answers[f"{origin} at the token endpoint"] = provider.send(
                "POST",
                provider.endpoint("token_endpoint"),
                operation="other",
                headers=[("Origin", origin), ("Content-Type", "application/x-www-form-urlencoded")],
                content=b"grant_type=client_credentials",
            )
    return answers


def _allowed(answer: Answer) -> bool:
    """Whether the page may read this answer (Fetch standard, CORS check without credentials)."""
    return answer.header(f"{_ALLOW}Origin") in ("*", _PAGE)


def _words(answer: Answer, name: str) -> set[str]:
    values = ",".join(answer.header_values(name))
    return {word.strip().lower() for word in values.split(",") if word.strip()}


def _offered(evidence: dict[str, Answer]) -> None:
    expect.applies(_allowed(evidence["registered"]), "web pages may not read the answers here")


@requirement("cors-preflight-needs-no-credentials-and-allows-what-clients-send")
def test_preflight_allows_what_clients_send(page_requests: dict[str, Answer]) -> None:
    _offered(page_requests)
    with expect.together():
        for name, answer in page_requests.items():
            if not name.startswith("preflight"):
                continue
            told(answer)
            lacking = _lacking(answer)
            expect.met(
                not lacking,
                "a 2xx that allows origin, method and header fields",
                f"{answer.status} without {', '.join(lacking)}"
                if lacking
                else f"{answer.status}, allowed",
                name=name,
                about=answer,
            )


def _lacking(answer: Answer) -> list[str]:
    """What a browser would miss in the answer to a preflight."""
    lacking = []
    if not answer.accepted:
        lacking.append("success")
    if not _allowed(answer):
        lacking.append("the origin")
    method = str(answer.request.header("Access-Control-Request-Method"))
    methods = _words(answer, f"{_ALLOW}Methods")
    # GET and POST are always allowed (Fetch standard, CORS-safelisted methods).
    if method.lower() not in methods | {"get", "post", "head"} and "*" not in methods:
        lacking.append(method)
    fields = _words(answer, f"{_ALLOW}Headers")
    for field in str(answer.request.header("Access-Control-Request-Headers")).split(","):
        anything = "*" in fields and field != "authorization"
        if field not in fields and not anything:
            lacking.append(field)
    return lacking


@requirement("cors-headers-also-on-error-answers")
def test_errors_can_be_read_by_pages_too(page_requests: dict[str, Answer]) -> None:
    _offered(page_requests)
    errors = {n: a for n, a in page_requests.items() if not n.startswith("preflight")}
    seen = [(name, told(answer)) for name, answer in errors.items() if answer.status >= 400]
    expect.judged(seen, "no error came")
    with expect.together():
        for name, answer in seen:
            expect.met(
                _allowed(answer),
                "readable for the page, as successes are",
                f"{answer.status}, readable" if _allowed(answer) else f"{answer.status}, hidden",
                name=name,
                about=answer,
            )


@requirement("cors-no-credentialed-access-for-any-origin")
def test_strangers_get_nothing_with_credentials(strange_origins: dict[str, Answer]) -> None:
    with expect.together():
        for name, answer in strange_origins.items():
            told(answer)
            origin = str(answer.request.header("Origin"))
            allowed = answer.header(f"{_ALLOW}Origin") == origin
            credentials = (answer.header(f"{_ALLOW}Credentials") or "").strip() == "true"
            expect.met(
                not (allowed and credentials),
                "not both the origin and credentials",
                f"{origin} with credentials"
                if allowed and credentials
                else f"{answer.status}, not both",
                name=name,
                about=answer,
            )
