"""Runs exchanges: side by side, in dependency order, the gate first, the lonely ones last."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.evidence import Comparison, Store, encode
from conformance.exchange import Node, gates
from conformance.judgement import Delivery
from conformance.outcomes import NotJudged, Outcome
from conformance.provider.client import Client
from conformance.provider.operations import Provider
from conformance.provider.session import Recorder, Session, Stopped
from reports.results import Exchange, ExchangeFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass
class _Task:
    node: Node
    waits_for: set[str]
    done: threading.Event = field(default_factory=threading.Event)
    live: Any = None
    delivery: Delivery | None = None
    started: float = 0.0


class Conductor:
    """The exchanges of one run. :meth:`start` returns at once; :meth:`evidence` waits."""

    def __init__(
        self,
        session: Session,
        store: Store,
        *,
        left_out: Mapping[str, str] | None = None,
    ) -> None:
        self.session = session
        self.store = store
        self.finished_at: float | None = None
        self._left_out = dict(left_out or {})
        self._tasks: dict[str, _Task] = {}
        self._ready: deque[_Task] = deque()
        self._alone: deque[_Task] = deque()
        self._running: set[str] = set()
        self._left = 0
        self._lock = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._gate: ExchangeFailure | None = None
        self._gate_id = ""

    # Before

    def plan(self, nodes: Iterable[Node]) -> None:
        """Take in exchanges with all that they build on, and the gate before them."""
        gate = [Node(definition, None, ()) for definition in gates()]
        for wanted in (*gate, *nodes):
            for node in wanted.closure():
                if node.id not in self._tasks:
                    waits = {lower.id for lower in node.dependencies}
                    if node.definition.baseline and not node.definition.gate:
                        waits |= {item.id for item in gate}
                    self._tasks[node.id] = _Task(node, waits)

    def leaves_out(self, node: Node) -> bool:
        """Whether depth or budget leave an exchange out."""
        return node.id in self._left_out

    @property
    def planned(self) -> int:
        """How many exchanges there are."""
        return len(self._tasks)

    def start(self) -> None:
        """Begin, on threads of our own: they must not keep the interpreter from ending."""
        with self._lock:
            self._left = len(self._tasks)
            for task in list(self._tasks.values()):
                if not task.waits_for:
                    self._release(task)
        for number in range(min(self.session.settings.concurrency, max(1, self.planned))):
            thread = threading.Thread(target=self._work, name=f"exchange-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    # While it runs

    @property
    def done(self) -> int:
        """How many exchanges have ended."""
        return sum(task.done.is_set() for task in self._tasks.values())

    @property
    def slowest(self) -> tuple[str, float] | None:
        """The exchange that has been under way longest, and for how many seconds."""
        with self._lock:
            tasks = [self._tasks[name] for name in self._running]
        if not tasks:
            return None
        task = min(tasks, key=lambda item: item.started)
        return task.node.definition.name, time.perf_counter() - task.started

    def evidence(self, node: Node, waiting: Callable[[], None] | None = None) -> Delivery:
        """What an exchange came to, as soon as it has; ``waiting`` is called now and then."""
        task = self._tasks.get(node.id)
        if task is None:
            return self._recorded(node)
        while not task.done.wait(0.1):
            if waiting is not None:
                waiting()
        assert task.delivery is not None  # noqa: S101 - set before the event
        return task.delivery

    def wait(self, waiting: Callable[[], None] | None = None) -> None:
        """Until every exchange has ended."""
        for task in list(self._tasks.values()):
            self.evidence(task.node, waiting)

    def _recorded(self, node: Node) -> Delivery:
        """What a recording knows of an exchange (a replay plans nothing)."""
        return recorded(self.store, node)

    # Inside

    def _release(self, task: _Task) -> None:
        (self._alone if task.node.definition.alone else self._ready).append(task)
        self._lock.notify_all()

    def _next(self) -> _Task | None:
        with self._lock:
            while True:
                if not self._left:
                    self._lock.notify_all()
                    return None
                lonely = any(self._tasks[n].node.definition.alone for n in self._running)
                if self._ready and not lonely:
                    return self._begin(self._ready.popleft())
                if self._alone and not self._ready and not self._running:
                    return self._begin(self._alone.popleft())
                self._lock.wait()

    def _begin(self, task: _Task) -> _Task:
        task.started = time.perf_counter()
        self._running.add(task.node.id)
        return task

    def _work(self) -> None:
        while (task := self._next()) is not None:
            self._run(task)
            name = task.node.id
            with self._lock:
                self._running.discard(name)
                for other in self._tasks.values():
                    if name in other.waits_for:
                        other.waits_for.discard(name)
                        if not other.waits_for and not other.done.is_set():
                            self._release(other)
                task.done.set()
                self._left -= 1
                if not self._left:
                    self.finished_at = time.perf_counter()
                self._lock.notify_all()

    def _run(self, task: _Task) -> None:
        node = task.node
        recorder = Recorder(node.id)
        returned, failure = None, self._hindrance(node)
        if failure is None:
            try:
                task.live = self._call(node, Provider(self.session, recorder))
                returned = encode(task.live)
            except Stopped:
                failure = ExchangeFailure(kind="not judged", reason="the run was interrupted")
            except Outcome as outcome:
                failure = ExchangeFailure(
                    kind=outcome.kind,  # type: ignore[arg-type]
                    reason=outcome.reason,
                    cause=outcome.cause,
                    step=outcome.step,
                )
            except Exception as error:  # noqa: BLE001 - our own bug is a result of its own
                failure = ExchangeFailure(kind="suite error", reason=_bug(error))
        exchange = self.store.add(
            Exchange(
                id=node.id,
                name=node.definition.name,
                case=node.case.id if node.case else "",
                title=node.definition.title,
                steps=tuple(recorder.steps),
                returned=returned,
                failure=failure,
            )
        )
        self._add_extra()
        if node.definition.gate and failure is not None:
            self._gate, self._gate_id = failure, node.id
        value = None if failure else _safely(self.store, exchange.returned)
        task.delivery = Delivery(node.id, value, exchange.failure, node)

    def _hindrance(self, node: Node) -> ExchangeFailure | None:
        if reason := self._left_out.get(node.id):
            return ExchangeFailure(kind="not judged", reason=reason)
        if self._gate is not None and node.definition.baseline:
            return self._gate.model_copy(update={"cause": self._gate.cause or self._gate_id})
        for lower in node.dependencies:
            below = self._tasks[lower.id].delivery
            if below is not None and below.failure is not None:
                cause = below.failure.cause or below.id
                return below.failure.model_copy(update={"cause": cause})
        return None

    def _call(self, node: Node, provider: Provider) -> Any:
        arguments: dict[str, Any] = {}
        for name, lower in zip(node.definition.dependencies, node.dependencies, strict=True):
            arguments[name] = rebound(self._tasks[lower.id].live, provider)
        if node.case is not None:
            arguments["case"] = node.case
        return node.definition.function(provider, **arguments)

    def _add_extra(self) -> None:
        """Keep what was sent on behalf of several exchanges, controls above all."""
        for recorder in list(self.session.extra):
            known = self.store.exchanges.get(recorder.exchange)
            if known is None or len(known.steps) != len(recorder.steps):
                self.store.add(
                    Exchange(
                        id=recorder.exchange,
                        name=recorder.exchange.partition("-")[0],
                        title="sent once on behalf of several exchanges",
                        steps=tuple(recorder.steps),
                    )
                )


def recorded(store: Store, node: Node) -> Delivery:
    """The delivery of an exchange from a recording."""
    exchange = store.exchanges.get(node.id)
    if exchange is None:
        failure = ExchangeFailure(kind="not judged", reason="not in the recording")
        return Delivery(node.id, None, failure, node)
    value = None if exchange.failure else _safely(store, exchange.returned)
    if isinstance(value, dict):
        value = Recorded(value)
    elif isinstance(value, Comparison):
        value = replace(value, followups=Recorded(value.followups))
    return Delivery(node.id, value, exchange.failure, node)


def _safely(store: Store, returned: Any) -> Any:
    return None if returned is None else store.decode(returned)


class Recorded(dict[str, Any]):
    """What an exchange returned when it was recorded: perhaps less than it returns today."""

    def __missing__(self, role: str) -> Any:
        raise NotJudged(f"the recording is older: its exchange has no {role!r}")


def rebound(value: Any, provider: Provider) -> Any:
    """Live evidence of another exchange, its clients' further calls recorded by this one."""
    if isinstance(value, Client):
        return value.bound_to(provider)
    if isinstance(value, dict):
        return {name: rebound(item, provider) for name, item in value.items()}
    return value


def _bug(error: Exception) -> str:
    import traceback  # noqa: PLC0415 - only for our own bugs

    frames = traceback.extract_tb(error.__traceback__)
    where = "; ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames[-3:])
    return f"{type(error).__name__}: {str(error)[:200]} ({where})"
