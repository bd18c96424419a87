"""RFC 7591 section 2: a registered scope, and what it limits."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from conformance import expect
from conformance.checks.shared import machine, plain_scopes
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


def _scoped(provider: Provider, scope: str) -> Client:
    return provider.register(
        optional="a client credentials client with a scope is refused",
        **machine(scope=scope),
    )


@exchange
def scoped_token_requests(provider: Provider) -> dict[str, Answer]:
    """Register one scope and two; ask for tokens with the second as either client."""
    provider.endpoint("token_endpoint")
    scopes = plain_scopes(provider)
    if len(scopes) < 2:
        raise NotApplicable("the provider advertises no two scopes")
    one, two = scopes[:2]
    narrow = _scoped(provider, one)
    answers = {"narrow": narrow.registration}
    grant = "client_credentials"
    if len(one_scope(narrow.registration)) == 1:
        wide = _scoped(provider, f"{one} {two}")
        answers["wide"] = wide.registration
        answers["registered"] = provider.token(narrow, grant_type=grant, scope=one)
        answers["control"] = provider.token(wide, grant_type=grant, scope=two)
        answers["other"] = provider.token(narrow, grant_type=grant, scope=two)
        answers["both"] = provider.token(narrow, grant_type=grant, scope=f"{one} {two}")
        for role in ("other", "both"):
            token = answers[role].members.get("access_token")
            if isinstance(token, str):
                with contextlib.suppress(NotApplicable, NotJudged):
                    answers[f"{role} introspected"] = provider.introspect(narrow, token)
    return answers


def one_scope(registration: Answer) -> list[str]:
    """The words of the scope that an answer states."""
    scope = registration.members.get("scope")
    return scope.split() if isinstance(scope, str) else []


def _granted(token: Answer) -> list[str]:
    """The scope of a token: as requested, where the answer does not say (RFC 6749 5.1)."""
    if "access_token" not in token.members:
        return []
    requested = dict(parse_qsl(token.request.text)).get("scope", "")
    return str(token.members.get("scope", requested)).split()


@requirement("rfc7591-2-scope-not-wider-than-requested")
def test_registered_scope_is_not_wider_than_requested(
    scoped_token_requests: dict[str, Answer],
) -> None:
    answer = scoped_token_requests["narrow"]
    expect.applies(one_scope(answer), "the answer states no scope")
    asked = str(answer.request.members["scope"]).split()
    wider = sorted(set(one_scope(answer)) - set(asked))
    expect.met(
        not wider,
        f"no more than {' '.join(asked)}",
        answer.members["scope"],
        name="scope",
        about=answer,
        member="scope",
    )


@requirement("rfc7591-2-registered-scope-limits-tokens")
def test_registered_scope_limits_tokens(scoped_token_requests: dict[str, Answer]) -> None:
    evidence = scoped_token_requests
    expect.applies("control" in evidence, "the answer registers no limit")
    asked = str(evidence["narrow"].request.members["scope"]).split()
    expect.applies(one_scope(evidence["narrow"]) == asked, "the answer registers another scope")
    both = dict(parse_qsl(evidence["both"].request.text)).get("scope", "").split()
    other = next(word for word in both if word not in asked)
    expect.judged(
        set(asked) <= set(_granted(evidence["registered"])),
        f"no token with the registered scope: {evidence['registered'].line}",
    )
    expect.judged(
        other in _granted(evidence["control"]),
        f"a client that registered {other} does not get it: {evidence['control'].line}",
    )
    with expect.together():
        for role in ("other", "both"):
            token = expect.conclusive(evidence[role])
            granted = _granted(token)
            about = f"{role} introspected"
            # An answer may leave out that the scope was narrowed; the token itself counts.
            if about in evidence and isinstance(evidence[about].members.get("scope"), str):
                granted = one_scope(evidence[about])
            expect.met(
                other not in granted,
                f"refused, or a token without {other}",
                f"{token.line}, scope {' '.join(granted)}" if granted else token.line,
                name=role,
                about=token,
            )
