"""An odd assertion between two honest ones of the same client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import forging
from conformance.checks.client_authentication.proving import (
    Prover,
    main_prover,
    outcome,
    prover_by,
)
from conformance.outcomes import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider


def tell(
    provider: Provider,
    case: Case,
    *names: str,
    other: str = "",
    others: Mapping[str, forging.Signer] | None = None,
    prover: Prover | None = None,
) -> dict[str, Answer]:
    """Authenticate honestly, by the lie of a case, and honestly again.

    Args:
        provider: As the exchange has it.
        case: A case of ``fixtures/lies.toml``.
        names: The algorithms of which one must be used.
        other: The client that the lie names.
        others: The keys of which the lie is told.
        prover: The client, if not the main one.

    """
    if prover is None:
        prover = prover_by(provider, *names) if names else main_prover(provider)
    try:
        lying = forging.forge(
            forging.Lie.of_case(case),
            {},
            prover.claims(provider),
            prover.signer,
            now=provider.session.clock(),
            other=other,
            others=others,
        )
    except forging.ImpossibleLieError as error:
        raise NotApplicable(str(error)) from error
    return between(provider, prover, lambda: prover.ask(provider, lying))


def between(provider: Provider, prover: Prover, odd: Callable[[], Answer]) -> dict[str, Answer]:
    """The odd request between two honest ones; the second shows that nothing was locked."""
    answers = {"control": prover.honest(provider)}
    answers["odd"] = odd()
    if outcome(answers["odd"]) != outcome(answers["control"]):
        answers["after"] = prover.honest(provider)
    return answers
