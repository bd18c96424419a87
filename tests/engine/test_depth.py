"""How often each depth registers, counted where it arrives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from conformance import catalogue
from conformance.reference_provider.server import running

if TYPE_CHECKING:
    from conformance.reference_provider.wire import Request, Response

BUDGETS = {"quick": 20, "standard": 150, "full": 100_000}
FOREMOST = 24
"""Rows of a rank up to this are what a budget of twenty registrations must hold."""
FINE = {"pass", "information", "not applicable", "not judged"}


@dataclass
class Counted:
    status: int
    text: str
    verdicts: dict[str, str]
    results: dict[str, Any]
    attempts: list[str] = field(default_factory=list)

    @property
    def planned(self) -> int:
        found = re.search(r"about (\d+) registrations", " ".join(self.text.split()))
        assert found, self.text
        return int(found[1])


@pytest.fixture(scope="module", params=BUDGETS)
def counted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, suite_in: Any
) -> tuple[str, Counted]:
    depth = request.param
    suite = suite_in(tmp_path_factory.mktemp(depth))
    attempts: list[str] = []
    with running() as server:
        honest = server.tenants.handle

        def handle(asked: Request) -> Response:
            if asked.method == "POST" and asked.path.endswith("/register"):
                attempts.append(asked.path)
            return honest(asked)

        server.tenants.handle = handle  # type: ignore[method-assign]
        done = suite.judge(server.issuer("default"), "--dcr-depth", depth)
    text = done.stdout + done.stderr
    return depth, Counted(done.returncode, text, suite.verdicts(), suite.results(), attempts)


def test_no_more_is_registered_than_the_depth_allows(counted: tuple[str, Counted]) -> None:
    depth, run = counted
    assert 0 < len(run.attempts) <= BUDGETS[depth]


def test_the_header_does_not_plan_less_than_is_done(counted: tuple[str, Counted]) -> None:
    depth, run = counted
    assert len(run.attempts) <= run.planned <= BUDGETS[depth]


def test_the_reference_provider_is_clean_at_every_depth(counted: tuple[str, Counted]) -> None:
    _, run = counted
    assert run.status == 0, run.text
    assert set(run.verdicts.values()) <= FINE
    # What is most often broken is judged at every depth.
    foremost = [row.id for row in catalogue.load() if row.rank <= FOREMOST]
    assert len(foremost) > 20
    assert {row: run.verdicts[row] for row in foremost} == dict.fromkeys(foremost, "pass")


def test_what_a_depth_leaves_out_is_said(counted: tuple[str, Counted]) -> None:
    depth, run = counted
    left_out = [c for c in run.results["checks"] if f"depth {depth}" in c["reason"]]
    assert {c["verdict"] for c in left_out} <= {"not judged"}
    assert bool(left_out) == (depth != "full")
    assert ("Partial run" in run.text) == (depth == "quick")
