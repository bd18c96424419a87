"""RFC 7592 section 2.3: what a deletion ends beside its client, and what it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.rfc7592.evidence import deleted
from conformance.checks.shared import credentials_client, machine
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.judgement import WholeRun
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider


@exchange
def sibling_deletion(provider: Provider) -> dict[str, Answer | Client]:
    """Delete one of two clients of one software, read the other, and register a third."""
    metadata = provider.baseline(
        software_id="dcr-conformance-siblings", client_name="dcr-conformance sibling"
    )
    gone, kept = provider.register(**metadata), provider.register(**metadata)
    gone.need_management()
    kept.need_management()
    answers: dict[str, Answer | Client] = {"gone": gone, "kept": kept, "before": kept.read()}
    answers["delete"] = gone.delete()
    answers["after"] = kept.read()
    answers["gone after"] = provider.patiently(gone.read, lambda answer: answer.refused)
    answers["next"] = provider.register(**metadata)
    return answers


@exchange
def token_of_the_deleted(provider: Provider) -> dict[str, Answer]:
    """Get an access token, delete its client, and let another client ask about the token."""
    provider.endpoint("introspection_endpoint")
    watcher = credentials_client(provider)
    client = provider.register(
        optional="the client credentials grant is refused",
        **machine(client_name="dcr-conformance token holder"),
    )
    client.need_management()
    granted = provider.token(client, grant_type="client_credentials")
    token = granted.members.get("access_token")
    if not isinstance(token, str):
        raise NotApplicable("there is no access token to ask about")
    answers: dict[str, Answer] = {"before": provider.introspect(watcher, token)}
    answers["delete"] = client.delete()
    answers["after"] = provider.patiently(
        lambda: provider.introspect(watcher, token),
        lambda answer: answer.members.get("active") is not True,
    )
    return answers


@exchange
def pending_at_deletion(provider: Provider) -> dict[str, Answer]:
    """Get a code and push a request as a public client, delete it, and use both."""
    client = provider.register(
        optional="public clients are refused",
        **provider.baseline(token_endpoint_auth_method="none"),
    )
    client.need_management()
    answers: dict[str, Answer] = {}
    code = provider.code(client)
    # Another code of the same kind shows that such codes are worth something.
    answers["control"] = provider.redeem(client, provider.code(client))
    answers["delete"] = client.delete()
    if answers["delete"].accepted:
        # A code can be tried once, so the end of its client gets time to arrive first.
        provider.patiently(
            lambda: provider.authenticates(client), lambda a: a.error == "invalid_client"
        )
    answers["code"] = provider.redeem(client, code)
    return answers


def _two_clients(sibling_deletion: dict[str, Any]) -> None:
    # RFC 7591 section 3.2.1 lets the instances of one software share an identifier.
    gone, kept = sibling_deletion["gone"], sibling_deletion["kept"]
    expect.applies(gone.client_id != kept.client_id, "identical clients share one client_id")


@requirement("rfc7592-2.3-deletion-spares-similar-clients")
def test_deletion_spares_similar_clients(sibling_deletion: dict[str, Any]) -> None:
    deleted(sibling_deletion)
    _two_clients(sibling_deletion)
    expect.judged(sibling_deletion["before"].accepted, "reading is not offered")
    alive = sibling_deletion["gone after"].accepted
    expect.judged(not alive, "nothing was deleted; that is judged by its own row")
    expect.accepted(sibling_deletion["after"])


@requirement("rfc7592-2.3-deleted-client-id-not-reissued")
def test_deleted_client_id_is_not_reissued(sibling_deletion: dict[str, Any]) -> None:
    deleted(sibling_deletion)
    _two_clients(sibling_deletion)
    gone, after = sibling_deletion["gone"], sibling_deletion["next"]
    again = after.client_id == gone.client_id
    expect.met(
        not again,
        "an identifier that was never used",
        "the identifier of the deleted client" if again else after.client_id,
        name="client_id",
        about=after.registration,
        member="client_id",
    )


@requirement("rfc7592-2.3-deleted-client-id-not-reissued")
def test_no_client_id_is_issued_again(whole_run: WholeRun) -> None:
    ended: dict[str, float] = {}
    ids = {}
    for answer in whole_run.of("register"):
        if answer.registered:
            ids[str(answer.members.get("registration_client_uri"))] = answer.members["client_id"]
    for answer in whole_run.of("delete"):
        client_id = ids.get(answer.step.request.url)
        if client_id is not None and answer.status == 204:
            ended[client_id] = answer.step.at
    expect.applies(ended, "no client was deleted")
    expect.throughout(
        "an identifier that was never used",
        [
            (answer, "client_id", "the identifier of a client that was deleted before")
            for answer in whole_run.of("register")
            if answer.registered
            and answer.step.at - answer.step.elapsed_s
            > ended.get(answer.members["client_id"], float("inf"))
        ],
        seen=len(ended),
        name="deleted clients",
    )


@requirement("rfc7592-2.3-deletion-revokes-tokens")
def test_deletion_revokes_tokens(token_of_the_deleted: dict[str, Answer]) -> None:
    deleted(token_of_the_deleted)
    before = expect.conclusive(token_of_the_deleted["before"])
    expect.judged(
        before.members.get("active") is True, "no other client may ask about its access tokens"
    )
    after = expect.conclusive(token_of_the_deleted["after"])
    expect.met(
        after.members.get("active") is not True,
        "the token is not active",
        f"active: {after.members.get('active')}",
        name="introspection",
        about=after,
    )


@requirement("rfc7592-2.3-delete-kills-pending-artefacts")
def test_deletion_kills_pending_codes(pending_at_deletion: dict[str, Answer]) -> None:
    deleted(pending_at_deletion)
    control = pending_at_deletion["control"]
    expect.judged("access_token" in control.members, f"a code is worth nothing: {control.line}")
    expect.no_token(pending_at_deletion["code"], name="redemption of the code")
