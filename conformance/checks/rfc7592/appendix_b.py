"""RFC 7592 appendix B: how the client configuration endpoint is found."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from conformance import expect
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import ClientRecord


@requirement("rfc7592-b-configuration-url-carries-client-id")
def test_configuration_url_carries_the_client_id(minimal_registration: ClientRecord) -> None:
    answer = minimal_registration.registration
    uri = answer.members.get("registration_client_uri")
    expect.applies(isinstance(uri, str), "no registration_client_uri was issued")
    # The appendix also allows one URL for everybody: the registration endpoint itself.
    common = urlsplit(str(uri))._replace(query="").geturl() == answer.step.request.url
    expect.met(
        common or minimal_registration.client_id in unquote(str(uri)),
        "the registration endpoint with the client_id",
        uri,
        name="registration_client_uri",
        about=answer,
        member="registration_client_uri",
    )
