"""The results contract: what a run leaves behind, and all that a report may read.

``results.json`` is one :class:`Results` object. Members only get added within one
``schema``; readers ignore what they do not know.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SCHEMA = "dcr-conformance/results/1"
SCHEMA_MINOR = 1


class UnreadableResultsError(ValueError):
    """A file that is no results file of a schema that this version reads; says which and why."""


class Level(StrEnum):
    """How strongly a requirement binds the provider (NOT and RECOMMENDED folded in)."""

    MUST = "MUST"
    SECURITY = "SECURITY"
    SHOULD = "SHOULD"
    MAY = "MAY"

    @property
    def broken(self) -> Verdict:
        """The verdict on a requirement of this level that is not met."""
        return _BROKEN[self]

    def capped(self, at_most: Level | None) -> Level:
        """The weaker of this level and ``at_most``."""
        if at_most is None:
            return self
        order = list(Level)
        return max(self, at_most, key=order.index)


class Verdict(StrEnum):
    """What is said about a requirement; the order is that in which cases fold into one."""

    SUITE_ERROR = "suite error"
    FAIL = "fail"
    BLOCKED = "blocked"
    FINDING = "finding"
    WARNING = "warning"
    INFORMATION = "information"
    PASS = "pass"  # noqa: S105 - a verdict
    NOT_JUDGED = "not judged"
    NOT_APPLICABLE = "not applicable"

    @staticmethod
    def fold(verdicts: Iterable[Verdict]) -> Verdict:
        """The one verdict that stands for several: the first in the order of this class."""
        order = list(Verdict)
        return min(verdicts, key=order.index, default=Verdict.NOT_JUDGED)


_BROKEN = {
    Level.MUST: Verdict.FAIL,
    Level.SECURITY: Verdict.FINDING,
    Level.SHOULD: Verdict.WARNING,
    Level.MAY: Verdict.INFORMATION,
}


class Model(BaseModel):
    """Frozen, and tolerant of members that a newer minor version added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Body(Model):
    """The body of a message: text if it is UTF-8, else base64; cut beyond 64 KiB."""

    text: str | None = None
    base64: str | None = None
    length: int = 0
    sha256: str = ""
    truncated: bool = False
    utf8: bool = True
    json_kind: Literal["object", "array", "string", "number", "boolean", "null", ""] = ""
    """The type of the JSON root, over all that was read; empty where it is no strict JSON."""
    json_fault: str = ""
    """Why it is no strict JSON."""
    repeated_names: tuple[str, ...] = ()


class Request(Model):
    """A request as sent, credentials replaced by placeholders."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = Body()


class Response(Model):
    """A response as received, credentials replaced by placeholders."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = Body()


class Step(Model):
    """One request, and the response or the reason why there is none."""

    id: str
    operation: str = ""
    """What was asked: register, read, update, delete, token, authorize, par, ..."""
    request: Request
    response: Response | None = None
    failure: str = ""
    """Set exactly where there is no response."""
    elapsed_s: float = 0.0
    at: float = 0.0
    """Seconds since the epoch when the answer was complete, by the run's clock."""
    curl: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    """By JSON pointer into the response (``/client_secret``): length, alphabet, bits, type, jwt."""
    observations: dict[str, Any] = Field(default_factory=dict)
    """What was concluded while talking: ``landing``, ``client`` and the like."""


class ExchangeFailure(Model):
    """Why an exchange has no evidence to offer."""

    kind: Literal["blocked", "not applicable", "not judged", "suite error"]
    reason: str
    cause: str = ""
    """The exchange where it began, if it was another one."""
    step: str = ""


class Exchange(Model):
    """One conversation with the provider and what came of it."""

    id: str
    name: str
    case: str = ""
    title: str = ""
    steps: tuple[Step, ...] = ()
    returned: Any = None
    """The evidence in terms of step ids, as ``conformance.evidence`` encodes it."""
    failure: ExchangeFailure | None = None


class Place(Model):
    """The part of a message that an aspect is about."""

    step: str
    part: Literal["request", "status", "header", "body"] = "body"
    name: str = ""
    missing: bool = False


class Aspect(Model):
    """One thing that was compared."""

    name: str
    expected: str
    actual: str
    agrees: bool
    at_most: Level | None = None
    places: tuple[Place, ...] = ()


class Check(Model):
    """The judgement of one case of one requirement."""

    requirement: str
    verdict: Verdict
    title: str = ""
    case: str = ""
    actual: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()
    aspects: tuple[Aspect, ...] = ()
    exchanges: tuple[str, ...] = ()
    cause: str = ""
    """For a blocked check: the exchange that is the one cause."""
    left_out: bool = False
    """Not asked because of the depth or the budget of the run."""
    test: str = ""
    duration_s: float = 0.0


class Requirement(Model):
    """A row of the catalogue with what this run says about it."""

    id: str
    spec: str
    section: str
    level: Level
    effective_level: Level | None = None
    """After what the provider declares; none where the row does not bind it."""
    statement: str
    why: str = ""
    fix: str = ""
    link: str = ""
    verdict: Verdict
    reason: str = ""
    checked: bool = False
    cases: int = 0
    judged: int = 0
    waived: str = ""


class Substitution(Model):
    """A member of client metadata that was not registered as requested."""

    client: str
    exchange: str
    member: str
    kind: Literal["defaulted", "replaced", "dropped", "added"]
    requested: Any = None
    registered: Any = None


class ClientEntry(Model):
    """A client that this run registered and what became of it."""

    client_id: str
    exchange: str
    state: Literal["removed", "left"]
    reason: str = ""
    configuration_uri: str = ""


class Waiver(Model):
    """A known failure that an operator accepts for a while."""

    requirement: str
    verdict: str
    reason: str
    expires: str = ""
    state: Literal["used", "stale", "unknown", "expired"] = "used"


class Capability(Model):
    """Something that the provider offers or not, and where that was learnt."""

    name: str
    offered: bool
    learnt_from: str


class Suite(Model):
    """The software that judged."""

    version: str
    catalogue: str
    requirements: int = 0


class Run(Model):
    """When and how it ran; no secrets."""

    id: str = ""
    started: str
    judged_at: str = ""
    finished: str = ""
    seed: int = 0
    duration_s: float = 0.0
    replayed_from: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)


class Selection(Model):
    """What of the catalogue was asked."""

    collected: int = 0
    run: int = 0
    partial: bool = False
    deselected_by: str = ""
    depth: str = "standard"
    exchanges: int = 0
    registrations_planned: int = 0
    registrations: int = 0


class Target(Model):
    """The provider under test as it described itself."""

    url: str
    issuer: str = ""
    kind: str = ""
    endpoints: dict[str, str] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    documents: dict[str, str] = Field(default_factory=dict)
    declares: tuple[str, ...] = ()
    declared_by: str = "discovered"
    capabilities: tuple[Capability, ...] = ()


class Gate(Model):
    """Whether the run counts as passed, and the exit status that says so."""

    passed: bool
    exit_status: int
    sentence: str = ""
    reasons: tuple[str, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    by_level: dict[str, dict[str, int]] = Field(default_factory=dict)


class Document(Model):
    """A specification, and the revision of it that the requirements were written after."""

    key: str
    name: str
    title: str = ""
    revision: str = ""
    link: str = ""


class Change(Model):
    """A requirement of which two runs say different things, with the reasons of both."""

    requirement: str
    kind: Literal["worse", "better", "new", "gone", "other"]
    """``other`` is neither: what broke before is not judged now, or a waiver came or went."""
    before: Verdict | None = None
    after: Verdict | None = None
    before_reason: str = ""
    after_reason: str = ""


class Since(Model):
    """What changed against an older results file, or against the recorded verdicts."""

    kind: Literal["earlier run", "recording"] = "earlier run"
    started: str = ""
    suite: str = ""
    target: str = ""
    notes: tuple[str, ...] = ()
    """What makes the two hard to compare."""
    unchanged: int = 0
    changes: tuple[Change, ...] = ()


class Results(Model):
    """Everything a run found; every report is a pure function of it."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    schema_minor: int = SCHEMA_MINOR
    complete: bool
    suite: Suite
    run: Run
    selection: Selection = Selection()
    target: Target
    gate: Gate
    requirements: tuple[Requirement, ...] = ()
    checks: tuple[Check, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    clients: tuple[ClientEntry, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    specifications: tuple[Document, ...] = ()
    """Those that the requirements come from; since minor 1."""
    since: Since | None = None
    """Since minor 1."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    def to_json(self) -> str:
        """The text of ``results.json``."""
        import json  # noqa: PLC0415 - only writers need it

        # Escaped to ASCII: a provider may send lone surrogates, which UTF-8 cannot hold.
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=1)

    @classmethod
    def read(cls, path: Path, *, outline: bool = False) -> Self:
        """Read a results file.

        Args:
            path: The file.
            outline: Leave exchanges, substitutions and clients out: most of the file, of
                which who compares many runs needs nothing.

        Raises:
            UnreadableResultsError: one sentence that says what is wrong with the file.

        """
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise UnreadableResultsError(f"cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UnreadableResultsError(f"{path} is not whole JSON: it is no UTF-8") from error
        return cls.parse(text, str(path), outline=outline)

    @classmethod
    def parse(cls, text: str, name: str = "results", *, outline: bool = False) -> Self:
        """As :meth:`read`, from text; ``name`` is what the sentence calls it."""
        import json  # noqa: PLC0415 - only readers need it

        from reports.hostile import plain  # noqa: PLC0415 - as above

        try:
            data = json.loads(text)
        except ValueError as error:
            raise UnreadableResultsError(f"{name} is not whole JSON: {error}") from error
        except RecursionError as error:
            raise UnreadableResultsError(f"{name} is nested too deep to be read") from error
        schema = data.get("schema") if isinstance(data, dict) else None
        if schema != SCHEMA:
            said = plain(repr(schema), 80)
            raise UnreadableResultsError(
                f"{name} is no results file of this suite (schema {said}, read is {SCHEMA!r})"
            )
        for member in ("exchanges", "substitutions", "clients") if outline else ():
            data.pop(member, None)
        try:
            return cls.model_validate(data)
        except ValueError as error:
            first = plain(" ".join(str(error).splitlines()[1:3]), 240)
            raise UnreadableResultsError(
                f"{name} does not hold what its schema promises: {first}"
            ) from error
