"""Every success response compared with its request: what the provider made of the metadata.

RFC 7591 section 3.2.1 lets a server default, replace and drop; it must say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.evidence import CREDENTIAL_MEMBERS
from reports.results import Substitution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.evidence import Answer, Store

DEFAULTED = frozenset(
    {
        "token_endpoint_auth_method",
        "grant_types",
        "response_types",
        "scope",
        "application_type",
        "subject_type",
        "id_token_signed_response_alg",
        "require_auth_time",
    }
)
"""Members for which a specification names a default or has the server choose one."""


def substitutions(store: Store) -> Iterator[Substitution]:
    """All substitutions of a run, in the order of its exchanges."""
    for exchange in store.exchanges.values():
        for step in exchange.steps:
            if step.operation == "register":
                answer = store.answer(step.id)
                if answer.registered:
                    yield from _of(answer, exchange.id)


def _of(answer: Answer, exchange: str) -> Iterator[Substitution]:
    asked, given = answer.request.members, answer.members
    client = str(given.get("client_id", ""))
    for name in sorted(asked.keys() | given.keys()):
        if name in CREDENTIAL_MEMBERS or name == "client_id":
            continue
        kind = _kind(name, asked, given)
        if kind:
            yield Substitution(
                client=client,
                exchange=exchange,
                member=name,
                kind=kind,  # type: ignore[arg-type]
                requested=asked.get(name),
                registered=given.get(name),
            )


def _kind(name: str, asked: dict[str, Any], given: dict[str, Any]) -> str:
    if name not in given:
        return "dropped" if asked[name] is not None else ""
    if name not in asked:
        if given[name] is None:
            return ""
        return "defaulted" if name in DEFAULTED else "added"
    return "" if asked[name] == given[name] else "replaced"
