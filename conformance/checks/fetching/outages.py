"""What comes of a registration or an authentication while the keys that it needs cannot be had."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.client_authentication.proving import outcome
from conformance.checks.fetching.keys import fetching, kept_s, keys_of, named, registers, used
from conformance.checks.fetching.statements import by_a_stranger, by_statement, verifies
from conformance.checks.statements.evidence import believed, trusted_client, unstated
from conformance.exchange import exchange
from conformance.forging.forms import parts
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_UNHAD = ("status-500", "not-json", "truncated", "redirect-loop", "down", "hanging")
"""Outages of the directory in which its keys cannot be had at all."""
_OF_CLIENTS = (*_UNHAD, "slow", "huge")
_PAUSES_S = (6.0, 26.0)
"""Between two fetches of a key set many providers let some seconds go by, whoever asks."""
_PATIENCE = 3
"""An answer may take so many times as long as any other: it may wait for somebody else."""
_LONGEST_S = 60
_OPERATION = "register in an outage"


def bound_s(provider: Provider) -> float:
    """Seconds within which everything is answered, whoever else does not answer."""
    return float(min(40, _PATIENCE * provider.settings.network.timeout_s))


def _hanging_s(provider: Provider) -> int:
    """Seconds for which nothing comes: clearly longer than anybody should wait for it."""
    return min(_LONGEST_S, math.ceil(bound_s(provider) * 4 / 3))


@exchange(alone=True, depth="full", needs="software_statements")
def directory_outages(provider: Provider) -> dict[str, Any]:
    """Register by statements of a new key while the directory fails in several ways, and after."""
    control = trusted_client(provider).registration
    found: dict[str, Any] = {"control": control, "bound": bound_s(provider)}
    if provider.demands_statements:
        found["none"] = unstated(provider)
    # First: after an outage no key may be known for a while. It may be a reason to fetch itself.
    found["stranger"] = by_a_stranger(provider)
    provider.session.sleep(_PAUSES_S[0])
    header, _ = parts(provider.statement({}))
    with contextlib.ExitStack() as key_published:
        with provider.directory_failing(_hanging_s(provider)) as fail:
            # From its first moment on nobody can have the key.
            fail(_UNHAD[0])
            key = key_published.enter_context(provider.added_key(str(header["alg"])))
            found["tried"] = {}
            for name in _UNHAD:
                fail(name)
                found["tried"][name] = _during(provider, key)
        found["after"] = by_statement(provider, key)
        if not believed(found["after"]):
            provider.session.sleep(kept_s(provider))
            found["after"] = by_statement(provider, key)
    found["declared"] = provider.settings.provider.keys_cached_s is not None
    return found


def _during(provider: Provider, key: str) -> dict[str, Any]:
    """Register while it lasts, again after a while if the keys were not asked for."""
    for pause_s in (*_PAUSES_S, 0.0):
        mark = provider.mark()
        answer = by_statement(provider, key, operation=_OPERATION, timeout_s=bound_s(provider))
        fetched = provider.keys_fetched(since=mark)
        if fetched or believed(answer) or not answer.answered:
            break
        provider.session.sleep(pause_s)
    return {"answer": answer, "fetched": fetched}


@exchange(alone=True, depth="full")
def failing_key_urls(provider: Provider) -> dict[str, Any]:
    """Register and use clients whose jwks_uri fails in several ways; use an honest one after."""
    control = fetching(provider)
    bound, seconds = bound_s(provider), _hanging_s(provider)
    mark = provider.mark()
    urls = {
        name: provider.collect(
            document=keys_of(named(provider, name)), outage=name, outage_s=seconds
        )
        for name in _OF_CLIENTS
    }
    registered = {
        name: registers(provider, name, url.url, timeout_s=bound, operation=_OPERATION)
        for name, url in urls.items()
    }
    clients = {name: client for name, (_, client) in registered.items()}
    uses = used(provider, clients, timeout_s=bound)
    tried: dict[str, Any] = {}
    for name, fetches in provider.fetches_of(urls, since=mark).items():
        tried[name] = {"registration": registered[name][0], "fetched": bool(fetches)}
        tried[name] |= {"use": uses[name]} if name in uses else {}
    after = control.prover.honest(provider)
    return {"control": control.answer, "tried": tried, "after": after, "bound": bound}


def _in_time(answer: Answer, bound: float, name: str) -> None:
    """An answer came, whatever it says, and not too late."""
    in_time = answer.answered and answer.step.elapsed_s <= bound
    seconds = f"{answer.step.elapsed_s:.1f} s"
    said = f"{answer.status} after {seconds}" if answer.answered else answer.line
    expect.met(
        in_time,
        f"an answer within {bound:g} s",
        f"{said}, in time" if in_time else f"{said}, too late",
        name=name,
        about=answer,
    )


@requirement("trust-directory-outage-ends-bounded-and-closed")
def test_outage_of_the_directory_registers_nobody(directory_outages: dict[str, Any]) -> None:
    found = directory_outages
    verifies(found)
    demanded = "none" in found and found["none"].refused
    seen = 0
    with expect.together():
        for name, tried in found["tried"].items():
            answer = tried["answer"]
            if tried["fetched"] or believed(answer) or not answer.answered:
                seen += 1
                _in_time(answer, found["bound"], f"{name}: time")
                _nothing_believed(answer, f"{name}: outcome", demanded=demanded)
        _works_again(found["after"], declared=found["declared"], seen=seen)
    expect.judged(seen, "the provider did not ask for the directory's keys while they failed")


def _nothing_believed(answer: Answer, name: str, *, demanded: bool) -> None:
    """Refused, with whatever status; or registered without what the statement says."""
    wrong = bool(believed(answer)) or (demanded and answer.registered)
    expect.met(
        not wrong,
        "refused, or nothing of the statement registered",
        f"{answer.status}, registered by a statement that nobody could verify"
        if wrong
        else answer.line,
        name=name,
        about=answer,
    )


def _works_again(answer: Answer, *, declared: bool, seen: int) -> None:
    """Once the keys can be had, a statement is good; a server may wait before it asks again."""
    works = bool(believed(answer))
    if not seen or (not works and not declared):
        return
    expect.met(
        works,
        "registered by the statement",
        f"{answer.status}, {'so' if works else 'refused still'}",
        name="afterwards",
        about=answer,
    )


@requirement("rfc7591-2-jwks-fetch-bounded")
def test_fetching_client_keys_is_bounded(failing_key_urls: dict[str, Any]) -> None:
    found = failing_key_urls
    control, after = found["control"], found["after"]
    seen = 0
    with expect.together():
        for name, tried in found["tried"].items():
            answers = [tried[step] for step in ("registration", "use") if step in tried]
            if not tried["fetched"]:
                continue
            seen += 1
            for answer, step in zip(answers, ("registration", "use"), strict=False):
                _in_time(answer, found["bound"], f"{name} ({step})")
            if name == "huge" and "use" in tried:
                _not_swallowed(tried["use"], control)
        expect.met(
            after.answered,
            "other clients are answered",
            f"{after.status}, answered" if after.answered else after.line,
            name="afterwards",
            about=after,
        )
    expect.judged(seen, "the provider fetched none of the documents that fail")


def _not_swallowed(answer: Answer, control: Answer) -> None:
    """A document of 64 MiB is none; nobody says how long one may be, so this warns."""
    swallowed = answer.answered and outcome(answer) == outcome(control)
    expect.met(
        not swallowed,
        "a document of 64 MiB is not read to its end",
        "it was read, and its keys are used" if swallowed else f"{answer.line}, not used",
        name="huge: outcome",
        about=answer,
        at_most=Level.SHOULD,
    )
