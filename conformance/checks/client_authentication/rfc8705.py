"""RFC 8705 sections 2.1, 2.2 and 6.5: which certificates authenticate a client, shown how."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance import expect
from conformance.checks.mutual_tls import (
    holder_of_any,
    holder_of_issued,
    holder_of_self_signed,
    issued_certificate,
    refused,
    turned_away,
)
from conformance.exchange import exchange, load_cases
from conformance.provider.certificates import self_signed
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.certificates import ClientCertificate
    from conformance.provider.operations import Provider

_DAY_S = 86_400


@exchange(depth="full")
def self_signed_certificates(provider: Provider) -> dict[str, Answer]:
    """Ask for tokens with the registered self-signed certificate, one of another key, and none."""
    own = holder_of_self_signed(provider)
    # The same names, so that nothing but the key speaks against it.
    other, _ = self_signed("dcr-conformance-main")
    return {
        "control": own.honest(provider),
        "none": own.ask(provider, None),
        "another key": own.ask(provider, other),
        "after": own.honest(provider),
    }


@exchange(depth="full", needs="client_certificates")
def certificates_out_of_time(provider: Provider) -> dict[str, Answer]:
    """Ask for tokens with certificates of the registered subject that hold no more, or not yet."""
    own = holder_of_issued(provider)
    over = issued_certificate(provider, "main", days=1, at_s=-10 * _DAY_S)
    to_come = issued_certificate(provider, "main", days=1, at_s=10 * _DAY_S)
    return {
        "control": own.honest(provider),
        "none": own.ask(provider, None),
        "expired": own.ask(provider, over),
        "not yet valid": own.ask(provider, to_come),
        "after": own.honest(provider),
    }


@exchange(depth="full", cases=load_cases("certificate_headers"))
def certificate_in_a_header(provider: Provider, case: Case) -> dict[str, Answer]:
    """Ask for a token with the registered certificate, and with that certificate in a header."""
    own = holder_of_any(provider)
    told = [(case.header, written(own.certificate, case.form))]
    plain = provider.endpoint("token_endpoint")
    return {
        "control": own.honest(provider),
        "none": own.ask(provider, None),
        "in a header": own.ask(provider, None, headers=told),
        "in a header elsewhere": own.ask(provider, None, headers=told, url=plain),
        "none elsewhere": own.ask(provider, None, url=plain),
        "after": own.honest(provider),
    }


def written(certificate: ClientCertificate, form: str) -> str:
    """The value of a header that tells of a certificate; its forms are in the fixture."""
    return {
        "field": f":{certificate.x5c}:",
        "escaped": quote(certificate.pem, safe=""),
        "spaces": certificate.pem.strip().replace("\n", " "),
        "base64": certificate.x5c,
        "envoy": f'Cert="{quote(certificate.pem, safe="")}"',
    }[form]


@requirement("rfc8705-2.2-unregistered-self-signed-certificate-refused")
def test_self_signed_certificate_of_another_key_is_refused(
    self_signed_certificates: dict[str, Answer],
) -> None:
    refused(self_signed_certificates, "another key", what="a certificate of another key")


@requirement("rfc8705-2.1-unusable-client-certificates-refused")
def test_certificate_out_of_time_is_refused(certificates_out_of_time: dict[str, Answer]) -> None:
    with expect.together():
        for name in ("expired", "not yet valid"):
            refused(certificates_out_of_time, name, what=f"a certificate that is {name}")


@requirement("rfc8705-6.5-client-certificate-header-not-trusted-from-outside")
def test_certificate_in_a_header_is_not_believed(
    certificate_in_a_header: dict[str, Answer],
) -> None:
    with_header = certificate_in_a_header
    # Where the client needs no certificate at all, no header is to blame.
    for place in ("none", "none elsewhere"):
        expect.judged(
            turned_away(with_header[place]), "a client that shows no certificate is taken as well"
        )
    with expect.together():
        refused(with_header, "in a header", what="a certificate in a header")
        refused(with_header, "in a header elsewhere", what="the same at the token endpoint")
