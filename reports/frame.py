"""What every page of ours stands in: one file, a policy with hashes, text that stays text."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.hostile import plain, prose, visible, wire
from reports.names import day, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = Path(__file__).parent


def framed(
    template: str, values: Mapping[str, Any], *, styles: tuple[str, ...], script: str = ""
) -> str:
    """A whole page.

    Args:
        template: Name of a file in ``templates/``.
        values: What the template reads; nothing of it goes into style or script, so
            the hashes in the policy are those of our own files.
        styles: Names of files in ``assets/``, without ending, in their order.
        script: Name of a file in ``assets/``, without ending; none where a page needs none.

    """
    css, js = _files(styles, ".css"), _files((script,) if script else (), ".js")
    allowed = f"script-src '{_hash(js)}'; " if script else ""
    html = (
        _environment()
        .get_template(template)
        .render(
            values,
            style=Markup(css),  # noqa: S704 - our own files
            script=Markup(js),  # noqa: S704
            policy=(
                f"default-src 'none'; style-src '{_hash(css)}'; {allowed}"
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )
    # Lone surrogates are shown by number wherever text is; this is for where none is shown.
    return html.encode("utf-8", "replace").decode("utf-8")


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
def _files(names: tuple[str, ...], ending: str) -> str:
    files = (_HERE / "assets" / f"{name}{ending}" for name in names)
    return "\n" + "".join(file.read_text(encoding="utf-8") for file in files)


def _hash(text: str) -> str:
    raw = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(raw).decode("ascii")
