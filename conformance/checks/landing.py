"""Whether an authorization request was taken: what checks of its rules ask again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.outcomes import NotJudged

if TYPE_CHECKING:
    from conformance.evidence import Answer

UNKNOWN_TYPE = "dcr-conformance-unknown"
"""A response type that nobody offers: whoever looks at requests refuses it."""


def taken(answer: Answer) -> bool:
    """Whether the browser was sent to the client without an error, or a person is asked.

    Raises:
        NotJudged: it cannot be told, or the server failed.

    """
    if answer.landing in ("", "unclear"):
        raise NotJudged(f"right and wrong requests are answered alike: {answer.line}")
    if answer.landing == "failed":
        raise NotJudged(f"{answer.line}: a server error is judged by its own row")
    return answer.landing in ("client", "interaction") and not answer.error
