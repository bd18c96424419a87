"""Client authentication (RFC 6749 section 2.3), only by the method that was registered."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from conformance.reference_provider.behaviour.mutual_tls import MutualTlsAuthentication
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Headers, Request, Response

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request authenticates with: ``kind`` is basic, post, assertion or none."""

    kind: str
    client_id: str
    secret: str = ""
    assertion: str = ""


class ClientAuthentication(MutualTlsAuthentication):
    """Who the caller of the token endpoint and its neighbours is."""

    def authenticated_client(self, request: Request, form: Mapping[str, str]) -> Client:
        """Return the client that sent the request, or raise."""
        self.check_no_query_credentials(request)
        credentials = self.presented_credentials(request, form)
        client = self.client_to_authenticate(credentials.client_id)
        if client is None or not self.method_matches(client, credentials):
            raise self.client_not_authenticated()
        self.check_credentials(request, client, credentials)
        return client

    def client_to_authenticate(self, client_id: str) -> Client | None:
        """Find the client named at the token endpoint and its neighbours."""
        return self.registry.find(client_id)

    def check_no_query_credentials(self, request: Request) -> None:
        """Refuse credentials in the URL (RFC 6749 section 2.3.1)."""
        names = {name for name, _ in self.form_pairs(request.query)}
        if names & {"client_id", "client_secret", "client_assertion"}:
            raise OAuthError("invalid_request", "credentials do not belong into the URL")

    # What was presented

    def presented_credentials(self, request: Request, form: Mapping[str, str]) -> Credentials:
        """Return the one set of credentials of a request (RFC 6749 section 2.3)."""
        found = [
            credentials
            for credentials in (
                self.basic_credentials(request),
                self.assertion_credentials(form),
                self.post_credentials(form),
            )
            if credentials is not None
        ]
        if len(found) > 1:
            return self.several_credentials(found)
        credentials = found[0] if found else Credentials("none", form.get("client_id", ""))
        if form.get("client_id", credentials.client_id) != credentials.client_id:
            # RFC 7521 section 4.2: both must name the same client.
            raise self.client_not_authenticated()
        return credentials

    def several_credentials(self, found: list[Credentials]) -> Credentials:
        """Refuse more than one mechanism in a request (RFC 6749 section 2.3)."""
        del found
        raise OAuthError("invalid_request", "more than one way of authentication was used")

    def basic_credentials(self, request: Request) -> Credentials | None:
        """Return what HTTP Basic carries, form-decoded (RFC 6749 section 2.3.1)."""
        values = request.header_values("authorization")
        if not values:
            return None
        scheme, _, encoded = values[0].strip().partition(" ")
        if len(values) > 1 or scheme.lower() != "basic":
            raise self.client_not_authenticated()
        try:
            text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise self.client_not_authenticated() from None
        client_id, colon, secret = text.partition(":")
        if not colon:
            raise self.client_not_authenticated()
        return Credentials("basic", self.form_decoded(client_id), self.form_decoded(secret))

    def form_decoded(self, text: str) -> str:
        """Undo the form encoding of a Basic user name or password (RFC 6749 appendix B)."""
        return unquote_plus(text)

    def post_credentials(self, form: Mapping[str, str]) -> Credentials | None:
        """Return the secret in the body (RFC 6749 section 2.3.1)."""
        if "client_secret" not in form:
            return None
        return Credentials("post", form.get("client_id", ""), form["client_secret"])

    def assertion_credentials(self, form: Mapping[str, str]) -> Credentials | None:
        """Return the client assertion; the subject names the client (RFC 7521 section 4.2)."""
        if "client_assertion" not in form and "client_assertion_type" not in form:
            return None
        if not self.assertion_type_good(form.get("client_assertion_type")):
            raise self.client_not_authenticated()
        assertion = form.get("client_assertion", "")
        subject = self.parsed_assertion(assertion).claims.get("sub")
        return Credentials("assertion", str(subject), assertion=assertion)

    def assertion_type_good(self, stated: str | None) -> bool:
        """Tell whether the assertion is said to be a JWT (RFC 7523 section 2.2)."""
        return stated == _ASSERTION_TYPE

    # Whether it is right

    def method_matches(self, client: Client, credentials: Credentials) -> bool:
        """Tell whether the client registered this way of authentication."""
        kinds = {
            "client_secret_basic": "basic",
            "client_secret_post": "post",
            "client_secret_jwt": "assertion",
            "private_key_jwt": "assertion",
            "none": "none",
            # Nothing in the request but the client_id: the connection says the rest.
            "tls_client_auth": "none",
            "self_signed_tls_client_auth": "none",
        }
        return kinds.get(client.auth_method) == credentials.kind

    def check_credentials(self, request: Request, client: Client, credentials: Credentials) -> None:
        """Check secret, assertion or certificate; a public client has none of them."""
        if credentials.kind in {"basic", "post"}:
            self.check_secret(client, credentials.secret)
        elif credentials.kind == "assertion":
            self.check_assertion(request, client, self.parsed_assertion(credentials.assertion))
        elif client.auth_method in {"tls_client_auth", "self_signed_tls_client_auth"}:
            self.check_certificate(request, client)

    def check_secret(self, client: Client, secret: str) -> None:
        """Refuse a wrong secret, and a right one after its announced end."""
        if not self.is_secret_of(client, secret) or self.secret_expired(client):
            raise self.client_not_authenticated()

    # Refusals (RFC 6749 section 5.2)

    def oauth_refused(self, request: Request, error: OAuthError) -> Response:
        """Answer a refused request at the token endpoint or one of its neighbours."""
        status = self.oauth_error_status(request, error)
        headers = self.client_challenge(request, error) if status == 401 else ()
        return self.error_answer(status, self.oauth_error_body(error), headers)

    def oauth_error_status(self, request: Request, error: OAuthError) -> int:
        """Return the status of a refusal: 401 for a client that is not authenticated."""
        del request
        return 401 if error.code == "invalid_client" else 400

    def client_challenge(self, request: Request, error: OAuthError) -> Headers:
        """Return the challenge that a 401 carries (RFC 6749 section 5.2)."""
        del request, error
        return (("www-authenticate", f'Basic realm="{self.policy.realm}"'),)

    def oauth_error_body(self, error: OAuthError) -> dict[str, Any]:
        """Return the error object of a refusal."""
        return self.error_body(error.code, error.text)
