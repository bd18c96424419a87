"""Rows and checks of one's own: folders that are named or installed, judged beside ours.

Such a folder holds Python files with exchanges and checks, TOML files with their rows,
and perhaps ``specifications.toml`` with the documents that these rows come from.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.settings import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUP = "dcr_conformance.checks"
"""Entry points of this group name packages whose folder holds rows and checks."""


def folders(named: Iterable[Path]) -> tuple[Path, ...]:
    """Every folder of rows and checks beside ours: installed ones, then those named.

    Raises:
        UsageProblem: one sentence where a folder or package cannot be used.

    """
    return tuple(dict.fromkeys([*_installed(), *map(_named, named)]))


def _named(path: Path) -> Path:
    folder = path.resolve()
    if not folder.is_dir():
        raise UsageProblem(f"--dcr-checks names {path}, which is no folder")
    if not any(folder.glob("*.py")):
        raise UsageProblem(f"--dcr-checks names {path}, which holds no Python files")
    return folder


def _installed() -> Iterator[Path]:
    for entry in importlib.metadata.entry_points(group=GROUP):
        try:
            found = importlib.util.find_spec(entry.module)
        except ImportError as error:
            found, reason = None, f": {error}"
        else:
            reason = " is not there"
        places = list(found.submodule_search_locations or ()) if found else []
        if not places:
            reason = reason if found is None else " is a module; a package is needed"
            raise UsageProblem(
                f"the checks {entry.name!r} are installed, but {entry.module}{reason}"
            )
        yield Path(places[0]).resolve()
