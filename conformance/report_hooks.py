"""Hooks beside the run: what workflows and pytest's own reports are told of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from conformance.assembling import described_row
from conformance.outputs import write_step_summary
from reports import comparison
from reports.junit import case_name
from reports.pytest_html import Columns
from reports.step_summary import Workflow

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.run import ConformanceRun
    from reports.results import Check, Exchange, Requirement, Results


class Watched(Protocol):
    """What of the active plugin is read: its run once begun, its results once there."""

    config: pytest.Config
    run: ConformanceRun | None
    results: Results | None


class ReportHooks:
    """Registered with the active plugin, whose run and results it reads."""

    def __init__(self, plugin: Watched) -> None:
        self._plugin = plugin
        self._workflow = Workflow(os.environ, self._line)
        config = plugin.config
        if config.pluginmanager.hasplugin("html") and config.getoption("htmlpath", None):
            columns = Columns(self._judged, self._exchange)
            config.pluginmanager.register(columns, "dcr-conformance-pytest-html")

    def _judged(self, report: Any) -> tuple[Requirement, Check] | None:
        check: Check | None = getattr(report, "dcr_check", None)
        run = self._plugin.run
        if check is None or run is None:
            return None
        row = run.catalogue[check.requirement]
        return described_row(row, run.declares, verdict=check.verdict), check

    def _exchange(self, id_: str) -> Exchange | None:
        run = self._plugin.run
        return run.store.exchanges.get(id_) if run is not None else None

    def _line(self, text: str) -> None:
        self._plugin.config.get_terminal_writer().line(text)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """From here on what a provider sent is printed; none of it may be a command."""
        self._workflow.stop()
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Name the case in pytest's JUnit file (``--junitxml``) as our own writer does."""
        check: Check | None = getattr(report, "dcr_check", None)
        if check is None:
            return
        # Its object has no public name; what it can do tells it from every other plugin.
        for plugin in self._plugin.config.pluginmanager.get_plugins():
            if callable(node := getattr(plugin, "node_reporter", None)):
                node(report).add_attribute("classname", check.test)
                node(report).add_attribute("name", case_name(check.requirement, check.case))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self) -> Generator[None, None, None]:
        """After the last screen, what a workflow shows beside the code."""
        yield
        results = self._plugin.results
        if results is not None and results.since is not None:
            for line in comparison.lines(results.since, most=20):
                self._line(line)
        self._workflow.resume()
        if results is None:
            return
        self._workflow.annotate(results)
        if problem := write_step_summary(results, os.environ):
            self._line(problem)

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self) -> None:
        """Also where no summary was shown; and the last look for secrets, as in our files."""
        self._workflow.resume()
        run, config = self._plugin.run, self._plugin.config
        if run is None or run.session is None:
            return
        for option in ("htmlpath", "xmlpath"):
            path = Path(os.path.expandvars(config.getoption(option, None) or "")).expanduser()
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                if (swept := run.session.redactor.sweep(text)) != text:
                    path.write_text(swept, encoding="utf-8")
