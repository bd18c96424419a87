"""The lies of ``fixtures/lies.toml`` as cases of exchanges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange import load_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.exchange import Case


def told(*names: str, full: Iterable[str] = ()) -> tuple[Case, ...]:
    """These lies as cases; those of ``full`` are told at depth full only."""
    known = {case.id: case for case in load_cases("lies")}
    deep = (replace(known[name], depth="full") for name in full)
    return (*(known[name] for name in names), *deep)


def among(*names: str) -> Callable[[Case], bool]:
    """Picks the cases of these names."""
    return lambda case: case.id in names
