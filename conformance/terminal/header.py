"""The header of a run: what is judged, what it offers, what it is held to, and the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import __version__, catalogue, sweep
from conformance.assembling import capabilities
from conformance.planning import planned_registrations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.run import ConformanceRun
    from conformance.settings import Settings
    from conformance.terminal.lines import Lines


def header(run: ConformanceRun, lines: Lines) -> None:
    """Write the header."""
    rows = len(run.catalogue)
    lines.line(
        f"dcr-conformance {__version__}, catalogue {catalogue.VERSION} ({rows} requirements)"
    )
    for label, text in _labels(run):
        lines.wrapped(text, f"{label:<10}")
    lines.line()


def _labels(run: ConformanceRun) -> Iterable[tuple[str, str]]:
    settings = run.settings
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
    if settings.provider.software_statements:
        yield "trust", _trust(settings)
    if settings.profile:
        yield "profile", ", ".join(settings.profile)
    yield "plan", _plan(run)
    if left := sweep.notice(settings.state_dir):
        yield "left", left
    if problem := target.problem:
        yield "problem", problem


def _trust(settings: Settings) -> str:
    part = settings.directory
    whose = part.url or "a directory that this run starts when it needs one"
    return f"software statements {settings.provider.software_statements}, issued by {whose}"


def _plan(run: ConformanceRun) -> str:
    assert run.conductor is not None  # noqa: S101 - planned before the header
    nodes = [
        node
        for item in run.planned_checks
        for node in item.check.nodes(item.chosen).values()
        if not run.conductor.leaves_out(node)
    ]
    return (
        f"{len(run.planned_checks)} checks on {run.conductor.planned} exchanges, about "
        f"{planned_registrations(nodes, run.settings)} registrations (depth {run.settings.depth})"
    )


def _offers(run: ConformanceRun) -> str:
    assert run.session is not None  # noqa: S101 - live only
    open_door = run.settings.initial_access_token_source == "none"  # noqa: S105 - the word for none
    door = "open" if open_door else "initial access token"
    found = [c.name for c in capabilities(run) if c.offered and c.name != "registration"]
    absent = [c.name for c in capabilities(run) if not c.offered and c.name != "registration"]
    offered = "registration_endpoint" in run.session.target.endpoints
    text = f"registration ({door})" if offered else "no registration endpoint"
    text += "".join(f", {name}" for name in found)
    return text + (f"; no {', '.join(absent)}" if absent else "")
