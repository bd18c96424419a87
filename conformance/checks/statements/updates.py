"""RFC 7592 section 2.2: updates that carry a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.statements.evidence import stated, trusted_client
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

OTHER_NAME = "dcr-conformance other software"


@exchange(depth="full", needs="software_statements")
def foreign_statement_update(provider: Provider) -> dict[str, Answer]:
    """Update a client with a statement of its own software, then with one of another."""
    trusted_client(provider)
    metadata = stated(provider)
    client = provider.register(**provider.baseline(software_statement=provider.statement(metadata)))
    client.need_management()
    own = provider.statement(metadata)
    answers: dict[str, Answer] = {"own": client.update(software_statement=own)}
    answers["before"] = client.read()
    foreign = provider.statement({**metadata, "client_name": OTHER_NAME}, software="another")
    answers["foreign"] = client.update(software_statement=foreign)
    answers["after"] = client.read()
    return answers


@requirement("rfc7592-2.2-update-with-foreign-statement-not-applied")
def test_statement_of_another_software_is_not_applied(
    foreign_statement_update: dict[str, Answer],
) -> None:
    own = expect.conclusive(foreign_statement_update["own"])
    expect.applies(own.status not in (403, 404, 405, 501), f"not offered: {own.line}")
    expect.judged(own.accepted, f"its own statement does not update it either: {own.line}")
    update = expect.conclusive(foreign_statement_update["foreign"])
    after = foreign_statement_update["after"]
    expect.judged(update.refused or update.accepted, f"{update.line}: neither done nor refused")
    names = {answer.members.get("client_name") for answer in (update, after) if answer.registered}
    taken = OTHER_NAME in names
    expect.met(
        not taken,
        "refused, or the client as it was",
        f"{update.status}, now the other software's" if taken else f"{update.status}, as it was",
        name="the client afterwards",
        about=update,
        member="client_name",
    )
