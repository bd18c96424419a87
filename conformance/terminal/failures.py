"""What did not conform: each requirement with expected, actual, why, fix and how to repeat it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.evidence import GATE_EXCHANGE
from conformance.provider import curl
from conformance.terminal.lines import WIDTH, Lines, printable
from reports.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.run import ConformanceRun
    from reports.results import Check, Requirement, Results

_MOST_CASES = 8


class Failures:
    """The blocks of failures, and of what one cause blocked."""

    def __init__(
        self, lines: Lines, run: ConformanceRun, results: Results, *, verbosity: int
    ) -> None:
        self._lines = lines
        self._run = run
        self._results = results
        self._verbosity = verbosity

    def broken(self) -> None:
        """Write each requirement that failed, errored, or was found or warned about."""
        shown = (Verdict.FAIL, Verdict.SUITE_ERROR, Verdict.FINDING, Verdict.WARNING)
        for verdict in shown:
            for item in self._results.requirements:
                if item.checked and item.verdict is verdict and not item.waived:
                    self._block(item)

    def _block(self, item: Requirement) -> None:
        checks = [c for c in self._results.checks if c.requirement == item.id]
        broken = [c for c in checks if c.verdict is item.verdict]
        word = str(item.verdict)
        self._lines.coloured(word.upper(), word)
        cases = f"   {len(broken)} of {len(checks)} cases" if len(checks) > 1 else ""
        self._lines.line(f"  {item.effective_level or item.level}  {item.id}{cases}")
        self._lines.wrapped(item.statement, "  ", "  ")
        if item.verdict is Verdict.SUITE_ERROR:
            self._lines.labelled("error", broken[0].reason)
            self._lines.labelled("do", "This is a bug of dcr-conformance; please report it.")
            self._lines.line()
            return
        self._aspects(broken)
        self._seen(broken)
        for label, text in (("why", item.why), ("fix", item.fix), ("spec", item.link)):
            if text:
                self._lines.labelled(label, text)
        self._repeat(broken[0])
        self._lines.line()

    def _aspects(self, broken: Sequence[Check]) -> None:
        first = [aspect for aspect in broken[0].aspects if not aspect.agrees]
        control = next((a for a in broken[0].aspects if a.name == "control"), None)
        if len(broken) == 1:
            for aspect in first:
                self._lines.labelled("expected", f"{aspect.name}: {aspect.expected}")
                self._lines.labelled("actual", aspect.actual)
        else:
            if first:
                self._lines.labelled("expected", f"{first[0].name}: {first[0].expected}")
            for number, check in enumerate(broken[:_MOST_CASES]):
                label = "actual" if not number else ""
                self._lines.labelled(label, f"{check.case:<24} {check.actual}")
            if len(broken) > _MOST_CASES:
                self._lines.labelled("", f"and {len(broken) - _MOST_CASES} more")
        if control is not None and control.agrees:
            self._lines.labelled("control", control.actual)

    def _seen(self, broken: Sequence[Check]) -> None:
        step = _step(broken[0], self._results)
        if step is None:
            return
        status = step.response.status if step.response else step.failure
        path = "/" + step.request.url.split("/", 3)[-1] if "//" in step.request.url else ""
        exchange = step.id.rpartition(":")[0]
        path = path if len(path) <= WIDTH else path[:WIDTH] + "..."
        self._lines.labelled("seen in", f"{exchange}   {step.request.method} {path} -> {status}")
        if self._verbosity > 1:
            for check in broken:
                for exchange_id in check.exchanges:
                    self._exchange(exchange_id)

    def _exchange(self, exchange_id: str) -> None:
        found = next((e for e in self._results.exchanges if e.id == exchange_id), None)
        for step in found.steps if found else ():
            lines = [f"> {step.request.method} {step.request.url}"]
            lines += [f"> {name}: {value}" for name, value in step.request.headers]
            lines += [f"> {step.request.body.text}"] if step.request.body.text else []
            if step.response is not None:
                lines.append(f"< {step.response.status}")
                lines += [f"< {name}: {value}" for name, value in step.response.headers]
                lines += [f"< {step.response.body.text}"] if step.response.body.text else []
            else:
                lines.append(f"< {step.failure}")
            for line in lines:
                self._lines.line("    " + printable(line))
            self._lines.line()

    def _repeat(self, check: Check) -> None:
        step = _step(check, self._results)
        if step is None or not step.curl:
            return
        self._lines.line(f"  {'repeat':<10}{printable(step.curl)}")
        if names := curl.variables(step.curl):
            self._lines.labelled(
                "", f"with {', '.join(names)} set: this run's secrets are not kept"
            )

    def blocked(self) -> None:
        """Write each cause once, with what it blocked."""
        causes: dict[str, list[Check]] = {}
        for check in self._results.checks:
            if check.verdict is Verdict.BLOCKED:
                causes.setdefault(check.cause, []).append(check)
        folded = {r.id for r in self._results.requirements if r.verdict is Verdict.BLOCKED}
        for cause, checks in causes.items():
            ids = [i for i in dict.fromkeys(c.requirement for c in checks) if i in folded]
            if not ids:
                continue
            self._lines.coloured("BLOCKED", "blocked")
            self._lines.line(f"  {len(ids)} {_plural(len(ids), 'requirement')} by one cause")
            self._lines.labelled("cause", f"{cause}   {checks[0].reason}")
            if hint := self._hint(cause):
                self._lines.labelled("hint", hint)
            more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
            self._lines.labelled("", ", ".join(ids[:3]) + more)
            self._lines.line()

    def _hint(self, cause: str) -> str:
        from conformance.provider.target import registration_hint  # noqa: PLC0415 - only here

        session = self._run.session
        if cause != GATE_EXCHANGE or session is None:
            return ""
        if session.target.problem:
            return ""
        hint = registration_hint(session.target)
        exchanges = {exchange.id: exchange for exchange in self._results.exchanges}
        step = exchanges[cause].steps[-1] if exchanges[cause].steps else None
        if step is None or (step.response and step.response.status in (400, 401, 403, 422)):
            hint += (
                " What every registration at this provider needs can be set under "
                "[registration.metadata] and [initial_access_token] in dcr-conformance.toml."
            )
        return hint.strip()


def _plural(number: int, word: str) -> str:
    return word if number == 1 else f"{word}s"


def _step(check: Check, results: Results) -> Any:
    places = [p.step for a in check.aspects if not a.agrees for p in a.places]
    for place in places:
        for exchange in results.exchanges:
            for step in exchange.steps:
                if step.id == place:
                    return step
    for exchange in results.exchanges:
        if check.exchanges and exchange.id == check.exchanges[0] and exchange.steps:
            return exchange.steps[-1]
    return None
