"""What checks look at: answers after redaction and a round trip of their serialised form.

The same classes, filled live, are what exchanges hold while they talk; there ``json``
still has its secrets. A check never sees that form.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from conformance.provider.capture import MISSING
from reports.results import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reports.results import Exchange

MANAGEMENT_MEMBERS = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
"""What RFC 7592 section 2.2 keeps out of update requests."""

CREDENTIAL_MEMBERS = ("client_secret", *MANAGEMENT_MEMBERS)
ISSUED_MEMBERS = frozenset({"client_secret", "registration_access_token"})
"""What only a client that exists can be given."""

INFORMATION_MEMBERS = ISSUED_MEMBERS.union(
    ("registration_client_uri", "client_id_issued_at", "redirect_uris", "grant_types")
)
"""By what client information is known, beside the client_id."""

GATE_EXCHANGE = "minimal_registration"
"""The exchange that must work before anything else is asked."""

INCONCLUSIVE = frozenset({429, 502, 503, 504})
"""Statuses that speak of load or of a gateway and never of the question asked."""


class Message:
    """Headers and body of either direction."""

    def __init__(self, headers: Iterable[tuple[str, str]], body: Any) -> None:
        self.headers = tuple(headers)
        self.body = body

    def header(self, name: str) -> str | None:
        """The first value of a header field, None where it is absent."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> list[str]:
        """Every value of a header field."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def media_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text; empty where it is no text."""
        return self.body.text or ""

    @cached_property
    def json(self) -> Any:
        """The parsed body, MISSING where it is no JSON or too long to be kept."""
        try:
            return json.loads(self.text) if self.text else MISSING
        except (ValueError, RecursionError):
            return MISSING

    @property
    def members(self) -> dict[str, Any]:
        """The members of a JSON object; empty where the body is none."""
        return self.json if isinstance(self.json, dict) else {}


class Answer(Message):
    """A response, with the request that it answers."""

    def __init__(self, step: Step) -> None:
        self.step = step
        response = step.response
        super().__init__(
            response.headers if response else (), response.body if response else step.request.body
        )
        if response is None:
            self.json = MISSING
        self.request = Message(step.request.headers, step.request.body)

    def __repr__(self) -> str:
        return f"<answer {self.line}>"

    @property
    def status(self) -> int:
        """The status code, 0 where no answer came."""
        return self.step.response.status if self.step.response else 0

    @property
    def answered(self) -> bool:
        """Whether a whole answer came."""
        return self.step.response is not None

    @property
    def inconclusive(self) -> bool:
        """Whether this speaks of load or outage and not of the question."""
        return not self.answered or self.status in INCONCLUSIVE

    @property
    def error(self) -> str | None:
        """The OAuth error code of the body or of the redirect, if there is one."""
        code = self.members.get("error")
        if code is None:
            code = self.redirect_parameters.get("error")
        return code if isinstance(code, str) else None

    @property
    def accepted(self) -> bool:
        """Whether a client (or what else was asked for) was given: a 2xx."""
        return 200 <= self.status < 300

    @property
    def registered(self) -> bool:
        """Whether this names a client: a 2xx with a client_id."""
        return self.accepted and isinstance(self.members.get("client_id"), str)

    @property
    def refused(self) -> bool:
        """A 4xx that hands out no client; its form is judged by rows of its own.

        An error may name the client that it is about, and repeat what the request sent.
        """
        return 400 <= self.status < 500 and not self._hands_out_a_client

    @property
    def _hands_out_a_client(self) -> bool:
        """Whether this gives what makes a client, whatever its status says."""
        members = self.members
        given = INFORMATION_MEMBERS
        if isinstance(members.get("error"), str):
            given = ISSUED_MEMBERS - self.request.members.keys()
        return "client_id" in members and bool(given & members.keys())

    @property
    def location(self) -> str:
        """The target of a redirect, empty where there is none."""
        return (self.header("location") or "") if 300 <= self.status < 400 else ""

    @cached_property
    def redirect_parameters(self) -> dict[str, str]:
        """Parameters that a redirect carries in query or fragment."""
        from urllib.parse import parse_qsl, urlsplit  # noqa: PLC0415 - rarely asked

        try:
            parts = urlsplit(self.location)
        except ValueError:
            return {}
        return dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))

    @property
    def landing(self) -> str:
        """Where an authorization request ended: client, interaction, refused, failed, unclear."""
        return str(self.step.observations.get("landing", ""))

    @property
    def facts(self) -> Mapping[str, Any]:
        """By member name: what was computed of each credential at capture."""
        return {key.removeprefix("/"): value for key, value in self.step.facts.items()}

    @property
    def line(self) -> str:
        """One line for people: method, path and status."""
        from urllib.parse import urlsplit  # noqa: PLC0415 - rarely asked

        try:
            path = urlsplit(self.step.request.url).path or "/"
        except ValueError:
            path = self.step.request.url
        return f"{self.step.request.method} {path} -> {self.status or self.step.failure}"


@dataclass
class ClientRecord:
    """A registered client: the answer that made it and later ones about it."""

    registration: Answer
    answers: list[Answer] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<client {self.members.get('client_id')!r}>"

    @property
    def members(self) -> dict[str, Any]:
        """The client information as last stated."""
        return (self.answers[-1] if self.answers else self.registration).members

    @property
    def client_id(self) -> str:
        """The identifier as first stated."""
        return str(self.registration.members.get("client_id", ""))

    @property
    def requested(self) -> dict[str, Any]:
        """The metadata of the request that registered it."""
        return self.registration.request.members


@dataclass
class Comparison:
    """The same registration twice, differing in ``offending``."""

    control: Answer
    odd: Answer
    offending: dict[str, Any]
    followups: dict[str, Answer] = field(default_factory=dict)
    """By what was tried with the odd client: ``control`` and ``odd``, alike but for the value."""

    def __repr__(self) -> str:
        return f"<comparison {sorted(self.offending)}>"


class Store:
    """The exchanges of a run, or of a recording; finds answers by their step's id."""

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self.exchanges: dict[str, Exchange] = {}
        self._answers: dict[str, Answer] = {}
        for exchange in exchanges:
            self.add(exchange)

    def add(self, exchange: Exchange) -> Exchange:
        """Keep an exchange as its serialised form says it is, and give that back."""
        written = json.dumps(exchange.model_dump(mode="json"))  # ASCII: lone surrogates survive
        kept = type(exchange).model_validate(json.loads(written))
        # Other threads take an exchange that they see for one whose answers are there.
        for step in kept.steps:
            self._answers[step.id] = Answer(step)
        self.exchanges[kept.id] = kept
        return kept

    def answer(self, step: str) -> Answer:
        """The answer of a step."""
        return self._answers[step]

    def answers(self) -> Iterator[Answer]:
        """Every answer of the run, in the order of the exchanges."""
        for exchange in self.exchanges.values():
            for step in exchange.steps:
                yield self._answers[step.id]

    def decode(self, value: Any) -> Any:
        """The evidence that :func:`encode` wrote down."""
        kind, content = next(iter(value.items()))
        if kind == "answer":
            return self.answer(content)
        if kind == "client":
            first, *later = content
            return ClientRecord(self.answer(first), [self.answer(step) for step in later])
        if kind == "comparison":
            return Comparison(
                self.answer(content["control"]),
                self.answer(content["odd"]),
                content["offending"],
                {name: self.answer(step) for name, step in content["followups"].items()},
            )
        if kind == "roles":
            return {name: self.decode(item) for name, item in content.items()}
        if kind == "list":
            return [self.decode(item) for item in content]
        return content


def encode(value: Any) -> dict[str, Any]:
    """What an exchange returned, in terms of step ids and plain JSON."""
    if isinstance(value, Answer):
        return {"answer": value.step.id}
    if isinstance(value, ClientRecord):
        return {"client": [answer.step.id for answer in (value.registration, *value.answers)]}
    if isinstance(value, Comparison):
        return {
            "comparison": {
                "control": value.control.step.id,
                "odd": value.odd.step.id,
                "offending": value.offending,
                "followups": {name: item.step.id for name, item in value.followups.items()},
            }
        }
    if isinstance(value, dict):
        return {"roles": {str(name): encode(item) for name, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"list": [encode(item) for item in value]}
    if value is None or isinstance(value, (str, int, float, bool)):
        return {"value": value}
    raise TypeError(f"an exchange returned a {type(value).__name__}, which is no evidence")


def as_answer(value: Any) -> Answer:
    """The answer that stands for a piece of evidence."""
    if isinstance(value, ClientRecord):
        return value.registration
    if isinstance(value, Comparison):
        return value.odd
    return cast("Answer", value)
