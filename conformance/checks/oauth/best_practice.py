"""RFC 9700 sections 2.4 and 4.11.2: what a client that registered itself may not be used for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

GRANT = "password"
_NOT_ON = ("unsupported_grant_type", "unauthorized_client")
NOBODY: dict[str, Any] = {
    "username": "dcr-conformance-nobody",
    "password": "dcr-conformance-no-password",
}


@exchange(depth="full")
def password_registration(provider: Provider) -> dict[str, Answer]:
    """Register for the password grant besides; use it with the password of nobody."""
    control = provider.control(**provider.baseline())
    metadata = provider.baseline(grant_types=["authorization_code", GRANT])
    odd, client = provider.attempt(metadata)
    answers: dict[str, Answer] = {"control": control.registration, "odd": odd}
    if client is not None and provider.session.endpoint("token_endpoint"):
        answers["token"] = provider.token(client, grant_type=GRANT, **NOBODY)
    return answers


@exchange
def errors_before_login(provider: Provider) -> dict[str, Answer]:
    """Ask for authorization without a session: rightly, and for what is answered by an error."""
    if provider.demands_statements or provider.initial_access_token() is not None:
        raise NotApplicable("nobody registers here without being known")
    if provider.settings.provider.allowed_redirect_hosts:
        raise NotApplicable("the operator names the hosts of all redirect URIs")
    provider.endpoint("authorization_endpoint")
    client = provider.control(**provider.baseline())
    answers: dict[str, Answer] = {"control": provider.authorize(client)}
    if answers["control"].landing == "client":
        raise NotJudged("authorization comes without a login here, so nothing comes before it")
    answers["an unknown scope"] = provider.authorize(client, scope="dcr-conformance-no-such-scope")
    answers["an unknown response type"] = provider.authorize(
        client, response_type="dcr-conformance-unknown"
    )
    return answers


@requirement("rfc9700-2.4-password-grant-not-offered")
def test_password_grant_is_not_registered(password_registration: dict[str, Answer]) -> None:
    odd = expect.conclusive(password_registration["odd"])
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    stated = odd.members.get("grant_types")
    token = password_registration.get("token")
    error = token.error if token is not None else None
    on = error == "invalid_grant" or (token is not None and "access_token" in token.members)
    settled = odd.refused or error in _NOT_ON or (isinstance(stated, list) and GRANT not in stated)
    expect.judged(on or settled, "nothing shows whether the password grant is on")
    expect.met(
        not on,
        "refused, or registered without it",
        f"{odd.status}, and passwords are looked at: {error}" if on else _came_to(odd, error),
        name="grant_types",
        about=odd,
        member="grant_types",
    )


def _came_to(odd: Answer, error: str | None) -> str:
    return f"{odd.status} {odd.error}" if odd.refused else f"{odd.status}, then {error}"


@requirement("rfc9700-4.11.2-no-anonymous-open-redirector")
def test_error_is_not_redirected_before_a_login(errors_before_login: dict[str, Answer]) -> None:
    control = expect.tells(expect.conclusive(errors_before_login["control"]))
    expect.judged(control.landing == "interaction", f"no login page comes: {control.line}")
    with expect.together():
        for name, evidence in errors_before_login.items():
            if name == "control":
                continue
            answer = expect.conclusive(evidence)
            expect.judged(answer.landing not in ("", "unclear", "failed"), f"{answer.line}")
            away = answer.landing == "client"
            expect.met(
                not away,
                "a login, or an error page",
                f"{answer.status}, redirected to the client" if away else f"{answer.status}, not",
                name=name,
                about=answer,
            )
