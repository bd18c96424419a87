"""The vocabulary of checks. Every call adds an aspect: what was expected, what came, do they agree.

A strict disagreement ends the check at once; one capped by ``at_most`` is noted and the
check goes on. What cannot be judged from the evidence ends it without a verdict.
"""

from __future__ import annotations

from conformance.expect.answers import (
    accepted,
    error_answer,
    header,
    json_body,
    member,
    met,
    no_member,
    no_token,
    refused,
    same,
    status,
    throughout,
)
from conformance.expect.aspects import (
    Broken,
    Judging,
    applies,
    conclusive,
    judged,
    judging,
    note,
    show,
    together,
)
from conformance.expect.landings import not_redirected, tells
from conformance.expect.metadata import metadata_names
from conformance.expect.registrations import comparable, refused_or_replaced, same_registration

__all__ = [
    "Broken",
    "Judging",
    "accepted",
    "applies",
    "comparable",
    "conclusive",
    "error_answer",
    "header",
    "json_body",
    "judged",
    "judging",
    "member",
    "met",
    "metadata_names",
    "no_member",
    "no_token",
    "not_redirected",
    "note",
    "refused",
    "refused_or_replaced",
    "same",
    "same_registration",
    "show",
    "status",
    "tells",
    "throughout",
    "together",
]
