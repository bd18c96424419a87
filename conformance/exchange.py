"""Exchanges: functions that talk to the provider once and return evidence.

An exchange is a session-scoped pytest fixture with its own dependencies in its
signature, so selection and parametrisation work as pytest users know them. What
runs it is the conductor, long before the first check asks for its fixture.
"""

from __future__ import annotations

import functools
import inspect
import tomllib
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

SHARED = "shared"
"""The module whose exchanges every section sees."""

_GIVEN = ("provider", "case")
"""Parameters that the conductor supplies itself; all others name exchanges."""


class BadExchangeError(TypeError):
    """An exchange that cannot be what it says; raised when it is defined or planned."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a list in ``fixtures/``; its further members are attributes of ``data``."""

    id: str
    data: Mapping[str, Any] = field(hash=False)
    depth: str = "standard"

    def __getattr__(self, name: str) -> Any:
        try:
            return self.data[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def get(self, name: str, default: Any = None) -> Any:
        """A member that not every case has."""
        return self.data.get(name, default)


@dataclass(frozen=True, slots=True)
class Definition:
    """An exchange as it was written."""

    function: Callable[..., Any]
    module: str
    name: str
    title: str
    dependencies: tuple[str, ...]
    cases: tuple[Case, ...] = ()
    alone: bool = False
    baseline: bool = True
    gate: bool = False
    depth: str = "standard"
    needs: str = ""

    @property
    def shared(self) -> bool:
        """Whether every section sees it."""
        return self.module == SHARED


@dataclass(frozen=True, slots=True)
class Node:
    """One exchange to be run: a definition, its case, and the exchanges that it builds on."""

    definition: Definition
    case: Case | None
    dependencies: tuple[Node, ...]
    id: str = field(init=False, compare=False)
    """What it is called in results: module, name and every case below it."""

    def __post_init__(self) -> None:
        cases = ",".join(dict.fromkeys(case.id for case in self.every_case()))
        prefix = "" if self.definition.shared else f"{self.definition.module}."
        name = f"{prefix}{self.definition.name}" + (f"[{cases}]" if cases else "")
        object.__setattr__(self, "id", name)  # asked for all the time while a run is planned

    def every_case(self) -> Iterator[Case]:
        """The cases that tell this exchange from its siblings."""
        if self.case is not None:
            yield self.case
        for dependency in self.dependencies:
            yield from dependency.every_case()

    @property
    def only_full(self) -> bool:
        """Whether depth full alone asks it: for its sake, a case's, or what it builds on."""
        return any(
            node.definition.depth == "full" or (node.case is not None and node.case.depth == "full")
            for node in self.closure()
        )

    @property
    def beyond_quick(self) -> bool:
        """Whether depth quick leaves it to other cases of its list, which are marked for it."""
        return any(
            node.case is not None
            and node.case.depth != "quick"
            and any(case.depth == "quick" for case in node.definition.cases)
            for node in self.closure()
        )

    def closure(self) -> Iterator[Node]:
        """Everything that it builds on, then it itself."""
        for dependency in self.dependencies:
            yield from dependency.closure()
        yield self


_registry: dict[tuple[str, str], Definition] = {}


def module_key(module: str) -> str:
    """The short name of a module of checks: ``rfc7592.section_2_1``, or ``shared``."""
    _, found, rest = module.partition("checks.")
    key = rest if found else module
    return SHARED if key == SHARED or key.startswith(f"{SHARED}.") else key


def exchange(
    function: Callable[..., Any] | None = None,
    *,
    cases: Iterable[Case] = (),
    alone: bool = False,
    baseline: bool = True,
    gate: bool = False,
    depth: str = "standard",
    needs: str = "",
) -> Any:
    """Turn a function into an exchange.

    Args:
        function: Takes ``provider``, ``case`` where there are cases, and the names of the
            exchanges that it builds on. Its first line of docstring says what is sent.
        cases: One run of the exchange each.
        alone: Nothing else may run beside it.
        baseline: Whether it means nothing once the minimal registration failed.
        gate: It is the minimal registration itself.
        depth: ``full`` where it costs much, or leaves a client that nothing can remove.
        needs: The setting of ``[provider]`` without which it registers nobody.

    Raises:
        BadExchangeError: no docstring, or ``case`` without cases and the like.

    """
    if function is None:
        return functools.partial(
            exchange,
            cases=tuple(cases),
            alone=alone,
            baseline=baseline,
            gate=gate,
            depth=depth,
            needs=needs,
        )
    names = tuple(inspect.signature(function).parameters)
    cases = tuple(cases)
    if not function.__doc__:
        raise BadExchangeError(f"{function.__name__} does not say what it sends")
    if bool(cases) != ("case" in names):
        raise BadExchangeError(f"{function.__name__} has cases and no 'case', or the reverse")
    if len({case.id for case in cases}) != len(cases):
        raise BadExchangeError(f"{function.__name__} has two cases of one id")
    definition = Definition(
        function=function,
        module=module_key(function.__module__),
        name=function.__name__,
        title=(inspect.getdoc(function) or "").partition("\n")[0],
        dependencies=tuple(name for name in names if name not in _GIVEN),
        cases=cases,
        alone=alone,
        baseline=baseline,
        gate=gate,
        depth=depth,
        needs=needs,
    )
    if not definition.shared and (SHARED, definition.name) in _registry:
        raise BadExchangeError(
            f"{definition.module}.{definition.name} hides a shared exchange of that name"
        )
    _registry[definition.module, definition.name] = definition
    return _fixture(definition)


def _fixture(definition: Definition) -> Any:
    """The pytest fixture that hands out the evidence of an exchange."""

    def evidence(request: pytest.FixtureRequest, **dependencies: Any) -> Any:
        nodes = tuple(dependencies[name].node for name in definition.dependencies)
        case = request.param if definition.cases else None
        return request.config.stash[DELIVERY](Node(definition, case, nodes))

    parameters = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for name in ("request", *definition.dependencies)
    ]
    evidence.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    evidence.__name__ = definition.name
    evidence.__doc__ = definition.function.__doc__
    evidence.__module__ = definition.function.__module__
    return pytest.fixture(scope="session", name=definition.name)(evidence)


DELIVERY = pytest.StashKey["Callable[[Node], Any]"]()
"""Where a session keeps the function that turns a planned exchange into its delivery."""


def find(module: str, name: str) -> Definition | None:
    """The exchange that a name means within a module: its own, else the shared one."""
    return _registry.get((module, name)) or _registry.get((SHARED, name))


def gates() -> list[Definition]:
    """The exchanges that must work before anything else is sent."""
    return [definition for definition in _registry.values() if definition.gate]


def with_cases(module: str, names: Iterable[str]) -> dict[str, Definition]:
    """Those exchanges with cases that the named ones are or build on, by name."""
    found: dict[str, Definition] = {}
    for name in names:
        definition = find(module, name)
        if definition is None:
            continue
        if definition.cases:
            found[name] = definition
        found.update(with_cases(definition.module, definition.dependencies))
    return found


def node(module: str, name: str, chosen: Mapping[str, Case]) -> Node | None:
    """The exchange that a name means, with the chosen case of each that has cases.

    Returns:
        None where the name means no exchange.

    Raises:
        BadExchangeError: it builds on something that is no exchange.

    """
    definition = find(module, name)
    if definition is None:
        return None
    below = []
    for dependency in definition.dependencies:
        lower = node(definition.module, dependency, chosen)
        if lower is None:
            raise BadExchangeError(f"{name} builds on {dependency}, which is no exchange")
        below.append(lower)
    return Node(definition, chosen[name] if definition.cases else None, tuple(below))


def combinations(
    module: str, names: Sequence[str], where: Callable[[Case], bool] | None = None
) -> list[dict[str, Case]]:
    """Every choice of one case for each exchange with cases below the named ones."""
    definitions = with_cases(module, names)
    lists = []
    for name, definition in definitions.items():
        chosen = [case for case in definition.cases if where is None or where(case)]
        lists.append([(name, case) for case in chosen or definition.cases])
    return [dict(choice) for choice in product(*lists)]


def fixtures_folder() -> Path:
    """Where the data of the suite lies: beside our packages, as in the checkout."""
    here = Path(__file__).parent.parent
    return here / "fixtures"


@cache
def load_cases(name: str | Path) -> tuple[Case, ...]:
    """The cases of ``fixtures/NAME.toml``, or of the file at a path.

    Each ``[[case]]`` has an ``id``, perhaps ``depth``, and what its exchange reads:
    ``full`` is asked at that depth only, and of a list with ``quick`` ones depth quick asks those.
    """
    path = name if isinstance(name, Path) else fixtures_folder() / f"{name}.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Case(entry["id"], {key: value for key, value in entry.items() if key not in _CASE_MEMBERS},
             entry.get("depth", "standard"))
        for entry in data["case"]
    )  # fmt: skip


_CASE_MEMBERS = {"id", "depth"}
