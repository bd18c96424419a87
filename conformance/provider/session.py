"""What all exchanges of a run share: the connection pool, the target, budget, controls, ledger."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from conformance.evidence import Answer
from conformance.outcomes import LeftOut, NotJudged
from conformance.provider import handshakes, transport, wire
from conformance.provider.canary import LoopbackCanary
from conformance.provider.capture import Received, Sent, capture, parse
from conformance.provider.redaction import Redactor
from conformance.provider.trust_anchor import TrustAnchor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.ledger import Ledger
    from conformance.provider.certificates import ClientCertificate
    from conformance.provider.handshakes import Handshake, Offer
    from conformance.provider.target import Discovered
    from conformance.settings import Settings
    from reports.results import Step

BUDGETS = {"quick": 20, "standard": 150, "full": 100_000}
"""Registration attempts that a run may make, by depth."""

AGENT = "dcr-conformance"

WAITS_IN_VAIN = 3
"""So often an endpoint is waited for that refuses new clients; then it is no matter of time."""


class Stopped(Exception):  # noqa: N818 - an interrupt, no error
    """The run is being interrupted; nothing more is sent."""


class LiveAnswer(Answer):
    """An answer that still has its secrets; only exchanges hold one."""

    def __init__(self, step: Step, received: Received | None) -> None:
        super().__init__(step)
        self.json = parse(received.content) if received is not None else self.json
        if received is not None:
            self.headers = received.headers


@dataclass
class Recorder:
    """The steps of one exchange, in the order in which they were begun."""

    exchange: str
    steps: list[Step] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    def next_id(self) -> str:
        """An id for the next step, unique in the run and the same in every run."""
        return f"{self.exchange}:{next(self._numbers)}"

    def replace(self, step: Step, **observations: Any) -> Step:
        """Add what was concluded from an answer to its step."""
        updated = step.model_copy(update={"observations": {**step.observations, **observations}})
        self.steps[self.steps.index(step)] = updated
        return updated


class Session:
    """One run against one provider; every method may be called from several threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        ledger: Ledger,
        http: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        trust_anchor: TrustAnchor | None = None,
        shake: Callable[[str, int, Offer, float], Handshake] = handshakes.shake,
    ) -> None:
        self.shake = shake
        self.settings = settings
        self.ledger = ledger
        self.clock = clock
        self.sleep = sleep
        self.redactor = Redactor()
        self.discovered: Discovered | None = None
        self.marker = f"{settings.seed:08x}"
        self.attempts = 0
        self.limited = ""
        self.stopping = False
        self.memo: dict[str, Future[Any]] = {}
        self.controls: dict[str, set[str]] = {}
        """By exchange, the controls that it asked for: its share of what they cost."""
        self.extra: list[Recorder] = []
        self.trust_anchor = trust_anchor or TrustAnchor(settings)
        self.canary = LoopbackCanary()
        self._own_directory = trust_anchor is None
        self._http = http or transport.DeadlineTransport(
            lambda: wire.tls_context(settings),
            connections=settings.concurrency + 2,
            proxy=None if wire.is_loopback(settings.target_url) else settings.network.proxy or None,
        )
        self._lock = threading.Lock()
        self._next_at = 0.0
        self._waited = 0.0
        self._under_way = 0
        self._in_vain: dict[str, int] = {}
        self._idle = threading.Condition()

    # What is known of the provider

    @property
    def target(self) -> Discovered:
        """The target as discovered."""
        assert self.discovered is not None  # noqa: S101 - set before any exchange runs
        return self.discovered

    def endpoint(self, name: str) -> str | None:
        """An endpoint by its name in the metadata."""
        return self.target.endpoints.get(name)

    # Sending

    def send(
        self,
        recorder: Recorder,
        operation: str,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        content: bytes = b"",
        timeout_s: float | None = None,
        paced: bool = False,
        certificate: ClientCertificate | None = None,
    ) -> LiveAnswer:
        """Send one request and record it; a missing answer is an answer with status 0.

        ``paced`` says that the caller has waited for its turn already.

        Raises:
            Stopped: the run is being interrupted.

        """
        if not paced:
            self.pace()
        fields = [("Accept", "application/json"), ("User-Agent", AGENT)]
        given = list(headers)
        names = {name.lower() for name, _ in given}
        fields = [(name, value) for name, value in fields if name.lower() not in names]
        sent = Sent(method, url, (*fields, *given), content)
        step_id = recorder.next_id()
        started = time.perf_counter()
        with self._busy():
            received, failure, count = wire.exchange(
                self._http, sent, timeout_s or self.settings.network.timeout_s, certificate
            )
        step = capture(
            id=step_id,
            operation=operation,
            sent=sent,
            received=received,
            failure=failure,
            elapsed_s=time.perf_counter() - started,
            at=self.clock(),
            redactor=self.redactor,
        )
        if received is None and count:
            step = step.model_copy(update={"observations": {"received": count}})
        recorder.steps.append(step)
        return LiveAnswer(step, received)

    @contextlib.contextmanager
    def _busy(self) -> Iterator[None]:
        """Count a request as under way."""
        with self._idle:
            self._under_way += 1
        try:
            yield
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def pace(self) -> None:
        """Wait for the turn that the operator's rate gives.

        Raises:
            Stopped: the run is being interrupted.

        """
        if self.stopping:
            raise Stopped
        self.turn()
        if self.stopping:
            raise Stopped

    def turn(self) -> None:
        """Wait as :meth:`pace`, also while the run is being interrupted: for clean-up."""
        pause = self.settings.seconds_between_requests
        if not pause:
            return
        with self._lock:
            now = time.monotonic()
            at = max(self._next_at, now)
            self._next_at = at + pause
        self.sleep(max(0.0, at - now))

    # Registrations are counted, and stop where the provider says so

    def charge(self, *, beyond_limit: bool = False) -> None:
        """Count one attempt to register.

        Raises:
            LeftOut: the budget of this depth is used up.
            NotJudged: the provider takes no more registrations for now.

        """
        with self._lock:
            if self.limited and not beyond_limit:
                raise NotJudged(self.limited)
            depth = self.settings.depth
            if self.attempts >= BUDGETS[depth]:
                raise LeftOut(f"left out by depth {depth} ({BUDGETS[depth]} registrations)")
            self.attempts += 1

    def wait_for(self, answer: Answer) -> bool:
        """Honour Retry-After within the time that the operator grants; False to give up."""
        value = answer.header("retry-after") or "1"
        seconds = float(value) if value.strip().isdigit() else 5.0
        with self._lock:
            if self._waited + seconds > self.settings.network.longest_wait_s:
                return False
            self._waited += seconds
        self.sleep(seconds)
        return True

    def limit(self, answer: Answer) -> None:
        """Take a 429 for the end of registrations in this run."""
        after = answer.header("retry-after")
        with self._lock:
            self.limited = self.limited or (
                f"the provider limits registrations: {answer.line}"
                + (f", Retry-After: {after[:40]}" if after else "")
                + f", after {self.attempts} attempts"
            )

    # Whether new clients arrive late

    def may_be_late(self, place: str) -> bool:
        """Whether waiting for a new client at an endpoint is not known to be in vain."""
        with self._lock:
            return self._in_vain.get(place, 0) < WAITS_IN_VAIN

    def waited_for(self, place: str, *, in_vain: bool) -> None:
        """Take note of whether a new client became known at an endpoint by waiting."""
        with self._lock:
            self._in_vain[place] = self._in_vain.get(place, 0) + 1 if in_vain else -WAITS_IN_VAIN

    # Things that are found out once a run

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """The value that ``make`` gives the first caller; others wait for it."""
        with self._lock:
            future = self.memo.get(key)
            mine = future is None
            if future is None:
                future = self.memo[key] = Future()
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()

    def leans(self, exchange: str, control: str) -> None:
        """Note that an exchange needs a control."""
        with self._lock:
            self.controls.setdefault(exchange, set()).add(control)

    def recorder(self, exchange: str) -> Recorder:
        """A recorder of its own for what is sent on behalf of several exchanges."""
        recorder = Recorder(exchange)
        with self._lock:
            self.extra.append(recorder)
        return recorder

    # The end

    def stop(self, grace_s: float) -> None:
        """Send nothing more, let answers under way come in, then cut the connections."""
        self.stopping = True
        with self._idle:
            quiet = self._idle.wait_for(lambda: self._under_way == 0, timeout=grace_s)
        cut = getattr(self._http, "cut", None)
        if cut is not None and not quiet:
            cut()

    def close(self) -> None:
        """Close the connections, and the directory if the run has started one."""
        self._http.close()
        self.canary.close()
        if self._own_directory:
            self.trust_anchor.close()
