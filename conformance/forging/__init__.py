"""Tokens that lie: from ``fixtures/lies.toml``, honest claims and a signer to a token's text.

Nothing here talks to anybody. Client assertions, software statements and request objects
share the lies; what makes each kind honest is known where it is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from conformance.exchange import load_cases
from conformance.forging.forms import FORMS, ImpossibleLieError
from conformance.forging.signers import (
    ALGORITHMS,
    HmacSigner,
    LocalSigner,
    Nobody,
    Signer,
    key,
    public_key_forms,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange import Case

__all__ = ["ImpossibleLieError", "Lie", "Signer", "forge", "honest", "lie", "lies", "stranger"]

ATTACKER = "https://attacker.invalid"
"""A host of a name that nobody can have (RFC 6761 section 6.4)."""

KNOWN_KEY = b"dcr-conformance-known"
"""What the SQL in a kid would select."""

_TRIES = 40
_LETTERS = "x" * 200_000


@dataclass(frozen=True)
class Lie:
    """One way for a token to lie; ``fixtures/lies.toml`` says what the members mean."""

    id: str
    says: str
    of: tuple[str, ...]
    by: str = "own"
    form: str = ""
    header: dict[str, Any] = field(default_factory=dict)
    without_header: tuple[str, ...] = ()
    header_again: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, int] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    again: dict[str, Any] = field(default_factory=dict)
    again_seconds: dict[str, int] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    needs: str = ""

    @classmethod
    def of_case(cls, case: Case) -> Lie:
        """The lie that a case of ``fixtures/lies.toml`` is."""
        known = {item.name for item in fields(cls)}
        if odd := set(case.data) - known:
            raise ValueError(f"the lie {case.id} has members nobody reads: {sorted(odd)}")
        lists = {name: tuple(v) for name, v in case.data.items() if isinstance(v, list)}
        return cls(**{"id": case.id, **case.data, **lists})


@cache
def lies(of: str = "") -> tuple[Lie, ...]:
    """All lies, or those that one kind of token can tell."""
    every = (Lie.of_case(case) for case in load_cases("lies"))
    return tuple(item for item in every if not of or of in item.of)


def lie(name: str) -> Lie:
    """The lie of that id."""
    return next(item for item in lies() if item.id == name)


def stranger(algorithm: str, kid: str) -> LocalSigner:
    """A signer whose key nobody published, of an algorithm that is known here.

    Raises:
        ImpossibleLieError: it is not.

    """
    if algorithm not in ALGORITHMS:
        raise ImpossibleLieError(f"nobody here signs by {algorithm}")
    return LocalSigner(key(ALGORITHMS[algorithm][0], "stranger"), algorithm, kid)


def honest(header: Mapping[str, Any], claims: Mapping[str, Any], signer: Signer) -> str:
    """The token without any lie; ``header`` is what stands beside alg and kid."""
    named = {"kid": signer.kid} if signer.kid else {}
    members = {"alg": signer.algorithm, **named, **header}
    return signer.sign(_object([members]), _object([claims]))


def forge(
    told: Lie,
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    signer: Signer,
    *,
    now: float,
    other: str = "",
    attacker: str = ATTACKER,
    others: Mapping[str, Signer] | None = None,
) -> str:
    """The token that tells a lie and is honest in all else.

    Args:
        told: The lie.
        header: What an honest header has beside alg and kid.
        claims: Honest claims.
        signer: Who signs honest tokens.
        now: The time, in seconds since the epoch.
        other: Another client or issuer, for the lies that name one.
        attacker: The URL of a host that is not the provider's.
        others: Further signers by their name in ``by``: weak, encryption, curve, sha1, secret.

    Raises:
        ImpossibleLieError: these keys, or this token, cannot tell it.

    """
    if told.only and signer.algorithm not in told.only:
        raise ImpossibleLieError(f"a lie of {' and '.join(told.only)}, not of {signer.algorithm}")
    by = _who(told.by, signer, others or {})
    values = _Values(signer, claims, attacker, other)
    kid = by.kid or signer.kid
    head = {"alg": by.algorithm, **({"kid": kid} if kid else {}), **header}
    head |= values.filled(told.header)
    body = {**claims, **values.filled(told.claims), **_at(now, told.seconds)}
    doubled = {**values.filled(told.again), **_at(now, told.again_seconds)}
    head = {name: value for name, value in head.items() if name not in told.without_header}
    body = {name: value for name, value in body.items() if name not in told.without}
    head_text = _object([head, told.header_again]) + told.text.get("header", "")
    for attempt in range(_TRIES):
        # A blank more or less in the claims gives another signature to try with.
        body_text = _object([body, doubled]) + told.text.get("claims", "") + " " * attempt
        token = by.sign(head_text, body_text)
        if told.form == "nested":
            return by.sign(_object([{**head, "cty": "JWT"}]), token)
        try:
            return FORMS[told.form](token)
        except ImpossibleLieError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _who(by: str, signer: Signer, others: Mapping[str, Signer]) -> Signer:
    if by == "own":
        return signer
    if by == "nobody":
        return Nobody()
    if by == "stranger":
        return stranger(signer.algorithm, signer.kid)
    if by in ("", "known"):
        return HmacSigner(KNOWN_KEY if by else b"")
    if by.startswith("public-"):
        return HmacSigner(public_key_forms(signer.public_jwk)[by])
    if by not in others:
        raise ImpossibleLieError(f"there is no key for {by}")
    return others[by]


class _Values:
    """What stands in the place of ``{names}``; a value alone keeps its JSON type."""

    def __init__(
        self, signer: Signer, claims: Mapping[str, Any], attacker: str, other: str
    ) -> None:
        self._signer = signer
        self._claims = claims
        self._plain = {"attacker": attacker, "other": other, "letters": _LETTERS}

    def filled(self, value: Any) -> Any:
        """The value with every name replaced."""
        if isinstance(value, dict):
            return {name: self.filled(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, str) or not value.startswith("{"):
            return value
        name, _, rest = value[1:].partition("}")
        found = self._plain[name] if name in self._plain else self._made(name)
        return f"{found}{rest}" if rest else found

    def _made(self, name: str) -> Any:
        if name in ("aud", "aud_upper"):
            audience = self._claims["aud"]
            return audience if name == "aud" else _upper(audience)
        unknown = stranger(self._signer.algorithm, "dcr-conformance-stranger")
        if name == "jwk":
            return unknown.public_jwk
        if name == "x5c":
            return unknown.key.certificate
        keys = json.dumps({"keys": [unknown.public_jwk]}, separators=(",", ":"))
        return f"data:application/json,{quote(keys)}"


def _upper(url: str) -> str:
    parts = urlsplit(url)
    start = f"{parts.scheme}://{parts.netloc}"
    return start.upper() + url[len(start) :]


def _at(now: float, seconds: Mapping[str, int]) -> dict[str, int]:
    return {name: int(now) + offset for name, offset in seconds.items()}


def _object(parts: list[Mapping[str, Any]]) -> str:
    """One JSON object with the members of all parts, one after another, even if named alike."""
    pairs = [
        f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}"
        for part in parts
        for name, value in part.items()
    ]
    return "{" + ",".join(pairs) + "}"
