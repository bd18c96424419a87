"""RFC 9101 sections 5 and 6.2: whose request objects are taken, signed by whom and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect, forging
from conformance.checks.landing import taken
from conformance.checks.lying import told
from conformance.checks.request_objects import (
    between,
    keys_of,
    offered_algorithms,
    refused,
    requester,
)
from conformance.exchange import exchange
from conformance.forging.signers import ALGORITHMS
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider

ALGORITHM = "request_object_signing_alg"

_FORGED = (
    "alg-none",
    "alg-none-mixed",
    "signature-stripped",
    "signature-flipped",
    "payload-changed",
    "hmac-public-pem",
    "strange-key",
    "embedded-jwk",
    "kid-path",
)


@exchange(cases=told(*_FORGED))
def forged_request_object(provider: Provider, case: Case) -> dict[str, Answer]:
    """Ask for authorization by an honest request object, by a forged one, and honestly again."""
    own = requester(provider)
    offered = provider.metadata.get("request_object_signing_alg_values_supported", ["none"])
    if case.id == "alg-none" and ALGORITHM not in own.client.members and "none" in offered:
        # OpenID Connect Core section 6.1 lets a client that registered no algorithm sign none.
        raise NotApplicable(f"unsigned objects may be allowed: the answer states no {ALGORITHM}")
    try:
        forged = forging.forge(
            forging.Lie.of_case(case),
            own.header,
            own.claims(provider),
            own.signer,
            now=provider.session.clock(),
        )
    except forging.ImpossibleLieError as error:
        raise NotApplicable(str(error)) from error
    return between(provider, own, lambda: own.ask(provider, forged))


@exchange(depth="full")
def request_object_by_another_clients_key(provider: Provider) -> dict[str, Answer]:
    """Ask for authorization honestly, and by an object that another client's key signed."""
    own, second = requester(provider), requester(provider, "second")
    foreign = forging.honest(own.header, own.claims(provider), second.signer)
    answers = between(provider, own, lambda: own.ask(provider, foreign))
    return {**answers, "its own": second.honest(provider)}


@exchange(depth="full")
def request_object_of_another_client(provider: Provider) -> dict[str, dict[str, Answer]]:
    """Name one client in the request object and another one beside it, both ways."""
    own, second = requester(provider), requester(provider, "second")
    lie = forging.forge(
        forging.lie("client-id-of-another"),
        own.header,
        own.claims(provider),
        own.signer,
        now=provider.session.clock(),
        other=second.client.client_id,
    )
    outside = {"client_id": second.client.client_id}
    inside = own.request_object(provider)
    return {
        "another client within": between(provider, own, lambda: own.ask(provider, lie)),
        "another client beside": between(
            provider, own, lambda: own.ask(provider, inside, **outside)
        ),
    }


@exchange(depth="full")
def request_object_by_another_algorithm(provider: Provider) -> dict[str, Answer]:
    """Sign a request object by a registered key, but not by the registered algorithm."""
    own = requester(provider)
    kind = ALGORITHMS[own.signer.algorithm][0]
    others = [item for item in offered_algorithms(provider) if ALGORITHMS[item][0] != kind]
    if not others:
        raise NotApplicable("request objects are signed by one kind of key alone")
    other = keys_of(provider, "main")[ALGORITHMS[others[0]][0]]
    # A client that registered that algorithm shows that it is taken at all.
    twin = requester(provider, "twin", **{ALGORITHM: other.algorithm})
    odd = forging.honest(own.header, own.claims(provider), other)
    answers = between(provider, own, lambda: own.ask(provider, odd))
    return {**answers, "twin": twin.client.registration, "by the twin": twin.honest(provider)}


@requirement("rfc9101-6.2-request-object-client-keys-only")
def test_forged_request_object_is_refused(forged_request_object: dict[str, Any]) -> None:
    refused(forged_request_object)


@requirement("rfc9101-6.2-request-object-client-keys-only")
def test_request_object_by_another_clients_key_is_refused(
    request_object_by_another_clients_key: dict[str, Answer],
) -> None:
    own = request_object_by_another_clients_key["its own"]
    expect.judged(taken(own), f"the other client's own object is refused: {own.line}")
    refused(request_object_by_another_clients_key, name="an object signed by another client")


@requirement("rfc9101-5-request-object-client-id-matches")
def test_client_id_within_and_beside_the_object_are_one(
    request_object_of_another_client: dict[str, dict[str, Answer]],
) -> None:
    with expect.together():
        for name, answers in request_object_of_another_client.items():
            refused(answers, name=name)


@requirement("oidc-registration-2-request-object-alg-enforced")
def test_request_object_by_another_algorithm_is_refused(
    request_object_by_another_algorithm: dict[str, Answer],
) -> None:
    evidence = request_object_by_another_algorithm
    registered, other = (evidence[name].members.get(ALGORITHM) for name in ("registration", "twin"))
    expect.applies(registered is not None, f"the answer states no {ALGORITHM}")
    expect.judged(other not in (None, registered), f"every client is registered for {registered}")
    twin = evidence["by the twin"]
    expect.judged(taken(twin), f"no object by {other} is taken of any client: {twin.line}")
    refused(evidence, name="an object by another algorithm")
