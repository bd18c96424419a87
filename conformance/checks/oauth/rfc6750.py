"""RFC 6750, as the client configuration endpoint uses it (RFC 7592 section 2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance import expect
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer


def _control(misused_read: dict[str, Answer]) -> None:
    expect.applies(misused_read["control"].accepted, "reading is not offered")


def _challenges(answer: Answer) -> str:
    return ", ".join(answer.header_values("www-authenticate"))


@requirement("rfc6750-2.1-bearer-scheme-case-insensitive")
def test_bearer_scheme_is_case_insensitive(misused_read: dict[str, Answer]) -> None:
    _control(misused_read)
    expect.judged(misused_read["anonymous"].refused, "a read without any token is answered")
    expect.accepted(misused_read["lower case"])


@requirement("rfc6750-2.3-query-token-refused")
def test_token_in_the_query_is_refused(misused_read: dict[str, Answer]) -> None:
    _control(misused_read)
    expect.judged(misused_read["anonymous"].refused, "a read without any token is answered")
    expect.refused(misused_read["query"])


@requirement("rfc6750-3-refusal-carries-challenge")
def test_refusal_carries_a_challenge(misused_read: dict[str, Answer]) -> None:
    _control(misused_read)
    refused = [misused_read[n] for n in ("anonymous", "altered") if misused_read[n].refused]
    expect.judged(refused, "nothing was refused; that is judged by its own row")
    with expect.together():
        for answer in refused:
            expect.header(answer, "WWW-Authenticate")


@requirement("rfc6750-3-challenge-uses-bearer-scheme")
def test_challenge_uses_the_bearer_scheme(misused_read: dict[str, Answer]) -> None:
    _control(misused_read)
    names = ("anonymous", "altered")
    challenged = [misused_read[n] for n in names if misused_read[n].header("www-authenticate")]
    expect.judged(challenged, "no challenge was sent; that is judged by its own row")
    with expect.together():
        for answer in challenged:
            expect.header(answer, "WWW-Authenticate", contains="Bearer")


@requirement("rfc6750-3-challenge-has-auth-param")
def test_challenge_has_a_parameter(misused_read: dict[str, Answer]) -> None:
    _control(misused_read)
    answer = misused_read["altered"]
    challenge = _challenges(answer)
    expect.judged("bearer" in challenge.lower(), "no Bearer challenge; judged by its own row")
    expect.met(
        re.search(r"bearer\s+[\w!#$%&'*+.^`|~-]+\s*=", challenge, re.IGNORECASE),
        "Bearer with at least one parameter",
        challenge,
        name="WWW-Authenticate",
        about=answer,
    )


@requirement("rfc6750-3.1-anonymous-challenge-without-error")
def test_anonymous_challenge_has_no_error(misused_read: dict[str, Answer]) -> None:
    _control(misused_read)
    answer = misused_read["anonymous"]
    challenge = _challenges(answer)
    expect.judged(answer.refused and challenge, "no challenge; judged by its own row")
    expect.met(
        not re.search(r"\berror\s*=", challenge, re.IGNORECASE),
        "no error code where no credentials were sent",
        challenge,
        name="WWW-Authenticate",
        about=answer,
    )


@requirement("rfc6750-3.1-invalid-token-answers-401")
def test_invalid_token_answers_401(misused_read: dict[str, Answer]) -> None:
    _control(misused_read)
    answer = expect.conclusive(misused_read["altered"])
    expect.judged(answer.status >= 400, "the altered token is taken; judged by its own row")
    challenge = _challenges(answer)
    with expect.together():
        expect.status(answer, 401)
        if "bearer" in challenge.lower():
            expect.met(
                "invalid_token" in challenge,
                'error="invalid_token"',
                challenge,
                name="WWW-Authenticate",
                about=answer,
            )


@requirement("rfc6750-3.1-malformed-token-handled")
def test_malformed_token_is_handled(misused_read: dict[str, Answer]) -> None:
    _control(misused_read)
    with expect.together():
        for name in ("empty", "two words"):
            expect.status(misused_read[name], 400, 401)
