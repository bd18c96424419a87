"""Lawful oddities that are no setting: what conforming providers do that surprises their clients.

Each stands for several at once that do not disturb each other. What is wrong is a fault.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import UntrustedRedirectError
from conformance.reference_provider.grants import Token
from conformance.reference_provider.json_text import parse_json
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import SignedToken, decode, made_with_secret
from conformance.reference_provider.wire import Request, Response

OVERLAP_S = 2.0
"""Seconds for which a replaced secret still works."""


class Talkative(Behaviour):
    """Errors name the client and have a code of their own; information has computed members."""

    def finished(self, request: Request, response: Response) -> Response:
        """Say more than an error has to."""
        if response.status >= 400 and response.body.startswith(b"{"):
            error = json.loads(response.body)
            said = {
                "code": error.get("error", "unknown"),
                "token": "see the documentation",
                **error,
                "error_uri": "https://provider.example/errors?code=E-1042-0001&token=unusable",
            }
            managed = request.path.partition("/register/")[2]
            if managed:
                said["client_id"] = managed
            response = replace(response, body=json.dumps(said).encode())
        return super().finished(request, response)

    def client_information(
        self, request: Request, client: Client, *, secret: str | None, reading: bool
    ) -> dict[str, Any]:
        """Add what the server computes: a time, a counter and a mark of the version."""
        shown = self.__dict__.setdefault("shown", {})
        shown[client.client_id] = times = shown.get(client.client_id, 0) + 1
        computed = {"updated_at": self.now(), "times_shown": times, "etag": f"W/{client.revision}"}
        if not reading:
            computed["message"] = "stored"
        body = super().client_information(request, client, secret=secret, reading=reading)
        return {**body, **computed}


class Overlapping(Behaviour):
    """A replaced secret works a little longer, and only one redirect URI is registered.

    Who tries the refresh token of another client ends it.
    """

    def secret_after_update(self, client: Client, updated: Client) -> tuple[Client, str | None]:
        """Remember the secret that is replaced."""
        after, secret = super().secret_after_update(client, updated)
        if client.secret and after.secret != client.secret:
            old = self.__dict__.setdefault("old", {})
            old[client.client_id] = (client.secret, self.now() + OVERLAP_S)
        return after, secret

    def is_secret_of(self, client: Client, presented: str) -> bool:
        """Take the old one for as long as it lasts."""
        old, until = self.__dict__.get("old", {}).get(client.client_id, ("", 0))
        lasts = bool(old) and client.secret is not None and self.now() < until
        earlier = lasts and self.same(old, self.kept_secret(presented))
        return earlier or super().is_secret_of(client, presented)

    def registered_metadata(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Register the first redirect URI, and say so (RFC 7591 section 3.2.1)."""
        metadata = super().registered_metadata(sent)
        if "redirect_uris" in metadata:
            metadata["redirect_uris"] = metadata["redirect_uris"][:1]
        return metadata

    def refresh_token_belongs(self, client: Client, token: Token) -> bool:
        """Take the token for stolen where another client brings it (RFC 9700 section 4.14.2)."""
        belongs = super().refresh_token_belongs(client, token)
        if not belongs:
            self.revoke_grant(token.grant)
        return belongs


class SelfContained(Behaviour):
    """Registration access tokens are JWTs, and so is a client_id, which holds redirect URIs."""

    def own_secret(self) -> str:
        """Return what only this provider knows."""
        return str(self.__dict__.setdefault("own", secrets.token_urlsafe(32)))

    def new_registration_token(self) -> str:
        """Say for whom the token is, and sign it."""
        claims = {"iss": self.own_issuer, "jti": super().new_registration_token()}
        return made_with_secret(claims, self.own_secret())

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Put the registration into the identifier."""
        client, secret = super().new_client(sent, metadata)
        held = {"jti": client.client_id, "redirect_uris": list(client.redirect_uris)}
        return replace(client, client_id=made_with_secret(held, self.own_secret())), secret


class ShowsLogos(Behaviour):
    """The approval page shows the client's logo, and its name in a line of its own."""

    def logo_markup(self, url: str) -> str:
        """Return what shows a logo: an image, in which no script runs."""
        return f'<img alt="" src="{self.escaped(url)}">'

    def consent_content(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Add the logo."""
        content = super().consent_content(client, parameters)
        name = self.escaped(str(client.metadata.get("client_name", client.client_id)))
        content = content.replace(f"Allow <bdi>{name}</bdi>?", f"Allow?</h1><p>{name}</p><h1>")
        logo = client.metadata.get("logo_uri")
        return (self.logo_markup(str(logo)) if logo else "") + content


class LoginFirst(Behaviour):
    """A person logs in before the authorization request is looked at; prompt=none looks at once.

    The login page names the client where there is one.
    """

    def authorize(self, request: Request) -> Response:
        """Ask who it is."""
        try:
            parameters = self.authorization_parameters(request)
        except UntrustedRedirectError as error:
            return self.authorization_page_refused(request, error)
        if "none" in parameters.get("prompt", "").split():
            return super().authorize(request)
        client = self.registry.find(parameters.get("client_id", ""))
        name = client.metadata.get("client_name", "") if client is not None else ""
        return self.page(
            200,
            "Log in",
            f"<h1>Log in to go on to {self.escaped(str(name))}</h1>"
            "<form method=post><input name=username><input type=password name=password></form>",
        )


class RelaxedPushes(Behaviour):
    """Clients with credentials push redirect URIs that they never registered (RFC 9126 2.4)."""

    def may_push_any_redirect_uri(self, client: Client) -> bool:
        """Tell whether the client has credentials, which it showed when it pushed."""
        return client.auth_method != "none"

    def check_pushed_redirect_uri(self, client: Client, parameters: Mapping[str, str]) -> None:
        """Look only where a redirect URI may not be new."""
        if not self.may_push_any_redirect_uri(client):
            super().check_pushed_redirect_uri(client, parameters)

    def chosen_redirect_uri(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Use what was pushed."""
        pushed = parameters.get("redirect_uri") if "pushed" in parameters else None
        if pushed is not None and self.may_push_any_redirect_uri(client):
            return pushed
        return super().chosen_redirect_uri(client, parameters)


class NewTlsOnly(Behaviour):
    """TLS 1.3 is all that is taken, which is newer than RFC 7591 (RFC 9325 section 3.1.1)."""

    def tls_versions(self) -> tuple[str, ...]:
        """Leave TLS 1.2 out."""
        return ("TLSv1_3",)


class TypedRequestObjects(Behaviour):
    """Request objects have to say that they are some (RFC 9101 section 10.8)."""

    def request_object_good(self, request: Request, client: Client, token: SignedToken) -> bool:
        """Look at the type first."""
        typed = token.header.get("typ") == "oauth-authz-req+jwt"
        return typed and super().request_object_good(request, client, token)


class UnsignedRequestObjects(Behaviour):
    """No client registers how it signs requests, and none has to sign (OIDC Core section 6.1)."""

    def request_object_members(self) -> tuple[str, ...]:
        """Know nothing of the algorithm."""
        return ("require_signed_request_object",)

    def request_object_metadata(self) -> dict[str, Any]:
        """Say that none is an algorithm, too."""
        name = "request_object_signing_alg_values_supported"
        offered = super().request_object_metadata()
        return {**offered, name: [*offered[name], "none"]}

    def opened_request(
        self, request: Request, client: Client, parameters: dict[str, str]
    ) -> dict[str, str]:
        """Take what nobody signed for what it is."""
        parts = parameters.get("request", "").split(".")
        if len(parts) != 3 or parts[2]:
            return super().opened_request(request, client, parameters)
        try:
            header, claims = (parse_json(decode(part)) for part in parts[:2])
        except ValueError:
            raise self.request_object_refused() from None
        if header.get("alg") != "none":
            raise self.request_object_refused()
        if claims.get("client_id") != client.client_id:
            raise self.request_object_refused()
        inside = {name: value for name, value in claims.items() if isinstance(value, str)}
        return self.without(inside, "signed", "pushed", "request", "request_uri")


LAWFUL: tuple[tuple[str, str, Policy, type[Behaviour]], ...] = (
    (
        "relaxed-pushes",
        "clients with credentials push redirect URIs that they never registered",
        Policy(),
        RelaxedPushes,
    ),
    (
        "typed-requests",
        "signed authorization requests have to say what they are",
        Policy(),
        TypedRequestObjects,
    ),
    (
        "unsigned-requests",
        "an OpenID provider that takes request objects which nobody signed",
        Policy(documents=frozenset({"oauth", "openid"})),
        UnsignedRequestObjects,
    ),
    ("new-tls-only", "nothing older than TLS 1.3 is taken", Policy(), NewTlsOnly),
)
"""Tenants of some of them: name, a sentence, policy and behaviour."""
