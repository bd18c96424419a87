"""Whether a name with a direction override can turn the words of a page round."""

from __future__ import annotations

import pytest

from conformance.checks.lifecycle.markup import read

NAME = "App \u202e"


def turned(page: str) -> list[str]:
    """What is laid out together with the name, where nothing isolates it."""
    return [
        paragraph.text.replace(NAME, "").strip()
        for paragraph in read(page, NAME).paragraphs
        if paragraph.named_bare
    ]


@pytest.mark.parametrize(
    "page",
    [
        f"<h1>Allow {NAME} access?</h1>",
        f"<p>Allow <b>{NAME}</b> access?</p>",
        "<p>Allow App &#8238; access?</p>",
        f"<p dir=ltr>Allow {NAME} access?</p>",
        f"<div>Allow {NAME}<button>Yes</button></div>",
        f"Allow {NAME} access?",
    ],
)
def test_words_beside_a_bare_name_are_turned(page: str) -> None:
    assert turned(page)[0].startswith("Allow")


@pytest.mark.parametrize(
    "page",
    [
        f"<h1>Allow <bdi>{NAME}</bdi> access?</h1>",
        f"<h1>Allow <span dir=auto>{NAME}</span> access?</h1>",
        f"<h1>Allow <span style='unicode-bidi: isolate'>{NAME}</span> access?</h1>",
        f"<p>Allow</p><p>{NAME}</p><p>access?</p>",
        f"<td>Allow<td>{NAME}<td>access",
        f"Allow<br>{NAME}<br>access?",
        f"<title>Allow {NAME}</title><script>var name = '{NAME} x'</script>",
        "<p>Allow App access?</p>",
    ],
)
def test_words_beside_an_isolated_name_are_not(page: str) -> None:
    assert not any(turned(page))


@pytest.mark.parametrize(
    ("page", "styled"),
    [
        ("<link rel=stylesheet href=a.css>", True),
        ("<style>.name { display: block }</style>", True),
        ("<style>b { color: red }</style>", False),
        ("<link rel=icon href=a.ico>", False),
    ],
)
def test_style_sheets_may_isolate_names(page: str, *, styled: bool) -> None:
    assert read(page, NAME).styled is styled


def test_what_is_embedded_is_told_by_element() -> None:
    page = "<img src=a.png><object data=b.svg></object><a href=c>c</a>"
    assert read(page, NAME).embedding == {"img": {"a.png"}, "object": {"b.svg"}}
