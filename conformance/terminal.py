"""What a person reads while a run goes on and at its end; see the README for the shape.

Everything from a provider is made printable first. Colour only repeats what a word says.
"""

from __future__ import annotations

import sys
import textwrap
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from conformance import __version__, catalogue, sweep
from conformance.planning import planned_registrations
from conformance.provider import curl
from reports.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.run import ConformanceRun
    from reports.results import Check, Requirement, Results

WIDTH = 80
_COLOURS = {
    "fail": {"red": True, "bold": True},
    "suite error": {"red": True, "bold": True},
    "blocked": {"purple": True, "bold": True},
    "finding": {"yellow": True, "bold": True},
    "warning": {"yellow": True},
    "pass": {"green": True},
}
_SHORT = {"not applicable": "n/a", "information": "info"}
_MOST_CASES = 8
_SLOW_S = 5.0


class Writer(Protocol):
    """What of pytest's terminal writer is used."""

    hasmarkup: bool

    def line(self, s: str = "", **markup: bool) -> None:
        """Write a line."""

    def write(self, msg: str, *, flush: bool = False, **markup: bool) -> None:
        """Write."""


def printable(text: str) -> str:
    """A text without characters that steer a terminal or hide in it."""
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text
    )


class Terminal:
    """Header, live line, sections, failures and the verdict of one run."""

    def __init__(
        self, writer: Any, run: ConformanceRun, *, verbosity: int = 0, live: bool = False
    ) -> None:
        self._out: Writer = writer
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
        run = self._run
        rows = len(run.catalogue)
        self._line(
            f"dcr-conformance {__version__}, catalogue {catalogue.VERSION} ({rows} requirements)"
        )
        for label, text in self._header_lines():
            self._wrapped(text, f"{label:<10}")
        self._line()

    def _header_lines(self) -> Iterable[tuple[str, str]]:
        run, settings = self._run, self._run.settings
        if run.recording is not None:
            recorded = run.recording.target
            yield "replay", f"{settings.replay}, recorded {run.recording.run.started}"
            yield "target", f"{recorded.url}   (nothing is sent)"
            yield "declares", f"{', '.join(run.declares) or 'nothing'}"
            return
        assert run.session is not None  # noqa: S101 - no recording
        target = run.session.target
        documents = [url.split("/", 3)[-1] for url in target.documents.values()]
        source = f"metadata from /{' and /'.join(documents)}" if documents else "no metadata found"
        yield "target", f"{target.url}   {source}"
        if target.issuer and target.issuer.rstrip("/") != target.url.rstrip("/"):
            yield "issuer", target.issuer
        yield "offers", _offers(run)
        yield "declares", f"{', '.join(run.declares) or 'nothing'} ({target.declared_by})"
        if settings.profile:
            yield "profile", ", ".join(settings.profile)
        yield "plan", self._plan()
        if left := sweep.notice(settings.state_dir):
            yield "left", left
        if problem := target.problem:
            yield "problem", problem

    def _plan(self) -> str:
        run = self._run
        assert run.conductor is not None  # noqa: S101 - planned before the header
        nodes = [
            node
            for item in run.planned_checks
            for node in item.check.nodes(item.chosen).values()
            if not run.conductor.leaves_out(node)
        ]
        return (
            f"{len(run.planned_checks)} checks on {run.conductor.planned} exchanges, about "
            f"{planned_registrations(nodes)} registrations (depth {run.settings.depth})"
        )

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
        self._out.write(self._shown, flush=True)

    def _erase(self) -> None:
        if self._shown:
            self._out.write("\r" + " " * len(self._shown) + "\r", flush=True)
            self._shown = ""

    # After

    def summary(self, results: Results) -> None:
        """Everything that follows the run."""
        self._erase()
        if self._verbosity >= 0:
            self._sections(results)
        if self._verbosity >= 1:
            self._every_requirement(results)
        self._broken(results)
        self._blocked(results)
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
            self._out.write(f"{name:<19}{title[:21]:<22}")
            for word in ("pass", "fail", "finding", "warning"):
                self._count(counts.pop(word, 0), word, always=word == "pass")
            for word in sorted(counts):
                self._count(counts[word], word)
            self._line()
        self._line()

    def _count(self, number: int, word: str, *, always: bool = False) -> None:
        if number:
            text = f"{number:>3} {_SHORT.get(word, word)}  "
            self._out.write(text, **_COLOURS.get(word, {}))
        elif always:
            self._out.write(" " * 10)

    def _every_requirement(self, results: Results) -> None:
        for item in results.requirements:
            if item.checked:
                word = _word(item)
                self._out.write(f"{_SHORT.get(word, word):<12}", **_COLOURS.get(word, {}))
                cases = f"  {item.judged}/{item.cases}" if item.cases > 1 else ""
                reason = f"  {item.reason}" if item.reason else ""
                self._line(printable(f"{item.id}{cases}{reason}"))
        for substitution in results.substitutions if self._verbosity > 1 else ():
            self._line(
                printable(
                    f"substitution  {substitution.exchange}  {substitution.member} "
                    f"{substitution.kind}: {substitution.requested!r} -> "
                    f"{substitution.registered!r}"
                )
            )
        self._line()

    def _broken(self, results: Results) -> None:
        shown = (Verdict.FAIL, Verdict.SUITE_ERROR, Verdict.FINDING, Verdict.WARNING)
        for verdict in shown:
            for item in results.requirements:
                if item.checked and item.verdict is verdict and not item.waived:
                    self._block(item, results)

    def _block(self, item: Requirement, results: Results) -> None:
        checks = [c for c in results.checks if c.requirement == item.id]
        broken = [c for c in checks if c.verdict is item.verdict]
        word = str(item.verdict)
        self._out.write(word.upper(), **_COLOURS.get(word, {}))
        cases = f"   {len(broken)} of {len(checks)} cases" if len(checks) > 1 else ""
        self._line(f"  {item.effective_level or item.level}  {item.id}{cases}")
        self._wrapped(item.statement, "  ", "  ")
        if item.verdict is Verdict.SUITE_ERROR:
            self._labelled("error", broken[0].reason)
            self._labelled("do", "This is a bug of dcr-conformance; please report it.")
            self._line()
            return
        self._aspects(broken)
        self._seen(broken, results)
        for label, text in (("why", item.why), ("fix", item.fix), ("spec", item.link)):
            if text:
                self._labelled(label, text)
        self._repeat(broken[0], results)
        self._line()

    def _aspects(self, broken: Sequence[Check]) -> None:
        first = [aspect for aspect in broken[0].aspects if not aspect.agrees]
        control = next((a for a in broken[0].aspects if a.name == "control"), None)
        if len(broken) == 1:
            for aspect in first:
                self._labelled("expected", f"{aspect.name}: {aspect.expected}")
                self._labelled("actual", aspect.actual)
        else:
            if first:
                self._labelled("expected", f"{first[0].name}: {first[0].expected}")
            for number, check in enumerate(broken[:_MOST_CASES]):
                label = "actual" if not number else ""
                self._labelled(label, f"{check.case:<24} {check.actual}")
            if len(broken) > _MOST_CASES:
                self._labelled("", f"and {len(broken) - _MOST_CASES} more")
        if control is not None and control.agrees:
            self._labelled("control", control.actual)

    def _seen(self, broken: Sequence[Check], results: Results) -> None:
        step = _step(broken[0], results)
        if step is None:
            return
        status = step.response.status if step.response else step.failure
        path = "/" + step.request.url.split("/", 3)[-1] if "//" in step.request.url else ""
        exchange = step.id.rpartition(":")[0]
        path = path if len(path) <= WIDTH else path[:WIDTH] + "..."
        self._labelled("seen in", f"{exchange}   {step.request.method} {path} -> {status}")
        if self._verbosity > 1:
            for check in broken:
                for exchange_id in check.exchanges:
                    self._exchange(exchange_id, results)

    def _exchange(self, exchange_id: str, results: Results) -> None:
        found = next((e for e in results.exchanges if e.id == exchange_id), None)
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
                self._line("    " + printable(line))
            self._line()

    def _repeat(self, check: Check, results: Results) -> None:
        step = _step(check, results)
        if step is None or not step.curl:
            return
        self._line(f"  {'repeat':<10}{printable(step.curl)}")
        if names := curl.variables(step.curl):
            self._labelled("", f"with {', '.join(names)} set: this run's secrets are not kept")

    def _blocked(self, results: Results) -> None:
        causes: dict[str, list[Check]] = {}
        for check in results.checks:
            if check.verdict is Verdict.BLOCKED:
                causes.setdefault(check.cause, []).append(check)
        folded = {r.id for r in results.requirements if r.verdict is Verdict.BLOCKED}
        for cause, checks in causes.items():
            ids = [i for i in dict.fromkeys(c.requirement for c in checks) if i in folded]
            if not ids:
                continue
            self._out.write("BLOCKED", **_COLOURS["blocked"])
            self._line(f"  {len(ids)} {_plural(len(ids), 'requirement')} by one cause")
            self._labelled("cause", f"{cause}   {checks[0].reason}")
            if hint := self._hint(cause):
                self._labelled("hint", hint)
            more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
            self._labelled("", ", ".join(ids[:3]) + more)
            self._line()

    def _hint(self, cause: str) -> str:
        from conformance.provider.target import registration_hint  # noqa: PLC0415 - only here

        session = self._run.session
        if cause != "minimal_registration" or session is None:
            return ""
        if session.target.problem:
            return ""
        hint = registration_hint(session.target)
        return (
            f"{hint} What every registration at this provider needs can be set under "
            "[registration.metadata] and [initial_access_token] in dcr-conformance.toml."
        ).strip()

    def _verdict(self, results: Results) -> None:
        gate = results.gate
        colour = {"green": True} if gate.passed else {"red": True}
        if self._shown:
            self._erase()
        for line in textwrap.wrap(gate.sentence, WIDTH):
            self._out.line(line, bold=True, **colour)
        words = ("pass", "fail", "blocked", "finding", "warning", "information", "waived",
                 "suite error", "not applicable", "not judged")  # fmt: skip
        counts = [f"{gate.counts[w]} {w}" for w in words if gate.counts.get(w)]
        self._wrapped("   ".join(counts), "  ", "  ")
        for reason in gate.reasons:
            if reason not in gate.sentence:
                self._labelled("gate", reason)
        for word in ("not applicable", "not judged"):
            self._left_out(word, results)
        self._clients(results)
        folder = self._run.settings.report_dir
        self._labelled("report", str(folder / "compliance.html"))
        self._labelled("results", str(folder / "results.json"))

    def _left_out(self, word: str, results: Results) -> None:
        reasons = Counter(
            printable(item.reason)[:110]
            for item in results.requirements
            if item.checked and item.verdict == word
        )
        for number, (reason, count) in enumerate(reasons.most_common()):
            if number == 6 and self._verbosity < 1:
                rest = sum(reasons.values()) - sum(c for _, c in reasons.most_common(number))
                self._line(f"  {'':<15}{rest:>3}  for other reasons; -v shows them")
                break
            label = f"{word:<15}" if not number else " " * 15
            self._wrapped(reason, f"  {label}{count:>3}  ", " " * 22)

    def _clients(self, results: Results) -> None:
        if results.run.replayed_from:
            return
        left = [client for client in results.clients if client.state == "left"]
        removed = len(results.clients) - len(left)
        text = f"{len(results.clients)} registered, {removed} removed, {len(left)} left"
        if left:
            why = Counter(client.reason for client in left).most_common(1)[0][0]
            text += f": {why}" if why else ""
        self._labelled("clients", text)

    # Lines

    def _line(self, text: str = "") -> None:
        self._out.line(text)

    def _labelled(self, label: str, text: str) -> None:
        self._wrapped(text, f"  {label:<10}", " " * 12)

    def _wrapped(self, text: str, first: str, later: str | None = None) -> None:
        lines = textwrap.wrap(
            printable(text),
            WIDTH,
            initial_indent=first,
            subsequent_indent=" " * len(first) if later is None else later,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines or [first.rstrip()]:
            self._line(line)


def _word(item: Requirement) -> str:
    return "waived" if item.waived else str(item.verdict)


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


def _offers(run: ConformanceRun) -> str:
    assert run.session is not None  # noqa: S101 - live only
    open_door = run.settings.initial_access_token_source == "none"  # noqa: S105 - the word for none
    door = "open" if open_door else "initial access token"
    found = [c.name for c in run.capabilities() if c.offered and c.name != "registration"]
    absent = [c.name for c in run.capabilities() if not c.offered and c.name != "registration"]
    offered = "registration_endpoint" in run.session.target.endpoints
    text = f"registration ({door})" if offered else "no registration endpoint"
    text += "".join(f", {name}" for name in found)
    return text + (f"; no {', '.join(absent)}" if absent else "")


def to_stderr(text: str) -> None:
    """One sentence for whoever used us wrongly."""
    print(f"error: {printable(text)}", file=sys.stderr)  # noqa: T201 - its purpose
