"""What every operation of an exchange stands on: what is known, and sending a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from conformance.outcomes import Blocked, NotApplicable
from conformance.provider.credentials import form_encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from conformance.evidence import Answer
    from conformance.provider.certificates import ClientCertificate
    from conformance.provider.session import LiveAnswer, Recorder, Session

FORM = "application/x-www-form-urlencoded"

OMIT: Any = type("Omit", (), {"__repr__": lambda _: "OMIT"})()
"""As the value of a member: leave it out."""

PROPAGATION_S = (1.0, 3.0)
"""Pauses before a change is asked after again; a distributed provider needs a moment."""


class Sender:
    """The provider as far as requests go, for one exchange; records all that it sends."""

    def __init__(self, session: Session, recorder: Recorder) -> None:
        self.session = session
        self.recorder = recorder
        self.OMIT = OMIT

    def apart(self, exchange: str) -> Self:
        """The same provider for what several exchanges share, recorded by itself."""
        return type(self)(self.session, self.session.recorder(exchange))

    # What is known

    @property
    def settings(self) -> Any:
        """The settings of the run."""
        return self.session.settings

    @property
    def metadata(self) -> dict[str, Any]:
        """The authorization server metadata, both documents laid together."""
        return dict(self.session.target.metadata)

    @property
    def registration_endpoint(self) -> str:
        """Where clients are registered.

        Raises:
            Blocked: discovery found none.

        """
        endpoint = self.session.endpoint("registration_endpoint")
        if endpoint is None:
            raise Blocked(self.session.target.problem or "no registration endpoint is known")
        return endpoint

    def endpoint(self, name: str) -> str:
        """Another endpoint, by its name in the metadata.

        Raises:
            NotApplicable: the provider offers none.

        """
        endpoint = self.session.endpoint(name)
        if endpoint is None:
            what = name.removesuffix("_endpoint").replace("_", " ")
            raise NotApplicable(f"the provider's metadata names no {what} endpoint")
        return endpoint

    def mutual_tls_endpoint(self, name: str) -> str:
        """Where an endpoint asks for client certificates: its alias (RFC 8705 5), else itself.

        Raises:
            NotApplicable: the provider offers no such endpoint.

        """
        aliases = self.metadata.get("mtls_endpoint_aliases")
        alias = aliases.get(name) if isinstance(aliases, dict) else None
        return alias if isinstance(alias, str) else self.endpoint(name)

    def redirect_uri(self, name: str = "") -> str:
        """A safe redirect URI: constant in a run without ``name``, distinct with it."""
        base = self.settings.registration.redirect_uri
        return f"{base}/{self.session.marker}" + (f"/{quote(name)}" if name else "")

    def patiently(
        self, ask: Callable[[], LiveAnswer], done: Callable[[Answer], bool]
    ) -> LiveAnswer:
        """Ask again for a few seconds while a change has not arrived everywhere."""
        answer = ask()
        for pause_s in PROPAGATION_S:
            if done(answer):
                break
            self.session.sleep(pause_s)
            answer = ask()
        return answer

    def until_known(
        self,
        place: str,
        heard: set[str],
        ask: Callable[[], LiveAnswer],
        unknown: Callable[[Answer], bool],
    ) -> LiveAnswer:
        """Ask again for a few seconds while a new client may not have arrived at an endpoint.

        Args:
            place: The endpoint.
            heard: Where the client need not be waited for any more; ``place`` is added.
            ask: Sends the request; it must spend nothing where it is refused.
            unknown: Whether an answer may speak of a client that is not known there yet.

        """
        answer = ask()
        if place not in heard and unknown(answer) and self.session.may_be_late(place):
            for pause_s in PROPAGATION_S:
                self.session.sleep(pause_s)
                answer = ask()
                if not unknown(answer):
                    break
            self.session.waited_for(place, in_vain=unknown(answer))
        heard.add(place)
        return answer

    def settle(self) -> None:
        """Wait until a change has arrived everywhere, where asking again would spend something."""
        self.session.sleep(sum(PROPAGATION_S))

    def post_form(
        self,
        url: str,
        form: dict[str, str],
        *,
        operation: str,
        headers: Iterable[tuple[str, str]] = (),
        certificate: ClientCertificate | None = None,
        timeout_s: float | None = None,
    ) -> LiveAnswer:
        """POST form fields."""
        return self.send(
            "POST",
            url,
            operation=operation,
            headers=[("Content-Type", FORM), *headers],
            content=form_encoded(form).encode(),
            certificate=certificate,
            timeout_s=timeout_s,
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        operation: str = "other",
        headers: Iterable[tuple[str, str]] = (),
        content: bytes = b"",
        timeout_s: float | None = None,
        paced: bool = False,
        certificate: ClientCertificate | None = None,
    ) -> LiveAnswer:
        """Send any request; a certificate is shown to a server that asks for one (RFC 8705)."""
        return self.session.send(
            self.recorder,
            operation,
            method,
            url,
            headers=headers,
            content=content,
            timeout_s=timeout_s,
            paced=paced,
            certificate=certificate,
        )


def said(answer: Answer) -> str:
    """What a refusal said, in a line."""
    text = answer.line
    if answer.error:
        text += f" {answer.error}"
    description = answer.members.get("error_description")
    if isinstance(description, str):
        text += f" ({description[:120]})"
    elif answer.accepted and answer.body.json_kind == "object":
        text += ", but the body names no client_id"
    elif answer.accepted:
        text += f", but the body is no JSON object: {answer.body.json_fault or 'empty'}"
    return text
