"""Organisations and software products: what is asked of them, and what is kept."""

import json
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from mock_directory import keys
from mock_directory.keys import Algorithm
from mock_directory.problems import missing
from mock_directory.state import State

Status = Literal["active", "suspended", "revoked"]

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def _absolute(value: str) -> str:
    if not _ABSOLUTE.fullmatch(value):
        raise ValueError("an absolute URI in ASCII, without spaces, is needed")
    return value


def _printable(value: str) -> str:
    if not _PRINTABLE.fullmatch(value):
        raise ValueError("control characters and lone surrogates are not taken")
    return value


Uri = Annotated[str, Field(max_length=2000), AfterValidator(_absolute)]
Text = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_printable)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class OrganisationRequest(_Strict):
    """An organisation to be enrolled."""

    name: Text = Field(description="its legal name")
    details: dict[str, JsonValue] = Field(
        default_factory=dict, description="whatever a dialect's claims want besides"
    )


class SoftwareRequest(_Strict):
    """A software product to be enrolled: what its statements will say."""

    organisation_id: str = Field(max_length=100, description="whose it is")
    name: Text = Field(description="client_name")
    redirect_uris: list[Uri] = Field(min_length=1, max_length=50)
    description: Text | None = None
    version: Text = "1.0"
    client_uri: Uri | None = None
    logo_uri: Uri | None = None
    tos_uri: Uri | None = None
    policy_uri: Uri | None = None
    sector_identifier_uri: Uri | None = None
    scope: Text | None = None
    roles: list[Text] | None = Field(default=None, max_length=20)
    contacts: list[Text] | None = Field(default=None, max_length=20)
    grant_types: list[Text] | None = Field(default=None, max_length=20)
    response_types: list[Text] | None = Field(default=None, max_length=20)
    token_endpoint_auth_method: Text | None = None
    claims: dict[str, JsonValue] = Field(
        default_factory=dict, description="further claims of every statement"
    )
    jwks: dict[str, JsonValue] | None = Field(
        default=None, description="its own public keys; left out: the directory makes a key for it"
    )
    jwks_uri: Uri | None = Field(
        default=None, description="where it serves its keys itself; left out: the directory does"
    )
    algorithms: list[Algorithm] | None = Field(
        default=None, max_length=4, description="keys for the directory to make"
    )

    @model_validator(mode="after")
    def _keys_from_one_place(self) -> "SoftwareRequest":
        if sum(v is not None for v in (self.jwks, self.jwks_uri, self.algorithms)) > 1:
            raise ValueError("give at most one of jwks, jwks_uri and algorithms")
        if self.jwks is not None:
            keys.check_public_set(self.jwks)
        return self


class StatusChange(_Strict):
    """A new status."""

    status: Status


class Organisation(BaseModel):
    """An enrolled organisation."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    status: Status
    details: dict[str, Any]
    enrolled: int


class Software(BaseModel):
    """An enrolled software product."""

    model_config = ConfigDict(frozen=True)

    id: str
    organisation_id: str
    status: Status
    enrolled: int
    name: str
    redirect_uris: list[str]
    description: str | None
    version: str
    client_uri: str | None
    logo_uri: str | None
    tos_uri: str | None
    policy_uri: str | None
    sector_identifier_uri: str | None
    scope: str | None
    roles: list[str] | None
    contacts: list[str] | None
    grant_types: list[str] | None
    response_types: list[str] | None
    token_endpoint_auth_method: str | None
    claims: dict[str, Any]
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    """Where it serves its keys; None where the directory does, wherever that is just now."""


class Register:
    """Everything that is enrolled."""

    def __init__(self, state: State) -> None:
        self._state = state

    def organisations(self) -> list[Organisation]:
        """Every organisation, in the order of enrolment."""
        rows = self._state.rows("select record from organisation order by rowid")
        return [Organisation(**json.loads(row[0])) for row in rows]

    def organisation(self, identifier: str) -> Organisation:
        """Return one organisation.

        Raises:
            Problem: there is none.

        """
        found = self._state.rows("select record from organisation where id = ?", (identifier,))
        if not found:
            raise missing("organisation", identifier)
        return Organisation(**json.loads(found[0][0]))

    def all_software(self, organisation_id: str | None = None) -> list[Software]:
        """Every software product, or those of one organisation."""
        query = "select record from software where ?1 is null or organisation_id = ?1"
        rows = self._state.rows(f"{query} order by rowid", (organisation_id,))
        return [Software(**json.loads(row[0])) for row in rows]

    def software(self, identifier: str) -> Software:
        """Return one software product.

        Raises:
            Problem: there is none.

        """
        found = self._state.rows("select record from software where id = ?", (identifier,))
        if not found:
            raise missing("software product", identifier)
        return Software(**json.loads(found[0][0]))

    def keep_organisation(self, organisation: Organisation) -> None:
        """Keep a new organisation, or a changed one."""
        self._state.write(
            "insert into organisation values (?, ?)"
            " on conflict (id) do update set record = excluded.record",
            (organisation.id, json.dumps(organisation.model_dump())),
        )

    def keep_software(self, software: Software) -> None:
        """Keep a new software product, or a changed one."""
        self._state.write(
            "insert into software values (?, ?, ?)"
            " on conflict (id) do update set record = excluded.record",
            (software.id, software.organisation_id, json.dumps(software.model_dump())),
        )
