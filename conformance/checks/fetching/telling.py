"""What answers tell of documents that were fetched, and of URLs in the header of a statement."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.fetching.keys import fetching, registers, used
from conformance.checks.statements.evidence import (
    not_believed,
    stated,
    trusted_client,
    unstated,
    with_statement,
)
from conformance.exchange import exchange
from conformance.forging import forms, stranger
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.provider.operations import Provider

_FORGER = stranger("ES256", "dcr-conformance-forger")
_SHOWN = 8
"""So many of the first characters give a document away."""


@exchange(alone=True, depth="full")
def telling_key_urls(provider: Provider) -> dict[str, Any]:
    """Register and use clients whose jwks_uri shows a text, refuses, or is not answered at all."""
    fetching(provider)
    text = f"Zq{secrets.token_hex(12)} is nobody's business"
    mark = provider.mark()
    urls = {
        "a text": provider.collect(text=text),
        "a refusal": provider.collect(status=403, text=text),
        "a list": provider.collect(document=[text]),
        "nobody": provider.collect(text=text, outage="down"),
    }
    registered = {name: registers(provider, name, url.url) for name, url in urls.items()}
    uses = used(provider, {name: client for name, (_, client) in registered.items()})
    tried: dict[str, Any] = {}
    for name, fetches in provider.fetches_of(urls, since=mark).items():
        tried[name] = {"registration": registered[name][0], "fetches": fetches}
        tried[name] |= {"use": uses[name]} if name in uses else {}
    return {"text": text, "tried": tried}


@exchange(needs="software_statements")
def key_urls_in_statements(provider: Provider) -> dict[str, Any]:
    """Register by a forger's statement that names internal URLs where its key would be."""
    control = trusted_client(provider).registration
    keys = {"keys": [_FORGER.public_jwk]}
    traps = {name: provider.trap(keys) for name in ("jku", "x5u")}
    good = provider.statement(stated(provider))
    named = {name: trap.url() for name, trap in traps.items()}
    forged = forms.signed_by(_FORGER, good, kid=_FORGER.kid, **named)
    answers = {"control": control, "odd": with_statement(provider, forged)}
    if provider.demands_statements:
        answers["none"] = unstated(provider)
    came = {name: provider.contacts(trap) for name, trap in traps.items()}
    return {"answers": answers, "came": came, "guarded": provider.guard_declared}


@requirement("ssrf-fetch-errors-are-no-port-scanner")
def test_answers_do_not_show_what_was_fetched(telling_key_urls: dict[str, Any]) -> None:
    tried, shown = telling_key_urls["tried"], telling_key_urls["text"][:_SHOWN]
    expect.judged(any(found["fetches"] for found in tried.values()), "none of them was fetched")
    said = {}
    with expect.together():
        for name, found in tried.items():
            answers = [found[step] for step in ("registration", "use") if step in found]
            told = [answer for answer in answers if shown in answer.text]
            answer = (told or answers)[-1]
            expect.met(
                not told,
                "nothing of the document",
                f"{answer.status}, quotes it" if told else f"{answer.status}, nothing of it",
                name=f"a jwks_uri with {name} behind it",
                about=answer,
            )
            said[name] = (answer.status, answer.error, answer.members.get("error_description"))
    if len(set(said.values())) > 1:
        expect.note("the answers tell a document that is no JWK Set from none at all")


@requirement("rfc7591-2.3-statement-key-url-not-fetched")
def test_key_urls_in_statements_are_not_followed(key_urls_in_statements: dict[str, Any]) -> None:
    answers = key_urls_in_statements["answers"]
    came = key_urls_in_statements["came"]
    not_believed(answers)
    fetched = [name for name, contacts in came.items() if contacts]
    expect.judged(
        key_urls_in_statements["guarded"] or not fetched,
        f"{' and '.join(fetched)}: fetched, and not believed; only --dcr-probe-internal-addresses "
        "says that this is wrong",
    )
    expect.met(
        not fetched,
        "neither jku nor x5u is fetched",
        f"{' and '.join(fetched)} fetched" if fetched else "neither was fetched",
        name="the header of a forged statement",
        about=answers["odd"],
    )
