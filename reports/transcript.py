"""A judged case with its messages as lines of plain text, harmless in any terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.explanation import explanation
from reports.hostile import plain
from reports.messages import kept, reason_phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reports.results import Body, Check, Exchange, Requirement, Step

_MOST_EXCHANGES = 6
_MOST_LINES = 60
_LONGEST = 1000


def transcript(
    requirement: Requirement, check: Check, exchange: Callable[[str], Exchange | None]
) -> list[str]:
    """Statement, comparison, advice, then each exchange as it went over the wire.

    Args:
        requirement: The row.
        check: Its case.
        exchange: Finds an exchange by its id.

    """
    lines = [f"{check.verdict}: {plain(requirement.statement, _LONGEST)}"]
    lines += [
        f"  {label}: {plain(text, _LONGEST)}" for label, text in explanation(requirement, check)
    ]
    lines += [f"  spec: {plain(requirement.link, _LONGEST)}"] if requirement.link else []
    for id_ in check.exchanges[:_MOST_EXCHANGES]:
        if (found := exchange(id_)) is not None:
            lines += _exchange(found)
    if (more := len(check.exchanges) - _MOST_EXCHANGES) > 0:
        lines.append(f"{more} more exchanges are in results.json")
    return lines


def _exchange(exchange: Exchange) -> Iterator[str]:
    yield ""
    yield f"-- {plain(exchange.name, 200)} {plain(exchange.case, 200)}".rstrip()
    for step in exchange.steps:
        yield from _step(step)
    if exchange.failure is not None:
        yield f"  {exchange.failure.kind}: {plain(exchange.failure.reason, _LONGEST)}"


def _step(step: Step) -> Iterator[str]:
    yield f"> {plain(step.request.method, 40)} {plain(step.request.url, _LONGEST)}"
    yield from _headers("> ", step.request.headers)
    yield from _body("> ", step.request.body)
    if step.response is None:
        yield f"< no response: {plain(step.failure, _LONGEST)}"
        return
    yield f"< {reason_phrase(step.response.status)} ({step.elapsed_s * 1000:.0f} ms)"
    yield from _headers("< ", step.response.headers)
    yield from _body("< ", step.response.body)


def _headers(mark: str, headers: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, value in headers:
        yield f"{mark}{plain(name, 200)}: {plain(value, 400)}"


def _body(mark: str, body: Body) -> Iterator[str]:
    lines = (body.text or "").split("\n")
    for line in lines[:_MOST_LINES]:
        if line:
            yield f"{mark}{plain(line.removesuffix(chr(13)), _LONGEST)}"
    if len(lines) > _MOST_LINES:
        yield f"{mark}({len(lines) - _MOST_LINES} more lines)"
    if said := kept(body):
        yield f"{mark}({plain(said, 300)})"
