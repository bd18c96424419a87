"""RFC 7591 section 2 and RFC 7592 section 2.2: the keys of clients that authenticate by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import expect
from conformance.checks.client_authentication.judging import refused
from conformance.checks.client_authentication.proving import (
    METHOD,
    keys_metadata,
    main_prover,
    outcome,
    signer_of,
)
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_SOURCES = ("jwks", "jwks_uri")


@exchange(depth="full")
def keyless_registration(provider: Provider) -> dict[str, Answer]:
    """Register for private_key_jwt without a key, where the same with keys can authenticate."""
    if provider.demands_statements:
        raise NotApplicable("keys may come with the software statement that is demanded here")
    control = main_prover(provider).client
    metadata = keys_metadata(provider, "keyless", {})
    odd, _ = provider.attempt({name: v for name, v in metadata.items() if name != "jwks"})
    return {"control": control.registration, "odd": odd}


@exchange(depth="full")
def replaced_keys(provider: Provider) -> dict[str, Answer]:
    """Register with a key, replace it in an update, and authenticate by the new and the old."""
    main = main_prover(provider)
    algorithm = main.signer.algorithm
    first, second = signer_of(algorithm, "replaced"), signer_of(algorithm, "replacing")
    client = provider.register(
        optional="another client of private_key_jwt is refused",
        **keys_metadata(provider, "replaced keys", {"keys": [first.public_jwk]}),
    )
    client.need_management()
    old, new = main.of(client, first), main.of(client, second)
    answers: dict[str, Answer] = {"before": old.honest(provider)}
    answers["update"] = client.update(jwks={"keys": [second.public_jwk]})
    if not answers["update"].accepted:
        return answers
    answers["control"] = known = provider.patiently(
        lambda: new.ask(provider, new.assertion(provider)),
        lambda answer: outcome(answer) == outcome(answers["before"]),
    )
    answers["odd"] = provider.patiently(
        lambda: old.ask(provider, old.assertion(provider)),
        lambda answer: outcome(answer) != outcome(known),
    )
    answers["after"] = new.honest(provider)
    return answers


@requirement("rfc7591-2-key-method-needs-keys")
def test_method_of_keys_is_not_registered_without(
    keyless_registration: dict[str, Answer],
) -> None:
    odd = expect.conclusive(keyless_registration["odd"])
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    method = odd.members.get("token_endpoint_auth_method")
    expect.judged(odd.refused or method is not None, "the answer does not state the method")
    keys = [name for name in _SOURCES if odd.members.get(name)]
    expect.met(
        odd.refused or method != METHOD or keys,
        "refused, or registered for another method",
        f"{odd.status} {odd.error}" if odd.refused else f"{odd.status}, {method} without a key",
        name="token_endpoint_auth_method",
        about=odd,
        member="token_endpoint_auth_method",
    )


@requirement("rfc7591-2-update-removes-old-keys")
def test_replaced_key_authenticates_nobody(replaced_keys: dict[str, Answer]) -> None:
    before, update = replaced_keys["before"], expect.conclusive(replaced_keys["update"])
    expect.applies(update.status not in (403, 404, 405, 501), f"not offered: {update.line}")
    expect.judged(update.accepted, f"keys cannot be updated: {update.line}")
    sent = update.request.members["jwks"]["keys"]
    stated = (update.members.get("jwks") or {}).get("keys")
    expect.judged(
        isinstance(stated, list) and [key.get("kid") for key in stated] == [sent[0]["kid"]],
        "the update does not state the new keys alone; that has its own row",
    )
    expect.judged(
        outcome(before) == outcome(replaced_keys["control"]),
        "the new key does not do what the old one did",
    )
    refused(replaced_keys, name="the key that was replaced")
