"""The active pytest plugin: registered only when there is something to judge or to list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance import catalogue, listing
from conformance.assembling import assemble
from conformance.exchange import DELIVERY, Case, with_cases
from conformance.gate import INTERRUPTED, SUITE_ERROR
from conformance.outputs import write_outputs, write_report
from conformance.provider.target import Unreachable
from conformance.report_hooks import ReportHooks
from conformance.requirement import BoundCheck, Judged, bound
from conformance.run import ConformanceRun
from conformance.settings import UsageProblem
from conformance.target_choice import chosen_target
from conformance.terminal import Terminal, to_stderr
from reports.hostile import plain
from reports.results import Level, Results, UnreadableResultsError, Verdict

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import ExitStack

    from conformance.judgement import Delivery
    from conformance.settings import Settings
    from reports.results import Check

CHECK = pytest.StashKey["Check"]()
_SKIPPED = (Verdict.NOT_APPLICABLE, Verdict.NOT_JUDGED)
_WAIVABLE = (Verdict.FAIL, Verdict.FINDING, Verdict.WARNING)


class Plugin:
    """Plans, judges and reports one run inside one pytest session."""

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        *,
        rows: catalogue.Catalogue,
        typed_paths: list[str],
    ) -> None:
        self.config = config
        self.settings = settings
        self.typed_paths = typed_paths
        self.catalogue = rows
        self.run: ConformanceRun | None = None
        self.results: Results | None = None
        self.terminal: Terminal | None = None
        self.collected = 0
        self.deselected = 0
        self.verbosity = 0
        self._resources: ExitStack | None = None

    # Configuration

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Markers, shared exchanges, and a quiet terminal reporter: the words are ours."""
        config.addinivalue_line("markers", "requirement(id): the row that a check judges")
        for level in Level:
            config.addinivalue_line(
                "markers", f"{level.lower()}: checks of requirements of level {level}"
            )
        from conformance.checks import shared  # noqa: PLC0415 - exchanges register themselves

        config.pluginmanager.register(shared, "dcr-conformance-shared-exchanges")
        config.pluginmanager.register(ReportHooks(self), "dcr-conformance-report-hooks")
        config.stash[DELIVERY] = self._deliver
        self.verbosity = config.option.verbose
        if not self._only_looking():
            config.option.verbose = -2

    def _only_looking(self) -> bool:
        option = self.config.option
        return bool(option.collectonly or option.setupplan or option.setuponly)

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """Lists end at once; a run stays in one process, since checks do no I/O."""
        if config.option.dcr_explain:
            return listing.explain(self.catalogue, config.option.dcr_explain)
        if config.option.dcr_list:
            return listing.show(self.catalogue)
        if getattr(config.option, "numprocesses", None):
            config.option.numprocesses = 0
            config.option.dist = "no"
            config.option.tx = []
        return None

    # Collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One item for each case of the exchanges that a check builds on."""
        check = bound(metafunc.function)
        if check is None:
            return
        for name, definition in with_cases(check.module, check.parameters).items():
            where = check.binding.where
            cases = [case for case in definition.cases if where is None or where(case)]
            metafunc.parametrize(
                name, cases or definition.cases, ids=_case_id, indirect=True, scope="session"
            )

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Requirement ids are keywords, levels are markers."""
        check = _check_of(item)
        if check is None:
            return
        key = check.binding.requirement
        item.extra_keyword_matches.add(key)
        if key in self.catalogue:
            item.add_marker(self.catalogue[key].level.lower())

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Checks that read everything come last."""
        for check in filter(None, map(_check_of, items)):
            if check.binding.requirement not in self.catalogue:
                raise pytest.UsageError(
                    f"{check.module}.{check.name} judges {check.binding.requirement}, "
                    "of which there is no row"
                )
        items.sort(key=lambda item: (check := _check_of(item)) is not None and check.whole_run)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Count what a selection left out: such a run is partial."""
        self.deselected += sum(_check_of(item) is not None for item in items)

    # The run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Discover, plan, and start the exchanges; pytest's own loop judges meanwhile."""
        if self._only_looking() or session.testsfailed:
            return
        judged = [item for item in map(_judged, session.items) if item is not None]
        try:
            self._begin(judged)
        except (UsageProblem, Unreachable, UnreadableResultsError) as problem:
            self._release()
            raise pytest.UsageError(str(problem)) from None

    def _begin(self, judged: list[Judged]) -> None:
        recording = Results.read(self.settings.replay) if self.settings.replay else None
        anchor = None
        if recording is None:
            target = chosen_target(self.settings)
            self.settings, self._resources = target.settings, target.resources
            anchor = target.trust_anchor
        run = ConformanceRun(
            self.settings, recording=recording, rows=self.catalogue, trust_anchor=anchor
        )
        run.discover()
        run.partial = self._partial(judged)
        run.collected = len(judged) + self.deselected
        run.plan(judged)
        self.run = run
        self.terminal = Terminal(
            self.config.get_terminal_writer(), run, verbosity=self.verbosity, live=self._live()
        )
        self.terminal.header()
        run.start()

    def _live(self) -> bool:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        return bool(reporter is not None and reporter.isatty())

    def _partial(self, judged: list[Judged]) -> str:
        """Why this is no whole run; empty where it is one."""
        if self.settings.depth == "quick":
            return "depth quick"
        if self.deselected:
            return f"a selection left out {self.deselected} of {len(judged) + self.deselected}"
        asked = {item.check.binding.requirement for item in judged}
        known = {row.id for row in self.catalogue if row.has_check}
        if missing := known - asked:
            return f"{len(missing)} requirements with a check were not collected"
        return ""

    def _deliver(self, node: Any) -> Delivery:
        """The evidence of an exchange, for its fixture."""
        from conformance.judgement import Delivery  # noqa: PLC0415 - only for --setup-only

        if self.run is None:
            return Delivery(node.id, node=node)
        return self.run.delivery(node, self._waiting)

    def _waiting(self) -> None:
        if self.terminal is not None:
            self.terminal.progress()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Judge once the fixtures are there, so that blocked is an error and fail a failure."""
        yield
        judged = _judged(item)
        if self.run is None or judged is None:
            return
        check = self.run.judge(judged, self._waiting)
        item.stash[CHECK] = check
        row = self.catalogue[check.requirement]
        item.user_properties += [
            ("requirement", check.requirement),
            ("level", str(row.level)),
            ("verdict", str(check.verdict)),
        ]
        if check.verdict in (Verdict.BLOCKED, Verdict.SUITE_ERROR):
            pytest.fail(f"{check.verdict}: {plain(check.reason)}", pytrace=False)
        if check.verdict in _SKIPPED:
            pytest.skip(f"{check.verdict}: {plain(check.reason)}")
        if reason := self._waived(check):
            pytest.skip(f"waived: {reason}")

    def _waived(self, check: Check) -> str:
        assert self.run is not None  # noqa: S101 - asked only while it runs
        if check.verdict not in _WAIVABLE:
            return ""
        for known in self.run.known_waivers:
            if known.requirement == check.requirement and known.verdict is check.verdict:
                return known.reason
        return ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """The judgement is made; only a broken MUST fails."""
        check = pyfuncitem.stash.get(CHECK, None)
        if check is None:
            return None
        if check.verdict is Verdict.FAIL:
            row = self.catalogue[check.requirement]
            pytest.fail(f"{row.statement} {plain(check.actual)}", pytrace=False)
        return True

    # Reporting

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell reports of ours from others, so that the terminal stays ours."""
        report = yield
        if _check_of(item) is not None:
            report.dcr_ours = True  # type: ignore[attr-defined]
            report.dcr_check = item.stash.get(CHECK, None)  # type: ignore[attr-defined]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """No letters and no tracebacks for our checks: a block a requirement follows."""
        return ("conformance", "", "") if getattr(report, "dcr_ours", False) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Ctrl-C: what was found so far is still written."""
        if self.run is not None:
            self.run.interrupted = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Clean up, write the results, and let the gate decide the exit status."""
        if self.run is None:
            return
        if session.shouldstop and not self.run.partial:
            self.run.partial = str(session.shouldstop)
        if session.shouldfail and not self.run.partial:
            self.run.partial = str(session.shouldfail)
        try:
            self.run.finish()
            self.results = write_outputs(assemble(self.run), self.run, self.settings.report_dir)
        finally:
            self._release()
        status = self.results.gate.exit_status
        if problem := write_report(self.results, self.settings.report_dir):
            to_stderr(f"{problem}; this is a bug of dcr-conformance, please report it")
            status = SUITE_ERROR
        other_failures = session.testsfailed and not self._only_ours(session)
        session.exitstatus = status or (1 if other_failures else 0)
        if session.exitstatus == INTERRUPTED:
            session.exitstatus = pytest.ExitCode.INTERRUPTED

    def _only_ours(self, session: pytest.Session) -> bool:
        return all(_check_of(item) is not None for item in session.items)

    def _release(self) -> None:
        if self._resources is not None:
            self._resources.close()
            self._resources = None

    def pytest_terminal_summary(self) -> None:
        """Sections, failures, and the verdict as the last screen."""
        if self.terminal is not None and self.results is not None:
            self.terminal.summary(self.results)


def _case_id(case: Case) -> str:
    return case.id


def _check_of(item: pytest.Item) -> BoundCheck | None:
    return bound(getattr(item, "function", None))


def _judged(item: pytest.Item) -> Judged | None:
    check = _check_of(item)
    if check is None:
        return None
    callspec = getattr(item, "callspec", None)
    params = callspec.params if callspec is not None else {}
    return Judged(check, {name: case for name, case in params.items() if isinstance(case, Case)})
