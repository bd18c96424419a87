"""RFC 7591 section 3.2.2: the client registration error response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.rfc7591.evidence import refusals
from conformance.checks.rfc7591.internals import internals
from conformance.evidence import GATE_EXCHANGE
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.judgement import WholeRun

REDIRECT_CODES = ("invalid_redirect_uri", "invalid_client_metadata")
"""Both are true of a bad redirect URI, which is metadata too."""

_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_CODE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@requirement("rfc7591-3.2.2-metadata-errors-answer-400")
def test_metadata_error_answers_400(unusable_redirect_registration: Comparison) -> None:
    odd = expect.conclusive(unusable_redirect_registration.odd)
    expect.applies(not odd.registered, "the odd request was registered, with or without its value")
    expect.judged(
        odd.status not in (401, 403, 413, 415) and odd.status < 500,
        f"{odd.line}: not a metadata error",
    )
    expect.status(odd, 400)


@requirement("rfc7591-3.2.2-errors-are-json-objects")
def test_metadata_error_is_a_json_object(unusable_redirect_registration: Comparison) -> None:
    odd = expect.conclusive(unusable_redirect_registration.odd)
    expect.applies(odd.status == 400, "the odd request was not answered 400")
    with expect.together():
        expect.json_body(odd)
        expect.member(odd, "error", str)


@requirement("rfc7591-3.2.2-error-description-ascii")
def test_error_description_is_ascii(unusable_redirect_registration: Comparison) -> None:
    odd = expect.conclusive(unusable_redirect_registration.odd)
    text = odd.members.get("error_description")
    expect.applies(odd.refused and isinstance(text, str), "no error_description was sent")
    expect.met(str(text).isascii(), "ASCII", text, name="error_description", about=odd)


@requirement("rfc7591-3.2.2-client-faults-never-5xx")
def test_client_faults_are_never_server_errors(whole_run: WholeRun) -> None:
    # The minimal registration is no fault of a client; what it is answered blocks the others.
    answers = [
        answer
        for answer in whole_run.of("register", "update")
        if not answer.inconclusive and not answer.step.id.startswith(f"{GATE_EXCHANGE}:")
    ]
    broken = [answer for answer in answers if answer.status >= 500]
    expect.judged(any(a.status >= 400 for a in answers), "nothing was refused in this run")
    expect.met(
        not broken,
        "2xx or 4xx",
        f"{len(broken)} of {len(answers)} answers: {broken[0].line}" if broken else "no 5xx",
        name="status",
        about=broken[0] if broken else None,
    )


@requirement("rfc7591-3.2.2-rejected-registration-leaves-nothing")
def test_refusal_names_no_client(whole_run: WholeRun) -> None:
    refusals = [a for a in whole_run.of("register") if 400 <= a.status < 500]
    expect.judged(refusals, "nothing was refused in this run")
    broken = [answer for answer in refusals if "client_id" in answer.members]
    expect.met(
        not broken,
        "no client_id in a refusal",
        f"{broken[0].line} with client_id" if broken else "none",
        name="client_id",
        about=broken[0] if broken else None,
        member="client_id",
    )


@requirement("rfc7591-3.2.2-error-code-ascii-string")
def test_error_code_is_an_ascii_string(whole_run: WholeRun) -> None:
    answers = [answer for answer in refusals(whole_run) if "error" in answer.members]
    for expected, pattern, cap in (
        ("one string of printable ASCII", _PRINTABLE, None),
        ("no blanks, quotes and backslashes, as in all codes of OAuth", _CODE, Level.SHOULD),
    ):
        expect.throughout(
            expected,
            [
                (a, "error", a.members["error"])
                for a in answers
                if not _is_code(a.members["error"], pattern)
            ],
            seen=len(answers),
            name="error codes",
            at_most=cap,
        )


def _is_code(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


@requirement("rfc7591-3.2.2-bad-redirect-error-code")
def test_bad_redirect_uri_has_its_error_code(unusable_redirect_registration: Comparison) -> None:
    _error_code(unusable_redirect_registration.odd, *REDIRECT_CODES)


@requirement("rfc7591-3.2.2-bad-redirect-error-code", where=lambda c: c.kind == "fragment")
def test_redirect_uri_with_fragment_has_its_error_code(
    hostile_redirect_registration: Comparison,
) -> None:
    _error_code(hostile_redirect_registration.odd, *REDIRECT_CODES)


@requirement(
    "rfc7591-3.2.2-bad-metadata-error-code",
    where=lambda c: c.kind == "wrong-type" and c.member != "redirect_uris",
)
def test_bad_metadata_has_its_error_code(odd_value_registration: Comparison) -> None:
    _error_code(odd_value_registration.odd, "invalid_client_metadata")


def _error_code(odd: Answer, *codes: str) -> None:
    """A refusal as a registration error has one of these codes; other forms have rows of theirs."""
    expect.conclusive(odd)
    expect.applies(not odd.registered, "the odd request was registered, with or without its value")
    expect.judged(odd.status == 400 and odd.error, f"{odd.line}: no registration error")
    expect.met(
        odd.error in codes,
        " or ".join(codes),
        odd.error,
        name="error",
        about=odd,
        member="error",
    )


@requirement("rfc7591-3.2.2-missing-initial-token-challenged")
def test_missing_initial_token_is_challenged(initial_token_misuse: dict[str, Answer]) -> None:
    anonymous = expect.conclusive(initial_token_misuse["anonymous"])
    expect.applies(anonymous.refused, "registration needs no initial access token")
    _challenged(anonymous)


@requirement("rfc7591-3.2.2-bad-initial-token-refused")
def test_bad_initial_token_is_refused(initial_token_misuse: dict[str, Answer]) -> None:
    anonymous = expect.conclusive(initial_token_misuse["anonymous"])
    expect.applies(anonymous.refused, "registration needs no initial access token")
    altered = expect.conclusive(initial_token_misuse["altered"])
    expect.refused(altered)
    _challenged(altered)
    challenge = ", ".join(altered.header_values("WWW-Authenticate"))
    expect.met(
        'error="invalid_token"'
        in challenge.replace("error=invalid_token", 'error="invalid_token"'),
        'error="invalid_token"',
        challenge,
        name="challenge",
        about=altered,
        at_most=Level.SHOULD,
    )


def _challenged(answer: Answer) -> None:
    """RFC 6750 section 3: the challenge is a MUST, the status in section 3.1 a SHOULD."""
    expect.header(answer, "WWW-Authenticate", contains="Bearer")
    expect.status(answer, 401, at_most=Level.SHOULD)


@requirement("rfc7591-3.2.2-errors-hide-internals")
def test_errors_hide_internals(whole_run: WholeRun) -> None:
    answers = [a for a in whole_run.of("register") if a.status >= 400]
    expect.throughout(
        "no trace of the implementation",
        [(a, "body", seen) for a in answers if (seen := internals(a.text))],
        seen=len(answers),
        name="errors",
    )
