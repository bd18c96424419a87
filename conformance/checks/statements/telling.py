"""Software statements that tell one lie of ``fixtures/lies.toml`` and are good in all else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance import forging
from conformance.checks.statements.evidence import (
    stated,
    trusted_client,
    unstated,
    with_statement,
)
from conformance.forging import forms
from conformance.outcomes import NotApplicable

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.exchange import Case
    from conformance.provider.operations import Provider

ANOTHER = "https://another-directory.example"
"""An issuer that no provider was told of."""

_LIFETIME_S = 7200
"""Beyond the hour by which lies about time are off."""


@dataclass(frozen=True)
class DirectorySigner:
    """The directory: it has the key, and signs what it is told to."""

    provider: Provider
    header: dict[str, Any]
    """That of a good statement."""

    @property
    def algorithm(self) -> str:
        """The algorithm of its statements."""
        return str(self.header["alg"])

    @property
    def kid(self) -> str:
        """The key of its statements."""
        return str(self.header.get("kid") or "")

    @property
    def public_jwk(self) -> dict[str, Any]:
        """That key as it is published."""
        return self.provider.directory_key(self.header.get("kid"))

    def sign(self, header_text: str, payload_text: str) -> str:
        """A statement of these texts.

        Raises:
            ImpossibleLieError: the header is no plain JSON object; the directory writes its own.

        """
        try:
            members = json.loads(header_text, object_pairs_hook=list)
        except ValueError as error:
            raise forging.ImpossibleLieError("the directory signs JSON headers only") from error
        if len(dict(members)) < len(members):
            raise forging.ImpossibleLieError("the directory names each header member once")
        return self.provider.signed_statement(payload_text, json.loads(header_text))


def lying(provider: Provider, case: Case) -> str:
    """A new statement that tells the lie of a case.

    Raises:
        NotApplicable: statements of this directory cannot tell it.

    """
    good = provider.statement(stated(provider), lifetime_s=_LIFETIME_S)
    header, claims = forms.parts(good)
    beside = {name: value for name, value in header.items() if name not in ("alg", "kid")}
    try:
        return forging.forge(
            forging.Lie.of_case(case),
            beside,
            claims,
            DirectorySigner(provider, header),
            now=provider.session.clock(),
            other=ANOTHER,
        )
    except forging.ImpossibleLieError as error:
        raise NotApplicable(str(error)) from error


def tell(provider: Provider, case: Case) -> dict[str, Answer]:
    """Register by a good statement (once a run), then by one that tells the lie of a case."""
    answers = {"control": trusted_client(provider).registration}
    answers["odd"] = with_statement(provider, lying(provider, case))
    if provider.demands_statements:
        answers["none"] = unstated(provider)
    return answers
