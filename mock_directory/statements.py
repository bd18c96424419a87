"""Software statements in a dialect's words, and whatever else a key is asked to sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from mock_directory import keys
from mock_directory.dialects import Dialect, filled
from mock_directory.enrolment import Organisation, Software
from mock_directory.keys import Algorithm, Signature, SigningKey

KEY = (
    "sign with this key: current; previous, the newest that a rotation or a removal has put out "
    "of use; stranger, one that never was published; or any key by its id, a removed one or a "
    "software product's too"
)


class _Signed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    header: dict[str, JsonValue] = Field(
        default_factory=dict, description="header members to put in, or in the place of others"
    )
    without_header: list[str] = Field(
        default_factory=list, max_length=100, description="header members to leave out"
    )
    algorithm: Algorithm | None = Field(default=None, description="sign with the key for this")
    key: str | None = Field(default=None, description=KEY)


class StatementRequest(_Signed):
    """A software statement: as the dialect has it, or with claims of one's own."""

    claims: dict[str, JsonValue] = Field(
        default_factory=dict, description="claims to put in, or in the place of others"
    )
    without_claims: list[str] = Field(
        default_factory=list, max_length=100, description="claims to leave out"
    )
    lifetime_s: int | None = Field(
        default=None, ge=-(10**9), le=10**9, description="seconds from iat to exp"
    )
    whatever_status: bool = Field(
        default=False, description="issue it even if software or organisation is not active"
    )


class TokenRequest(_Signed):
    """Claims for a software product to sign: a client assertion, a request object."""

    claims: dict[str, JsonValue] = Field(description="exactly these")


class SignRequest(BaseModel):
    """Anything at all for the directory to sign: ``payload`` or ``text``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    header: dict[str, JsonValue] | None = Field(
        default=None, description="exactly these; left out: as statements have it"
    )
    payload: JsonValue = Field(default=None, description="any JSON")
    text: str | None = Field(default=None, description="sign this as it is")
    key: str = Field(default="current", description=KEY)
    algorithm: Signature | None = Field(
        default=None, description="sign so, whatever the key was made for and the header says"
    )

    @model_validator(mode="after")
    def _one_payload(self) -> "SignRequest":
        if len({"payload", "text"} & self.model_fields_set) != 1:
            raise ValueError("give one of payload and text")
        return self

    def content(self) -> Any:
        """What is signed."""
        # A lone surrogate makes bytes that are no UTF-8: worth signing, too.
        return self.payload if self.text is None else self.text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Token:
    """A signed token and what it says."""

    text: str
    header: Mapping[str, Any]
    claims: Any
    key: str
    """The id of the key that signed."""


def statement(
    dialect: Dialect,
    request: StatementRequest,
    organisation: Organisation,
    software: Software,
    key: SigningKey,
    *,
    base: str,
    now: int,
) -> Token:
    """Return the statement on a software product."""
    values = values_of(dialect, organisation, software, base=base)
    values |= {"now": now, "jti": dialect.new_id("jti"), "algorithm": key.algorithm, "kid": key.kid}
    lifetime = dialect.lifetime_s if request.lifetime_s is None else request.lifetime_s
    if lifetime is not None:
        values["exp"] = now + lifetime
    claims = filled(dialect.claims, values)
    if request.lifetime_s is not None:
        claims["exp"] = values["exp"]
    claims |= software.claims
    claims = _changed(claims, request.claims, request.without_claims)
    header = _changed(filled(dialect.header, values), request.header, request.without_header)
    return Token(keys.sign(key, header, claims), header, claims, key.id)


def token(request: TokenRequest, key: SigningKey) -> Token:
    """Return the claims, signed."""
    plain = {"typ": "JWT", "alg": key.algorithm}
    if key.kid is not None:
        plain["kid"] = key.kid
    header = _changed(plain, request.header, request.without_header)
    return Token(keys.sign(key, header, request.claims), header, request.claims, key.id)


def signed(dialect: Dialect, request: SignRequest, key: SigningKey) -> Token:
    """Return whatever it is, signed.

    Raises:
        Problem: the key cannot sign with that algorithm.

    """
    header = request.header
    if header is None:
        values = {"algorithm": request.algorithm or key.algorithm, "kid": key.kid}
        header = filled(dialect.header, values)
    payload = request.content()
    return Token(keys.sign(key, header, payload, request.algorithm), header, payload, key.id)


def _changed(
    members: Mapping[str, Any], changes: Mapping[str, Any], without: list[str]
) -> dict[str, Any]:
    return {k: v for k, v in {**members, **changes}.items() if k not in without}


def values_of(
    dialect: Dialect, organisation: Organisation, software: Software, *, base: str
) -> dict[str, Any]:
    """Return what a dialect's templates may name of one software product."""
    product = software.model_dump() | {"status": dialect.status[software.status]}
    owner = organisation.model_dump() | {"status": dialect.status[organisation.status]}
    values: dict[str, Any] = {"base": base, "software": product, "organisation": owner}
    values["issuer"] = filled(dialect.issuer, values)
    for name, template in dialect.defaults.items():
        if product[name] is None:
            product[name] = filled(template, values)
    return values
