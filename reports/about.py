"""What the page says of the run itself: substitutions, clients, settings, how to do it again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.hostile import plain, value
from reports.names import plural
from reports.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reports.evidence import Evidence, Link
    from reports.results import ClientEntry, Results, Substitution

_MOST_LINKS = 3
_MOST_ROWS = 200
_MOST_CLIENTS = 50


@dataclass(frozen=True, slots=True)
class Substituted:
    """One way in which one member was registered otherwise, and where that was seen."""

    member: str
    requested: str
    registered: str
    kind: str
    seen: str
    links: tuple[Link, ...]

    @property
    def absent(self) -> bool:
        """Whether the member was not in the request."""
        return self.kind in ("Added", "Defaulted")

    @property
    def dropped(self) -> bool:
        """Whether it is not in the answer."""
        return self.kind == "Dropped"


@dataclass(frozen=True, slots=True)
class Client:
    """A client that the run registered."""

    entry: ClientEntry
    link: Link | None


def substitutions(results: Results, evidence: Evidence) -> list[Substituted]:
    """Equal ones folded, the most frequent first."""
    seen: dict[tuple[str, str, str, str], list[Substitution]] = {}
    for item in results.substitutions:
        # Values may be 1 MiB each; what tells them apart on the page is what it shows.
        key = (item.member, item.kind, value(item.requested)[:2000], value(item.registered)[:2000])
        seen.setdefault(key, []).append(item)
    registrations = len({(item.exchange, item.client) for item in results.substitutions})
    found = []
    for (member, kind, requested, registered), items in seen.items():
        links = evidence.links(item.exchange for item in items)
        few = len(links) <= _MOST_LINKS
        found.append(
            (
                -len(items),
                Substituted(
                    member=member,
                    requested=requested,
                    registered=registered,
                    kind=kind.capitalize(),
                    seen="" if few and links else f"{len(items)} of {registrations} registrations",
                    links=tuple(links) if few else (),
                ),
            )
        )
    found.sort(key=lambda pair: pair[0])
    return [item for _, item in found[:_MOST_ROWS]]


@dataclass(frozen=True, slots=True)
class Clients:
    """What became of what was registered."""

    sentence: str
    left: tuple[Client, ...]
    removed: tuple[Client, ...]
    more: int


def clients(results: Results, evidence: Evidence) -> Clients:
    """Those left behind, and those removed."""
    left = [entry for entry in results.clients if entry.state == "left"]
    removed = [entry for entry in results.clients if entry.state == "removed"]
    said = f"{len(left) + len(removed)} registered, {len(removed)} removed"
    if left:
        said += f", {len(left)} left behind"

    def with_link(entries: Iterable[ClientEntry]) -> tuple[Client, ...]:
        return tuple(Client(entry, evidence.link(entry.exchange)) for entry in entries)

    return Clients(
        said,
        with_link(left),
        with_link(removed[:_MOST_CLIENTS]),
        max(0, len(removed) - _MOST_CLIENTS),
    )


def settings(results: Results) -> list[tuple[str, str]]:
    """Settings by dotted name, nested ones one a line."""
    return list(_flat("", results.run.settings))


def _flat(prefix: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, item in data.items():
        dotted = f"{prefix}{name}"
        if isinstance(item, dict) and item:
            yield from _flat(f"{dotted}.", item)
        else:
            yield dotted, "" if item in (None, "", [], {}) else value(item)


def commands(results: Results) -> list[tuple[str, str]]:
    """How to do it again."""
    again = pytest_line(results)
    if results.selection.depth != "standard":
        again += f" --dcr-depth {shlex.quote(plain(results.selection.depth))}"
    return [
        ("Run again", f"{again} --dcr-seed {results.run.seed}"),
        ("Judge the same answers again", "pytest --dcr-replay results.json"),
        ("Write this page again", "dcr-conformance report results.json"),
        ("Compare with another run", "dcr-conformance compare older/results.json results.json"),
    ]


def pytest_line(results: Results) -> str:
    """The command without options of one run."""
    return f"pytest --target-url {shlex.quote(plain(results.target.url))}"


def operator(results: Results) -> dict[str, str]:
    """Who had it run, for what product: ``[report]`` of the settings, if there is one."""
    said = results.run.settings.get("report")
    if not isinstance(said, dict):
        return {}
    return {str(key): str(item) for key, item in said.items() if item}


def exchanged(results: Results) -> str:
    """``33 exchanges, 57 requests``."""
    requests = sum(len(exchange.steps) for exchange in results.exchanges)
    return f"{plural(len(results.exchanges), 'exchange')}, {plural(requests, 'request')}"


def silent(results: Results) -> int:
    """Requirements that were taken up and of which nothing can be said."""
    unsaid = (Verdict.NOT_JUDGED, Verdict.NOT_APPLICABLE)
    return sum(row.checked and row.verdict in unsaid for row in results.requirements)
