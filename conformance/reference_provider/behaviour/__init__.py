"""Everything the provider decides, one small method for each decision.

A fault is a subclass of :class:`Behaviour` that overrides one of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from conformance.reference_provider.behaviour.discovery import Discovery
from conformance.reference_provider.wire import Request, Response

__all__ = ["Behaviour", "Endpoint"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is served at a path: the methods offered and what answers them."""

    methods: frozenset[str]
    answer: Callable[[Request], Response]


class Behaviour(Discovery):
    """A provider that does everything right, whatever its policy."""

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """The endpoints by their path below the issuer, only those that are offered."""
        policy = self.policy
        post, get = frozenset({"POST"}), frozenset({"GET", "HEAD"})
        served = {
            "register": (policy.offers_registration, self.registration_methods(), self.register),
            "authorize": (policy.offers_authorization, get | post, self.authorize),
            "token": (policy.offers_token, post, self.token),
            "par": (policy.offers_par, post, self.push),
            "introspect": (policy.offers_introspection, post, self.introspect),
            "revoke": (policy.offers_revocation, post, self.revoke),
            "jwks": (self.offers_openid(), get, self.jwks),
            "userinfo": (self.offers_openid(), get | post, self.userinfo),
        }
        return {
            path: Endpoint(frozenset(methods), answer)
            for path, (there, methods, answer) in served.items()
            if there
        }

    def handled(self, request: Request, path: str) -> Response:
        """Answer a request for a path below the issuer."""
        name, _, rest = path.removeprefix("/").partition("/")
        if name == "register" and rest and self.is_configuration_path(rest):
            return self.configuration_answer(request, rest)
        endpoint = self.endpoints.get(name) if path == f"/{name}" else None
        if endpoint is None:
            return self.not_found(request)
        if request.method == "OPTIONS" and self.cors_headers(request):
            return self.preflight(request, endpoint.methods)
        if request.method not in endpoint.methods:
            return self.method_not_allowed(request, endpoint.methods)
        return endpoint.answer(request)

    def is_configuration_path(self, rest: str) -> bool:
        """Tell whether what follows the registration endpoint can name a client."""
        return bool(self.policy.management) and "/" not in rest

    def configuration_answer(self, request: Request, client_id: str) -> Response:
        """Answer a request at a client configuration endpoint (RFC 7592 section 2)."""
        methods = self.management_methods()
        if request.method == "OPTIONS" and self.cors_headers(request):
            return self.preflight(request, methods)
        if request.method not in methods:
            return self.management_refused(request)
        return self.manage(request, client_id)

    def document(self, request: Request, name: str) -> Response:
        """Answer a request for a metadata document, "oauth" or "openid"."""
        documents = {"oauth": self.oauth_document, "openid": self.openid_document}
        if name not in self.policy.documents:
            return self.not_found(request)
        methods = frozenset({"GET", "HEAD"})
        if request.method not in methods:
            return self.method_not_allowed(request, methods)
        return documents[name](request)
