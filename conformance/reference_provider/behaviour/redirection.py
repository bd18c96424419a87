"""Where the authorization endpoint may send a browser (RFC 6749 section 3.1.2, RFC 9700 2.1)."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from conformance.reference_provider.behaviour.client_authentication import ClientAuthentication
from conformance.reference_provider.errors import UntrustedRedirectError
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Request, Response

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?((?:[/?].*)?)", re.DOTALL)
_LOCALHOST = re.compile(r"(http://localhost)(?::[0-9]{1,5})?((?:[/?].*)?)", re.DOTALL)


class Redirection(ClientAuthentication):
    """The comparison of redirect URIs, and the redirects and pages that follow from it."""

    def client_to_authorize(self, client_id: str) -> Client | None:
        """Find the client named at the authorization endpoint."""
        return self.registry.find(client_id)

    def chosen_redirect_uri(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Return the redirect URI to use, or refuse to redirect (RFC 6749 section 3.1.2.4)."""
        sent = parameters.get("redirect_uri")
        if sent is None:
            return self.redirect_uri_by_default(client)
        if not any(
            self.redirect_uri_matches(registered, sent)
            for registered in self.acceptable_redirect_uris(client)
        ):
            raise UntrustedRedirectError("invalid_request", "redirect_uri is not registered")
        return sent

    def acceptable_redirect_uris(self, client: Client) -> tuple[str, ...]:
        """Return the redirect URIs of a client as they are at this moment."""
        return client.redirect_uris

    def redirect_uri_by_default(self, client: Client) -> str:
        """Return the only registered redirect URI; one of several is not guessed (3.1.2.3)."""
        if len(client.redirect_uris) != 1:
            raise UntrustedRedirectError("invalid_request", "redirect_uri is missing")
        return client.redirect_uris[0]

    def redirect_uri_matches(self, registered: str, sent: str) -> bool:
        """Compare as strings, but for the port of a loopback address."""
        return sent == registered or self.loopback_matches(registered, sent)

    def loopback_matches(self, registered: str, sent: str) -> bool:
        """Take any port where a loopback IP literal is registered (RFC 8252 section 7.3)."""
        patterns = [_LOOPBACK, *([_LOCALHOST] if self.policy.localhost_port_variable else [])]
        for pattern in patterns:
            mine, theirs = pattern.fullmatch(registered), pattern.fullmatch(sent)
            if mine and theirs and mine.groups() == theirs.groups():
                return True
        return False

    def redirect(
        self, request: Request, uri: str, answer: Mapping[str, str], mode: str = "query"
    ) -> Response:
        """Send the browser back to the client with an answer (RFC 6749 section 4.1.2)."""
        parameters = {**answer, **self.issuer_parameter(request)}
        headers = (("location", self.location(uri, parameters, mode)), *self.cache_headers())
        return self.empty_answer(self.redirect_status(), headers)

    def redirect_status(self) -> int:
        """Return the status of a redirect; 303 would do as well, 307 never (RFC 9700 4.12)."""
        return 302

    def location(self, uri: str, parameters: Mapping[str, str], mode: str) -> str:
        """Add the answer to the redirect URI, whose own query stays (RFC 6749 section 3.1.2)."""
        mark = "#" if mode == "fragment" else "&" if "?" in uri else "?"
        return uri + mark + urlencode(parameters)

    def issuer_parameter(self, request: Request) -> dict[str, str]:
        """Return the iss parameter (RFC 9207 section 2)."""
        return {"iss": self.issuer(request)} if self.policy.sends_issuer else {}

    def authorization_page_refused(
        self, request: Request, error: UntrustedRedirectError
    ) -> Response:
        """Show a page instead of redirecting, and repeat nothing of the request on it."""
        del request
        content = f"<h1>This request cannot be answered</h1><p>{self.escaped(error.text)}</p>"
        return self.page(self.authorization_page_status(), "Request refused", content)

    def authorization_page_status(self) -> int:
        """Return the status of the error page."""
        return 400
