"""``compliance.html``: the whole of a run as one file that opens anywhere and asks no network.

The page is a pure function of the results. Style and script are inline under a
Content-Security-Policy that names their hashes, and nothing of a run goes into either.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.hostile import plain, prose, visible, wire
from reports.names import day, moment
from reports.view import page

if TYPE_CHECKING:
    from reports.results import Results

_HERE = Path(__file__).parent
_STYLES = ("colours", "base", "top", "requirements", "exchanges", "run", "phone", "print")


def render(results: Results) -> str:
    """The page of a run."""
    style, script = _style(), _script()
    html = (
        _environment()
        .get_template("page.html")
        .render(
            page(results),
            style=Markup(style),  # noqa: S704 - our own files
            script=Markup(script),  # noqa: S704
            policy=(
                f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )
    # Lone surrogates are shown by number wherever text is; this is for where none is shown.
    return html.encode("utf-8", "replace").decode("utf-8")


def write(results: Results, path: Path) -> None:
    """Write the page of a run."""
    path.write_text(render(results), encoding="utf-8", newline="\n")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # No template can forget it: every text that is no markup yet is made visible.
        finalize=_finalized,
    )
    environment.filters.update(
        {"visible": visible, "wire": wire, "plain": plain, "prose": prose}
        | {"moment": moment, "day": day}
    )
    return environment


def _finalized(item: object) -> object:
    return visible(item) if isinstance(item, str) and not hasattr(item, "__html__") else item


@cache
def _style() -> str:
    files = (_HERE / "assets" / f"{name}.css" for name in _STYLES)
    return "\n" + "".join(file.read_text(encoding="utf-8") for file in files)


@cache
def _script() -> str:
    return "\n" + (_HERE / "assets" / "page.js").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")
