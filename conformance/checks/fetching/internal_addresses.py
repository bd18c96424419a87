"""URLs of clients that lead to internal addresses, plainly or not (RFC 7591 section 5).

Each URL is a trap of its own at an internal address, and whoever comes there was sent by the
provider: nobody else knows its path. A provider in a test network may rightly fetch from all
of it; that it is meant not to is what the operator says by ``probe_internal_addresses``.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from conformance import expect
from conformance.checks.client_authentication.proving import outcome
from conformance.checks.fetching.keys import (
    fetches_anything,
    fetching,
    keys_of,
    named,
    registers,
    used,
)
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.collecting import LATE_S
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.canary import Trap
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

_KEYS = "jwks_uri"
_REDIRECTS = (301, 302, 303, 307, 308)


@exchange(alone=True, depth="full")
def internal_urls(provider: Provider) -> dict[str, Any]:
    """Register, update and use clients of which one URL leads to an internal address."""
    cases = [case for case in load_cases("url_members") if case.id != _KEYS]
    members = [(case.id, case.get("many", False)) for case in cases]
    first = provider.trap([])  # says at once where nothing may be tried
    fetched = fetches_anything(provider, members)
    tried: dict[str, dict[str, Any]] = {}
    traps: dict[str, dict[str, Trap]] = {}
    for case in cases:
        traps[case.id] = {when: provider.trap([]) for when in ("registration", "update")}
        tried[case.id] = _with_member(provider, case, traps[case.id])
    if _KEYS in fetched:
        prover = named(provider, _KEYS)
        traps[_KEYS] = {"registration": provider.trap(keys_of(prover))}
        answer, client = registers(provider, _KEYS, traps[_KEYS]["registration"].url())
        tried[_KEYS] = {"registration": answer, **used(provider, {_KEYS: client})}
    provider.session.sleep(LATE_S)
    for name, found in tried.items():
        found["came"] = {when: provider.contacts(trap) for when, trap in traps[name].items()}
    return {"fetched": fetched, "address": first.address, "tried": tried, **_declared(provider)}


def _with_member(provider: Provider, case: Case, traps: dict[str, Trap]) -> dict[str, Any]:
    def value(when: str) -> Any:
        return [traps[when].url()] if case.get("many", False) else traps[when].url()

    beside = {**case.get("beside", {})}
    answer, client = provider.attempt(
        provider.baseline(**beside, **{case.id: value("registration")})
    )
    answers: dict[str, Any] = {"registration": answer}
    if answer.status == 429:
        raise NotJudged(provider.session.limited, step=answer.step.id)
    if client is not None:
        with contextlib.suppress(NotApplicable, NotJudged):
            answers["page"] = _page(provider, client, case, traps)
        if client.manageable:
            answers["update"] = client.update(**beside, **{case.id: value("update")})
    return answers


def _page(provider: Provider, client: Client, case: Case, traps: dict[str, Trap]) -> Answer:
    by_reference = {"request_uri": traps["registration"].url()} if "request" in case.id else {}
    return provider.authorize(client, **by_reference)


def _declared(provider: Provider) -> dict[str, Any]:
    return {"guarded": provider.guard_declared}


@exchange(alone=True, depth="full")
def hostile_key_urls(provider: Provider) -> dict[str, Any]:
    """Authenticate by keys behind disguised internal addresses, redirects and other schemes."""
    control, mark = fetching(provider), provider.mark()
    uris: dict[str, str] = {}
    traps: dict[str, Trap] = {}
    urls = {}
    netloc = urlsplit(control.url.url).netloc
    for case in load_cases("internal_hosts"):
        trap = provider.trap(keys_of(named(provider, f"host-{case.id}")))
        if host := _spelled(case, trap.address, netloc):
            traps[f"host-{case.id}"], uris[f"host-{case.id}"] = trap, trap.url(host)
    for status in _REDIRECTS:
        name = f"redirect-{status}"
        traps[name] = trap = provider.trap(keys_of(named(provider, name)))
        urls[name] = provider.collect(status=status, headers={"Location": trap.url()})
        uris[name] = urls[name].url
    for case in load_cases("key_url_schemes"):
        name = f"scheme-{case.id}"
        keys = keys_of(named(provider, name))
        urls[name] = url = provider.collect(document=keys)
        parts = urlsplit(url.url)
        keys_text = quote(json.dumps(keys, separators=(",", ":")))
        uris[name] = case.uri.format(keys=keys_text, netloc=parts.netloc, path=parts.path)
    registered = {name: registers(provider, name, uri) for name, uri in uris.items()}
    answers = used(provider, {name: client for name, (_, client) in registered.items()})
    provider.session.sleep(LATE_S)
    tried: dict[str, Any] = {}
    fetches = provider.fetches_of(urls, since=mark)
    for name, uri in uris.items():
        tried[name] = {
            "registration": registered[name][0],
            "uri": uri,
            "came": provider.contacts(traps[name]) if name in traps else [],
            "fetches": fetches.get(name, 0),
        }
        if name in answers:
            tried[name]["use"] = answers[name]
    after = control.prover.honest(provider)
    return {"control": control.answer, "after": after, "tried": tried, **_declared(provider)}


def _spelled(case: Case, address: str, netloc: str) -> str:
    """The internal address in the spelling of a case; empty where it has none so."""
    octets = [int(part) for part in address.split(".")] if address.count(".") == 3 else []
    if case.get("only") == "loopback" and address != "127.0.0.1":
        return ""
    if len(octets) != 4:
        return ""
    number = int.from_bytes(octets)
    return str(case.host).format(
        **dict(zip("abcd", octets, strict=True)),
        number=number,
        rest=number & 0xFFFFFF,
        high=number >> 16,
        low=number & 0xFFFF,
        netloc=netloc,
    )


def _untouched(found: dict[str, Any], contacts: list[Any], name: str, *, guarded: bool) -> None:
    """Nobody came; where nobody says that none should, that somebody came proves nothing."""
    expect.judged(
        guarded or not contacts,
        f"{name} was fetched; only --dcr-probe-internal-addresses says that this is wrong",
    )
    answer = found["registration"]
    expect.met(
        not contacts,
        "nothing fetched from an internal address",
        f"{answer.status or answer.line}, fetched by {contacts[0]['method']} as "
        f"{contacts[0]['host']}"
        if contacts
        else f"{answer.status or answer.line}, not fetched",
        name=name,
        about=answer,
    )


@requirement("ssrf-no-url-member-reaches-internal-addresses")
def test_no_url_of_a_client_reaches_internal_addresses(internal_urls: dict[str, Any]) -> None:
    with expect.together():
        for name, found in internal_urls["tried"].items():
            for when, contacts in found["came"].items():
                _untouched(found, contacts, f"{name} ({when})", guarded=internal_urls["guarded"])


def _of(evidence: dict[str, Any], group: str) -> dict[str, dict[str, Any]]:
    """What was tried of one kind, once it is known that keys are still fetched rightly."""
    control, after = expect.conclusive(evidence["control"]), expect.conclusive(evidence["after"])
    expect.judged(
        outcome(after) == outcome(control),
        f"the honest assertion is refused after it: {after.line}",
    )
    return {
        name.removeprefix(f"{group}-"): found
        for name, found in evidence["tried"].items()
        if name.startswith(f"{group}-")
    }


@requirement("ssrf-address-disguises-recognised")
def test_disguised_addresses_are_recognised(hostile_key_urls: dict[str, Any]) -> None:
    with expect.together():
        for name, found in _of(hostile_key_urls, "host").items():
            _untouched(found, found["came"], name, guarded=hostile_key_urls["guarded"])


@requirement("ssrf-redirects-and-rebinding-do-not-lead-inside")
def test_redirects_do_not_lead_inside(hostile_key_urls: dict[str, Any]) -> None:
    tried = _of(hostile_key_urls, "redirect")
    expect.judged(
        any(found["fetches"] for found in tried.values()), "no URL that redirects was fetched"
    )
    with expect.together():
        for name, found in tried.items():
            _untouched(found, found["came"], name, guarded=hostile_key_urls["guarded"])


@requirement("ssrf-only-web-schemes-fetched")
def test_only_web_schemes_are_fetched(hostile_key_urls: dict[str, Any]) -> None:
    control = hostile_key_urls["control"]
    with expect.together():
        for name, found in _of(hostile_key_urls, "scheme").items():
            answer = found.get("use") or found["registration"]
            taken = "use" in found and outcome(found["use"]) == outcome(control)
            opened = bool(taken or found["fetches"])
            expect.met(
                not opened,
                "refused, or never opened",
                "opened: its keys are used" if opened else f"{answer.status}, not opened",
                name=name,
                about=answer,
            )
