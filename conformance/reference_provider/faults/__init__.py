"""Faults: behaviours that are wrong in one thing, and the rows that must notice.

Each file holds the faults of one area. A fault overrides one decision, or the
few that one mistake touches; its docstring says in one sentence what it gets
wrong, and ``trips`` names the rows of the catalogue that it must trip.
"""

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeVar

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.policy import Policy

__all__ = ["Fault", "all_faults", "fault"]

_PLAIN = Policy()
AnyBehaviour = TypeVar("AnyBehaviour", bound=Behaviour)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing done wrong."""

    name: str
    about: str
    behaviour: type[Behaviour]
    trips: frozenset[str]
    policy: Policy
    declares: tuple[str, ...] = ()
    """What it is held to; empty: what is discovered."""


_registered: dict[str, Fault] = {}


def fault(
    *,
    trips: AbstractSet[str],
    policy: Policy = _PLAIN,
    name: str | None = None,
    declares: tuple[str, ...] = (),
) -> Callable[[type[AnyBehaviour]], type[AnyBehaviour]]:
    """Register a behaviour as a fault; its name is the class name in kebab case."""

    def register(behaviour: type[AnyBehaviour]) -> type[AnyBehaviour]:
        slug = name or _kebab(behaviour.__name__)
        about = " ".join((behaviour.__dict__.get("__doc__") or "").split())
        if not about:
            raise ValueError(f"the fault {slug} does not say what it gets wrong")
        if not trips:
            raise ValueError(f"the fault {slug} trips nothing, so it proves nothing")
        if slug in _registered:
            raise ValueError(f"two faults are named {slug}")
        _registered[slug] = Fault(slug, about, behaviour, frozenset(trips), policy, declares)
        return behaviour

    return register


@functools.cache
def all_faults() -> tuple[Fault, ...]:
    """Return every fault of this package in the order of definition."""
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
    return tuple(_registered.values())


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
