"""Where an authorization request lands, and how that can be told.

What a right and a wrong landing look like is learnt once a run, with the control client.
Where they look alike the oracle is blind, and nothing is concluded from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.outcomes import NotJudged
from conformance.provider.authenticating import Authenticating
from conformance.provider.credentials import VERIFIER, form_encoded
from conformance.provider.registering import Registering
from conformance.provider.sender import OMIT

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.session import LiveAnswer

STYLES: tuple[dict[str, str], ...] = (
    {},
    {"prompt": "none", "scope": "openid"},
    {"response_type": "dcr-conformance-unknown"},
)
"""Ways to ask whether a redirect URI is taken, the most natural first."""

Fingerprint = tuple[int, str, str]


@dataclass(frozen=True)
class Oracle:
    """What right and wrong look like, and the way of asking that tells them best."""

    style: dict[str, str]
    right: Fingerprint
    wrong: Fingerprint
    redirects: bool
    """Whether the right one ends at the client itself."""
    anywhere: bool = False
    """Whether a redirect URI that nobody registered is redirected to as well."""

    @property
    def blind(self) -> bool:
        """Whether right and wrong cannot be told apart."""
        return not self.redirects and self.right == self.wrong


class Authorizing(Registering, Authenticating):
    """Authorization requests, and the codes that come of them (RFC 6749 section 3.1)."""

    def authorize(self, client: Client, *, lands_at: str = "", **changes: Any) -> LiveAnswer:
        """An authorization request; the answer's ``landing`` says where it ended.

        ``lands_at`` is the redirect URI where the request itself does not name it.
        """
        return land(self, client, self.authorization_request(client, **changes), lands_at)

    def authorize_pushed(self, client: Client, uri: str, *, lands_at: str = "") -> LiveAnswer:
        """An authorization request by a pushed one and nothing beside it (RFC 9126 section 4)."""
        bare = dict.fromkeys(self.authorization_request(client), OMIT)
        changes = {**bare, "client_id": client.client_id, "request_uri": uri}
        return self.authorize(client, lands_at=lands_at, **changes)

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


def oracle(provider: Authorizing) -> Oracle:
    """The oracle of this run.

    Raises:
        NotApplicable: the provider has no authorization endpoint.
        NotJudged: the control client is refused.

    """
    provider.endpoint("authorization_endpoint")
    provider.control(**provider.baseline())  # whoever asks the oracle leans on its client
    found: Oracle = provider.session.once("authorization oracle", lambda: _learn(provider))
    return found


def _learn(provider: Authorizing) -> Oracle:
    client = provider.control(**provider.baseline())
    own = provider.apart("authorization-oracle")
    found = _best(own, client)
    if found.blind:  # perhaps because the client is new, and not known there yet
        own.settle()
        found = _best(own, client)
    return found


def _best(own: Authorizing, client: Client) -> Oracle:
    """The way of asking that tells right from wrong best."""
    best: Oracle | None = None
    for style in STYLES:
        good = own.authorization_request(client, **style)
        bad = {**good, "redirect_uri": own.redirect_uri("unregistered")}
        right, wrong = _send(own, good), _send(own, bad)
        candidate = Oracle(
            style,
            fingerprint(right),
            fingerprint(wrong),
            redirects=at_client(right, good["redirect_uri"]),
            anywhere=at_client(wrong, bad["redirect_uri"]),
        )
        if candidate.redirects and not candidate.anywhere:
            return candidate
        if best is None or (best.blind and not candidate.blind):
            best = candidate
    assert best is not None  # noqa: S101 - STYLES is not empty
    return best


def land(
    provider: Authorizing, client: Client, request: dict[str, str], lands_at: str = ""
) -> LiveAnswer:
    """Send an authorization request and note where it landed."""
    try:
        known: Oracle | None = oracle(provider)
    except NotJudged:
        known = None
    uri = lands_at or request.get("redirect_uri") or (client.redirect_uris or [""])[0]
    if request.get("client_id") == client.client_id and uri in client.redirect_uris:
        answer = provider.until_known(
            "authorization_endpoint",
            client.credentials.heard,
            lambda: _send(provider, request),
            lambda a: _landing(a, uri, known) == "refused",
        )
    else:
        answer = _send(provider, request)
    landing = _landing(answer, uri, known)
    told = [other for other in client.redirect_uris if other != uri and at_client(answer, other)]
    if told and "error" in answer.redirect_parameters:
        landing = "refused"  # by an error to an address that is the client's own
    blind = {"anywhere": True} if known is not None and known.anywhere else {}
    answer.step = provider.recorder.replace(answer.step, landing=landing, **blind)
    return answer


def _send(provider: Authorizing, request: dict[str, str]) -> LiveAnswer:
    url = provider.endpoint("authorization_endpoint")
    joint = "&" if urlsplit(url).query else "?"
    return provider.send(
        "GET",
        f"{url}{joint}{form_encoded(request)}",
        operation="authorize",
        headers=[("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")],
    )


def _landing(answer: Answer, uri: str, known: Oracle | None) -> str:
    """One of client, interaction, refused, failed, unclear."""
    if at_client(answer, uri):
        return "client"
    if not answer.answered or answer.status >= 500:
        return "failed"
    if known is None or known.blind:
        return "refused" if 400 <= answer.status < 500 else "unclear"
    seen = fingerprint(answer)
    if known.redirects:
        # Whoever is taken is redirected, so what is not redirected was not taken.
        return "interaction" if _looks_like_login(answer) and seen != known.wrong else "refused"
    if seen == known.right:
        return "interaction"
    if seen == known.wrong or 400 <= answer.status < 500:
        return "refused"
    return "unclear"


def _looks_like_login(answer: Answer) -> bool:
    return bool(answer.location) or answer.status == 200


def at_client(answer: Answer, uri: str) -> bool:
    """Whether the browser is sent to a redirect URI, by redirect or by a form that posts itself."""
    if not uri:
        return False
    location = answer.location
    if location:
        rest = location.removeprefix(uri)
        return location.startswith(uri) and (not rest or rest[0] in "?#&")
    return answer.status == 200 and f'action="{uri}"' in answer.text


def fingerprint(answer: Answer) -> Fingerprint:
    """What tells one kind of answer from another: status, where it leads, what it is."""
    place = ""
    if answer.location:
        parts = urlsplit(answer.location)
        first = parts.path.strip("/").partition("/")[0]
        place = f"{parts.netloc}/{first}"
        if "error" in answer.redirect_parameters:
            place += "?error"
    return answer.status, place, answer.media_type
