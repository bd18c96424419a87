"""RFC 7591 section 2: redirect_uris, tried at the authorization endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from conformance import expect
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotJudged
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, ClientRecord, Comparison
    from conformance.exchange import Case
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

SHORT = 255
"""Characters of the column that cuts off most long values."""


def _try_what_is_returned(provider: Provider, client: Client) -> Answer:
    """Ask for the redirect URI that the answer states, whatever was requested."""
    stated = client.registration.members.get("redirect_uris")
    if not isinstance(stated, list) or not stated:
        raise NotJudged("the answer states no redirect URI")
    return provider.tries_redirect(client, stated[0])


@exchange(cases=load_cases("unusual_redirect_uris"))
def unusual_redirect_registration(provider: Provider, case: Case) -> Comparison:
    """Send the same registration twice, once with a rare form of URI; try what is returned."""
    comparison = provider.compare(
        provider.baseline(), offending={"redirect_uris": [case.uri]}, then=_try_what_is_returned
    )
    if "odd" in comparison.followups:
        control = provider.control(**provider.baseline())
        plain = provider.tries_redirect(control, control.redirect_uris[0])
        comparison.followups["control"] = plain
    return comparison


@exchange(cases=load_cases("long_redirect_uris"))
def long_redirect_registration(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register a long redirect URI; try it, its beginning, and a short one in as long a request."""
    short = provider.redirect_uri()
    uri = f"{short}/".ljust(int(case.characters), "x")
    control = provider.control(**provider.baseline())
    registration, client = provider.attempt(provider.baseline(redirect_uris=[uri]))
    answers = {"control": control.registration, "registration": registration}
    if client is None or not client.redirect_uris:
        return answers
    padding = "s" * (len(uri) - len(short))
    answers["short"] = provider.tries_redirect(control, short, state=padding)
    answers["whole"] = provider.tries_redirect(client, client.redirect_uris[0])
    answers["beginning"] = provider.tries_redirect(client, uri[:SHORT])
    return answers


@requirement("rfc7591-2-redirect-uris-implemented")
def test_every_returned_redirect_uri_is_usable(
    described_registration: dict[str, ClientRecord],
) -> None:
    answer = described_registration["client"].registration
    expect.applies("redirect 0" in described_registration, "there is no authorization to try")
    expect.member(answer, "redirect_uris", list)
    tried = [
        (uri, cast("Answer", described_registration[f"redirect {number}"]))
        for number, uri in enumerate(answer.members["redirect_uris"])
        if f"redirect {number}" in described_registration
    ]
    told = [(uri, a) for uri, a in tried if a.landing in ("client", "interaction", "refused")]
    expect.judged(
        any(a.landing != "refused" for _, a in told),
        "the authorization endpoint takes none of them, so another reason is likely",
    )
    with expect.together():
        for uri, landed in told:
            expect.tells(landed)
            expect.met(
                landed.landing != "refused",
                f"the authorization endpoint takes {uri}",
                landed.line,
                name="redirect_uris",
                about=landed,
            )


@requirement("rfc7591-2-returned-redirect-uri-is-the-usable-one")
def test_returned_redirect_uri_is_the_usable_one(
    unusual_redirect_registration: Comparison,
) -> None:
    odd = _registered(unusual_redirect_registration)
    tried = unusual_redirect_registration.followups
    expect.judged("odd" in tried, "there is no authorization to try, or no URI is returned")
    landed = expect.conclusive(tried["odd"])
    expect.judged(
        tried["control"].landing in ("client", "interaction"),
        f"a plain URI is not taken either: {tried['control'].line}",
    )
    expect.judged(
        landed.landing in ("client", "interaction", "refused"),
        f"the authorization endpoint does not tell: {landed.line}",
    )
    expect.tells(landed)
    expect.met(
        landed.landing != "refused",
        f"the authorization endpoint takes {odd.members['redirect_uris'][0]}",
        landed.line,
        name="redirect_uris",
        about=landed,
    )


@requirement("rfc7591-2-redirect-uri-not-rewritten")
def test_redirect_uri_is_returned_as_sent(unusual_redirect_registration: Comparison) -> None:
    odd = _registered(unusual_redirect_registration)
    sent = unusual_redirect_registration.offending["redirect_uris"]
    expect.judged("redirect_uris" in odd.members, "the answer is silent about redirect_uris")
    expect.same(sent, odd.members["redirect_uris"], name="redirect_uris", about=odd)


def _registered(comparison: Comparison) -> Answer:
    """Go on only where the rare form was taken: refusing it conforms."""
    odd = expect.conclusive(comparison.odd)
    expect.applies(not odd.refused, f"refused, as it may be: {odd.line}")
    expect.judged(odd.registered, f"{odd.line}: judged by its own row")
    return odd


@requirement(
    "rfc7591-2-ambiguous-redirect-authority-refused", where=lambda c: c.kind == "ambiguous"
)
def test_redirect_of_ambiguous_host_is_not_registered(
    hostile_redirect_registration: Comparison,
) -> None:
    expect.refused_or_replaced(hostile_redirect_registration, "redirect_uris")


@requirement("rfc7591-2-no-silent-truncation")
def test_long_redirect_uri_is_not_cut_off(long_redirect_registration: dict[str, Answer]) -> None:
    evidence = long_redirect_registration
    answer = evidence["registration"]
    # A refusal may as well come as 413 or 414: nothing was cut off then.
    expect.conclusive(answer)
    expect.judged(answer.registered or answer.refused, f"{answer.line}: judged by its own row")
    if answer.refused:
        expect.refused(answer, name="long redirect URI")
        return
    sent = answer.request.members["redirect_uris"][0]
    if sent not in (answer.members.get("redirect_uris") or []):
        expect.judged("redirect_uris" in answer.members, "the answer is silent about it")
        expect.note("the long redirect URI is visibly replaced")
    expect.judged("whole" in evidence, "there is no authorization to try")
    expect.judged(
        evidence["short"].landing in ("client", "interaction"),
        f"a short URI in a request of that length is not taken: {evidence['short'].line}",
    )
    whole, beginning = (
        expect.conclusive(evidence["whole"]),
        expect.conclusive(evidence["beginning"]),
    )
    expect.judged(
        whole.landing in ("client", "interaction", "refused"),
        f"the authorization endpoint does not tell: {whole.line}",
    )
    with expect.together():
        expect.met(
            whole.landing != "refused",
            "the authorization endpoint takes the returned redirect URI",
            whole.line,
            name="whole",
            about=whole,
        )
        expect.met(
            beginning.landing != "client",
            f"no redirect to its first {SHORT} characters",
            beginning.line,
            name="beginning",
            about=beginning,
        )
