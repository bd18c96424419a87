"""RFC 7591 section 5: what an operator decided holds for clients that register themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance import expect
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.provider.operations import authorize_with
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer, Comparison
    from conformance.provider.operations import Provider

OUTSIDE = "https://not-on-the-list.dcr-conformance.example/cb"
UNKNOWN_SOFTWARE = "dcr-conformance-software-that-nobody-knows"


def _limited(provider: Provider) -> None:
    """Go on only where the operator limits the hosts of redirect URIs, and ours are allowed.

    Raises:
        NotApplicable: ... or does not.

    """
    allowed = provider.settings.provider.allowed_redirect_hosts
    if not allowed:
        raise NotApplicable(
            "the operator names no list of redirect hosts ([provider] allowed_redirect_hosts)"
        )
    if urlsplit(OUTSIDE).hostname in allowed:
        raise NotApplicable("the list of redirect hosts allows every host that is asked for here")


@exchange(depth="full", needs="allowed_redirect_hosts")
def unlisted_host_registration(provider: Provider) -> Comparison:
    """Send the same registration twice, once with a redirect host off the list; try that URI."""
    _limited(provider)
    return provider.compare(
        provider.baseline(),
        offending={"redirect_uris": [OUTSIDE]},
        then=authorize_with(OUTSIDE),
    )


@exchange(depth="full", needs="allowed_redirect_hosts")
def unlisted_host_update(provider: Provider) -> dict[str, Answer]:
    """Update a client with a listed redirect host, then with one off the list; try that URI."""
    _limited(provider)
    client = provider.register(**provider.baseline())
    client.need_management()
    listed = provider.redirect_uri("listed")
    answers: dict[str, Answer] = {"control": client.update(redirect_uris=[listed])}
    if not answers["control"].accepted:
        return answers
    answers["odd"] = client.update(redirect_uris=[OUTSIDE])
    answers["after"] = client.read()
    if provider.session.endpoint("authorization_endpoint"):
        answers["authorization"] = provider.tries_redirect(client, OUTSIDE)
    return answers


@requirement("rfc7591-5-operator-redirect-policy-binds-dynamic-clients")
def test_host_off_the_list_is_not_registered(unlisted_host_registration: Comparison) -> None:
    expect.refused_or_replaced(unlisted_host_registration, "redirect_uris")


@requirement("rfc7591-5-operator-redirect-policy-binds-dynamic-clients")
def test_host_off_the_list_does_not_come_by_update(
    unlisted_host_update: dict[str, Answer],
) -> None:
    control = expect.conclusive(unlisted_host_update["control"])
    expect.applies(control.status not in (403, 404, 405, 501), f"not offered: {control.line}")
    expect.judged(control.accepted, f"an update to a listed host is refused too: {control.line}")
    odd, after = unlisted_host_update["odd"], unlisted_host_update["after"]
    expect.conclusive(odd)
    expect.judged(odd.refused or odd.accepted, f"{odd.line}: neither done nor refused")
    landing = unlisted_host_update.get("authorization")
    stated = [a for a in (odd, after) if OUTSIDE in (a.members.get("redirect_uris") or [])]
    kept = odd.accepted and stated
    alive = landing is not None and landing.landing == "client"
    dead = landing is not None and landing.landing == "refused"
    told = any("redirect_uris" in answer.members for answer in (odd, after))
    expect.judged(odd.refused or told or alive or dead, "nothing shows what was registered")
    expect.met(
        not kept and not alive,
        "refused, or without that redirect URI",
        f"{odd.status}, and browsers are sent there"
        if alive
        else f"{odd.status}, registered"
        if kept
        else f"{odd.status}, not registered",
        name="redirect_uris",
        about=odd,
        member="redirect_uris",
    )


# A software_id that means something


@exchange(depth="full", needs="trusted_software_id")
def claimed_software(provider: Provider) -> dict[str, Any]:
    """Register twice alike, as software that nobody knows and as software that is known."""
    known = provider.settings.provider.trusted_software_id
    if not known:
        raise NotApplicable(
            "the operator names no software_id that means something "
            "([provider] trusted_software_id)"
        )
    metadata = provider.baseline(redirect_uris=[provider.redirect_uri("claimed")])
    control = provider.register(
        optional="a software_id is refused", **metadata, software_id=UNKNOWN_SOFTWARE
    )
    odd, client = provider.attempt(metadata, software_id=known)
    evidence: dict[str, Any] = {"control": control.registration, "odd": odd}
    if client is not None and provider.session.endpoint("authorization_endpoint"):
        evidence["control page"] = provider.authorize(control)
        evidence["odd page"] = provider.authorize(client)
    return evidence


@requirement("rfc7591-5-software-id-gives-no-privilege")
def test_software_id_gives_no_privilege(claimed_software: dict[str, Any]) -> None:
    control, odd = claimed_software["control"], expect.conclusive(claimed_software["odd"])
    expect.judged(odd.registered or odd.refused, f"{odd.line}: judged by its own row")
    with expect.together():
        for name in ("grant_types", "response_types", "scope", "redirect_uris"):
            more = _words(odd.members.get(name)) - _words(control.members.get(name))
            expect.met(
                not more,
                "what unknown software gets, or a refusal",
                f"{name} with {', '.join(sorted(more))} besides" if more else "no more",
                name=name,
                about=odd,
                member=name,
            )
        page = claimed_software.get("odd page")
        if page is not None and claimed_software["control page"].landing == "interaction":
            expect.met(
                page.landing != "client",
                "people are asked, as for unknown software",
                page.line,
                name="approval",
                about=page,
            )


def _words(value: object) -> set[str]:
    return set(map(str, value)) if isinstance(value, list) else set(str(value or "").split())
