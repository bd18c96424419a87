"""TLS handshakes with an endpoint of the provider, each asked once a run."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance import expect
from conformance.exchange import load_cases
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.handshakes import Offer
from conformance.provider.wire import is_loopback
from reports.results import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.provider.operations import Provider

Shaken = dict[str, dict[str, str]]
"""By what was offered, ``outcome`` and ``detail`` of the handshake."""

MODERN = ("TLS 1.3", "TLS 1.2")
BROKEN = tuple(case.says for case in load_cases("handshakes") if case.get("broken"))

_LONGEST_S = 5.0


def shaken(provider: Provider, url: str, names: Iterable[str]) -> Shaken:
    """Shake hands with the server of a URL, once for each of the named offers.

    Raises:
        NotApplicable: it is not reached by TLS.
        NotJudged: a proxy stands between, whose handshake would be seen.

    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise NotApplicable(f"{parts.scheme}://{parts.netloc} is not reached by TLS")
    if provider.settings.network.proxy and not is_loopback(url):
        raise NotJudged("a proxy stands between, and its handshake is not the provider's")
    known = {case.says: case for case in load_cases("handshakes")}
    host, port = parts.hostname, parts.port or 443
    seconds = min(provider.settings.network.timeout_s, _LONGEST_S)
    found: Shaken = {}
    for name in names:
        case = known[name]
        offer = Offer(case.least, case.most, case.get("suites", ""))

        def ask(offer: Offer = offer) -> dict[str, str]:
            provider.session.pace()
            came = provider.session.shake(host, port, offer, seconds)
            return {"outcome": came.outcome, "detail": came.detail}

        found[name] = provider.session.once(f"handshake {host}:{port} {case.id}", ask)
    return found


def modern(handshakes: Shaken) -> list[str]:
    """The modern versions that are taken.

    Raises:
        NotJudged: one was not answered, so that nothing is known.

    """
    for name in MODERN:
        came = handshakes[name]
        expect.judged(came["outcome"] != "failed", f"{name}: {came['detail']}")
    return [name for name in MODERN if handshakes[name]["outcome"] == "taken"]


def supports_tls12(handshakes: Shaken) -> bool:
    """TLS 1.2 is taken; a server of TLS 1.3 alone is newer than the specification, and noted."""
    taken = modern(handshakes)
    came = handshakes["TLS 1.2"]
    expect.judged(came["outcome"] != "impossible", f"TLS 1.2: {came['detail']}")
    how = "taken" if "TLS 1.2" in taken else "refused"
    return expect.met(
        "TLS 1.2" in taken,
        "taken",
        f"{how}: {came['detail']}" + (", while TLS 1.3 is taken" if taken == ["TLS 1.3"] else ""),
        name="TLS 1.2",
        at_most=Level.MAY if taken else None,
    )
