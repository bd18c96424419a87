"""The authorization endpoint (RFC 6749 section 3.1), which consents by itself."""

import re
from collections.abc import Mapping

from conformance.reference_provider.behaviour.request_objects import RequestObjects
from conformance.reference_provider.errors import (
    AuthorizationError,
    OAuthError,
    UntrustedRedirectError,
)
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


class Authorization(RequestObjects):
    """From an authorization request to a redirect, or to a page that leads nowhere."""

    def authorize(self, request: Request) -> Response:
        """Answer an authorization request."""
        try:
            parameters = self.authorization_parameters(request)
            client = self.authorizing_client(parameters)
            parameters = self.effective_parameters(client, parameters)
            parameters = self.opened_request(request, client, parameters)
            uri = self.chosen_redirect_uri(client, parameters)
        except UntrustedRedirectError as error:
            return self.authorization_page_refused(request, error)
        try:
            self.check_authorization_request(client, parameters)
            if self.must_ask(parameters):
                return self.consent_page(request, client, parameters)
        except AuthorizationError as error:
            return self.authorization_refused(request, uri, parameters, error)
        return self.authorized(request, client, uri, parameters)

    # What was asked

    def authorization_parameters(self, request: Request) -> dict[str, str]:
        """Return the parameters of a GET or POST request; none may occur twice."""
        try:
            if request.method == "POST":
                return self.read_form(request)
            return self.form_parameters(request.query)
        except OAuthError as error:
            raise UntrustedRedirectError(error.code, error.text) from None

    def authorizing_client(self, parameters: Mapping[str, str]) -> Client:
        """Return the client that asks, or refuse to redirect anywhere (RFC 9700 section 2.1)."""
        client = self.client_to_authorize(parameters.get("client_id", ""))
        if client is None:
            raise UntrustedRedirectError("invalid_request", "client_id names no client")
        return client

    def effective_parameters(self, client: Client, parameters: dict[str, str]) -> dict[str, str]:
        """Return what was pushed where the request refers to it (RFC 9126 section 4)."""
        reference = parameters.get("request_uri")
        if reference is None or not self.policy.offers_par:
            return self.without(parameters, "pushed", "signed")
        pushed = self.grants.pushed_requests.get(reference)
        if pushed is None or pushed.expires_at < self.now():
            raise UntrustedRedirectError("invalid_request_uri", "request_uri is not known")
        if not self.pushed_request_belongs(client, pushed.client_id):
            raise UntrustedRedirectError("invalid_request_uri", "request_uri is not known")
        decision = {"decision": parameters["decision"]} if "decision" in parameters else {}
        effective = {**pushed.parameters, **decision, "pushed": reference}
        if not self.must_ask(effective):
            self.spend_pushed_request(reference)
        return effective

    def pushed_request_belongs(self, client: Client, client_id: str) -> bool:
        """Tell whether the client pushed the request itself (RFC 9126 section 2.2)."""
        return client.client_id == client_id

    def spend_pushed_request(self, reference: str) -> None:
        """Let a reference be used once (RFC 9126 section 4)."""
        self.grants.pushed_requests.pop(reference, None)

    # Whether it may be

    def check_authorization_request(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Refuse what the client may be told about in a redirect."""
        self.check_response_type(client, parameters)
        self.check_response_mode(parameters)
        self.check_request_objects(parameters)
        self.check_pushed_where_required(client, parameters)
        self.check_signed_where_required(client, parameters)
        self.check_challenge(client, parameters)
        self.check_requested_scope(client, parameters)
        self.check_nonce(parameters)

    def requested_response_type(self, parameters: Mapping[str, str]) -> str:
        """Return the response type in its one spelling, empty where it is missing."""
        return self.response_type(parameters.get("response_type", ""))

    def check_response_type(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Refuse response types that are missing, unknown or not registered (4.1.2.1)."""
        response_type = self.requested_response_type(parameters)
        if not response_type:
            raise AuthorizationError("invalid_request", "response_type is missing")
        if response_type not in self.supported_response_types():
            raise AuthorizationError("unsupported_response_type", "response_type is not supported")
        if not self.response_type_registered(client, response_type):
            raise AuthorizationError("unauthorized_client", "response_type is not registered")

    def response_type_registered(self, client: Client, response_type: str) -> bool:
        """Tell whether the client registered a response type (RFC 7591 section 2)."""
        return response_type in client.response_types

    def check_response_mode(self, parameters: Mapping[str, str]) -> None:
        """Refuse response modes other than the one that the response type has."""
        mode = self.answer_mode(parameters)
        if parameters.get("response_mode", mode) != mode:
            raise AuthorizationError("invalid_request", "response_mode is not supported")

    def check_request_objects(self, parameters: Mapping[str, str]) -> None:
        """Refuse what the metadata does not offer; a known object was opened (OIDC Core 6)."""
        if "request" in parameters:
            raise AuthorizationError("request_not_supported", "request is not supported")
        if "request_uri" in parameters:
            raise AuthorizationError("request_uri_not_supported", "request_uri is not supported")

    def check_pushed_where_required(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Refuse plain requests of a client that pushes all of them (RFC 9126 section 6)."""
        required = client.metadata.get("require_pushed_authorization_requests", False)
        if (required or self.policy.require_par) and "pushed" not in parameters:
            raise AuthorizationError("invalid_request", "the request must be pushed first")

    def check_challenge(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Refuse a bad code challenge, or none where one is demanded (RFC 7636 section 4.4.1)."""
        challenge = parameters.get("code_challenge")
        if challenge is None:
            if self.needs_challenge(client, parameters):
                raise AuthorizationError("invalid_request", "code_challenge is missing")
            return
        method = parameters.get("code_challenge_method", "plain")
        if method not in self.policy.challenge_methods or not _CHALLENGE.fullmatch(challenge):
            raise AuthorizationError("invalid_request", "code_challenge is not usable")

    def needs_challenge(self, client: Client, parameters: Mapping[str, str]) -> bool:
        """Tell whether the request must use PKCE (RFC 9700 section 2.1.1)."""
        demanded = {"never": False, "public": client.auth_method == "none", "always": True}
        coded = self.requested_response_type(parameters) == "code"
        return coded and demanded[self.policy.require_pkce]

    def check_requested_scope(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Refuse scope values that the client did not register (RFC 6749 section 3.3)."""
        allowed = self.allowed_scopes(client)
        if not set(parameters.get("scope", "").split()).issubset(allowed):
            raise AuthorizationError("invalid_scope", "the client may not have that scope")

    def check_nonce(self, parameters: Mapping[str, str]) -> None:
        """Demand nonce and openid for ID Tokens from here (OIDC Core section 3.2.2.1)."""
        if "id_token" not in self.requested_response_type(parameters):
            return
        if "nonce" not in parameters or "openid" not in parameters.get("scope", "").split():
            raise AuthorizationError("invalid_request", "nonce and scope openid are needed")

    # Consent

    def must_ask(self, parameters: Mapping[str, str]) -> bool:
        """Tell whether a person has yet to agree (policy ``interactive``)."""
        if not self.policy.interactive:
            return False
        return parameters.get("decision") != "allow"

    def consent_page(
        self, request: Request, client: Client, parameters: Mapping[str, str]
    ) -> Response:
        """Ask a person; everything that the client chose is shown as text."""
        del request
        if "none" in parameters.get("prompt", "").split():
            raise AuthorizationError("login_required", "nobody is logged in")
        return self.page(200, "Allow access?", self.consent_content(client, parameters))

    def consent_content(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Return the form with the client's name, links and identifier (RFC 7591 section 5)."""
        kept = self.kept_for_consent(client, parameters)
        fields = "".join(
            f'<input type=hidden name="{self.escaped(name)}" value="{self.escaped(value)}">'
            for name, value in kept.items()
        )
        name = str(client.metadata.get("client_name", client.client_id))
        links = "".join(
            f'<li><a rel="nofollow noreferrer" href="{self.escaped(str(url))}">{label}</a>'
            for label in ("client_uri", "policy_uri", "tos_uri")
            if (url := client.metadata.get(label))
        )
        return (
            f"<h1>Allow <bdi>{self.escaped(name)}</bdi>?</h1><ul>{links}</ul>"
            f"<p>Registered by itself as {self.escaped(client.client_id)}</p>"
            f"<form method=post>{fields}<button name=decision value=allow>Allow</button></form>"
        )

    def kept_for_consent(self, client: Client, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return the parameters that the form sends again."""
        if "pushed" in parameters:
            return {"client_id": client.client_id, "request_uri": parameters["pushed"]}
        if "signed" in parameters:
            return {"client_id": client.client_id, "request": parameters["signed"]}
        return self.without(parameters, "decision")

    # Answers

    def answer_mode(self, parameters: Mapping[str, str]) -> str:
        """Return where the answer goes: tokens never into a query (OAuth Multiple Responses 3)."""
        return "fragment" if "token" in self.requested_response_type(parameters) else "query"

    def authorized(
        self, request: Request, client: Client, uri: str, parameters: Mapping[str, str]
    ) -> Response:
        """Send the client what it asked for."""
        words = self.requested_response_type(parameters).split()
        scope = self.granted_scope(client, parameters)
        answer: dict[str, str] = {}
        if "code" in words:
            answer["code"] = self.issue_code(client, uri, parameters)
        if "token" in words:
            members = self.token_members(
                client,
                grant=self.new_grant(),
                grant_type="implicit",
                scope=scope,
                subject=self.resource_owner(),
            )
            answer.update({name: str(value) for name, value in members.items()})
        if "id_token" in words:
            nonce = parameters.get("nonce")
            answer.update(self.id_token_members(request, client, answer, nonce=nonce, scope=scope))
        return self.redirect(
            request, uri, {**answer, **self.state(parameters)}, self.answer_mode(parameters)
        )

    def state(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return the state exactly as it came (RFC 6749 section 4.1.2)."""
        return {"state": parameters["state"]} if "state" in parameters else {}

    def authorization_refused(
        self,
        request: Request,
        uri: str,
        parameters: Mapping[str, str],
        error: AuthorizationError,
    ) -> Response:
        """Send the client an error (RFC 6749 section 4.1.2.1)."""
        answer = {"error": error.code, "error_description": self.error_text(error.text)}
        answer.update(self.state(parameters))
        return self.redirect(request, uri, answer, self.answer_mode(parameters))
