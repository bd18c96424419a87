"""What a run asks: the cases of its depth, and what its budget of registrations allows."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.evidence import GATE_EXCHANGE
from conformance.provider.session import BUDGETS
from reports.results import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.catalogue import Catalogue
    from conformance.exchange import Node
    from conformance.requirement import Judged
    from conformance.settings import Settings


@cache
def costs() -> dict[str, dict[str, object]]:
    """What each exchange cost when calibration counted: own registrations, and its controls."""
    path = Path(__file__).parent / "checks" / "costs.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def left_out(judged: Iterable[Judged], catalogue: Catalogue, settings: Settings) -> dict[str, str]:
    """Which exchanges a depth leaves out, with the reason; the rest fits its budget.

    The stronger a row's level and the lower its rank, the sooner its exchanges are taken.
    """
    depth = settings.depth
    reasons: dict[str, str] = {}
    order = list(Level)
    wanted = []
    for item in judged:
        row = catalogue[item.check.binding.requirement]
        nodes = list(item.check.nodes(item.chosen).values())
        reasons |= {node.id: reason for node in nodes if (reason := _by_depth(node, depth))}
        wanted.append((row.rank, order.index(row.level), nodes))
    if depth == "full":
        return reasons
    # Whatever is selected, the gate is asked.
    left, taken = BUDGETS[depth] - 1, {GATE_EXCHANGE}
    for _, _, nodes in sorted(wanted, key=lambda item: item[:2]):
        if any(node.id in reasons for node in nodes):
            continue
        price = _price(nodes, taken, settings)
        if sum(price.values()) <= left:
            left -= sum(price.values())
            taken |= price.keys()
        else:
            for node in nodes:
                if node.id not in taken:
                    reasons[node.id] = f"left out by depth {depth} ({BUDGETS[depth]} registrations)"
    # Nor is anything asked for the sake of a check that lacks another exchange.
    for node in (node for _, _, nodes in wanted for node in nodes):
        if node.id not in taken:
            reasons.setdefault(node.id, f"left out by depth {depth}, with what is judged beside it")
    return reasons


def _by_depth(node: Node, depth: str) -> str:
    """Why a depth leaves an exchange out for its case; empty where it does not."""
    if depth != "full" and node.only_full:
        return f"left out by depth {depth}; --dcr-depth full asks it"
    if depth == "quick" and node.beyond_quick:
        return "left out by depth quick; --dcr-depth standard asks it"
    return ""


def planned_registrations(nodes: Iterable[Node], settings: Settings) -> int:
    """How many registrations exchanges will attempt at most, as far as calibration counted."""
    return 1 + sum(_price(list(nodes), {GATE_EXCHANGE}, settings).values())


def _price(nodes: Iterable[Node], taken: set[str], settings: Settings) -> dict[str, int]:
    """By exchange or control, what is still to be paid for these exchanges."""
    price: dict[str, int] = {}
    for top in nodes:
        for node in top.closure():
            needs = node.definition.needs
            if needs and not getattr(settings.provider, needs):
                price[node.id] = 0  # it will say that it does not apply
                continue
            known = costs().get(node.id, {})
            if node.id not in taken:
                price[node.id] = int(str(known.get("registrations", 1)))
            controls = known.get("controls", [])
            for control in controls if isinstance(controls, list) else []:
                if control not in taken:
                    price[str(control)] = 1
    return price
