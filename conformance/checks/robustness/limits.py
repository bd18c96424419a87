"""Bodies that are too much, methods in disguise, and limits on registrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance import expect
from conformance.checks.hosts import on_this_machine
from conformance.checks.robustness.asking import members_of, told, written
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable, Outcome
from conformance.provider.wire import LATE
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_DEPTH = 5000
_MEMBERS = 5000
_LENGTH = 1024 * 1024
"""Far beyond what a registration needs, and far below what would be a load."""

_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_FORGED = {
    "X-Forwarded-For": "192.0.2.17",
    "Forwarded": "for=192.0.2.17",
    "X-Real-IP": "192.0.2.17",
    "True-Client-IP": "192.0.2.17",
}
"""An address of nobody (RFC 5737), as proxies tell it."""


@exchange(depth="full", alone=True)
def immoderate_registrations(provider: Provider) -> dict[str, Answer]:
    """Send registrations that are very deep, wide and long, and a good one after each."""
    provider.control(**provider.baseline())
    deep = f'"dcr_conformance": {"[" * _DEPTH}{"]" * _DEPTH}'
    deep_known = f'"contacts": {"[" * _DEPTH}{"]" * _DEPTH}'
    wide = ", ".join(f'"dcr_conformance_{number}": 1' for number in range(_MEMBERS))
    long = f'"dcr_conformance": "{"x" * _LENGTH}"'
    bodies = {"deep": deep, "deep in a known member": deep_known, "wide": wide, "long": long}
    answers: dict[str, Answer] = {}
    for name, more in bodies.items():
        text = f"{{{written(members_of(provider))}, {more}}}"
        answers[name], _ = provider.attempt(raw=text.encode())
    answers["after"], _ = provider.attempt(provider.baseline())
    return answers


@exchange(depth="full")
def overridden_methods(provider: Provider) -> dict[str, Answer]:
    """Ask for a client by GET and POST that are said to be DELETE, then read it."""
    client = provider.register(**provider.baseline(client_name="dcr-conformance override"))
    client.need_management()
    answers: dict[str, Answer] = {"before": client.read()}
    for field in _OVERRIDES:
        headers = {field: "DELETE"}
        answers[f"anonymous POST, {field}"] = client.request("POST", token=None, headers=headers)
        answers[f"anonymous GET, {field}"] = client.read(token=None, headers=headers)
        answers[f"GET, {field}"] = client.read(headers=headers)
    uri = client.configuration_uri or ""
    query = f"{uri}{'&' if '?' in uri else '?'}_method=DELETE"
    answers["anonymous POST, _method"] = client.request("POST", token=None, uri=query)
    answers["GET, _method"] = client.read(uri=query)
    answers["after"] = client.read()
    return answers


@exchange(depth="full", alone=True, needs="limits_may_be_probed")
def limited_registrations(provider: Provider) -> dict[str, Any]:
    """Go on where the run met a limit: register, as somebody else too, and use old clients."""
    if not provider.settings.provider.limits_may_be_probed:
        raise NotApplicable(
            "the operator did not allow requests beyond a limit ([provider] limits_may_be_probed)"
        )
    if not provider.session.limited:
        raise NotApplicable("the run met no limit on registrations")
    answers: dict[str, Any] = {}
    answers["plain"], _ = provider.attempt(provider.baseline(), beyond_limit=True)
    if not on_this_machine(urlsplit(provider.registration_endpoint).hostname or ""):
        headers = list(_FORGED.items())
        answers["forged"], _ = provider.attempt(
            provider.baseline(), headers=headers, beyond_limit=True
        )
        answers["again"], _ = provider.attempt(provider.baseline(), beyond_limit=True)
    return {**answers, **_of_old_clients(provider)}


def _of_old_clients(provider: Provider) -> dict[str, Answer]:
    """Read and use what was registered before; empty where nothing was."""
    answers: dict[str, Answer] = {}
    try:
        client = provider.control(**provider.baseline())
        if client.manageable:
            answers["read"] = client.read()
        other = credentials_client(provider)
        if other.secret is not None and provider.session.endpoint("token_endpoint"):
            answers["token"] = provider.token(other, grant_type="client_credentials")
    except Outcome:
        pass  # the limit came before that client
    return answers


@requirement("robustness-oversized-and-deep-bodies-bounded")
def test_too_much_is_answered_in_time(immoderate_registrations: dict[str, Answer]) -> None:
    after = told(immoderate_registrations["after"])
    expect.judged(after.registered, f"a good registration is not taken any more: {after.line}")
    tried = {name: a for name, a in immoderate_registrations.items() if name != "after"}
    cut_off = []
    with expect.together():
        for name, answer in tried.items():
            late = answer.step.failure.startswith(LATE)
            if answer.inconclusive and not late:
                cut_off.append(name)
                continue
            broken = late or answer.status >= 500
            expect.met(
                not broken,
                "a registration or a refusal, in time",
                f"{answer.line}, and no good answer" if broken else f"{answer.status} in time",
                name=name,
                about=answer,
            )
    expect.judged(not cut_off, f"no answer of the provider's own: {', '.join(cut_off)}")


@requirement("robustness-method-override-changes-nothing")
def test_method_is_what_the_request_line_says(overridden_methods: dict[str, Answer]) -> None:
    before, after = overridden_methods["before"], expect.conclusive(overridden_methods["after"])
    expect.judged(before.accepted, f"the client cannot be read: {before.line}")
    expect.met(
        after.accepted,
        "the client, as before",
        f"{after.status}, read" if after.accepted else f"{after.status}, gone",
        name="the client afterwards",
        about=after,
    )
    expect.same_registration(before, after)


def _met_limit(evidence: dict[str, Any]) -> None:
    expect.judged(evidence["plain"].status == 429, "the limit is over meanwhile")


@requirement("rate-limit-not-evaded-by-forged-address")
def test_forged_address_does_not_lift_the_limit(limited_registrations: dict[str, Any]) -> None:
    _met_limit(limited_registrations)
    expect.applies(
        "forged" in limited_registrations,
        "the provider is on this machine and may rightly take the run for its proxy",
    )
    forged, again = limited_registrations["forged"], limited_registrations["again"]
    expect.judged(again.status == 429, "the limit is over meanwhile")
    expect.judged(
        forged.registered or forged.status == 429 or forged.refused,
        f"{forged.line}: neither registered nor refused",
    )
    expect.met(
        not forged.registered,
        "the limit, as without the header fields",
        f"{forged.status}, registered" if forged.registered else f"{forged.status}, refused",
        name="a forged address",
        about=forged,
    )


@requirement("rate-limit-on-registration-spares-existing-clients")
def test_limit_spares_existing_clients(limited_registrations: dict[str, Any]) -> None:
    _met_limit(limited_registrations)
    found = {n: limited_registrations[n] for n in ("read", "token") if n in limited_registrations}
    expect.judged(found, "no client was registered before the limit that could be used")
    with expect.together():
        for name, answer in found.items():
            limited = answer.status == 429
            expect.judged(answer.answered, answer.line)
            expect.met(
                not limited,
                "no limit",
                "429, limited as well" if limited else f"{answer.status}, not limited",
                name=name,
                about=answer,
            )
