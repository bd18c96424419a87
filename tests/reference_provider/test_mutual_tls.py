"""Client certificates over real connections: whose are taken, and when (RFC 8705)."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from conformance.provider.certificates import ClientCertificate, key_pair, self_signed
from conformance.reference_provider.certificates import issued_by
from conformance.reference_provider.server import RunningServer, running
from conformance.reference_provider.tls_listener import CERTIFICATE
from mock_directory.certificates import (
    Authority,
    CertificateRequest,
    make_authority,
    make_authority_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_800_000_000


@dataclass
class Place:
    """A provider with TLS, and whom its clients trust."""

    server: RunningServer
    bundle: str

    def register(self, **metadata: Any) -> httpx.Response:
        members = {"grant_types": ["client_credentials"], "response_types": [], **metadata}
        return httpx.post(f"{self.server.base}/register", json=members)

    def token(self, client: dict[str, Any], shown: ClientCertificate | None) -> int:
        """The status of a token request, 0 where the handshake ends it."""
        context = ssl.create_default_context(cafile=self.bundle)
        if shown is not None:
            shown.shown_by(context)
        assert self.server.mutual_tls is not None
        form = {"grant_type": "client_credentials", "client_id": client["client_id"]}
        try:
            with httpx.Client(verify=context) as http:
                return http.post(f"{self.server.mutual_tls.base}/token", data=form).status_code
        except httpx.TransportError:
            return 0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with running(tls_folder=tmp_path) as server:
        yield Place(server, str(tmp_path / CERTIFICATE))


def authority(now: int) -> Authority:
    key = make_authority_key()
    return Authority(key, make_authority(key, now))


def issued(by: Authority, name: str, now: int, days: int = 1) -> ClientCertificate:
    _, private, public = key_pair()
    request = CertificateRequest(public_key=public, days=days)
    made = by.client(request, [("CN", name), ("O", "clients")], now)
    return ClientCertificate(made.pem, private, made.subject)


def test_a_registered_self_signed_certificate_authenticates(place: Place) -> None:
    own, jwk = self_signed("client")
    other, _ = self_signed("client")
    answer = place.register(
        token_endpoint_auth_method="self_signed_tls_client_auth",
        jwks={"keys": [jwk]},
    )
    assert answer.status_code == 201, answer.text
    client = answer.json()
    assert "client_secret" not in client
    assert place.token(client, own) == 200
    assert place.token(client, None) == 401
    assert place.token(client, other) in (0, 401)


def test_the_subject_of_an_issued_certificate_counts(place: Place) -> None:
    now = int(time.time())  # the handshake goes by the time of this machine
    trusted, strange = authority(now), authority(now)
    assert place.server.mutual_tls is not None
    place.server.mutual_tls.trust_authority(trusted.pem)
    own = issued(trusted, "client", now)
    answer = place.register(
        token_endpoint_auth_method="tls_client_auth", tls_client_auth_subject_dn=own.subject
    )
    assert answer.status_code == 201, answer.text
    client = answer.json()
    assert client["tls_client_auth_subject_dn"] == own.subject
    assert place.token(client, own) == 200
    assert place.token(client, issued(trusted, "other", now)) == 401
    assert place.token(client, issued(strange, "client", now)) in (0, 401)


def test_one_subject_and_no_more_is_registered(place: Place) -> None:
    method = {"token_endpoint_auth_method": "tls_client_auth"}
    assert place.register(**method).status_code == 400
    two = {"tls_client_auth_subject_dn": "CN=a", "tls_client_auth_san_dns": "a.example"}
    assert place.register(**method, **two).status_code == 400
    assert place.register(token_endpoint_auth_method="self_signed_tls_client_auth").is_client_error


def test_a_provider_without_tls_offers_no_certificates() -> None:
    with running() as server:
        where = f"{server.base}/.well-known/oauth-authorization-server"
        found = httpx.get(where).json()
    assert "mtls_endpoint_aliases" not in found
    assert "tls_client_auth" not in found["token_endpoint_auth_methods_supported"]


def test_certificates_hold_for_their_time_and_of_their_authority() -> None:
    by = authority(NOW)
    der = issued(by, "client", NOW).der
    own, strange = ssl.PEM_cert_to_DER_cert(by.pem), ssl.PEM_cert_to_DER_cert(authority(NOW).pem)
    assert issued_by(der, [strange, own], NOW + 10)
    assert not issued_by(der, [strange], NOW + 10)
    assert not issued_by(der, [own], NOW + 3 * 86_400)
    assert not issued_by(der, [own], NOW - 86_400)
    assert not issued_by(b"no certificate", [own], NOW)
    _, server = by.server(["localhost"], NOW)
    assert not issued_by(ssl.PEM_cert_to_DER_cert(server), [own], NOW + 10)
    assert not issued_by(own, [own], NOW + 10)
