"""The ways in which an exchange or a check ends without a judgement."""

from __future__ import annotations


class Outcome(Exception):  # noqa: N818 - these are results, not errors
    """Raised with a reason that a reader of the report understands."""

    kind = ""

    def __init__(self, reason: str, *, step: str = "", cause: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.step = step
        self.cause = cause


class NotApplicable(Outcome):
    """The precondition of the question is positively absent."""

    kind = "not applicable"


class NotJudged(Outcome):
    """The question could not be asked, or its answer shows neither one thing nor the other."""

    kind = "not judged"


class LeftOut(NotJudged):
    """Not asked because of the depth or the budget of the run."""


class Blocked(Outcome):
    """A step that had to work before the question could be asked did not."""

    kind = "blocked"
