"""What a person reads while a run goes on and at its end; see the README for the shape.

Everything from a provider is made printable first. Colour only repeats what a word says.
"""

from __future__ import annotations

import textwrap
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.terminal.failures import Failures
from conformance.terminal.header import header
from conformance.terminal.lines import WIDTH, Lines, printable, to_stderr

if TYPE_CHECKING:
    from conformance.run import ConformanceRun
    from reports.results import Requirement, Results

__all__ = ["Terminal", "printable", "to_stderr"]

_SHORT = {"not applicable": "n/a", "information": "info"}
_SLOW_S = 5.0


class Terminal:
    """Header, live line, sections, failures and the verdict of one run."""

    def __init__(
        self, writer: Any, run: ConformanceRun, *, verbosity: int = 0, live: bool = False
    ) -> None:
        self._lines = Lines(writer)
        self._run = run
        self._verbosity = verbosity
        self._live = live
        self._shown = ""
        self._next = 0.0

    # Before and while

    def header(self) -> None:
        """What is judged, what it offers, what it is held to, and the plan."""
        if self._verbosity < 0:
            return
        header(self._run, self._lines)

    def progress(self) -> None:
        """Redraw the live line, where there is one."""
        conductor = self._run.conductor
        if not self._live or conductor is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 0.1
        session = self._run.session
        attempts = session.attempts if session else 0
        text = f"  {conductor.done}/{conductor.planned} exchanges  {attempts} registrations"
        slowest = conductor.slowest
        if slowest is not None and slowest[1] > _SLOW_S:
            text += f"  waiting for {slowest[0]}, {slowest[1]:.0f} s"
        self._erase()
        self._shown = text[: WIDTH - 1]
        self._lines.out.write(self._shown, flush=True)

    def _erase(self) -> None:
        if self._shown:
            self._lines.out.write("\r" + " " * len(self._shown) + "\r", flush=True)
            self._shown = ""

    # After

    def summary(self, results: Results) -> None:
        """Everything that follows the run."""
        self._erase()
        if self._verbosity >= 0:
            self._sections(results)
        if self._verbosity >= 1:
            self._every_requirement(results)
        failures = Failures(self._lines, self._run, results, verbosity=self._verbosity)
        failures.broken()
        failures.blocked()
        self._verdict(results)

    def _sections(self, results: Results) -> None:
        groups: dict[tuple[str, str], list[Requirement]] = {}
        for item in results.requirements:
            if item.checked:
                groups.setdefault((item.spec, item.section), []).append(item)
        for (spec, section), items in groups.items():
            specification = self._run.catalogue.specifications[spec]
            title = specification.sections.get(section, "")
            name = f"{specification.name}  {section if spec != 'derived-practice' else ''}"
            counts = Counter(_word(item) for item in items)
            self._lines.out.write(f"{name:<19}{title[:21]:<22}")
            for word in ("pass", "fail", "finding", "warning"):
                self._count(counts.pop(word, 0), word, always=word == "pass")
            for word in sorted(counts):
                self._count(counts[word], word)
            self._lines.line()
        self._lines.line()

    def _count(self, number: int, word: str, *, always: bool = False) -> None:
        if number:
            text = f"{number:>3} {_SHORT.get(word, word)}  "
            self._lines.coloured(text, word)
        elif always:
            self._lines.out.write(" " * 10)

    def _every_requirement(self, results: Results) -> None:
        for item in results.requirements:
            if item.checked:
                word = _word(item)
                self._lines.coloured(f"{_SHORT.get(word, word):<12}", word)
                cases = f"  {item.judged}/{item.cases}" if item.cases > 1 else ""
                reason = f"  {item.reason}" if item.reason else ""
                self._lines.line(printable(f"{item.id}{cases}{reason}"))
        for substitution in results.substitutions if self._verbosity > 1 else ():
            self._lines.line(
                printable(
                    f"substitution  {substitution.exchange}  {substitution.member} "
                    f"{substitution.kind}: {substitution.requested!r} -> "
                    f"{substitution.registered!r}"
                )
            )
        self._lines.line()

    def _verdict(self, results: Results) -> None:
        gate = results.gate
        colour = {"green": True} if gate.passed else {"red": True}
        if self._shown:
            self._erase()
        for line in textwrap.wrap(gate.sentence, WIDTH):
            self._lines.out.line(line, bold=True, **colour)
        words = ("pass", "fail", "blocked", "finding", "warning", "information", "waived",
                 "suite error", "not applicable", "not judged")  # fmt: skip
        counts = [f"{gate.counts[w]} {w}" for w in words if gate.counts.get(w)]
        self._lines.wrapped("   ".join(counts), "  ", "  ")
        for reason in gate.reasons:
            if reason not in gate.sentence:
                self._lines.labelled("gate", reason)
        for word in ("not applicable", "not judged"):
            self._left_out(word, results)
        self._clients(results)
        folder = self._run.settings.report_dir
        self._lines.labelled("report", str(folder / "compliance.html"))
        self._lines.labelled("results", str(folder / "results.json"))

    def _left_out(self, word: str, results: Results) -> None:
        reasons = Counter(
            printable(item.reason)[:110]
            for item in results.requirements
            if item.checked and item.verdict == word
        )
        for number, (reason, count) in enumerate(reasons.most_common()):
            if number == 6 and self._verbosity < 1:
                rest = sum(reasons.values()) - sum(c for _, c in reasons.most_common(number))
                self._lines.line(f"  {'':<15}{rest:>3}  for other reasons; -v shows them")
                break
            label = f"{word:<15}" if not number else " " * 15
            self._lines.wrapped(reason, f"  {label}{count:>3}  ", " " * 22)

    def _clients(self, results: Results) -> None:
        if results.run.replayed_from:
            return
        left = [client for client in results.clients if client.state == "left"]
        removed = len(results.clients) - len(left)
        text = f"{len(results.clients)} registered, {removed} removed, {len(left)} left"
        if left:
            why = Counter(client.reason for client in left).most_common(1)[0][0]
            text += f": {why}" if why else ""
        self._lines.labelled("clients", text)


def _word(item: Requirement) -> str:
    return "waived" if item.waived else str(item.verdict)
