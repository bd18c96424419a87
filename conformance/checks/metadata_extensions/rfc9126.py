"""RFC 9126 section 6: clients that push all authorization requests, and those that need not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.landing import UNKNOWN_TYPE, taken
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.authorization import oracle
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

FLAG = "require_pushed_authorization_requests"


def _pushes(provider: Provider) -> None:
    """Go on where pushing is offered, and not demanded of everybody."""
    provider.endpoint("pushed_authorization_request_endpoint")
    provider.endpoint("authorization_endpoint")
    if provider.metadata.get(FLAG) is True:
        raise NotApplicable(f"the provider's metadata says {FLAG}: every client has to push")
    oracle(provider)


def _both_ways(provider: Provider, client: Client) -> dict[str, Answer]:
    """One and the same authorization request, plain and pushed."""
    answers: dict[str, Answer] = {"registration": client.registration}
    answers["plain"] = provider.authorize(client)
    answers["push"] = push = provider.par(client)
    uri = push.members.get("request_uri")
    if isinstance(uri, str):
        answers["pushed"] = provider.authorize_pushed(client, uri)
    return answers


@exchange
def unflagged_requests(provider: Provider) -> dict[str, Answer]:
    """Ask for authorization plainly, by a pushed request, and wrongly."""
    _pushes(provider)
    client = provider.control(**provider.baseline())
    answers = _both_ways(provider, client)
    answers["unknown type"] = provider.authorize(client, response_type=UNKNOWN_TYPE)
    return answers


@exchange(depth="full")
def flagged_requests(provider: Provider) -> dict[str, Answer]:
    """Register a client that pushes all requests; ask for authorization plainly and pushed."""
    _pushes(provider)
    client = provider.register(
        optional=f"a client with {FLAG} is refused", **provider.baseline(**{FLAG: True})
    )
    return _both_ways(provider, client)


def _pushed_is_taken(answers: dict[str, Answer]) -> None:
    last = answers.get("pushed", answers["push"])
    expect.judged(
        "pushed" in answers and taken(last), f"the pushed request is not taken either: {last.line}"
    )


def _looked_at(answer: Answer, unflagged: dict[str, Answer]) -> None:
    """Go on where a page for a person shows that the request was found good."""
    expect.judged(
        answer.landing != "interaction" or not taken(unflagged["unknown type"]),
        "a person is asked before requests are looked at",
    )


@requirement("rfc9126-6-par-requirement-enforced")
def test_plain_request_of_a_pushing_client_is_refused(
    flagged_requests: dict[str, Answer], unflagged_requests: dict[str, Answer]
) -> None:
    registration = flagged_requests["registration"]
    expect.applies(
        registration.members.get(FLAG) is True,
        f"the flag was not registered: the answer does not state {FLAG}",
    )
    _pushed_is_taken(flagged_requests)
    control = unflagged_requests["plain"]
    expect.judged(taken(control), f"no plain request is taken of any client: {control.line}")
    odd = expect.conclusive(flagged_requests["plain"])
    found = taken(odd)
    _looked_at(odd, unflagged_requests)
    expect.met(
        not found,
        "refused",
        f"{'taken' if found else 'refused'}: {odd.line} {odd.error or ''}".rstrip(),
        name="a plain request",
        about=odd,
        # What was not refused yet may still be, once the person is known.
        at_most=Level.SHOULD if odd.landing == "interaction" else None,
    )


@requirement("rfc9126-6-par-requirement-default-false")
def test_client_that_asks_for_nothing_need_not_push(unflagged_requests: dict[str, Answer]) -> None:
    stated = unflagged_requests["registration"].members.get(FLAG)
    expect.applies(stated is not True, f"the answer states {FLAG} for a client that left it out")
    _pushed_is_taken(unflagged_requests)
    plain = expect.conclusive(unflagged_requests["plain"])
    found = taken(plain)
    expect.judged(not taken(unflagged_requests["unknown type"]), "any request at all is taken")
    expect.met(
        found,
        "taken, as the same request when it is pushed",
        f"{'taken' if found else 'refused'}: {plain.line} {plain.error or ''}".rstrip(),
        name="a plain request",
        about=plain,
    )
