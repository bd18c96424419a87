"""RFC 7591 section 3.2.2: the client registration error response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.evidence import GATE_EXCHANGE
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Comparison
    from conformance.judgement import WholeRun


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
