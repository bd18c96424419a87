"""Provider metadata (RFC 8414, OpenID Connect Discovery), computed from what is really offered."""

from typing import Any

from conformance.reference_provider.behaviour.token_care import TokenCare
from conformance.reference_provider.wire import Request, Response


class Discovery(TokenCare):
    """Both documents; a member without elements is left out (RFC 8414 section 3.2)."""

    def oauth_document(self, request: Request) -> Response:
        """Serve the RFC 8414 document."""
        return self.metadata_answer(self.provider_metadata(request))

    def openid_document(self, request: Request) -> Response:
        """Serve the OpenID configuration document."""
        members = {**self.provider_metadata(request), **self.openid_metadata(request)}
        return self.metadata_answer(members)

    def metadata_answer(self, members: dict[str, Any]) -> Response:
        """Answer with a metadata document (RFC 8414 section 3.2)."""
        return self.json_answer(200, self.without_empty(members))

    def without_empty(self, members: dict[str, Any]) -> dict[str, Any]:
        """Leave out empty members, but for the one that is required (RFC 8414 section 2)."""
        return {
            name: value
            for name, value in members.items()
            if value not in ([], None) or name == "response_types_supported"
        }

    def provider_metadata(self, request: Request) -> dict[str, Any]:
        """Return the members of RFC 8414 section 2."""
        policy = self.policy
        return {
            "issuer": self.issuer(request),
            **self.endpoint_metadata(request),
            **self.client_authentication_metadata(),
            "scopes_supported": list(self.supported_scopes()),
            "response_types_supported": list(self.supported_response_types()),
            "response_modes_supported": self.response_modes(),
            "grant_types_supported": list(self.supported_grant_types()),
            "code_challenge_methods_supported": self.challenge_methods(),
            "authorization_response_iss_parameter_supported": policy.sends_issuer,
            "require_pushed_authorization_requests": policy.require_par or None,
            **self.request_object_metadata(),
            **self.mutual_tls_metadata(request),
        }

    def endpoint_metadata(self, request: Request) -> dict[str, Any]:
        """Return the endpoints that are there, and no others."""
        policy = self.policy
        named = {
            "authorization_endpoint": ("authorize", policy.offers_authorization),
            "token_endpoint": ("token", policy.offers_token),
            "pushed_authorization_request_endpoint": ("par", policy.offers_par),
            "introspection_endpoint": ("introspect", policy.offers_introspection),
            "revocation_endpoint": ("revoke", policy.offers_revocation),
            "jwks_uri": ("jwks", self.offers_openid()),
        }
        members = {
            name: self.endpoint(request, path) for name, (path, there) in named.items() if there
        }
        if policy.offers_registration:
            members["registration_endpoint"] = self.registration_endpoint(request)
        return members

    def client_authentication_metadata(self) -> dict[str, Any]:
        """Return methods and algorithms of client authentication, endpoint by endpoint."""
        methods = list(self.supported_auth_methods())
        confidential = [method for method in methods if method != "none"]
        algorithms = list(self.supported_signing_algorithms())
        offered = {
            "token": (methods, self.policy.offers_token),
            "introspection": (confidential, self.policy.offers_introspection),
            "revocation": (methods, self.policy.offers_revocation),
        }
        members: dict[str, Any] = {}
        for endpoint, (accepted, there) in offered.items():
            if there:
                members[f"{endpoint}_endpoint_auth_methods_supported"] = accepted
                members[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = algorithms
        return members

    def response_modes(self) -> list[str]:
        """Return the response modes that the response types use."""
        types = self.supported_response_types()
        modes = {"query": "code" in types, "fragment": any("token" in item for item in types)}
        return [mode for mode, used in modes.items() if used]

    def challenge_methods(self) -> list[str]:
        """Return the PKCE methods (RFC 9700 section 2.1.1 recommends to publish them)."""
        offered = "authorization_code" in self.supported_grant_types()
        return list(self.policy.challenge_methods) if offered else []

    def request_object_metadata(self) -> dict[str, Any]:
        """Return how requests may be signed; nothing where they may not (OIDC Discovery 3)."""
        if not self.offers_request_objects():
            return {}
        algorithms = list(self.request_object_algorithms())
        return {
            "request_parameter_supported": True,
            "request_object_signing_alg_values_supported": algorithms,
        }

    def mutual_tls_metadata(self, request: Request) -> dict[str, Any]:
        """Return where certificates are asked for (RFC 8705 section 5); nothing where nowhere."""
        if not self.certificate_methods():
            return {}
        policy = self.policy
        named = {
            "token_endpoint": ("token", policy.offers_token),
            "pushed_authorization_request_endpoint": ("par", policy.offers_par),
            "introspection_endpoint": ("introspect", policy.offers_introspection),
            "revocation_endpoint": ("revoke", policy.offers_revocation),
        }
        return {
            "tls_client_certificate_bound_access_tokens": True,
            "mtls_endpoint_aliases": {
                name: self.mutual_tls_alias(request, path)
                for name, (path, there) in named.items()
                if there
            },
        }

    def openid_metadata(self, request: Request) -> dict[str, Any]:
        """Return the members of OpenID Connect Discovery section 3."""
        return {
            "userinfo_endpoint": self.endpoint(request, "userinfo"),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "request_parameter_supported": self.offers_request_objects(),
            "request_uri_parameter_supported": False,
        }
