"""RFC 7592 section 3: the client information response."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance import expect
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import ClientRecord


@requirement("rfc7592-3-configuration-url-absolute")
def test_configuration_url_is_absolute(minimal_registration: ClientRecord) -> None:
    answer = minimal_registration.registration
    uri = answer.members.get("registration_client_uri")
    expect.applies(isinstance(uri, str), "no registration_client_uri was issued")
    parts = urlsplit(str(uri))
    expect.met(
        parts.scheme and parts.netloc,
        "a URL with scheme and host",
        uri,
        name="registration_client_uri",
        about=answer,
        member="registration_client_uri",
    )


@requirement("rfc7592-3-registration-token-returned")
def test_registration_token_is_returned(minimal_registration: ClientRecord) -> None:
    expect.applies(
        "registration_client_uri" in minimal_registration.members,
        "the provider offers no client configuration endpoint (RFC 7592)",
    )
    expect.member(minimal_registration, "registration_access_token", str)
