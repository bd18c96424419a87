"""Pushed authorization requests (RFC 9126)."""

from collections.abc import Mapping

from conformance.reference_provider.behaviour.authorization import Authorization
from conformance.reference_provider.errors import (
    AuthorizationError,
    OAuthError,
    UntrustedRedirectError,
)
from conformance.reference_provider.grants import PushedRequest
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type", "decision", "pushed")
_MARKS = ("pushed", "signed")


class PushedRequests(Authorization):
    """The endpoint that takes an authorization request before the browser comes."""

    def push(self, request: Request) -> Response:
        """Keep an authorization request and answer with a reference to it."""
        try:
            form = self.read_form(request)
            client = self.pushing_client(request, form)
            form = self.opened_push(request, client, form)
            self.check_pushed_request(client, form)
        except OAuthError as error:
            return self.oauth_refused(request, error)
        reference = self.keep_pushed_request(client, form)
        body = {"request_uri": reference, "expires_in": self.policy.pushed_request_lifetime}
        return self.json_answer(201, body, self.cache_headers())

    def pushing_client(self, request: Request, form: Mapping[str, str]) -> Client:
        """Authenticate the client as at the token endpoint (RFC 9126 section 2)."""
        return self.authenticated_client(request, form)

    def opened_push(
        self, request: Request, client: Client, form: Mapping[str, str]
    ) -> dict[str, str]:
        """Return what is pushed, also where it is a request object (RFC 9126 section 3)."""
        try:
            return self.opened_request(request, client, self.without(form, *_MARKS))
        except UntrustedRedirectError as error:
            raise OAuthError(error.code, error.text) from None

    def check_pushed_request(self, client: Client, form: Mapping[str, str]) -> None:
        """Refuse what the authorization endpoint would refuse (RFC 9126 section 2.1)."""
        if "request_uri" in form:
            raise OAuthError("invalid_request", "request_uri cannot be pushed")
        parameters = {**form, "pushed": "now"}
        try:
            self.check_pushed_redirect_uri(client, parameters)
            self.check_authorization_request(client, parameters)
        except (AuthorizationError, UntrustedRedirectError) as error:
            raise OAuthError(error.code, error.text) from None

    def check_pushed_redirect_uri(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Refuse a redirect URI that is not registered (RFC 9126 section 2.1)."""
        self.chosen_redirect_uri(client, parameters)

    def keep_pushed_request(self, client: Client, form: Mapping[str, str]) -> str:
        """Keep the request, without credentials, bound to its client (RFC 9126 section 2.2)."""
        reference = self.new_request_uri()
        self.grants.pushed_requests[reference] = PushedRequest(
            client_id=client.client_id,
            parameters={**self.without(form, *_CREDENTIALS), "client_id": client.client_id},
            expires_at=self.now() + self.policy.pushed_request_lifetime,
        )
        return reference
