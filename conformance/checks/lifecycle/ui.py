"""What people see of a client that registered itself."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance import expect
from conformance.checks.pages import is_login
from conformance.exchange import exchange
from conformance.requirement import requirement
from reports.results import Level

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

MARK = '<b title="dcr">conformance</b>'
"""Harmless markup: shown as text where it is escaped, bold where it is not."""

_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


@exchange
def marked_client_page(provider: Provider) -> dict[str, Answer | Client]:
    """Register a client with markup in its name; ask for authorization as a browser."""
    provider.endpoint("authorization_endpoint")
    client = provider.register(
        optional="a name with markup is refused",
        **provider.baseline(client_name=f"dcr-{MARK}"),
    )
    return {"client": client, "page": provider.authorize(client)}


@exchange
def marked_error_page(provider: Provider) -> dict[str, Answer]:
    """Ask for authorization with markup in client_id, redirect_uri and state."""
    client = provider.control(**provider.baseline())
    return {
        "client_id": provider.authorize(client, client_id=MARK),
        "redirect_uri": provider.authorize(client, redirect_uri=f"https://evil.example/{MARK}"),
        "state": provider.authorize(client, redirect_uri="https://evil.example/", state=MARK),
    }


def _page(answer: Answer) -> str:
    """The text of an HTML page that came instead of a redirect."""
    expect.conclusive(answer)
    expect.judged(not answer.location, f"no page but a redirect: {answer.line}")
    expect.judged("html" in (answer.media_type or ""), f"no HTML page: {answer.line}")
    return answer.text


def _visible(page: str) -> str:
    return html.unescape(_TAG.sub(" ", page))


@requirement("ui-client-text-is-escaped-on-pages")
def test_client_text_is_escaped(marked_client_page: dict[str, Any]) -> None:
    answer = marked_client_page["page"]
    page = _page(answer)
    raw = MARK in page
    expect.judged(raw or MARK in html.unescape(page), "the page does not show the client's name")
    found = "the name as markup" if raw else "the name as text"
    expect.met(not raw, "the name as text", found, name="page", about=answer)


@requirement("ui-approval-shows-something-the-registrant-cannot-choose-freely")
def test_approval_shows_where_the_answer_goes(marked_client_page: dict[str, Any]) -> None:
    answer, client = marked_client_page["page"], marked_client_page["client"]
    page = _page(answer)
    expect.judged(not is_login(page), "the page is a login; approval comes after it")
    seen = _visible(page)
    # Only a page that names the client asks about it; others come before that, such as a login.
    expect.judged("conformance" in seen, "the page does not show the client's name")
    uris = client.members.get("redirect_uris") or [""]
    known = {"redirect host": urlsplit(str(uris[0])).hostname or "", "client_id": client.client_id}
    shown = [name for name, value in known.items() if value and value in seen]
    expect.met(
        shown,
        "the redirect host or the client_id",
        ", ".join(shown) or "neither",
        name="approval page",
        about=answer,
        at_most=Level.SHOULD,  # what stands between login and approval looks like either
    )


@requirement("ui-authorization-error-page-reflects-nothing-raw")
def test_error_page_reflects_nothing_raw(marked_error_page: dict[str, Answer]) -> None:
    pages = {
        name: answer
        for name, answer in marked_error_page.items()
        if "html" in (answer.media_type or "") and not answer.location
    }
    expect.judged(pages, "the authorization endpoint shows no HTML page for errors")
    with expect.together():
        for name, answer in pages.items():
            expect.met(
                MARK not in answer.text,
                "no markup of the request",
                "the markup as it was sent" if MARK in answer.text else "none",
                name=f"{name} on the error page",
                about=answer,
            )
