"""What an exchange can ask a provider: register, compare, get tokens, authorize.

One :class:`Provider` belongs to one exchange and records all that it sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.outcomes import NotJudged
from conformance.provider.authenticating import Authenticating
from conformance.provider.authorization import land, oracle
from conformance.provider.credentials import VERIFIER
from conformance.provider.registering import Registering

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.session import LiveAnswer


class Provider(Registering, Authenticating):
    """The provider under test, as one exchange sees it."""

    def authorize(self, client: Client, *, lands_at: str = "", **changes: Any) -> LiveAnswer:
        """An authorization request; the answer's ``landing`` says where it ended.

        ``lands_at`` is the redirect URI where the request itself does not name it.
        """
        return land(self, client, self.authorization_request(client, **changes), lands_at)

    def tries_redirect(self, client: Client, uri: Any, **changes: Any) -> LiveAnswer:
        """Ask whether the authorization endpoint sends browsers to a URI of this client.

        The request has the form that was found to tell registered URIs from others best:
        as it is, silent (``prompt=none``) or with an error that is answered by redirect.
        """
        style = oracle(self).style
        request = self.authorization_request(client, redirect_uri=uri, **{**style, **changes})
        return land(self, client, request)

    def code(self, client: Client, **changes: Any) -> str:
        """An authorization code of this client.

        Raises:
            NotJudged: a person would have to log in.

        """
        answer = self.authorize(client, **changes)
        code = answer.redirect_parameters.get("code")
        if answer.landing != "client" or not code:
            raise NotJudged(f"no code without a login: {answer.line}", step=answer.step.id)
        return code

    def redeem(self, client: Client, code: str, **misuse: Any) -> LiveAnswer:
        """Exchange a code of :meth:`code` for tokens."""
        uris = client.redirect_uris
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": uris[0] if uris else self.redirect_uri(),
            "code_verifier": VERIFIER,
            **misuse,
        }
        return self.token(client, **form)


def authorize_with(uri: str) -> Callable[[Provider, Client], Answer]:
    """A follow-up for ``compare`` that asks whether browsers are sent to this URI."""

    def follow(provider: Provider, client: Client) -> Answer:
        return provider.tries_redirect(client, uri)

    return follow
