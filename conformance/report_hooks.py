"""Hooks beside the run: what workflows and pytest's own reports are told of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conformance.outputs import write_step_summary
from reports.step_summary import Workflow

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.plugin import Plugin


class ReportHooks:
    """Registered with the active plugin, whose run and results it reads."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self._workflow = Workflow(os.environ, self._line)

    def _line(self, text: str) -> None:
        self._plugin.config.get_terminal_writer().line(text)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """From here on what a provider sent is printed; none of it may be a command."""
        self._workflow.stop()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self) -> Generator[None, None, None]:
        """After the last screen, what a workflow shows beside the code."""
        yield
        self._workflow.resume()
        results = self._plugin.results
        if results is None:
            return
        self._workflow.annotate(results)
        if problem := write_step_summary(results, os.environ):
            self._line(problem)

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self) -> None:
        """Also where no summary was shown."""
        self._workflow.resume()
