"""No secret leaves the process, however much is asked to be shown; the server knows them all."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from conformance.reference_provider.server import running
from conformance.reference_provider.tenants import combined

if TYPE_CHECKING:
    from conformance.reference_provider.wire import Request, Response

NAMES = (
    "client_secret",
    "registration_access_token",
    "access_token",
    "refresh_token",
    "code",
    "initial_access_token",
)
FAULTS = (
    "fault-secret-without-expiry",
    "fault-script-scheme-registered",
    "fault-altered-token-reads",
    "fault-query-token-taken",
    "fault-query-credentials-taken",
    "fault-error-repeats-the-request",
    "fault-token-inside-the-url",
)
"""Some failures, and those that put secrets where they do not belong."""

TOKEN = "IAT-q7Zk0xT4mVbW9sYdRf2LhCnE6uPjG1oa"
SHOWING = ("-vv", "--showlocals", "--log-level=DEBUG", "--log-file=all.log", "-rA", "--tb=long")
CLI_LOG = ("-o", "log_cli=true", "--durations=0", "--junitxml=junit.xml", "--capture=no")
CHARACTERS = 16
"""So much of a secret must not be seen; some are sent cut short or altered at the end."""


@dataclass
class Overheard:
    """What a server handed out or was sent that is nobody else's business."""

    secrets: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in NAMES})

    def note(self, request: Request, response: Response) -> None:
        try:
            members = json.loads(response.body)
        except ValueError:
            members = {}
        for name in NAMES:
            if isinstance(members, dict) and isinstance(members.get(name), str):
                self.secrets[name].add(members[name])
        location = response.header("location") or ""
        parts = urlsplit(location)
        for name, value in parse_qsl(parts.query) + parse_qsl(parts.fragment):
            if name in NAMES:
                self.secrets[name].add(value)
        scheme, _, value = (request.header("authorization") or "").partition(" ")
        if scheme == "Basic":
            # Base64 of identifier, colon and secret: the end holds the secret.
            self.secrets["client_secret"].add(value[-40:].rstrip("=")[:-1])


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, suite_in: Any) -> tuple[Any, Any]:
    """A run with failures that shows all it can: suite and server side."""
    broken = combined("leaky", FAULTS)
    tenant = replace(broken, policy=replace(broken.policy, initial_access_token=TOKEN))
    overheard = Overheard()
    with running(tenants={"leaky": tenant}, root="leaky") as server:
        honest = server.tenants.handle

        def handle(request: Request) -> Response:
            response = honest(request)
            overheard.note(request, response)
            return response

        server.tenants.handle = handle  # type: ignore[method-assign]
        suite = suite_in(tmp_path_factory.mktemp("shown"))
        overheard.secrets["initial_access_token"].add(TOKEN)
        done = suite.judge(
            server.issuer("leaky"),
            *(*SHOWING, *CLI_LOG, "--dcr-depth", "full", "--dcr-concurrency", "4"),
            DCR_INITIAL_ACCESS_TOKEN__TOKEN=TOKEN,
        )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL  MUST" in done.stdout
    return (done, suite), overheard


def test_the_server_knows_secrets_of_every_kind(shown: Any) -> None:
    _, overheard = shown
    for name, values in overheard.secrets.items():
        assert values, name
        assert all(len(value) >= CHARACTERS for value in values), name


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_shown_or_written(shown: Any, name: str) -> None:
    (done, suite), overheard = shown
    places = {"stdout": done.stdout, "stderr": done.stderr}
    for path in suite.folder.rglob("*"):
        if path.is_file():
            places[str(path.relative_to(suite.folder))] = path.read_text("utf-8", "replace")
    assert {"dcr-report/results.json", "dcr-report/compliance.html", "all.log", "junit.xml"} <= (
        places.keys()
    )
    for place, text in places.items():
        for secret in overheard.secrets[name]:
            for form in {secret[:CHARACTERS], quote(secret, safe="")[:CHARACTERS]}:
                at = text.find(form)
                assert at < 0, f"{place}: ...{text[max(0, at - 200) : at]}<{name}>..."


def test_placeholders_stand_where_secrets_were(shown: Any) -> None:
    (_, suite), _ = shown
    text = (suite.folder / "dcr-report" / "results.json").read_text("utf-8")
    for name in NAMES:
        assert re.search(rf"\[{name}:\d+\]", text), name
    assert suite.ledgers() == []


def test_only_its_owner_reads_the_ledger(suite: Any, until: Any) -> None:
    with running() as server:
        base = server.issuer("default")
        process = suite.start("-m", "pytest", "--target-url", base, "--dcr-rate", "20/s")
        until(lambda: server.tenants.provider("default").snapshot().clients >= 1)
        (ledger,) = suite.ledgers()
        assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
        assert stat.S_IMODE(ledger.parent.stat().st_mode) == 0o700
        process.kill()
        process.communicate()
