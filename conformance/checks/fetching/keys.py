"""Clients of private_key_jwt whose keys are behind a jwks_uri (RFC 7591 section 2)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.checks.client_authentication.proving import (
    Prover,
    is_taken,
    keys_metadata,
    main_prover,
    signer_of,
)
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.sender import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider
    from mock_directory.client import CollectedUrl

MAX_AGE_S = 30
"""Seconds for which the directory lets its documents be kept."""
_MARGIN_S = 3
SHORT = {"Cache-Control": f"max-age={MAX_AGE_S}"}


@dataclass(frozen=True)
class Fetched:
    """A client whose honest assertion was taken after its keys had been fetched."""

    prover: Prover
    url: CollectedUrl
    answer: Answer


def kept_s(provider: Provider) -> float:
    """Seconds after which no key is kept any more that was fetched before."""
    declared = provider.settings.provider.keys_cached_s or 0
    return float(max(MAX_AGE_S, declared) + _MARGIN_S)


def keys_of(*provers: Prover) -> dict[str, Any]:
    """The JWK Set of some clients' keys."""
    return {"keys": [prover.signer.public_jwk for prover in provers]}


def named(provider: Provider, name: str) -> Prover:
    """What makes assertions of a client of this name; the client itself is still to come."""
    main = main_prover(provider)
    return main.of(main.client, signer_of(main.signer.algorithm, name))


def url_metadata(provider: Provider, name: str, uri: str) -> dict[str, Any]:
    """Metadata of a client of private_key_jwt with a jwks_uri."""
    metadata = keys_metadata(provider, name, {})
    del metadata["jwks"]
    return {**metadata, "jwks_uri": uri}


def registers(
    provider: Provider, name: str, uri: str, **request: Any
) -> tuple[Answer, Client | None]:
    """A registration with a jwks_uri, of which anything may come."""
    answer, client = provider.attempt(url_metadata(provider, name, uri), **request)
    if answer.status == 429:
        raise NotJudged(provider.session.limited, step=answer.step.id)
    return answer, client


def used(
    provider: Provider, clients: Mapping[str, Client | None], **request: Any
) -> dict[str, Any]:
    """By name, what an honest assertion of each client that was registered came to."""
    provider.settle()
    answers = {}
    for name, client in clients.items():
        if client is not None:
            prover = named(provider, name).of(client, named(provider, name).signer)
            answers[name] = prover.ask(provider, prover.assertion(provider), **request)
    return answers


def behind_a_url(provider: Provider, name: str) -> Fetched:
    """A client whose keys are behind a URL of the directory, and were fetched from there.

    Raises:
        NotApplicable: the provider does not offer private_key_jwt.
        NotJudged: it refuses such a client, or its honest assertion, or fetched nothing.

    """
    prover = named(provider, name)
    url = provider.collect("jwks.json", document=keys_of(prover), headers=SHORT)
    answer, client = registers(provider, name, url.url)
    if client is None:
        raise NotJudged(f"a client with a jwks_uri is refused: {said(answer)}", step=answer.step.id)
    prover = prover.of(client, prover.signer)
    taken = prover.honest(provider)
    if not is_taken(provider, prover, taken):
        raise NotJudged(
            f"an assertion by a key behind a jwks_uri is refused: {said(taken)}",
            step=taken.step.id,
        )
    if not provider.fetches(url):
        raise NotJudged("the provider did not fetch the jwks_uri", step=taken.step.id)
    return Fetched(prover, url, taken)


def fetching(provider: Provider) -> Fetched:
    """The control: a client whose keys the provider fetched, once a run."""
    memo = "control-jwks-uri"
    provider.session.leans(provider.recorder.exchange, memo)
    found: Fetched = provider.session.once(memo, lambda: behind_a_url(provider.apart(memo), "url"))
    return found


def fetches_anything(provider: Provider, members: Iterable[tuple[str, bool]]) -> list[str]:
    """The members of client metadata whose URLs, at the directory, the provider was seen to fetch.

    Args:
        provider: As the exchange has it.
        members: Names of members, and whether each is a list.

    Raises:
        NotJudged: it fetched none, so nothing shows that it would.

    """
    found = []
    with contextlib.suppress(NotApplicable, NotJudged):
        fetching(provider)
        found.append("jwks_uri")
    uri = provider.redirect_uri()
    everything = provider.collect(document=[uri])
    urls = {name: f"{everything.url}/{name}" for name, _ in members}
    provider.attempt(
        provider.baseline(**{n: [urls[n]] if many else urls[n] for n, many in members})
    )
    provider.settle()
    found += sorted(provider.fetched_below(everything) & urls.keys())
    if not found:
        raise NotJudged("the provider fetched nothing from the directory that it was told of")
    return found
