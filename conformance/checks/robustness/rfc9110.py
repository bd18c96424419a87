"""RFC 9110 and RFC 9112: media types, encodings, HEAD, Retry-After and chunks."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.robustness.asking import (
    members_of,
    registers_as_sent,
    told,
    with_charset,
)
from conformance.exchange import exchange, load_cases
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.judgement import WholeRun
    from conformance.provider.operations import Provider

_NAME = "dcr-conformance compressed"
_UNPACKED = 4 * 1024 * 1024
"""Octets of blanks that a few kilobytes unpack to: too many for a registration, and no load."""

_SECONDS = re.compile(r"[0-9]+")
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
    r"[0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)
"""IMF-fixdate (RFC 9110 section 5.6.7)."""


@exchange(cases=load_cases("media_types"), depth="full")
def named_type_registration(provider: Provider, case: Case) -> dict[str, Any]:
    """Send a good registration whose media type is written in another way."""
    control = provider.control(**provider.baseline())
    odd, _ = provider.attempt(provider.baseline(), content_type=case.type)
    evidence = {"control": control.registration, "odd": odd, "at_most": case.get("at_most", "")}
    if "charset" in case.type:
        evidence["charset"] = with_charset(provider)
    return evidence


@exchange
def chunked_registration(provider: Provider) -> dict[str, Answer]:
    """Send a good registration in a few chunks."""
    control = provider.control(**provider.baseline())
    chunked = [("Transfer-Encoding", "chunked")]
    metadata = provider.baseline(redirect_uris=[provider.redirect_uri("chunked")])
    odd, _ = provider.attempt(metadata, headers=chunked)
    return {"control": control.registration, "odd": odd}


@exchange(depth="full")
def encoded_registrations(provider: Provider) -> dict[str, Answer]:
    """Send a good registration compressed, only called so, and as much of it as 4 MiB."""
    control = provider.control(**provider.baseline())
    answers: dict[str, Answer] = {"control": control.registration}

    def body() -> bytes:
        return json.dumps(members_of(provider, client_name=_NAME)).encode()

    sent: dict[str, tuple[str, Callable[[], bytes]]] = {
        "gzip": ("gzip", lambda: gzip.compress(body())),
        "gzip that is none": ("gzip", body),
        "an unknown encoding": ("x-dcr-conformance", body),
        "gzip of 4 MiB": ("gzip", lambda: gzip.compress(b" " * _UNPACKED + body())),
    }
    for name, (encoding, content) in sent.items():
        fields = [("Content-Encoding", encoding)]
        answers[name], _ = provider.attempt(raw=content(), headers=fields)
    return answers


@exchange(depth="full")
def head_requests(provider: Provider) -> dict[str, Answer]:
    """Ask for a client by GET, and by HEAD without its token and with it."""
    client = provider.register(**provider.baseline(client_name="dcr-conformance head"))
    client.need_management()
    answers: dict[str, Answer] = {"get": client.read()}
    answers["anonymous"] = client.request("HEAD", token=None)
    answers["head"] = client.request("HEAD")  # last: what it rotates nobody sees
    return answers


@requirement("rfc9110-8.3.1-media-type-matched-without-case-and-with-parameters")
def test_media_type_is_recognised(named_type_registration: dict[str, Any]) -> None:
    odd, cap = told(named_type_registration["odd"]), named_type_registration["at_most"]
    charset = named_type_registration.get("charset", named_type_registration["control"])
    expect.judged(charset.registered, "no charset parameter is taken; that has its own row")
    expect.met(
        odd.registered,
        "registered, as with application/json",
        f"{odd.status}, registered" if odd.registered else f"{odd.status} {odd.error or ''}",
        name=str(odd.request.header("content-type")),
        about=odd,
        at_most=Level(cap) if cap else None,
    )


@requirement("rfc9112-7.1-chunked-request-body-accepted")
def test_chunked_body_is_read(chunked_registration: dict[str, Answer]) -> None:
    control, odd = chunked_registration["control"], told(chunked_registration["odd"])
    if odd.status == 411:
        expect.status(odd, 411)  # RFC 9112 section 6.3 has it for who wants Content-Length
    else:
        registers_as_sent(control, odd, name="a registration in chunks")


@requirement("rfc9110-8.4-compressed-bodies-bounded-or-refused")
def test_encoded_body_is_read_or_refused(encoded_registrations: dict[str, Answer]) -> None:
    with expect.together():
        for name, answer in encoded_registrations.items():
            if name == "control":
                continue
            told(answer)
            said = answer.members.get("client_name", _NAME) if answer.registered else _NAME
            good = answer.status < 500 and said == _NAME
            expect.met(
                good,
                "registered as meant, or refused",
                f"{answer.status}"
                if good
                else f"{answer.status}, registered with another name"
                if answer.registered
                else f"{answer.status}, a server error",
                name=name,
                about=answer,
            )


@requirement("rfc9110-9.3.2-head-on-client-configuration")
def test_head_is_get_without_a_body(head_requests: dict[str, Answer]) -> None:
    get, head = expect.conclusive(head_requests["get"]), told(head_requests["head"])
    expect.judged(get.accepted, f"the client cannot be read by GET: {get.line}")
    with expect.together():
        expect.met(
            head.status in (get.status, 405, 501),
            f"{get.status} as for GET, 405 or 501",
            f"{head.status} for HEAD",
            name="HEAD",
            about=head,
        )
        anonymous = told(head_requests["anonymous"])
        expect.met(
            400 <= anonymous.status < 500 or anonymous.status == 501,
            "a refusal",
            f"{anonymous.status} for HEAD without a token",
            name="HEAD without a token",
            about=anonymous,
        )


@requirement("rfc9110-10.2.3-retry-after-well-formed")
def test_retry_after_is_seconds_or_a_date(whole_run: WholeRun) -> None:
    found = [
        (answer, value.strip())
        for answer in whole_run.answers
        if answer.status in (429, 503)
        for value in answer.header_values("retry-after")
    ]
    expect.applies(found, "no 429 or 503 with Retry-After came")
    expect.throughout(
        "whole seconds, or a date as HTTP writes it",
        [(answer, "Retry-After", value) for answer, value in found if not _is_retry_after(value)],
        seen=len(found),
        name="Retry-After fields",
    )


def _is_retry_after(value: str) -> bool:
    if _SECONDS.fullmatch(value):
        return True
    if not _DATE.fullmatch(value):
        return False
    try:
        return parsedate_to_datetime(value).astimezone(UTC) is not None
    except ValueError:
        return False
