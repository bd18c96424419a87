"""Exchanges as markup. Each stands once; whoever comes later gets a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from reports.hostile import visible, wire
from reports.marks import Marks
from reports.messages import kept, path_of, rendered, step_lines
from reports.names import Anchors, milliseconds, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.results import Check, Exchange, Results, Step

MOST_IN_A_CARD = 12
"""Exchanges that stand under one requirement; a flood of equal ones goes to the index."""

_LONGEST_CURL = 16 * 1024
_LONGEST_PATH = 60


@dataclass(frozen=True, slots=True)
class Link:
    """Where something stands, and what it is called."""

    anchor: str
    label: str


class Evidence:
    """The exchanges of a run, handed out once each."""

    def __init__(self, results: Results, anchors: Anchors) -> None:
        """Name every exchange before any is linked."""
        self._exchanges = {item.id: item for item in results.exchanges}
        self._anchors = {id_: anchors.take(id_, "x-") for id_ in self._exchanges}
        self._marks = Marks(results)
        self._placed: set[str] = set()
        self._of_step = {step.id: item.id for item in results.exchanges for step in item.steps}

    def telling(self, checks: Iterable[Check]) -> list[str]:
        """Exchanges of checks, those with an offending place first."""
        checks = list(checks)
        offending = [
            self._of_step.get(place.step, "")
            for check in checks
            for aspect in check.aspects
            if not aspect.agrees
            for place in aspect.places
        ]
        return [*offending, *(id_ for check in checks for id_ in check.exchanges)]

    def link(self, id_: str) -> Link | None:
        """Where an exchange stands; nothing if the results do not have it."""
        exchange = self._exchanges.get(id_)
        return Link(self._anchors[id_], label(exchange)) if exchange else None

    def links(self, ids: Iterable[str]) -> list[Link]:
        """The same for several, unknown ones left out."""
        return [link for link in map(self.link, dict.fromkeys(ids)) if link]

    def get(self, id_: str) -> Exchange | None:
        """An exchange of the results."""
        return self._exchanges.get(id_)

    def claim(self, ids: Iterable[str], *, opened: bool = False) -> tuple[list[Markup], list[Link]]:
        """Let exchanges stand here that stand nowhere yet, and link the others.

        Args:
            ids: Of exchanges, the most telling first.
            opened: Whether the first is shown open.

        """
        here: list[Markup] = []
        elsewhere: list[str] = []
        for id_ in dict.fromkeys(ids):
            if id_ not in self._exchanges:
                continue
            if id_ in self._placed or len(here) >= MOST_IN_A_CARD:
                elsewhere.append(id_)
                continue
            self._placed.add(id_)
            here.append(self._markup(self._exchanges[id_], opened=opened and not here))
        return here, self.links(elsewhere)

    def rest(self) -> tuple[list[Markup], list[Link]]:
        """The index: in full what stands nowhere else, and links to what does."""
        standing = [id_ for id_ in self._exchanges if id_ in self._placed]
        rest = [item for id_, item in self._exchanges.items() if id_ not in self._placed]
        return [self._markup(item, opened=False) for item in rest], self.links(standing)

    def _markup(self, exchange: Exchange, *, opened: bool) -> Markup:
        elapsed = milliseconds(sum(step.elapsed_s for step in exchange.steps))
        return Markup(  # noqa: S704 - every piece is escaped where it is made
            f'<details class=exchange id="{self._anchors[exchange.id]}"{" open" * opened}>'
            f"<summary><span><span class=line>{_line(exchange)}</span> "
            f"<span class=who>{visible(label(exchange))}</span></span>"
            f'<span class="ms muted">{elapsed}</span></summary><div class=body>'
            f"{_intro(exchange)}{''.join(self._steps(exchange))}</div></details>\n"
        )

    def _steps(self, exchange: Exchange) -> Iterable[str]:
        total = len(exchange.steps)
        for number, step in enumerate(exchange.steps, 1):
            request, response = step_lines(step, self._marks.of(step.id))
            what = f"Request {number} of {total}" if total > 1 else "Request"
            if step.operation:
                what += f": {step.operation}"
            answer = f"<pre>{rendered(response)}</pre>" if step.response else _silence(step)
            yield (
                f"<div class=step><div class=msg><p class=cap>{visible(what)}</p>"
                f"<pre>{rendered(request)}</pre>{_kept(kept(step.request.body))}</div>"
                f"<div class=msg><p class=cap><span>Response</span>"
                f"<span>{milliseconds(step.elapsed_s)}</span></p>{answer}"
                f"{_kept(kept(step.response.body) if step.response else '')}{_facts(step)}"
                f"</div></div>{_curl(step)}"
            )


def label(exchange: Exchange) -> str:
    """What an exchange is called in lists."""
    return f"{exchange.name}, {exchange.case}" if exchange.case else exchange.name


def _line(exchange: Exchange) -> Markup:
    """``POST /register → 201``, of the last step where there are several."""
    if not exchange.steps:
        return Markup("nothing was sent")
    step = exchange.steps[-1]
    path = path_of(step.request.url)
    short = path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"
    status = str(step.response.status) if step.response else "no answer"
    before = len(exchange.steps) - 1
    prefix = escape(f"{plural(before, 'step')}, then " if before else "")
    return prefix + wire(f"{step.request.method} {short}") + Markup(" →&nbsp;") + status


def _intro(exchange: Exchange) -> str:
    text = f"<p class=intro>{visible(exchange.title)}</p>" if exchange.title else ""
    if exchange.failure is not None:
        failure = f"{exchange.failure.kind}: {exchange.failure.reason}"
        text += f"<p class=intro><b>{visible(failure[:1].upper() + failure[1:])}</b></p>"
    return text


def _silence(step: Step) -> str:
    reason = visible(step.failure or "no reason is recorded")
    return f"<p class=silence>No response: {reason}</p>"


def _kept(text: str) -> str:
    return f"<p class=kept>{visible(text)}</p>" if text else ""


def _facts(step: Step) -> str:
    """What was learnt of credentials when they were captured, and concluded while talking."""
    said: list[str] = []
    for pointer, facts in step.facts.items():
        if isinstance(facts, dict):
            known = [
                f"{k} {_short(facts[k])}" for k in ("length", "alphabet", "bits") if k in facts
            ]
            said.append(f"{pointer.removeprefix('/')}: {', '.join(known) or 'seen'}")
    said += [
        f"{name}: {_short(value)}"
        for name, value in step.observations.items()
        if isinstance(value, str | int | float | bool)
    ]
    return _kept("Noted: " + "; ".join(said)) if said else ""


def _short(value: Any) -> str:
    return str(value)[:80]


def _curl(step: Step) -> str:
    if not step.curl:
        return ""
    if len(step.curl) > _LONGEST_CURL:
        return "<p class=kept>The curl line is too long to show; results.json has it.</p>"
    shown = visible(step.curl, _LONGEST_CURL, keep="\n")
    return (
        "<div class=x-foot><button type=button class=tool>Copy as curl</button>"
        f"<details class=curl><summary>Show curl</summary><pre>{shown}</pre></details></div>"
    )
