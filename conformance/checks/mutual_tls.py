"""Clients of mutual TLS whose own certificate is known to authenticate them (RFC 8705)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.client_authentication.proving import grant, outcome
from conformance.checks.shared import machine
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.certificates import ClientCertificate, key_pair, self_signed
from conformance.provider.sender import said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider
    from conformance.provider.session import LiveAnswer

ISSUED, SELF_SIGNED = "tls_client_auth", "self_signed_tls_client_auth"

SUBJECT = "tls_client_auth_subject_dn"
SUBJECTS = (
    SUBJECT,
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)
"""The members of which a client of tls_client_auth uses exactly one (RFC 8705 section 2.1.2)."""

_AFTER_AUTHENTICATION = ("invalid_grant", "unauthorized_client", "invalid_scope")


@dataclass(frozen=True)
class Holder:
    """A client and the certificate that is its own; asked through the exchange at hand."""

    client: Client
    certificate: ClientCertificate

    def ask(
        self,
        provider: Provider,
        certificate: ClientCertificate | None,
        *,
        url: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> LiveAnswer:
        """A token request that names the client and shows a certificate, or none."""
        return provider.post_form(
            url or provider.mutual_tls_endpoint("token_endpoint"),
            {**grant(provider, self.client), "client_id": self.client.client_id},
            operation="token",
            headers=headers,
            certificate=certificate,
        )

    def honest(self, provider: Provider) -> Answer:
        """A token request with its own certificate; a new client is waited for a little."""
        return provider.until_known(
            "mutual TLS",
            self.client.credentials.heard,
            lambda: self.ask(provider, self.certificate),
            lambda answer: answer.error == "invalid_client",
        )


def need_method(provider: Provider, method: str) -> None:
    """Go on only where a method of mutual TLS is offered.

    Raises:
        NotApplicable: the provider's metadata does not name it.

    """
    provider.endpoint("token_endpoint")
    offered = provider.metadata.get("token_endpoint_auth_methods_supported")
    if not isinstance(offered, list) or method not in offered:
        raise NotApplicable(f"token_endpoint_auth_methods_supported does not name {method}")


def metadata_of(provider: Provider, method: str, name: str, **members: Any) -> dict[str, Any]:
    """Metadata of a client of mutual TLS."""
    members = {
        "token_endpoint_auth_method": method,
        "client_name": f"dcr-conformance {name}",
        **members,
    }
    offered = provider.metadata.get("grant_types_supported")
    if isinstance(offered, list) and "client_credentials" not in offered:
        return provider.baseline(**members)
    return machine(**members)


def issued_certificate(
    provider: Provider, name: str, *, days: int = 365, at_s: int = 0
) -> ClientCertificate:
    """A certificate of the directory's authority, of its own subject for each name.

    Args:
        provider: As the exchange has it.
        name: Whose it is.
        days: For how long it holds.
        at_s: When it begins, in seconds from now.

    Raises:
        NotApplicable: nothing says that the provider trusts that authority.
        Blocked: the directory cannot be used.

    """
    if not provider.settings.provider.client_certificates:
        raise NotApplicable(
            "nothing says that the provider trusts client certificates of the directory "
            '([provider] client_certificates = "trusted")'
        )

    def make() -> ClientCertificate:
        _, private, public = key_pair()
        at = int(provider.session.clock()) + at_s if at_s else None
        anchor = provider.session.trust_anchor
        made = anchor.certificate(f"certificates {name}", public, days=days, at=at)
        return ClientCertificate(made["pem"], private, made["subject"])

    memo = f"certificate {name} {days} {at_s}"
    found: ClientCertificate = provider.session.once(memo, make)
    return found


def holder_of_issued(provider: Provider, name: str = "main") -> Holder:
    """The client of tls_client_auth under a name, with a certificate that was issued to it.

    Raises:
        NotApplicable: the provider offers no such thing, or trusts no certificate of ours.
        NotJudged: it refuses the client, or its certificate.

    """
    need_method(provider, ISSUED)
    certificate = issued_certificate(provider, name)
    return _holder(provider, ISSUED, name, certificate, {SUBJECT: certificate.subject})


def holder_of_self_signed(provider: Provider, name: str = "main") -> Holder:
    """The client of self_signed_tls_client_auth under a name, with a certificate of its own.

    Raises:
        NotApplicable: the provider offers no such thing.
        NotJudged: it refuses the client, or its certificate.

    """
    need_method(provider, SELF_SIGNED)
    certificate, jwk = provider.session.once(
        f"self-signed {name}", lambda: self_signed(f"dcr-conformance-{name}")
    )
    return _holder(provider, SELF_SIGNED, name, certificate, {"jwks": {"keys": [jwk]}})


def holder_of_any(provider: Provider) -> Holder:
    """The client of whichever method is offered, the self-signed one first.

    Raises:
        NotApplicable: neither is, or the provider trusts no certificate of ours.
        NotJudged: it refuses the client.

    """
    try:
        return holder_of_self_signed(provider)
    except NotApplicable:
        return holder_of_issued(provider)


def _holder(
    provider: Provider,
    method: str,
    name: str,
    certificate: ClientCertificate,
    members: dict[str, Any],
) -> Holder:
    memo = f"control-{method.replace('_', '-')}-{name}"
    provider.session.leans(provider.recorder.exchange, memo)

    def make() -> Holder:
        own = provider.apart(memo)
        client = own.register(
            optional=f"a client of {method} is refused",
            **metadata_of(own, method, f"{method} {name}", **members),
        )
        stated = client.members.get("token_endpoint_auth_method", method)
        if stated != method:
            raise NotApplicable(f"a client of {method} is registered for {stated}")
        return Holder(client, certificate)

    found: Holder = provider.session.once(memo, make)
    return replace(found, client=found.client.bound_to(provider))


def authenticated(answer: Answer) -> bool:
    """Whether a token request got beyond the authentication of the client."""
    given, error = outcome(answer)
    return given or error in _AFTER_AUTHENTICATION


def turned_away(answer: Answer) -> bool:
    """Whether a request was refused, if only by the handshake.

    Raises:
        NotJudged: it says nothing about the question.

    """
    if not answer.answered:
        # An alert ends the connection before anything is answered (RFC 8446 section 6.2).
        if "no whole answer within" in answer.step.failure:
            raise NotJudged(answer.line)
        return True
    if answer.inconclusive or answer.status >= 500:
        raise NotJudged(f"{answer.line} says nothing about the question")
    return not authenticated(answer)


def honest_is_taken(answers: dict[str, Answer]) -> None:
    """Go on where the client's own certificate authenticates it, before and after.

    Where nothing but errors can be had, a request without a certificate must be told from it.
    """
    for name in ("control", "after"):
        honest = answers[name]
        expect.judged(authenticated(honest), f"its own certificate is refused: {_line(honest)}")
    given, _ = outcome(answers["control"])
    expect.judged(
        given or turned_away(answers["none"]),
        "a client that shows no certificate is answered as one that does",
    )


def refused(answers: dict[str, Answer], name: str, *, what: str) -> bool:
    """A request with what is not the client's certificate is refused, and one with nothing."""
    honest_is_taken(answers)
    with expect.together():
        found = []
        # A handshake may refuse certificates of a client that needs none.
        for role, words in ((name, what), ("none", "no certificate")):
            odd = answers[role]
            away = turned_away(odd)
            how = "refused" if away else "taken"
            line = f"{how}: {_line(odd)}"
            found.append(expect.met(away, "refused", line, name=words, about=odd))
    return all(found)


def _line(answer: Answer) -> str:
    if not answer.answered:
        return f"the connection ended ({answer.step.failure})"
    return f"{answer.status}, a token" if outcome(answer)[0] else said(answer)
