"""RFC 7517 sections 4 and 5: which keys of a client's JWK Set may sign its assertions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.client_authentication.judging import refused
from conformance.checks.client_authentication.proving import (
    keys_client,
    keys_metadata,
    main_prover,
    outcome,
    signer_of,
)
from conformance.checks.client_authentication.ring import key_ring
from conformance.checks.client_authentication.telling import tell
from conformance.checks.lying import told
from conformance.exchange import Case, exchange
from conformance.forging.signers import ALGORITHMS, LocalSigner, key
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_ODD_KEYS = (
    Case("unknown-type", {"key": {"kty": "dcr-conformance", "kid": "odd", "use": "sig"}}),
    Case(
        "unknown-curve",
        {"key": {"kty": "EC", "kid": "odd", "crv": "P-0", "x": "AQ", "y": "AQ"}},
        "full",
    ),
)


def _with_set(provider: Provider, name: str, jwks: dict[str, Any]) -> dict[str, Answer]:
    """Register a JWK Set of one usable key and something odd; authenticate with that key."""
    prover = main_prover(provider)
    answers = {"control": prover.honest(provider)}
    answers["registration"], client = provider.attempt(keys_metadata(provider, name, jwks))
    if client is not None:
        own = prover.of(client, signer_of(prover.signer.algorithm, name))
        answers["odd"] = own.honest(provider)
        answers["after"] = prover.honest(provider)
    return answers


@exchange
def keys_with_unknown_members(provider: Provider) -> dict[str, Answer]:
    """Register a key with members that nobody knows, in it and beside it; use it."""
    jwk = signer_of(main_prover(provider).signer.algorithm, "members").public_jwk
    note = {"dcr-conformance": "a note"}
    return _with_set(provider, "members", {"keys": [{**jwk, **note}], **note})


@exchange(cases=_ODD_KEYS)
def keys_beside_an_odd_one(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register a key beside one that nobody can use; use the good one."""
    name = f"beside-{case.id}"
    jwk = signer_of(main_prover(provider).signer.algorithm, name).public_jwk
    return _with_set(provider, name, {"keys": [case.key, jwk]})


@exchange
def keys_of_one_name(provider: Provider) -> dict[str, Any]:
    """Register two keys of one kid; authenticate by each, twice."""
    main = main_prover(provider)
    algorithm, kid = main.signer.algorithm, "dcr-conformance-twin"
    kind = ALGORITHMS[algorithm][0]
    signers = [LocalSigner(key(kind, f"twin {name}"), algorithm, kid) for name in "ab"]
    client = keys_client(provider, "twins", [signer.public_jwk for signer in signers])
    answers: dict[str, Any] = {"control": main.honest(provider)}
    for number in (1, 2):
        for signer, name in zip(signers, ("first", "second"), strict=True):
            prover = main.of(client, signer)
            answers[f"{name} {number}"] = prover.honest(provider)
    return answers


@exchange(cases=told("encryption-key"))
def assertion_by_an_encryption_key(provider: Provider, case: Case) -> dict[str, Answer]:
    """Authenticate by a key for signatures, then by one of the same set that is for encryption."""
    prover, others = key_ring(provider)
    return tell(provider, case, others=others, prover=prover)


def _usable(evidence: dict[str, Any], *, at_most: Level) -> None:
    """A registered set with something odd in it works; a refused one is capped."""
    registration = expect.conclusive(evidence["registration"])
    if "odd" not in evidence:
        expect.judged(registration.refused, f"{registration.line} is judged by its own row")
        expect.met(
            condition=False,
            expected="registered, or replaced",
            actual=f"{registration.status} {registration.error or ''}",
            name="registration",
            about=registration,
            at_most=at_most,
        )
        return
    found, control, after = (expect.conclusive(evidence[n]) for n in ("odd", "control", "after"))
    same = outcome(control) == outcome(after)
    expect.judged(same, f"the honest assertion is not taken twice: {after.line}")
    works = outcome(found) == outcome(control)
    expect.met(
        works,
        "taken",
        f"{found.status}, taken" if works else f"refused: {found.status} {found.error or ''}",
        name="an assertion by the good key",
        about=found,
    )


@requirement("rfc7517-4-unknown-jwk-members-ignored")
def test_unknown_members_of_keys_are_ignored(keys_with_unknown_members: dict[str, Any]) -> None:
    _usable(keys_with_unknown_members, at_most=Level.SHOULD)


@requirement("rfc7517-5-unknown-key-type-ignored")
def test_keys_that_nobody_can_use_are_ignored(keys_beside_an_odd_one: dict[str, Any]) -> None:
    _usable(keys_beside_an_odd_one, at_most=Level.SHOULD)


@requirement("rfc7517-4.5-duplicate-kid-handled")
def test_keys_of_one_name_work_the_same_every_time(keys_of_one_name: dict[str, Any]) -> None:
    found = keys_of_one_name
    control = expect.conclusive(found["control"])
    ways = {
        name: [expect.conclusive(found[f"{name} {number}"]) for number in (1, 2)]
        for name in ("first", "second")
    }
    works = {
        name: [outcome(answer) == outcome(control) for answer in answers]
        for name, answers in ways.items()
    }
    failed = [a for answers in ways.values() for a in answers if a.status >= 500]
    steady = all(first == again for first, again in works.values())
    fine = steady and not failed and any(map(all, works.values()))
    said = ", ".join(f"the {name} {_often(tries)}" for name, tries in works.items())
    expect.met(
        fine,
        "one of them or both work, every time",
        f"{said}{'; a server error' if failed else ''}",
        name="two keys of one kid",
        about=ways["first"][0],
    )


def _often(tries: list[bool]) -> str:
    return "works" if all(tries) else "works at times" if any(tries) else "never works"


@requirement("rfc7517-4.2-encryption-key-not-for-signing")
def test_encryption_key_signs_nothing(assertion_by_an_encryption_key: dict[str, Any]) -> None:
    refused(assertion_by_an_encryption_key)
