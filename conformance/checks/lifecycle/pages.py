"""What the approval page does with a client's name and logo, as its HTML shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from conformance import expect
from conformance.checks.lifecycle.markup import Reading, read
from conformance.checks.pages import is_login
from conformance.exchange import exchange
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

_OVERRIDE = "\u202e"
"""RIGHT-TO-LEFT OVERRIDE, which turns round what follows (UAX 9)."""
_TURNED = f"dcr-conformance {_OVERRIDE}dnuor"
_RUNNING = ("object", "embed", "iframe", "frame", "script", "use")
"""Elements in which what is fetched can run scripts."""


@exchange(depth="full")
def turned_name_page(provider: Provider) -> dict[str, Answer | Client]:
    """Register a name with a direction override; look at the approval page."""
    provider.endpoint("authorization_endpoint")
    client = provider.register(
        optional="a name with a direction override is refused",
        **provider.baseline(client_name=_TURNED),
    )
    return {"client": client, "page": provider.authorize(client)}


@exchange(depth="full")
def logo_page(provider: Provider) -> dict[str, Any]:
    """Look at the approval pages of a client without a logo and of one whose logo is an SVG."""
    provider.endpoint("authorization_endpoint")
    parts = urlsplit(provider.redirect_uri())
    logo = f"{parts.scheme}://{parts.netloc}/dcr-conformance-logo.svg"
    plain = provider.control(**provider.baseline())
    client = provider.register(optional="a logo is refused", **provider.baseline(logo_uri=logo))
    return {
        "logo": logo,
        "plain": provider.authorize(plain),
        "page": provider.authorize(client),
    }


def _approval(answer: Answer, name: str) -> Reading:
    """The reading of a page that asks about the client of that name."""
    expect.conclusive(answer)
    expect.judged(not answer.location, f"no page but a redirect: {answer.line}")
    expect.judged("html" in (answer.media_type or ""), f"no HTML page: {answer.line}")
    expect.judged(not is_login(answer.text), "the page is a login; approval comes after it")
    reading = read(answer.text, name)
    shown = any("dcr-conformance" in paragraph.text for paragraph in reading.paragraphs)
    expect.judged(shown, "the page does not show the client's name")
    return reading


@requirement("ui-invisible-and-bidi-characters-neutralised")
def test_direction_overrides_are_kept_in(turned_name_page: dict[str, Any]) -> None:
    answer = turned_name_page["page"]
    reading = _approval(answer, _OVERRIDE)
    broken = [
        paragraph.text.strip()
        for paragraph in reading.paragraphs
        if paragraph.named_bare and paragraph.text.replace(_TURNED, "").strip()
    ]
    expect.judged(
        not (broken and reading.styled),
        "a style sheet may isolate the name, which its HTML does not",
    )
    expect.met(
        not broken,
        "no override among the page's own words, unless it is isolated",
        f"{broken[0]}, which goes on behind the override" if broken else "none",
        name="approval page",
        about=answer,
    )


@requirement("ui-logo-cannot-run-script")
def test_logo_cannot_run_script(logo_page: dict[str, Any]) -> None:
    answer, logo = logo_page["page"], logo_page["logo"]
    reading = _approval(answer, "dcr-conformance")
    before = _approval(logo_page["plain"], "dcr-conformance")
    base = answer.step.request.url
    shown = {tag for tag, urls in reading.embedding.items() if logo in urls}
    own = {
        url
        for tag, urls in reading.embedding.items()
        for url in urls - before.embedding.get(tag, set())
        if url != logo and _same_origin(urljoin(base, url), base)
    }
    running = sorted(shown.intersection(_RUNNING))
    expect.judged(
        running or not own, "the page shows something of the provider's own, perhaps the logo"
    )
    expect.met(
        not running,
        "an img element, or no logo",
        f"the logo in {running[0]}" if running else f"the logo in {sorted(shown) or 'nothing'}",
        name="approval page",
        about=answer,
    )


def _same_origin(url: str, other: str) -> bool:
    try:
        return urlsplit(url)[:2] == urlsplit(other)[:2]
    except ValueError:
        return False
