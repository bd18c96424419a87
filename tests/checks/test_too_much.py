"""Bodies that are too much: who is late or falls over is found, who cuts off is not blamed."""

from __future__ import annotations

import pytest

from conformance import expect
from conformance.checks.robustness.limits import test_too_much_is_answered_in_time as check
from conformance.evidence import Answer
from conformance.outcomes import NotJudged
from conformance.provider.wire import LATE
from reports.results import Body, Level, Request, Response, Step

CLIENT = Body(text='{"client_id": "one"}', length=20, json_kind="object")


def answered(status: int = 0, failure: str = "", body: Body | None = None) -> Answer:
    """An answer to a registration, or the reason why there is none."""
    request = Request(method="POST", url="https://provider.example/register")
    response = Response(status=status, body=body or Body()) if status else None
    step = Step(
        id="x:0", operation="register", request=request, response=response, failure=failure,
        elapsed_s=0, at=0, curl="",
    )  # fmt: skip
    return Answer(step)


def judged(deep: Answer, wide: Answer) -> list[bool]:
    """Whether each aspect agrees."""
    after = answered(201, body=CLIENT)
    with expect.judging(Level.SECURITY) as state:
        try:
            check({"deep": deep, "wide": wide, "after": after})
        except expect.Broken:
            pass
        except NotJudged:
            return [aspect.agrees for aspect in state.aspects] + [None]
    return [aspect.agrees for aspect in state.aspects]


@pytest.mark.parametrize(
    ("deep", "agrees"),
    [
        (answered(400), True),
        (answered(413), True),
        (answered(201, body=CLIENT), True),
        (answered(500), False),
        (answered(failure=f"{LATE} 10 s"), False),
    ],
)
def test_an_answer_in_time_is_all_that_is_asked(deep: Answer, *, agrees: bool) -> None:
    assert judged(deep, answered(400)) == [agrees, True]


@pytest.mark.parametrize(
    "deep", [answered(failure="the connection broke before the answer was whole"), answered(503)]
)
def test_who_cuts_off_is_not_judged_but_others_are_found(deep: Answer) -> None:
    assert judged(deep, answered(400)) == [True, None]
    assert judged(deep, answered(500))[0] is False
