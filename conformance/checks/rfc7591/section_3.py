"""RFC 7591 section 3: the client registration endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.rfc7591.evidence import first_registrations, registrations
from conformance.exchange import exchange
from conformance.provider.credentials import form_encoded, quoted
from conformance.provider.sender import FORM
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord
    from conformance.judgement import WholeRun
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


@exchange
def form_registration(provider: Provider) -> Answer:
    """Send the baseline as a form."""
    body = form_encoded({"redirect_uris": provider.redirect_uri()}).encode()
    answer, _ = provider.attempt(raw=body, content_type=FORM)
    return answer


@exchange
def charset_registration(provider: Provider) -> Answer:
    """Send the baseline with a charset parameter on its media type."""
    answer, _ = provider.attempt(
        provider.baseline(), content_type="application/json; charset=utf-8"
    )
    return answer


@requirement("rfc7591-3-form-body-not-registered")
def test_form_is_not_registered(form_registration: Answer) -> None:
    expect.refused(form_registration)


@requirement("rfc7591-3-charset-parameter-tolerated")
def test_charset_parameter_does_no_harm(charset_registration: Answer) -> None:
    answer = expect.conclusive(charset_registration)
    expect.judged(answer.status < 500, f"{answer.line}: a server error is judged by its own row")
    expect.accepted(answer)


@exchange
def other_method_requests(provider: Provider, second_registration: Client) -> dict[str, Answer]:
    """Ask the registration endpoint by GET, plain, with filters and a token, and by PUT."""
    known = provider.control(**provider.baseline())
    endpoint = provider.registration_endpoint
    joint = "&" if "?" in endpoint else "?"
    name = quoted(str(known.requested["client_name"]))
    bearer = {"Authorization": f"Bearer {second_registration.registration_token}"}
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "plain": (endpoint, {}),
        "by name": (f"{endpoint}{joint}client_name={name}", {}),
        "by id": (f"{endpoint}{joint}client_id={quoted(known.client_id)}", {}),
    }
    if second_registration.registration_token:
        asked["with another's token"] = (endpoint, bearer)
    answers: dict[str, Answer] = {"known": known.registration}
    for role, (uri, headers) in asked.items():
        answers[role] = provider.send("GET", uri, headers=headers.items())
    answers["put"] = provider.send("PUT", endpoint)
    return answers


@requirement("rfc7591-3-endpoint-accepts-post-json")
def test_endpoint_takes_json_by_post(whole_run: WholeRun) -> None:
    answers = first_registrations(whole_run)
    expect.judged(answers and answers[-1].answered, "the endpoint never answered")
    answer = answers[-1]
    expect.judged(answer.status != 404, f"{answer.line}: nothing is there, or the URL is wrong")
    expect.met(
        answer.status not in (405, 415),
        "the request is looked at",
        answer.line,
        name="POST with application/json",
        about=answer,
    )


@requirement("rfc7591-3-open-registration-allowed")
def test_registration_is_open(minimal_registration: ClientRecord) -> None:
    answer = minimal_registration.registration
    expect.applies(
        answer.request.header("authorization") is None,
        "the run sends an initial access token, so whether it is needed is not known",
    )
    expect.accepted(answer)


@requirement("rfc7591-3-throttling-answers-429-or-503")
def test_throttled_registration_says_so(whole_run: WholeRun) -> None:
    throttled = [a for a in whole_run.of("register") if a.status in (429, 503)]
    expect.applies(throttled, "no limit was met, and none is provoked")
    for answer in throttled[:1]:
        expect.met(
            answer.header("retry-after"),
            "429 or 503 with Retry-After",
            f"{answer.status} without Retry-After"
            if answer.header("retry-after") is None
            else answer.status,
            name="Retry-After",
            about=answer,
        )


@requirement("rfc7591-3-advertised-endpoint-answers-without-redirect")
def test_endpoints_answer_without_redirect(whole_run: WholeRun) -> None:
    first = first_registrations(whole_run)
    uris = {a.members.get("registration_client_uri") for a in registrations(whole_run)}
    asked = [
        answer
        for answer in whole_run.of("register", "read")
        if (first and answer.step.request.url == first[-1].step.request.url)
        or answer.step.request.url in uris
    ]
    expect.throughout(
        "no redirect",
        [(a, "Location", f"{a.line} to {a.location}") for a in asked if 300 <= a.status < 400],
        seen=len(asked),
        name="answers at these URLs",
    )


@requirement("rfc7591-3-registration-endpoint-lists-no-clients")
def test_registration_endpoint_lists_no_clients(other_method_requests: dict[str, Answer]) -> None:
    known = other_method_requests["known"]
    expect.judged(known.registered, f"no client is known: {known.line}")
    secrets = {
        "plain": known.members["client_id"],
        "by name": known.members["client_id"],
        # What the request itself carried may well be repeated.
        "by id": (known.request.members["redirect_uris"] or [""])[0],
        "with another's token": known.members["client_id"],
    }
    with expect.together():
        for role, secret in secrets.items():
            if role not in other_method_requests:
                continue
            answer = expect.conclusive(other_method_requests[role])
            expect.met(
                not answer.accepted or secret not in answer.text,
                "nothing of another client",
                f"{answer.line}, with a client of this run"
                if secret in answer.text
                else answer.line,
                name=f"GET {role}",
                about=answer,
            )


@requirement("rfc7591-3-unsupported-method-answers-405")
def test_unsupported_method_answers_405(other_method_requests: dict[str, Answer]) -> None:
    answer = expect.conclusive(other_method_requests["put"])
    with expect.together():
        expect.status(answer, 405)
        expect.header(answer, "Allow")
