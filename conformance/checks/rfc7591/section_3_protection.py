"""RFC 7591 section 3: what protects the registration endpoint: TLS and initial access tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from conformance import expect
from conformance.checks.hosts import on_this_machine, private_host
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable, NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider

CLEARTEXT_S = 5.0
"""Seconds within which a listener without TLS would have answered."""


@exchange
def cleartext_requests(provider: Provider) -> dict[str, Answer | str]:
    """Ask the registration endpoint without TLS; register there if anything answers."""
    control = provider.control(**provider.baseline())
    parts = urlsplit(provider.registration_endpoint)
    if on_this_machine(parts.hostname or ""):
        # Whatever else listens on this machine is no part of the provider.
        raise NotJudged("the provider is on this machine: a test deployment is not production")
    answers: dict[str, Answer | str] = {"control": control.registration, "scheme": parts.scheme}
    if parts.scheme != "https":
        return answers
    uri = urlunsplit(parts._replace(scheme="http"))
    answers["get"] = get = provider.send("GET", uri, timeout_s=CLEARTEXT_S)
    if get.answered and not 300 <= get.status < 400:
        answers["post"], _ = provider.attempt(
            provider.baseline(), uri=uri, initial_token=None, timeout_s=CLEARTEXT_S
        )
    return answers


@exchange(cases=load_cases("unprotected_forms"))
def disguised_registration(
    provider: Provider, case: Case, initial_token_misuse: dict[str, Answer]
) -> dict[str, Answer]:
    """Register without the token at another spelling of the URL, or with misleading headers."""
    if not initial_token_misuse["anonymous"].refused:
        raise NotApplicable("registration needs no initial access token")
    parts = urlsplit(provider.registration_endpoint)
    head, _, last = parts.path.rpartition("/")
    path = case.get("path", "{path}").format(
        path=parts.path,
        head=head,
        last=last,
        upper=last.upper(),
        encoded="".join(f"%{ord(letter):02x}" for letter in last[:1]) + last[1:],
    )
    answer, _ = provider.attempt(
        provider.baseline(),
        uri=urlunsplit(parts._replace(path=path)),
        initial_token=None,
        headers=[(name, value) for name, value in case.get("headers", [])],
    )
    return {"anonymous": initial_token_misuse["anonymous"], "odd": answer}


@exchange
def ordinary_token_registration(
    provider: Provider, initial_token_misuse: dict[str, Answer]
) -> dict[str, Answer]:
    """Register with the access token of a client that anybody could have registered."""
    if not initial_token_misuse["anonymous"].refused:
        raise NotApplicable("registration needs no initial access token")
    if provider.settings.initial_access_token.token_endpoint:
        raise NotApplicable("the operator's initial access token is an ordinary access token")
    client = credentials_client(provider)
    token = provider.token(client, grant_type="client_credentials")
    value = token.members.get("access_token")
    if not isinstance(value, str):
        raise NotJudged(f"no access token: {token.line}", step=token.step.id)
    answer, _ = provider.attempt(provider.baseline(), initial_token=value)
    return {"anonymous": initial_token_misuse["anonymous"], "odd": answer}


@exchange
def expired_token_registration(
    provider: Provider, initial_token_misuse: dict[str, Answer]
) -> dict[str, Answer]:
    """Register with an initial access token whose time is over."""
    if not initial_token_misuse["anonymous"].refused:
        raise NotApplicable("registration needs no initial access token")
    expired = provider.settings.initial_access_token.expired_token
    if expired is None:
        raise NotApplicable("the operator gave no expired initial access token")
    answer, _ = provider.attempt(provider.baseline(), initial_token=expired.get_secret_value())
    return {"anonymous": initial_token_misuse["anonymous"], "odd": answer}


@requirement("rfc7591-3-endpoint-requires-tls")
def test_nothing_is_registered_without_tls(cleartext_requests: dict[str, Answer]) -> None:
    evidence = cleartext_requests
    scheme = str(evidence["scheme"])
    private = private_host(evidence["control"].step.request.url)
    cleartext = scheme != "https" or ("post" in evidence and evidence["post"].registered)
    expect.judged(
        not (private and cleartext),
        f"{private} is on a private network: a test deployment is not production",
    )
    expect.met(scheme == "https", "https", scheme, name="scheme", about=evidence["control"])
    post = evidence["post"] if "post" in evidence else evidence["get"]
    expect.met(
        not post.registered,
        "no listener, or no registration over it",
        post.line,
        name="without TLS",
        about=post,
    )


@requirement("rfc7591-3-token-protection-holds-for-url-variants")
def test_protection_holds_for_every_spelling(disguised_registration: dict[str, Answer]) -> None:
    _no_client(disguised_registration)


@requirement("rfc7591-3-ordinary-access-token-is-no-initial-access-token")
def test_ordinary_access_token_opens_nothing(
    ordinary_token_registration: dict[str, Answer],
) -> None:
    _no_client(ordinary_token_registration)


@requirement("rfc7591-3-spent-initial-access-token-refused")
def test_expired_initial_token_registers_nobody(
    expired_token_registration: dict[str, Answer],
) -> None:
    _no_client(expired_token_registration)


def _no_client(evidence: dict[str, Answer]) -> None:
    odd = expect.conclusive(evidence["odd"])
    expect.met(
        not odd.registered,
        "no client, as without the token",
        odd.line,
        name="registration",
        about=odd,
        member="client_id",
    )
