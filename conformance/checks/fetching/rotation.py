"""Keys that come and go where they are published: those of clients, and of the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect, forging
from conformance.checks.client_authentication.proving import outcome
from conformance.checks.fetching.keys import SHORT, behind_a_url, kept_s, keys_of, named
from conformance.checks.fetching.statements import by_a_stranger, by_statement, verifies
from conformance.checks.statements.evidence import believed, trusted_client
from conformance.exchange import exchange
from conformance.forging.forms import parts
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.checks.client_authentication.proving import Prover
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_INVENTED = 15
_SHARE = 3
"""Of so many unknown kids one may cause a fetch."""


@exchange(alone=True, depth="full")
def rotated_client_keys(provider: Provider) -> dict[str, Any]:
    """Authenticate by a key behind a URL, by its successor, and by the first one later on."""
    first = behind_a_url(provider, "rotated")
    found: dict[str, Any] = {"control": first.answer, **_declared(provider)}
    signer = named(provider, "successor").signer
    second = first.prover.of(first.prover.client, signer)
    before = provider.fetches(first.url)
    provider.answers_with(first.url, document=keys_of(second), headers=SHORT)
    found["new at once"] = found["new"] = second.honest(provider)
    if outcome(found["new"]) != outcome(found["control"]):
        provider.session.sleep(kept_s(provider))
        found["new"] = second.honest(provider)
    provider.session.sleep(kept_s(provider))
    found["after"] = second.honest(provider)
    found["old"] = first.prover.honest(provider)
    found["fetched again"] = provider.fetches(first.url) > before
    if outcome(found["old"]) == outcome(found["control"]) and found["fetched again"]:
        # What was fetched may have come in after the answer.
        provider.settle()
        found["old"] = first.prover.honest(provider)
    found["waited"] = kept_s(provider)
    return found


@exchange(alone=True, depth="full")
def invented_kids(provider: Provider) -> dict[str, Any]:
    """Authenticate by keys that nobody published, each of another name, one after the other."""
    honest = behind_a_url(provider, "invented")
    before = provider.fetches(honest.url)
    answers = [_by_nobody(provider, honest.prover, number) for number in range(_INVENTED)]
    fetches = provider.fetches(honest.url) - before
    return {"control": honest.answer, "last": answers[-1], "fetches": fetches}


def _by_nobody(provider: Provider, prover: Prover, number: int) -> Answer:
    kid = f"dcr-conformance-invented-{number}"
    stranger = forging.stranger(prover.signer.algorithm, kid)
    return prover.ask(provider, forging.honest({}, prover.claims(provider), stranger))


@exchange(alone=True, depth="full", needs="software_statements")
def rotated_directory_keys(provider: Provider) -> dict[str, Any]:
    """Register by a statement of a new key, and by another one when the key was withdrawn."""
    control = trusted_client(provider).registration
    found: dict[str, Any] = {"control": control, **_declared(provider)}
    header, _ = parts(provider.statement({}))
    with provider.added_key(str(header["alg"])) as key:
        found["new at once"] = found["new"] = by_statement(provider, key)
        if not believed(found["new"]):
            provider.session.sleep(kept_s(provider))
            found["new"] = by_statement(provider, key)
        mark = provider.mark()
        provider.withdraw(key)
        provider.session.sleep(kept_s(provider))
        found["old"] = by_statement(provider, key)
        found["fetched again"] = provider.keys_fetched(since=mark)
        if believed(found["old"]) and found["fetched again"]:
            # What was fetched may have come in after the answer.
            provider.settle()
            found["old"] = by_statement(provider, key)
        found["after"] = by_statement(provider, "current")
    found["waited"] = kept_s(provider)
    # Last: it may be a reason to fetch, and then for some seconds there is none.
    found["stranger"] = by_a_stranger(provider)
    return found


def _declared(provider: Provider) -> dict[str, Any]:
    return {"declared": provider.settings.provider.keys_cached_s is not None}


def _may_be_kept(found: dict[str, Any]) -> None:
    """Go on only where keys that were fetched before cannot rightly be in use still.

    How long a server keeps them is its own choice, which only its operator can tell.
    """
    expect.judged(
        found["declared"] or found["fetched again"],
        f"the keys were not fetched again within {found['waited']:g} s; how long they are kept is "
        "for the operator to say ([provider] keys_cached_s)",
    )


def _capped(found: dict[str, Any]) -> Level | None:
    return None if found["declared"] else Level.SHOULD


@requirement("oidc-core-10.1.1-rotated-keys-become-usable")
def test_new_key_behind_a_url_is_usable(rotated_client_keys: dict[str, Any]) -> None:
    found = rotated_client_keys
    control, new = expect.conclusive(found["control"]), expect.conclusive(found["new"])
    usable = outcome(new) == outcome(control)
    if not usable:
        _may_be_kept(found)
    at_once = outcome(found["new at once"]) == outcome(control)
    expect.met(
        usable,
        "taken, as the first key was",
        f"taken {'at once' if at_once else 'when the old keys were no longer kept'}"
        if usable
        else f"refused after {found['waited']:g} s: {new.status} {new.error or ''}",
        name="an assertion by the new key",
        about=new,
    )


@requirement("trust-client-key-removed-behind-jwks-uri-refused-later")
def test_removed_key_of_a_client_is_refused(rotated_client_keys: dict[str, Any]) -> None:
    found = rotated_client_keys
    control, old = expect.conclusive(found["control"]), expect.conclusive(found["old"])
    taken = outcome(old) == outcome(control)
    if taken:
        _may_be_kept(found)
    else:
        after = expect.conclusive(found["after"])
        expect.judged(
            outcome(after) == outcome(control),
            f"the new key is refused as well: {after.line}",
        )
        expect.judged(old.status < 500, f"{old.line}: a server error is judged by its own row")
    expect.met(
        not taken,
        "refused",
        f"taken {found['waited']:g} s after it was removed" if taken else f"refused: {old.line}",
        name="an assertion by the removed key",
        about=old,
        at_most=_capped(found),
    )


@requirement("trust-unknown-kid-triggers-a-refetch")
def test_new_key_of_the_directory_is_usable(rotated_directory_keys: dict[str, Any]) -> None:
    found = rotated_directory_keys
    verifies(found)
    answer = expect.conclusive(found["new at once"])
    expect.met(
        bool(believed(answer)),
        "registered by the statement",
        f"{answer.line}, {'so' if believed(answer) else 'not by it'}",
        name="a statement by a key that was just published",
        about=answer,
    )


@requirement("trust-withdrawn-key-refused-after-cache-lifetime")
def test_withdrawn_key_of_the_directory_is_refused(rotated_directory_keys: dict[str, Any]) -> None:
    found = rotated_directory_keys
    verifies(found)
    new, old, after = (expect.conclusive(found[name]) for name in ("new", "old", "after"))
    expect.judged(believed(new), f"a statement by the new key is not believed: {new.line}")
    taken = bool(believed(old))
    if taken:
        _may_be_kept(found)
    else:
        expect.judged(believed(after), f"nor is one by the present key: {after.line}")
    expect.met(
        not taken,
        "refused, or nothing of the statement registered",
        f"registered {found['waited']:g} s after the key was withdrawn" if taken else old.line,
        name="a statement by the withdrawn key",
        about=old,
        at_most=_capped(found),
    )


@requirement("trust-unknown-kids-do-not-cause-a-fetch-each")
def test_invented_kids_do_not_cause_a_fetch_each(invented_kids: dict[str, Any]) -> None:
    number, last = invented_kids["fetches"], expect.conclusive(invented_kids["last"])
    expect.judged(
        outcome(last) != outcome(invented_kids["control"]),
        "an assertion by a key that nobody published is taken; that has its own row",
    )
    few = number <= _INVENTED // _SHARE
    expect.met(
        few,
        f"at most {_INVENTED // _SHARE} fetches for {_INVENTED} unknown kids",
        f"{number} fetches, {'no more' if few else 'that is more'}",
        name="fetches of the jwks_uri",
        about=last,
        at_most=Level.SHOULD,
    )
