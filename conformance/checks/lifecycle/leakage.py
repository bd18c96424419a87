"""What answers give away that nobody asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.credentials import altered, quoted
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.evidence import Answer
    from conformance.judgement import WholeRun
    from conformance.provider.operations import Provider

CREDENTIALS = re.compile(
    r"\[(?:client_secret|registration_access_token|initial_access_token|access_token"
    r"|refresh_token|code|token|basic_credentials):\d+\]"
)
"""How redaction marks a credential wherever it stood."""

_SENT_SECRET = re.compile(r"\bclient_secret=(\[client_secret:\d+\])")

INTERNALS = re.compile(
    r"Traceback \(most recent call last\)|\bat [\w$.]+\([\w$]+\.(?:java|kt|scala|cs):\d+\)"
    r"|\n\s+at .+\(.+:\d+:\d+\)|node_modules/|\bSQLSTATE\b|\bORA-\d{5}\b|syntax error at or near"
    r"|SQLException|NullPointerException|/(?:usr|home|var|opt|srv)/[\w.-]+/[\w./-]+"
    r"|\.py\", line \d+|[A-Z]:\\\\?[\w.-]+\\|goroutine \d+ \["
)
"""Traces, statements and paths that only the inside of a server knows."""


@exchange
def existence_questions(provider: Provider) -> dict[str, Answer]:
    """Read a client that exists and one that does not, both with a token of neither."""
    client = provider.control(**provider.baseline())
    client.need_management()
    uri, identifier = client.configuration_uri or "", quoted(client.client_id)
    if identifier not in uri:
        raise NotApplicable("the configuration URL does not name the client")
    place = uri.rindex(identifier)
    unknown = uri[:place] + altered(identifier) + uri[place + len(identifier) :]
    token = altered(client.registration_token or "")
    return {
        "existing": client.read(token=token),
        "unknown": client.read(token=token, uri=unknown),
    }


@exchange
def unknown_client_token(provider: Provider) -> dict[str, Answer]:
    """Ask for a token with a wrong secret, and as a client that does not exist."""
    provider.endpoint("token_endpoint")
    client = credentials_client(provider)
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    wrong = altered(client.secret)
    return {
        "wrong secret": provider.token(client, secret=wrong, grant_type="client_credentials"),
        "unknown client": provider.token(
            client,
            secret=wrong,
            client_id=altered(client.client_id),
            grant_type="client_credentials",
        ),
    }


def _alike(first: Answer, second: Answer, at_most: Level | None = None) -> None:
    expect.conclusive(first)
    expect.conclusive(second)
    expect.met(
        (first.status, first.error) == (second.status, second.error),
        f"{first.status} {first.error or ''} for both",
        f"{second.status} {second.error or ''} for the unknown one",
        name="answer",
        about=second,
        at_most=at_most,
    )


@requirement("leakage-configuration-endpoint-is-no-existence-oracle")
def test_configuration_endpoint_is_no_oracle(existence_questions: dict[str, Answer]) -> None:
    existing, unknown = existence_questions["existing"], existence_questions["unknown"]
    expect.judged(existing.refused, "a wrong token is taken; judged by its own row")
    _alike(existing, unknown, Level.SHOULD)


@requirement("leakage-token-endpoint-does-not-tell-unknown-client-from-wrong-secret")
def test_token_endpoint_is_no_oracle(unknown_client_token: dict[str, Answer]) -> None:
    wrong = unknown_client_token["wrong secret"]
    expect.judged(wrong.error == "invalid_client", f"a wrong secret ends in {wrong.error}")
    _alike(wrong, unknown_client_token["unknown client"])


def _credentials(answers: Iterable[Answer]) -> set[str]:
    """The credentials of the run, by their placeholders: what was issued, what authenticated.

    By its name alone nothing is one: a member of an error may be called code, token or
    client_secret and say what is wrong with it.
    """
    found: set[str] = set()
    for answer in answers:
        if answer.accepted:
            found |= {mark for mark in CREDENTIALS.findall(answer.text) if "[code:" not in mark}
        found.update(CREDENTIALS.findall(answer.location))
        found.update(CREDENTIALS.findall(answer.request.header("authorization") or ""))
        found.update(_SENT_SECRET.findall(answer.request.text))
    return found


@requirement("leakage-errors-never-repeat-credentials")
def test_errors_never_repeat_credentials(whole_run: WholeRun) -> None:
    errors = [a for a in whole_run.answers if a.status >= 400 and a.text]
    real = _credentials(whole_run.answers)
    repeated = [(a, mark) for a in errors for mark in CREDENTIALS.findall(a.text) if mark in real]
    expect.throughout(
        "no credential in an error",
        [(answer, "body", mark) for answer, mark in repeated],
        seen=len(errors),
        name="errors with a body",
    )


@requirement("leakage-no-internals-in-management-token-and-authorization-errors")
def test_errors_show_no_internals(whole_run: WholeRun) -> None:
    asked = ("read", "update", "delete", "manage", "token", "authorize", "par", "introspect")
    errors = [a for a in whole_run.of(*asked) if a.status >= 400 and a.text]
    expect.throughout(
        "no trace, statement or path of the server",
        [(a, "body", found[0]) for a in errors if (found := INTERNALS.search(a.text))],
        seen=len(errors),
        name="errors with a body",
    )
