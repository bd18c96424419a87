"""What the API can do: each operation with its path, its body and its answer.

The routes and the OpenAPI description are both made from this one table.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import BaseModel

from mock_directory.certificates import CertificateRequest
from mock_directory.clock import shown
from mock_directory.clock_setting import ClockSetting
from mock_directory.collector import Collected, CollectorRequest
from mock_directory.directory import Directory
from mock_directory.enrolment import OrganisationRequest, SoftwareRequest, StatusChange
from mock_directory.keyring import KeyRequest, RotationRequest
from mock_directory.outages import Outage, OutageSetting
from mock_directory.problems import wrong
from mock_directory.statements import SignRequest, StatementRequest, Token, TokenRequest

Names = Mapping[str, str]
"""What the variable parts of a path are, and the query."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does."""

    method: str
    path: str
    about: str
    run: Callable[[Directory, Names, Any], Any]
    body: type[BaseModel] | None = None
    status: int = 200
    query: Mapping[str, str] = field(default_factory=dict)


def _key(directory: Directory, key: Any) -> dict[str, Any]:
    now = directory.clock.now()
    until = key.shown_until
    return {
        "id": key.id,
        "algorithm": key.algorithm,
        "kid": key.kid,
        "status": key.status(now),
        "created": key.created,
        "shown_until": until,
        "jwk": directory.documents.public(key),
    }


def _keys(directory: Directory, names: Names, _: None) -> dict[str, Any]:
    owner = directory.owner(names.get("software_id"))
    return {"keys": [_key(directory, key) for key in directory.keyring.of(owner)]}


def _add_key(directory: Directory, names: Names, body: KeyRequest) -> dict[str, Any]:
    owner = directory.owner(names.get("software_id"))
    return _key(directory, directory.keyring.add(owner, body))


def _rotate(directory: Directory, names: Names, body: RotationRequest) -> dict[str, Any]:
    directory.keyring.rotate(directory.owner(names.get("software_id")), body)
    return _keys(directory, names, None)


def _remove_key(directory: Directory, names: Names, _: None) -> dict[str, Any]:
    owner = directory.owner(names.get("software_id"))
    return _key(directory, directory.keyring.remove(owner, names["key_id"]))


def _software_list(directory: Directory, names: Names, _: None) -> dict[str, Any]:
    found = directory.register.all_software(names.get("organisation_id"))
    return {"software": [directory.located(item).model_dump() for item in found]}


def _signed(token: Token, name: str) -> dict[str, Any]:
    return {name: token.text, "header": token.header, "claims": token.claims, "key": token.key}


def _statement(directory: Directory, names: Names, body: StatementRequest) -> dict[str, Any]:
    return _signed(directory.issue_statement(names["software_id"], body), "software_statement")


def _token(directory: Directory, names: Names, body: TokenRequest) -> dict[str, Any]:
    return _signed(directory.sign_as_software(names["software_id"], body), "token")


def _sign(directory: Directory, _: Names, body: SignRequest) -> dict[str, Any]:
    made = directory.sign(body)
    return {"token": made.text, "header": made.header, "key": made.key}


def _clock(directory: Directory, _: Names, __: None) -> dict[str, Any]:
    now = directory.clock.now()
    return {"now": now, "text": shown(now), "offset_s": directory.clock.offset}


def _collected(directory: Directory, collected: Collected) -> dict[str, Any]:
    return {
        "id": collected.id,
        "url": directory.base + collected.path,
        "status": collected.answer.status,
        **_failing(collected.outage),
        "fetches": [fetch.members() for fetch in directory.fetches_of(collected)],
    }


def _failing(outage: Outage | None) -> dict[str, Any]:
    return {
        "outage": outage.name if outage else None,
        "outage_s": outage.seconds if outage else None,
    }


def _set_outage(directory: Directory, _: Names, body: OutageSetting) -> dict[str, Any]:
    directory.outage = body.failing()
    return _failing(directory.outage)


def _set_clock(directory: Directory, names: Names, body: ClockSetting) -> dict[str, Any]:
    body.apply(directory.clock)
    return _clock(directory, names, None)


def _fetches(directory: Directory, names: Names, _: None) -> dict[str, Any]:
    since = names.get("since", "0")
    if not (since.isascii() and since.isdecimal() and len(since) < 16):
        raise wrong("since", "is the number of a fetch")
    newest = directory.fetches.newest
    found = directory.fetches.since(int(since), names.get("path"))
    return {"newest": newest, "fetches": [fetch.members() for fetch in found]}


def _forget_fetches(directory: Directory, _: Names, __: None) -> dict[str, Any]:
    directory.fetches.clear()
    return {"newest": directory.fetches.newest, "fetches": []}


_ORGANISATION = "/api/organisations/{organisation_id}"
_COLLECTED = "/api/collected/{collected_id}"
_SOFTWARE = "/api/software/{software_id}"

OPERATIONS = (
    Operation(
        "GET", "/api/trust", "What a provider must be told to trust this directory.",
        lambda d, _, __: asdict(d.trust()),
    ),
    Operation(
        "GET", "/api/organisations", "Every organisation.",
        lambda d, _, __: {"organisations": [o.model_dump() for o in d.register.organisations()]},
    ),
    Operation(
        "POST", "/api/organisations", "Enrol an organisation.",
        lambda d, _, body: d.enrol_organisation(body).model_dump(), OrganisationRequest, 201,
    ),
    Operation("GET", _ORGANISATION, "One organisation.",
        lambda d, names, _: d.register.organisation(names["organisation_id"]).model_dump(),
    ),
    Operation(
        "PATCH", _ORGANISATION, "Change the status of an organisation.",
        lambda d, names, body: d.set_organisation_status(
            names["organisation_id"], body.status
        ).model_dump(),
        StatusChange,
    ),
    Operation(
        "GET", "/api/software", "Every software product.", _software_list,
        query={"organisation_id": "only those of this organisation"},
    ),
    Operation(
        "POST", "/api/software", "Enrol a software product.",
        lambda d, _, body: d.located(d.enrol_software(body)).model_dump(), SoftwareRequest, 201,
    ),
    Operation("GET", _SOFTWARE, "One software product.",
        lambda d, names, _: d.located(d.register.software(names["software_id"])).model_dump(),
    ),
    Operation(
        "PATCH", _SOFTWARE, "Change the status of a software product.",
        lambda d, names, body: d.located(
            d.set_software_status(names["software_id"], body.status)
        ).model_dump(),
        StatusChange,
    ),
    Operation(
        "POST", f"{_SOFTWARE}/statements", "Issue a software statement.",
        _statement, StatementRequest, 201,
    ),
    Operation(
        "POST", f"{_SOFTWARE}/tokens", "Sign claims with a key of the software.",
        _token, TokenRequest, 201,
    ),
    Operation(
        "POST", f"{_SOFTWARE}/certificates", "Issue a TLS client certificate.",
        lambda d, names, body: asdict(d.issue_certificate(names["software_id"], body)),
        CertificateRequest, 201,
    ),
    Operation(
        "POST", "/api/sign", "Sign any header and any payload with a key of the directory.",
        _sign, SignRequest, 201,
    ),
    Operation("GET", "/api/keys", "The directory's keys, also those removed.", _keys),
    Operation("POST", "/api/keys", "Make the directory a key.", _add_key, KeyRequest, 201),
    Operation(
        "POST", "/api/keys/rotation", "Put new keys in the place of the directory's.",
        _rotate, RotationRequest,
    ),
    Operation("DELETE", "/api/keys/{key_id}", "Publish a key no longer.", _remove_key),
    Operation("GET", f"{_SOFTWARE}/keys", "The software's keys, also those removed.", _keys),
    Operation("POST", f"{_SOFTWARE}/keys", "Make the software a key.", _add_key, KeyRequest, 201),
    Operation(
        "POST", f"{_SOFTWARE}/keys/rotation", "Put new keys in the place of the software's.",
        _rotate, RotationRequest,
    ),
    Operation(
        "DELETE", f"{_SOFTWARE}/keys/{{key_id}}", "Publish a key of the software no longer.",
        _remove_key,
    ),
    Operation("GET", "/api/clock", "What time the directory has.", _clock),
    Operation("PUT", "/api/clock", "Set the directory's clock.", _set_clock, ClockSetting),
    Operation(
        "GET", "/api/outage", "How the directory's own key set fails just now.",
        lambda d, _, __: _failing(d.outage),
    ),
    Operation(
        "PUT", "/api/outage", "Let the directory's own key set fail, or work again.",
        _set_outage, OutageSetting,
    ),
    Operation(
        "GET", "/api/fetches", "Who fetched what.", _fetches,
        query={"since": "only those after this number", "path": "only those of this path"},
    ),
    Operation("DELETE", "/api/fetches", "Forget who fetched what.", _forget_fetches),
    Operation(
        "POST", "/api/collected", "Make a URL that answers as told and records who fetches it.",
        lambda d, _, body: _collected(d, d.collector.add(body)), CollectorRequest, 201,
    ),
    Operation(
        "GET", _COLLECTED, "A collected URL and who fetched it.",
        lambda d, names, _: _collected(d, d.collector.get(names["collected_id"])),
    ),
    Operation(
        "PUT", _COLLECTED, "Let a collected URL answer something else.",
        lambda d, names, body: _collected(d, d.collector.change(names["collected_id"], body)),
        CollectorRequest,
    ),
    Operation(
        "DELETE", _COLLECTED, "Let a collected URL answer no longer.",
        lambda d, names, _: _collected(d, d.collector.remove(names["collected_id"])),
    ),
)  # fmt: skip
