"""Results of runs that never were: as many requirements, failures and exchanges as a test wants."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# Of the commands that start pytest, only python -m puts the checkout on the path.
if (ROOT := str(Path(__file__).parents[2])) not in sys.path:
    sys.path.insert(0, ROOT)

from reports.hostile import is_strange
from reports.results import (
    Aspect,
    Body,
    Capability,
    Check,
    ClientEntry,
    Exchange,
    ExchangeFailure,
    Gate,
    Level,
    Place,
    Request,
    Requirement,
    Response,
    Results,
    Run,
    Selection,
    Step,
    Substitution,
    Suite,
    Target,
    Verdict,
    Waiver,
)
from tests.reports.browser import dom, served  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Callable

SPECS = ("rfc7591", "rfc7592", "openid-registration", "rfc6749", "derived-practice")
SECTIONS = ("2", "2.1", "3.2.1", "5", "A.1")
LEVELS = (Level.MUST, Level.MUST, Level.SECURITY, Level.SHOULD, Level.MAY)


def body(data: object) -> Body:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    raw = text.encode("utf-8", "surrogatepass")
    return Body(
        text=text[: 64 * 1024],
        length=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        truncated=len(raw) > 64 * 1024,
    )


def step(id_: str, status: int = 201, *, said: str = "Probe", steps: int = 0) -> Step:
    sent = {"redirect_uris": ["https://client.example/cb"], "client_name": said}
    got = {
        "client_id": f"c-{id_}",
        "client_secret": "[client_secret:1]",
        "client_secret_expires_at": 0,
        "client_name": said,
        "redirect_uris": ["https://client.example/cb"],
        "registration_client_uri": f"https://as.example/register/{steps}",
        "token_endpoint_auth_method": "client_secret_basic",
    }
    return Step(
        id=id_,
        operation="register",
        request=Request(
            method="POST",
            url="https://as.example/register",
            headers=(("Host", "as.example"), ("Content-Type", "application/json")),
            body=body(sent),
        ),
        response=Response(
            status=status,
            headers=(
                ("Content-Type", "application/json"),
                ("Cache-Control", "no-store"),
                ("X-Said", said[:300]),
            ),
            body=body(got),
        ),
        elapsed_s=0.0172,
        at=1795490879.0,
        curl="curl -sS https://as.example/register -H 'Content-Type: application/json' "
        '-d \'{"redirect_uris": ["https://client.example/cb"]}\'',
        facts={"/client_secret": {"length": 43, "alphabet": "base64url", "bits": 258}},
    )


def exchange(number: int, *, said: str = "Probe", status: int = 201, steps: int = 2) -> Exchange:
    id_ = f"checks.registration_{number}[case-{number}]"
    return Exchange(
        id=id_,
        name=f"registration_{number}",
        case=f"case-{number}",
        title="Register a client and read it back.",
        steps=tuple(step(f"{id_}:{n}", status, said=said, steps=n) for n in range(steps)),
    )


def verdict_of(level: Level, *, fails: bool, number: int) -> Verdict:
    if fails:
        return level.broken
    odd = {17: Verdict.NOT_APPLICABLE, 23: Verdict.NOT_JUDGED}
    return odd.get(number % 29, Verdict.PASS)


def results(
    failures: int = 6,
    *,
    requirements: int = 60,
    exchanges: int = 40,
    cases: int = 1,
    unchecked: int = 12,
    said: str = "Probe",
    **changes: Any,
) -> Results:
    """A run with that many broken mandatory requirements, and one of everything else."""
    made = [exchange(n, said=said) for n in range(exchanges)]
    rows: list[Requirement] = []
    checks: list[Check] = []
    for number in range(requirements):
        fails = number < failures
        level = Level.MUST if fails else LEVELS[number % len(LEVELS)]
        short = failures and requirements - 8 <= number and level is not Level.MUST
        verdict = verdict_of(level, fails=fails or bool(short), number=number)
        id_ = f"{SPECS[number % len(SPECS)]}-{number}-does-what-it-says"
        row, own = requirement(id_, number, level, verdict, made, cases=cases, said=said)
        rows.append(row)
        checks += own
    rows += [planned(number, said) for number in range(unchecked)]
    failed = sum(row.verdict is Verdict.FAIL for row in rows)
    met = sum(row.verdict is Verdict.PASS and row.level is Level.MUST for row in rows)
    sentence = (
        f"Does not conform: {failed} of {failed + met} mandatory requirements judged are broken."
        if failed
        else f"Conforms: all {met} mandatory requirements judged are met."
    )
    values: dict[str, Any] = {
        "complete": True,
        "suite": Suite(version="0.1.0", catalogue="2026-11", requirements=len(rows)),
        "run": Run(
            id="00000007",
            started="2026-11-24T07:12:00Z",
            judged_at="2026-11-24T07:12:14Z",
            seed=7,
            duration_s=14.3,
            settings={"target_url": "https://as.example", "provider": {"declares": ["rfc7591"]}},
        ),
        "selection": Selection(collected=len(checks), run=len(checks), exchanges=exchanges),
        "target": Target(
            url="https://as.example",
            issuer=f"https://as.example/{said[:40]}" if said != "Probe" else "https://as.example",
            endpoints={"registration_endpoint": "https://as.example/register"},
            declares=("rfc7591", "rfc7592"),
            capabilities=(Capability(name="registration", offered=True, learnt_from=said),),
        ),
        "gate": Gate(passed=not failed, exit_status=int(bool(failed)), sentence=sentence),
        "requirements": tuple(rows),
        "checks": tuple(checks),
        "exchanges": tuple(made),
        "substitutions": tuple(
            Substitution(
                client=f"c{n}",
                exchange=item.id,
                member="client_name",
                kind="replaced",
                requested="Probe",
                registered=said,
            )
            for n, item in enumerate(made)
        ),
        "clients": (
            *(
                ClientEntry(client_id=f"{said}{n}", exchange=made[0].id, state="removed")
                for n in range(3 if made else 0)
            ),
            *(
                ClientEntry(client_id=said, exchange=item.id, state="left", reason=said)
                for item in made[:1]
            ),
        ),
    }
    return Results(**{**values, **changes})


def requirement(
    id_: str,
    number: int,
    level: Level,
    verdict: Verdict,
    made: list[Exchange],
    *,
    cases: int,
    said: str,
) -> tuple[Requirement, list[Check]]:
    agrees = verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_JUDGED)
    checks = []
    for case in range(cases):
        used = made[(number + case) % len(made)] if made else None
        places = (
            (
                Place(step=used.steps[-1].id, part="status"),
                Place(step=used.steps[-1].id, name="client_name"),
                Place(step=used.steps[-1].id, name="not_there", missing=True),
                Place(step=used.steps[0].id, part="header", name="Pragma", missing=True),
            )
            if used
            else ()
        )
        aspects = (
            Aspect(name="status", expected="400", actual="201", agrees=agrees, places=places),
            Aspect(name="client_name", expected="no client_name", actual=said, agrees=True),
        )
        checks.append(
            Check(
                requirement=id_,
                verdict=verdict,
                title="It does what it says.",
                case=f"case {case}" if cases > 1 else "",
                actual="" if agrees else f"201, {said}",
                reason="" if verdict is not Verdict.NOT_JUDGED else "left out by depth",
                aspects=aspects,
                exchanges=(used.id,) if used else (),
            )
        )
    row = Requirement(
        id=id_,
        spec=SPECS[number % len(SPECS)],
        section=SECTIONS[number % len(SECTIONS)],
        level=level,
        statement=f"The provider does what `it` says, number {number}.",
        why="A client relies on it.",
        fix="Do what it says, and send `client_name`.",
        link="https://www.rfc-editor.org/rfc/rfc7591#section-2",
        verdict=verdict,
        reason=checks[0].reason,
        checked=True,
        cases=cases,
        judged=cases,
    )
    return row, checks


def planned(number: int, said: str) -> Requirement:
    reasons = (
        "planned: this version has no check for it",
        f"untestable: nobody outside sees it; {said[:50]}",
        "judged as rfc7591-0-does-what-it-says",
        "not selected",
    )
    return Requirement(
        id=f"rfc7591-planned-{number}",
        spec=SPECS[number % 2],
        section="2",
        level=Level.MUST,
        statement=f"Something that nobody asks yet, number {number}.",
        verdict=Verdict.NOT_JUDGED,
        reason=reasons[number % len(reasons)],
    )


def blocked(run: Results, number: int = 3) -> Results:
    """The same with the last exchange broken and requirements waiting for it."""
    cause = run.exchanges[-1].model_copy(
        update={"failure": ExchangeFailure(kind="blocked", reason="the token endpoint said 503")}
    )
    rows = list(run.requirements)
    checks = list(run.checks)
    chosen = [i for i, row in enumerate(rows) if row.verdict is Verdict.PASS][:number]
    for index in chosen:
        rows[index] = rows[index].model_copy(update={"verdict": Verdict.BLOCKED})
        checks = [
            c.model_copy(update={"verdict": Verdict.BLOCKED, "cause": cause.id, "aspects": ()})
            if c.requirement == rows[index].id
            else c
            for c in checks
        ]
    return run.model_copy(
        update={
            "requirements": tuple(rows),
            "checks": tuple(checks),
            "exchanges": (*run.exchanges[:-1], cause),
        }
    )


def waived(run: Results) -> Results:
    """The same with the first failure waived."""
    first = next(row for row in run.requirements if row.verdict is Verdict.FAIL)
    rows = tuple(
        row.model_copy(update={"waived": "fix is on its way"}) if row is first else row
        for row in run.requirements
    )
    waiver = Waiver(requirement=first.id, verdict="fail", reason="soon", expires="2027-01-31")
    failed = sum(row.verdict is Verdict.FAIL and not row.waived for row in rows)
    sentence = f"Does not conform: {failed} of 26 mandatory requirements judged are broken."
    gate = run.gate.model_copy(update={"sentence": sentence})
    return run.model_copy(update={"requirements": rows, "waivers": (waiver,), "gate": gate})


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end of script": "</script></style></title><img src=x onerror=alert(1)>",
    "attribute": "\" onmouseover=alert(1) x='",
    "unquoted attribute": "x onmouseover=alert(1) >",
    "template": "{{ 7 * 7 }}{% raw %}",
    "comment": "<!-- --> <![CDATA[ ]]>",
    "bidi": "a\u202egpj.exe\u202c",
    "isolate": "a\u2066b\u2069",
    "nul": "a\x00b",
    "lone surrogate": "a\ud800b\udfffc",
    "escape": "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "line ends": "a\r\nSet-Cookie: x=1\u2028b\u0085c",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ade\u3164f\u2800g",
    "tags": "a\U000e0041\U000e007f",
    "stacked": "a" + "\u0301" * 60,
    "noncharacter": "a\uffffb\U0010ffffc",
    "private": "a\ue000b",
    "end of data": "]]>]]&gt;<![CDATA[",
    "commands": "::error file=x::y\n::set-output name=a::b\r\n##[add-mask]c %0A%25 a:b,c",
    "markdown": "| a | b |\n|---|---| `x` ``y`` [z](https://evil.example) ![i](https://evil.example/i)",
    "markdown links": "https://evil.example www.evil.example <https://evil.example> "
    "@everyone a@evil.example",
    "markdown blocks": "# h\n> q\n- l\n\n```\ncode\n```\n<details open>\n[r]: https://evil.example",
    "backslashes": "\\\\`\\|\\",
    "megabyte": "A" * 1024 * 1024,
    "megabyte of bidi": "\u202e" * 1024 * 1024,
}


def put_everywhere(model: Any, text: str) -> Any:
    """The same model with the text in place of every free string, also inside JSON values."""
    if isinstance(model, str):
        return model if type(model) is not str else text
    if isinstance(model, tuple | list):
        return type(model)(put_everywhere(item, text) for item in model)
    if isinstance(model, dict):
        return {text[:200] + str(k): put_everywhere(v, text) for k, v in model.items()}
    if not hasattr(model, "model_fields_set"):
        return model
    changed = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        # Closed lists of words are closed for a reader too; ids must still tell things apart.
        if "Literal" in str(field.annotation) or name in ("schema_", "json_kind"):
            continue
        # Who waives one requirement waives no other.
        if name == "waived" and not value:
            continue
        if name in ("id", "requirement", "exchange", "step", "cause") and value:
            changed[name] = f"{text[:200]}{value}"
        elif name == "exchanges" and isinstance(model, Check):
            changed[name] = tuple(f"{text[:200]}{item}" for item in value)
        else:
            changed[name] = put_everywhere(value, text)
    return model.model_copy(update=changed)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``hostile`` is given each of these texts."""
    if "hostile" in metafunc.fixturenames:
        metafunc.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)


FORBIDDEN_TAGS = {"img", "iframe", "object", "embed", "link", "base", "form"}


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def check_page(html: str, *, scripts: int = 1, beside: str = r"results\.json") -> None:
    """Nothing of a run is markup: ``beside`` are the relative addresses that we write."""
    shown = Tags(html)
    assert html.encode("utf-8")
    for tag, attributes in shown.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag not in FORBIDDEN_TAGS or attributes.get("role") or attributes.get("method")
        href = attributes.get("href") or "#"
        assert href.startswith(("#", "https://")) or re.fullmatch(beside, href), href
    assert sum(tag == "script" for tag, _ in shown.tags) == scripts
    assert sum(tag == "style" for tag, _ in shown.tags) == 1
    assert not [c for c in set(html) if c not in "\n\t\u00a0" and is_strange(c)]


class Make:
    """What the tests build runs with."""

    results = staticmethod(results)
    blocked = staticmethod(blocked)
    waived = staticmethod(waived)
    body = staticmethod(body)
    step = staticmethod(step)
    exchange = staticmethod(exchange)
    everywhere = staticmethod(put_everywhere)
    check_page = staticmethod(check_page)
    tags = Tags
    hostile = HOSTILE


@pytest.fixture(scope="session")
def make() -> type[Make]:
    return Make


@pytest.fixture(scope="session")
def run_of() -> Callable[..., Results]:
    return results
