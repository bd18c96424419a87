"""RFC 9101 section 10.5: clients whose requests must be signed, and those whose need not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect, forging
from conformance.checks.landing import UNKNOWN_TYPE, taken
from conformance.checks.request_objects import offered_algorithms, requester, turned_away
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

FLAG = "require_signed_request_object"


def _both_ways(provider: Provider, name: str, **members: bool) -> dict[str, Answer]:
    """Requests of one client: by a signed object, by an unsigned one, plain, and wrong."""
    offered_algorithms(provider)
    if provider.metadata.get(FLAG) is True:
        raise NotApplicable(f"the provider's metadata says {FLAG}: every client has to sign")
    own = requester(provider, name, **members)
    unsigned = forging.forge(
        forging.lie("alg-none"),
        own.header,
        own.claims(provider),
        own.signer,
        now=provider.session.clock(),
    )
    return {
        "registration": own.client.registration,
        "plain": provider.authorize(own.client),
        "unsigned": own.ask(provider, unsigned),
        "unknown type": provider.authorize(own.client, response_type=UNKNOWN_TYPE),
        "signed": own.honest(provider),
    }


@exchange(depth="full")
def requests_of_a_client_that_may_sign(provider: Provider) -> dict[str, Answer]:
    """Ask for authorization plainly and by request objects, as a client without the flag."""
    return _both_ways(provider, "main")


@exchange(depth="full")
def requests_of_a_client_that_has_to_sign(provider: Provider) -> dict[str, Answer]:
    """Register a client whose requests must be signed; ask for authorization in several ways."""
    return _both_ways(provider, "signing", **{FLAG: True})


def _signed_is_taken(answers: dict[str, Answer]) -> None:
    signed = expect.conclusive(answers["signed"])
    expect.judged(taken(signed), f"the signed request is refused as well: {signed.line}")


def _looked_at(answer: Answer, free: dict[str, Answer]) -> None:
    """Go on where a page for a person shows that the request was found good."""
    expect.judged(
        answer.landing != "interaction" or not taken(free["unknown type"]),
        "a person is asked before requests are looked at",
    )


@requirement("rfc9101-10.5-signed-request-object-enforced")
def test_unsigned_requests_of_a_signing_client_are_refused(
    requests_of_a_client_that_has_to_sign: dict[str, Answer],
    requests_of_a_client_that_may_sign: dict[str, Answer],
) -> None:
    bound, free = requests_of_a_client_that_has_to_sign, requests_of_a_client_that_may_sign
    expect.applies(
        bound["registration"].members.get(FLAG) is True,
        f"the flag was not registered: the answer does not state {FLAG}",
    )
    _signed_is_taken(bound)
    plain = free["plain"]
    expect.judged(taken(plain), f"no plain request is taken of any client: {plain.line}")
    _looked_at(bound["plain"], free)
    with expect.together():
        turned_away(bound["plain"], name="a plain request")
        turned_away(bound["unsigned"], name="an unsigned request object")


@requirement("rfc9101-10.5-signed-request-object-default-false")
def test_client_that_asks_for_nothing_need_not_sign(
    requests_of_a_client_that_may_sign: dict[str, Answer],
) -> None:
    free = requests_of_a_client_that_may_sign
    stated = free["registration"].members.get(FLAG)
    expect.applies(stated is not True, f"the answer states {FLAG} for a client that left it out")
    _signed_is_taken(free)
    plain = expect.conclusive(free["plain"])
    found = taken(plain)
    expect.judged(not taken(free["unknown type"]), "any request at all is taken")
    expect.met(
        found,
        "taken, as the same request when it is signed",
        f"{'taken' if found else 'refused'}: {plain.line} {plain.error or ''}".rstrip(),
        name="a plain request",
        about=plain,
    )
