"""A check: an ordinary pytest test that looks at evidence and does no I/O."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exchange import Case, Node, combinations, module_key, node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WHOLE_RUN = "whole_run"
"""The evidence of everything, for checks that cut across all exchanges."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a check is about: its requirement, and which cases it reads."""

    requirement: str
    where: Callable[[Case], bool] | None = None
    minimum: int | None = None
    """How many cases must have been judged before the row passes; all, if not said."""


@cache
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


@dataclass(frozen=True, slots=True)
class BoundCheck:
    """A check as the suite knows it, apart from pytest."""

    function: Callable[..., Any]
    binding: Binding
    module: str

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.__name__

    @property
    def title(self) -> str:
        """What the provider must do, as the name says it."""
        return self.name.removeprefix("test_").replace("_", " ")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The evidence that it asks for."""
        return _parameters(self.function)

    @property
    def whole_run(self) -> bool:
        """Whether it reads everything."""
        return WHOLE_RUN in self.parameters

    def choices(self) -> list[dict[str, Case]]:
        """One choice of cases for each time that it is judged."""
        return combinations(self.module, self.parameters, self.binding.where)

    def nodes(self, chosen: dict[str, Case]) -> dict[str, Node]:
        """The exchanges that it reads, by parameter, for a choice of cases."""
        found = {name: node(self.module, name, chosen) for name in self.parameters}
        return {name: item for name, item in found.items() if item is not None}


def requirement(
    id: str,  # noqa: A002 - the name of the member
    *,
    where: Callable[[Case], bool] | None = None,
    minimum: int | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Bind a check to the row of the catalogue that it judges.

    Args:
        id: The row.
        where: Picks the cases that the row is about, where a list serves several rows.
        minimum: How many cases must have been judged before the row passes.

    """

    def bind(function: Callable[..., Any]) -> Callable[..., Any]:
        binding = Binding(id, where, minimum)
        function.__dict__["requirement"] = binding
        marked: Callable[..., Any] = pytest.mark.requirement(id)(function)
        return marked

    return bind


def bound(function: object) -> BoundCheck | None:
    """The check that a function is, None where it is none."""
    binding = getattr(function, "requirement", None)
    if not isinstance(binding, Binding) or not callable(function):
        return None
    return BoundCheck(function, binding, module_key(function.__module__))


def checks_of(module: object) -> Iterator[BoundCheck]:
    """The checks that a module defines, in the order of its lines."""
    for value in vars(module).values():
        check = bound(value)
        if check is not None and value.__module__ == getattr(module, "__name__", ""):
            yield check


@dataclass
class Judged:
    """A check with the choice of cases that it is judged for."""

    check: BoundCheck
    chosen: dict[str, Case] = field(default_factory=dict)

    @property
    def case(self) -> str:
        """What tells this judgement from others of its check."""
        return ",".join(dict.fromkeys(case.id for case in self.chosen.values()))
