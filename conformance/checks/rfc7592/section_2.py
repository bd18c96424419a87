"""RFC 7592 section 2: the client configuration endpoint, and what opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance import expect
from conformance.checks.hosts import private_host
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.credentials import altered, basic, quoted
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


@exchange
def odd_methods(provider: Provider) -> dict[str, Answer]:
    """Try methods at the configuration endpoint that RFC 7592 does not define."""
    client = provider.register(**provider.baseline())
    client.need_management()
    return {
        "control": client.read(),
        "PATCH": client.request("PATCH", content=b"{}"),
        "DCRTEST": client.request("DCRTEST"),
    }


@exchange
def other_credentials(provider: Provider) -> dict[str, Answer]:
    """Read a client with its own credentials for other purposes, and with none."""
    client = credentials_client(provider)
    client.need_management()
    answers: dict[str, Answer] = {
        "control": client.read(),
        "no credentials": client.read(token=None),
    }
    if client.secret is not None:
        header = {"Authorization": basic(client.client_id, client.secret)}
        answers["the client secret"] = client.read(token=None, headers=header)
    if provider.session.endpoint("token_endpoint"):
        granted = provider.token(client, grant_type="client_credentials")
        token = granted.members.get("access_token")
        if isinstance(token, str):
            answers["an access token"] = client.read(token=token)
    return answers


@exchange
def initial_token_read(provider: Provider) -> dict[str, Answer]:
    """Read a client with the initial access token that opened registration."""
    token = provider.initial_access_token()
    if token is None:
        raise NotApplicable("registration needs no initial access token")
    client = provider.control(**provider.baseline())
    client.need_management()
    if token == client.registration_token:
        return {"control": client.registration, "initial": client.read(token=token)}
    return {"control": client.read(), "initial": client.read(token=token)}


@exchange
def doubled_identifiers(provider: Provider) -> dict[str, Answer | Client]:
    """Name one client in the URL and another in a parameter, with the token of either."""
    victim = provider.control(**provider.baseline())
    attacker = provider.register(**provider.baseline(client_name="dcr-conformance doubled"))
    attacker.need_management()
    own, other = attacker.configuration_uri or "", victim.configuration_uri or ""
    answers: dict[str, Answer | Client] = {"victim": victim, "control": attacker.read()}
    answers["a parameter beside the own URL"] = attacker.read(uri=_with(own, victim.client_id))
    # Last: a token that was tried on another client may rightly be dead afterwards.
    answers["a parameter beside the foreign URL"] = attacker.read(
        uri=_with(other, attacker.client_id)
    )
    answers["without a parameter"] = attacker.read(uri=other)
    return answers


def _with(url: str, client_id: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}client_id={quoted(client_id)}"


# The token used may rightly be dead afterwards, and then nobody can remove its client.
@exchange(depth="full")
def unknown_client(provider: Provider) -> dict[str, Answer]:
    """Read a client that does not exist with the token of one that does, then that one."""
    client = provider.register(**provider.baseline())
    client.need_management()
    uri, identifier = client.configuration_uri or "", quoted(client.client_id)
    if identifier not in uri:
        raise NotApplicable("the configuration URL does not name the client")
    control = client.read()
    place = uri.rindex(identifier)
    unknown = uri[:place] + altered(identifier) + uri[place + len(identifier) :]
    answers = {"control": control, "unknown": client.read(uri=unknown)}
    own = provider.patiently(client.read, lambda answer: answer.refused)
    return {**answers, "own": own}


@requirement("rfc7592-2-configuration-endpoint-requires-tls")
def test_configuration_endpoint_is_behind_tls(minimal_registration: ClientRecord) -> None:
    answer = minimal_registration.registration
    uri = answer.members.get("registration_client_uri")
    expect.applies(isinstance(uri, str), "no registration_client_uri was issued")
    parts = urlsplit(str(uri))
    expect.judged(parts.scheme, "the URL is relative; judged by its own row")
    # The address that was asked tells the deployment, not the one that the answer makes up.
    private = private_host(answer.step.request.url)
    expect.judged(
        parts.scheme == "https" or not private,
        f"{private} is on a private network: a test deployment is not production",
    )
    expect.met(
        parts.scheme == "https",
        "https",
        uri,
        name="registration_client_uri",
        about=answer,
        member="registration_client_uri",
    )


@requirement("rfc7592-2-unsupported-method-refused")
def test_unsupported_methods_are_refused(odd_methods: dict[str, Answer]) -> None:
    expect.judged(odd_methods["control"].accepted, "reading is not offered")
    with expect.together():
        for name in ("PATCH", "DCRTEST"):
            answer = odd_methods[name]
            # Whatever stands before the provider may cut off a method that it does not know.
            expect.judged(answer.answered, f"no answer to tell of: {answer.line}")
            expect.conclusive(answer)
            # A provider may know PATCH too, and then answers for this client.
            refused = 400 <= answer.status < 500 or answer.status == 501
            expect.met(
                refused or (name == "PATCH" and answer.registered),
                "an error status",
                answer.status,
                name=f"{name} is answered",
                about=answer,
            )


@requirement("rfc7592-2-other-credentials-cannot-manage")
def test_other_credentials_cannot_manage(other_credentials: dict[str, Answer]) -> None:
    expect.applies(other_credentials["control"].accepted, "reading is not offered")
    with expect.together():
        for name, answer in other_credentials.items():
            if name != "control":
                expect.refused(answer, name=f"read with {name}")


@requirement("rfc7592-2-initial-token-cannot-manage")
def test_initial_access_token_cannot_manage(initial_token_read: dict[str, Answer]) -> None:
    expect.applies(initial_token_read["control"].accepted, "reading is not offered")
    expect.refused(initial_token_read["initial"])


@requirement("rfc7592-2-client-selected-once-no-parameter-pollution")
def test_client_is_selected_once(doubled_identifiers: dict[str, Any]) -> None:
    expect.applies(doubled_identifiers["control"].accepted, "reading is not offered")
    victim = doubled_identifiers["victim"].client_id
    plain = expect.conclusive(doubled_identifiers["without a parameter"])
    expect.judged(plain.refused, "one client's token opens another; judged by its own row")
    with expect.together():
        for name, answer in doubled_identifiers.items():
            if name.startswith("a parameter"):
                expect.conclusive(answer)
                # An error may name the client that the URL names.
                other = answer.members.get("client_id") == victim and not answer.refused
                expect.met(
                    not other,
                    "nothing of the other client",
                    f"{answer.status}, the other client" if other else answer.status,
                    name=name,
                    about=answer,
                )


@requirement("rfc7592-2.1-unknown-client-read-401")
def test_reading_an_unknown_client_answers_401(unknown_client: dict[str, Answer]) -> None:
    expect.applies(unknown_client["control"].accepted, "reading is not offered")
    expect.status(unknown_client["unknown"], 401)


@requirement("rfc7592-2.1-unknown-client-token-revoked")
def test_token_used_on_an_unknown_client_is_revoked(unknown_client: dict[str, Answer]) -> None:
    expect.applies(unknown_client["control"].accepted, "reading is not offered")
    expect.judged(unknown_client["unknown"].refused, "the unknown client was not refused")
    expect.refused(unknown_client["own"], at_most=Level.SHOULD, name="the token afterwards")
