"""One run: discover, exchange, judge, clean up, and write down what was found.

The pytest plugin and calibration both drive this; it knows nothing of pytest.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance import catalogue, waivers
from conformance.cleanup import client_entries, remove_clients
from conformance.conductor import Conductor, recorded
from conformance.evidence import GATE_EXCHANGE, Answer, Store
from conformance.judgement import Delivery, WholeRun, judge
from conformance.ledger import Ledger
from conformance.planning import left_out
from conformance.provider import handshakes
from conformance.provider.session import Recorder, Session
from conformance.provider.target import Discovered, Unreachable, discover, reject_bad_url
from conformance.provider.trust_anchor import unreachable_directory
from conformance.settings import UsageProblem
from reports.results import (
    Check,
    Exchange,
    Results,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import httpx

    from conformance.exchange import Node
    from conformance.provider.handshakes import Handshake, Offer
    from conformance.provider.trust_anchor import TrustAnchor
    from conformance.requirement import Judged
    from conformance.settings import Settings
    from reports.results import ClientEntry


class ConformanceRun:
    """Everything between the settings and the results."""

    def __init__(
        self,
        settings: Settings,
        *,
        http: httpx.BaseTransport | None = None,
        recording: Results | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        keep_ledger: bool = True,
        rows: catalogue.Catalogue | None = None,
        trust_anchor: TrustAnchor | None = None,
        shake: Callable[[str, int, Offer, float], Handshake] = handshakes.shake,
    ) -> None:
        self.settings = settings
        self.catalogue = rows or catalogue.load()
        self.recording = recording
        self.earlier = Results.read(settings.since) if settings.since else recording
        self.store = Store(recording.exchanges if recording else ())
        self.checks: dict[tuple[str, str, str], Check] = {}
        self.minimums: dict[str, int | None] = {}
        self.planned_checks: list[Judged] = []
        self.clients: tuple[ClientEntry, ...] = ()
        self.interrupted = False
        self.partial = ""
        self.collected = 0
        self.started = clock()
        self.began = time.perf_counter()
        self.clock = clock
        self.known_waivers = waivers.load(settings.waivers) if settings.waivers else ()
        self.session: Session | None = None
        self.conductor: Conductor | None = None
        self._declares: tuple[str, ...] | None = None
        if recording is None:
            problem = reject_bad_url(settings.target_url) or unreachable_directory(settings)
            if problem:
                raise UsageProblem(problem)
            marker = f"{settings.seed:08x}"
            path = settings.state_dir / f"run-{marker}.jsonl" if keep_ledger else None
            ledger = Ledger(path, marker=marker, target=settings.target_url)
            self.session = Session(
                settings,
                ledger=ledger,
                http=http,
                clock=clock,
                sleep=sleep,
                trust_anchor=trust_anchor,
                shake=shake,
            )

    # Before

    def discover(self) -> None:
        """Find the endpoints.

        Raises:
            Unreachable: nothing answers at the target.

        """
        if self.session is None:
            return
        recorders = {name: Recorder(f"discovery-{name}") for name in ("oauth", "openid")}

        def fetch(name: str, url: str) -> Answer:
            assert self.session is not None  # noqa: S101 - checked above
            return self.session.send(recorders[name], "discovery", "GET", url)

        try:
            self.session.discovered = discover(self.settings, fetch)
        except Unreachable:
            self.session.ledger.close()
            raise
        for name, recorder in recorders.items():
            title = f"Fetch the {name} metadata."
            steps = tuple(recorder.steps)
            self.store.add(
                Exchange(
                    id=recorder.exchange, name="discovery", case=name, title=title, steps=steps
                )
            )

    def plan(self, judged: Iterable[Judged]) -> None:
        """Take in the checks that are to be judged and all that they need."""
        self.planned_checks = list(judged)
        for item in self.planned_checks:
            binding = item.check.binding
            self.minimums[binding.requirement] = binding.minimum
        if self.session is None:
            return
        nodes = self._nodes()
        reasons = left_out(self.planned_checks, self.catalogue, self.settings)
        self.conductor = Conductor(self.session, self.store, left_out=reasons)
        self.conductor.plan(nodes)

    def _nodes(self) -> list[Node]:
        found: dict[str, Node] = {}
        for item in self.planned_checks:
            for node in item.check.nodes(item.chosen).values():
                found[node.id] = node
        return list(found.values())

    def start(self) -> None:
        """Begin the exchanges."""
        if self.conductor is not None:
            self.conductor.start()

    # While it runs

    def delivery(self, node: Node, waiting: Callable[[], None] | None = None) -> Delivery:
        """What an exchange came to, live or from the recording."""
        if self.conductor is None:
            return recorded(self.store, node)
        return self.conductor.evidence(node, waiting)

    def judge(self, item: Judged, waiting: Callable[[], None] | None = None) -> Check:
        """Judge one check, waiting for its evidence."""
        check = item.check
        row = self.catalogue[check.binding.requirement]
        deliveries = {
            name: self.delivery(node, waiting) for name, node in check.nodes(item.chosen).items()
        }
        whole = self._whole_run(waiting) if check.whole_run else None
        result = judge(check, row, deliveries, self.declares, case=item.case, whole_run=whole)
        self.checks[check.module, check.name, item.case] = result
        return result

    def _whole_run(self, waiting: Callable[[], None] | None) -> WholeRun:
        if self.conductor is not None:
            self.conductor.wait(waiting)
        partial = ""
        if self.partial:
            partial = f"only a whole run can pass this ({self.partial})"
        baseline = self.store.exchanges.get(GATE_EXCHANGE)
        if baseline is None or baseline.failure is not None:
            partial = "the minimal registration failed, so most was never asked"
        answers = [
            answer for answer in self.store.answers() if answer.step.operation != "discovery"
        ]
        return WholeRun(tuple(answers), partial)

    @property
    def declares(self) -> tuple[str, ...]:
        """What the provider is held to; RFC 7592 once an answer shows it, unless OpenID may."""
        if self._declares is not None:
            return self._declares
        target = self.known_target()
        declares = target.declares
        baseline = self.store.exchanges.get(GATE_EXCHANGE)
        if baseline is not None and not baseline.failure:
            offers = any(
                name in Answer(step).members
                for step in baseline.steps
                for name in ("registration_client_uri", "registration_access_token")
            )
            free = target.declared_by == "discovered" and "openid" not in target.documents
            if offers and free and "rfc7592" not in declares:
                declares = (*declares, "rfc7592")
            self._declares = declares
        return declares

    def known_target(self) -> Discovered:
        """The target as discovered, or as the recording has it."""
        if self.session is not None:
            return self.session.target
        assert self.recording is not None  # noqa: S101 - one of the two
        kept = self.recording.target
        return Discovered(
            url=kept.url,
            kind=kept.kind,
            issuer=kept.issuer,
            metadata=kept.metadata,
            documents=kept.documents,
            endpoints=kept.endpoints,
            declares=self.settings.provider.declares or kept.declares,
            declared_by=kept.declared_by,
        )

    # After

    def finish(self) -> None:
        """Remove the clients that were registered, and let go of the provider."""
        clients: list[ClientEntry] = []
        if self.session is not None:
            if self.interrupted:
                self.session.stop(grace_s=1.5)
            elif self.conductor is not None and self.conductor.done < self.conductor.planned:
                self.session.stopping = True
            remove_clients(self.session, longest_s=4.0 if self.interrupted else 30.0)
            clients = client_entries(self.session)
            self.session.ledger.close()
            self.session.close()
        elif self.recording is not None:
            clients = list(self.recording.clients)
        self.clients = tuple(clients)
