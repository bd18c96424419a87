"""RFC 7591 section 3: the client registration endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from conformance import expect
from conformance.exchange import exchange
from conformance.provider.sender import FORM
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider


@exchange
def form_registration(provider: Provider) -> Answer:
    """Send the baseline as a form."""
    body = urlencode({"redirect_uris": provider.redirect_uri()}).encode()
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
