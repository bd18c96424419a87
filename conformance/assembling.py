"""The results of a run, put together from what was exchanged and judged."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING, Any

from conformance import __version__, catalogue, gate, waivers
from conformance.evidence import GATE_EXCHANGE, Answer
from conformance.judgement import fold
from conformance.substitutions import substitutions
from reports.results import (
    Capability,
    Check,
    Document,
    Requirement,
    Results,
    Run,
    Selection,
    Suite,
    Target,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.run import ConformanceRun


def assemble(run: ConformanceRun) -> Results:
    """The results as they stand: of a whole run that is finished, or was interrupted."""
    requirements, states = _requirements(run)
    verdicts = gate.gate(
        requirements,
        states,
        fail_on=run.settings.fail_on,
        min_judged=run.settings.min_judged,
        require=run.settings.require,
        partial=bool(run.partial),
        interrupted=run.interrupted,
        refused_anything=_refused_anything(run),
    )
    return Results(
        complete=not run.interrupted,
        suite=Suite(
            version=__version__,
            catalogue=catalogue.VERSION,
            requirements=len(run.catalogue),
        ),
        run=_run(run),
        selection=_selection(run),
        target=_described_target(run),
        gate=verdicts,
        requirements=tuple(requirements),
        checks=tuple(run.checks.values()),
        exchanges=tuple(run.store.exchanges.values()),
        substitutions=tuple(substitutions(run.store)),
        clients=run.clients,
        waivers=tuple(states),
        specifications=tuple(_documents(run)),
    )


def _documents(run: ConformanceRun) -> Iterable[Document]:
    """The specifications that rows of the catalogue come from."""
    used = {row.specification.key for row in run.catalogue}
    for key, specification in run.catalogue.specifications.items():
        if key in used:
            yield Document(
                key=key,
                name=specification.name,
                title=specification.title,
                revision=specification.revision,
                link=specification.link("").partition("#")[0],
            )


def _requirements(run: ConformanceRun) -> tuple[list[Requirement], list[Any]]:
    by_row: dict[str, list[Check]] = {}
    for check in run.checks.values():
        by_row.setdefault(check.requirement, []).append(check)
    folded = {key: fold(items, run.minimums.get(key)) for key, items in by_row.items()}
    today = datetime.datetime.fromtimestamp(run.clock(), datetime.UTC).date()
    states = waivers.apply(
        run.known_waivers,
        {key: item[0] for key, item in folded.items()},
        run.catalogue,
        today,
    )
    used = {item.requirement: item for item in states if item.state == "used"}
    declares = run.declares if _has_target(run) else ()
    rows = []
    for row in sorted(run.catalogue, key=lambda item: item.order):
        verdict, reason, judged, cases = folded.get(
            row.id, (Verdict.NOT_JUDGED, _unchecked(row), 0, 0)
        )
        waiver = used.get(row.id)
        rows.append(
            described_row(
                row,
                declares,
                verdict=verdict,
                reason=reason,
                checked=row.id in folded,
                cases=cases,
                judged=judged,
                waived=waiver.reason if waiver and waiver.verdict == verdict else "",
            )
        )
    return rows, states


def described_row(
    row: catalogue.Row, declares: Iterable[str], *, verdict: Verdict, **found: Any
) -> Requirement:
    """A row of the catalogue as results hold it.

    Args:
        row: The requirement.
        declares: Specifications that the provider is held to; they decide the level.
        verdict: What is said about it.
        found: Other members that a run adds.

    """
    return Requirement(
        id=row.id,
        spec=row.specification.key,
        section=row.section,
        level=row.level,
        effective_level=row.level_for(declares),
        statement=row.statement,
        why=row.why,
        fix=row.fix,
        link=row.link,
        verdict=verdict,
        **found,
    )


def _has_target(run: ConformanceRun) -> bool:
    return run.recording is not None or (
        run.session is not None and run.session.discovered is not None
    )


def _refused_anything(run: ConformanceRun) -> bool:
    return any(
        answer.refused
        for answer in run.store.answers()
        if answer.step.operation == "register" and answer.status not in (401, 403, 429)
    )


def _run(run: ConformanceRun) -> Run:
    now = run.clock()
    recorded_run = run.recording.run if run.recording else None
    return Run(
        id=f"{run.settings.seed:08x}",
        started=recorded_run.started if recorded_run else _stamp(run.started),
        judged_at=_stamp(now),
        finished=_stamp(now),
        seed=run.settings.seed,
        duration_s=round(time.perf_counter() - run.began, 3),
        replayed_from=str(run.settings.replay.name) if run.settings.replay else "",
        settings=run.settings.public(),
    )


def _selection(run: ConformanceRun) -> Selection:
    return Selection(
        collected=run.collected or len(run.planned_checks),
        run=len(run.checks),
        partial=bool(run.partial),
        deselected_by=run.partial,
        depth=run.settings.depth,
        exchanges=run.conductor.planned if run.conductor else 0,
        registrations=run.session.attempts if run.session else 0,
    )


def _described_target(run: ConformanceRun) -> Target:
    if not _has_target(run):
        return Target(url=run.settings.target_url)
    target = run.known_target()
    return Target(
        url=target.url,
        issuer=target.issuer,
        kind=target.kind,
        endpoints=dict(target.endpoints),
        metadata=dict(target.metadata),
        documents=dict(target.documents),
        declares=run.declares,
        declared_by=target.declared_by,
        capabilities=tuple(capabilities(run)),
    )


def capabilities(run: ConformanceRun) -> Sequence[Capability]:
    """What the provider offers, and where that was learnt."""
    target = run.known_target()
    found = [
        Capability(
            name=name.removesuffix("_endpoint").replace("_", " "),
            offered=name in target.endpoints,
            learnt_from="metadata" if target.documents else "the target URL and settings",
        )
        for name in (
            "registration_endpoint",
            "token_endpoint",
            "authorization_endpoint",
            "pushed_authorization_request_endpoint",
            "introspection_endpoint",
            "revocation_endpoint",
        )
    ]
    baseline = run.store.exchanges.get(GATE_EXCHANGE)
    if baseline is not None and baseline.steps and not baseline.failure:
        members = Answer(baseline.steps[-1]).members
        found.append(
            Capability(
                name="management",
                offered="registration_client_uri" in members,
                learnt_from=GATE_EXCHANGE,
            )
        )
    return found


def _unchecked(row: catalogue.Row) -> str:
    if row.untestable:
        return f"untestable: {row.untestable}"
    if row.same_as:
        return f"judged as {row.same_as}"
    if row.planned:
        return "planned: this version has no check for it"
    return "not selected"


def _stamp(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
