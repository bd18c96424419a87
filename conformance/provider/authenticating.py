"""The endpoints at which a client authenticates (RFC 6749, 7009, 7662, 9126)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.outcomes import NotJudged
from conformance.provider import assertions
from conformance.provider.credentials import VERIFIER, basic, challenge
from conformance.provider.sender import OMIT, Sender

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.provider.client import Client
    from conformance.provider.session import LiveAnswer

UNKNOWN_CODE = "dcr-conformance-no-such-code"


class Authenticating(Sender):
    """Token requests and their neighbours."""

    def token(
        self,
        client: Client,
        *,
        method: str | None = None,
        secret: Any = OMIT,
        client_id: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        **form: str,
    ) -> LiveAnswer:
        """A token request, authenticated as the client is registered, or as the arguments say."""
        return self._authenticated(
            "token", "token_endpoint", client, method, secret, client_id, headers, form
        )

    def par(self, client: Client, **form: str) -> LiveAnswer:
        """A pushed authorization request (RFC 9126); arguments as for an authorization request."""
        method, secret = form.pop("method", None), form.pop("secret", OMIT)
        request = self.authorization_request(client, **form)
        return self._authenticated(
            "par",
            "pushed_authorization_request_endpoint",
            client,
            method,
            secret,
            None,
            (),
            request,
        )

    def introspect(self, client: Client, token: str, **form: str) -> LiveAnswer:
        """Ask about a token (RFC 7662)."""
        return self._authenticated(
            "introspect",
            "introspection_endpoint",
            client,
            None,
            OMIT,
            None,
            (),
            {"token": token, **form},
        )

    def revoke(self, client: Client, token: str, **form: str) -> LiveAnswer:
        """Revoke a token (RFC 7009)."""
        return self._authenticated(
            "revoke", "revocation_endpoint", client, None, OMIT, None, (), {"token": token, **form}
        )

    def authenticates(self, client: Client, **misuse: Any) -> LiveAnswer:
        """A token request that shows whether a client's authentication is taken.

        With the client credentials grant where it is registered, else with a code that
        nobody issued: then a right secret is answered invalid_grant, a wrong one invalid_client.
        """
        if "client_credentials" in client.grant_types:
            return self.token(client, grant_type="client_credentials", **misuse)
        uri = client.redirect_uris[0] if client.redirect_uris else self.redirect_uri()
        return self.token(
            client,
            grant_type="authorization_code",
            code=UNKNOWN_CODE,
            redirect_uri=uri,
            code_verifier=VERIFIER,
            **misuse,
        )

    def asserts(self, client: Client, **form: str) -> LiveAnswer:
        """A token request by an assertion, of the key of these tests or of the client's secret.

        Servers differ in what they want as its audience: the token endpoint, or the issuer.
        """
        url = self.endpoint("token_endpoint")

        def ask() -> LiveAnswer:
            answer = self._asserted(client, url, form)
            issuer = self.metadata.get("issuer")
            if answer.error in ("invalid_client", "invalid_request") and isinstance(issuer, str):
                answer = self._asserted(client, issuer, form)
            return answer

        heard = client.credentials.heard
        return self.until_known("token_endpoint", heard, ask, lambda a: a.error == "invalid_client")

    def _asserted(self, client: Client, audience: str, form: dict[str, str]) -> LiveAnswer:
        now = self.session.clock()
        if client.auth_method == "client_secret_jwt":
            secret = client.secret or ""
            assertion = assertions.by_secret(client.client_id, audience, now, secret)
        else:
            assertion = assertions.by_key(client.client_id, audience, now)
        proof = {"client_assertion_type": assertions.TYPE, "client_assertion": assertion}
        return self.post_form(self.endpoint("token_endpoint"), {**form, **proof}, operation="token")

    def _authenticated(
        self,
        operation: str,
        endpoint: str,
        client: Client,
        method: str | None,
        secret: Any,
        client_id: str | None,
        headers: Iterable[tuple[str, str]],
        form: dict[str, str],
    ) -> LiveAnswer:
        url = self.endpoint(endpoint)
        own = method is None and secret is OMIT and client_id is None and not headers
        method = method or client.auth_method
        secret = client.secret if secret is OMIT else secret
        identifier = client_id or client.client_id
        fields = list(headers)
        form = dict(form)
        if method == "client_secret_basic" and secret is not None:
            fields.append(("Authorization", basic(identifier, secret)))
            if operation != "par":  # RFC 9126 section 2.1 wants it in the request as well
                form.pop("client_id", None)
        elif method == "client_secret_post" and secret is not None:
            form.update(client_id=identifier, client_secret=secret)
        elif method in ("none", "client_secret_basic", "client_secret_post"):
            form.update(client_id=identifier)
        else:
            raise NotJudged(f"this version cannot authenticate with {method}")

        def ask() -> LiveAnswer:
            return self.post_form(url, form, operation=operation, headers=fields)

        if not own:
            return ask()
        return self.until_known(
            endpoint, client.credentials.heard, ask, lambda a: a.error == "invalid_client"
        )

    def authorization_request(self, client: Client, **changes: Any) -> dict[str, str]:
        """The parameters of a good authorization request with PKCE, with changes; OMIT to drop."""
        uris = client.redirect_uris
        parameters: dict[str, Any] = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": uris[0] if uris else self.redirect_uri(),
            "state": "dcr-conformance",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: str(value) for name, value in parameters.items() if value is not OMIT}
