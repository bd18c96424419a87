"""The API: what it describes is what it does, and bad input does nothing at all."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from jwcrypto import jwk

from mock_directory.operations import OPERATIONS
from tests.mock_directory.conftest import CALLBACK, alive, segments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mock_directory.conftest import Live


@pytest.fixture(scope="module")
def shared() -> Iterator[Live]:
    """One for all tests that change nothing."""
    with alive() as made:
        made.enrol()
        yield made


def test_from_nothing_to_a_registered_statement(live: Live) -> None:
    trust = live.get("/api/trust")
    organisation = live.post("/api/organisations", {"name": "Example Bank"})
    software = live.post(
        "/api/software",
        {
            "organisation_id": organisation["id"],
            "name": "Budget planner",
            "redirect_uris": [CALLBACK],
            "scope": "accounts",
        },
    )
    made = live.post(f"/api/software/{software['id']}/statements", {"claims": {"aud": "as"}})
    header, claims = segments(made["software_statement"])
    assert (header, claims) == (made["header"], made["claims"])
    assert (claims["iss"], claims["aud"]) == (trust["issuer"], "as")
    published = live.client.get(trust["jwks_uri"])
    assert header["kid"] in [key["kid"] for key in published.json()["keys"]]
    assert live.client.get(claims["jwks_uri"]).json()["keys"]
    assert live.client.get(trust["ca_bundle_uri"]).text == trust["ca_bundle"]


def test_an_empty_body_means_every_default(live: Live) -> None:
    software = live.enrol()
    assert live.post(f"/api/software/{software['id']}/statements")["software_statement"]


def test_what_was_enrolled_can_be_read_and_its_status_changed(live: Live) -> None:
    software = live.enrol()
    path = f"/api/software/{software['id']}"
    assert live.get(path) == software
    assert live.get("/api/software") == {"software": [software]}
    assert live.get("/api/software?organisation_id=other") == {"software": []}
    assert live.ask("PATCH", path, 200, {"status": "revoked"})["status"] == "revoked"
    owner = f"/api/organisations/{software['organisation_id']}"
    assert live.ask("PATCH", owner, 200, {"status": "suspended"})["status"] == "suspended"
    assert live.get("/api/organisations")["organisations"][0]["status"] == "suspended"
    assert live.get(owner)["name"] == "Example Bank"


def test_keys_are_made_rotated_and_removed(live: Live) -> None:
    software = live.enrol()
    for where in ("/api/keys", f"/api/software/{software['id']}/keys"):
        (first,) = live.get(where)["keys"]
        second = live.post(where, {"algorithm": "ES256", "kid": None})
        assert (second["kid"], second["status"]) == (None, "signing")
        rotated = live.ask("POST", f"{where}/rotation", 200, {"overlap_s": 60})["keys"]
        assert [key["status"] for key in rotated] == ["retiring"] * 2 + ["signing"] * 2
        gone = live.ask("DELETE", f"{where}/{first['id']}", 200)
        assert gone["status"] == "removed"
        assert '"d"' not in json.dumps(live.get(where))


def test_software_signs_what_it_is_asked_to(live: Live) -> None:
    software = live.enrol()
    body = {"claims": {"iss": "x"}, "header": {"typ": "client-authentication+jwt"}}
    made = live.post(f"/api/software/{software['id']}/tokens", body)
    header, claims = segments(made["token"])
    assert (header["typ"], claims) == ("client-authentication+jwt", {"iss": "x"})


def test_a_product_may_bring_its_own_keys(live: Live) -> None:
    keys = live.client.get("/jwks").json()
    software = live.enrol(jwks=keys)
    assert live.client.get(software["jwks_uri"]).json() == keys
    problem = live.post(f"/api/software/{software['id']}/tokens", {"claims": {}}, 409)
    assert problem["detail"] == "algorithm: no key signs"


def test_a_product_may_serve_its_keys_itself(live: Live) -> None:
    software = live.enrol(jwks_uri="https://client.example/keys")
    made = live.post(f"/api/software/{software['id']}/statements")
    assert made["claims"]["jwks_uri"] == "https://client.example/keys"


PRIVATE_KEY = {"kty": "oct", "k": "AAAA"}

WRONG = {
    "nothing": ({}, "organisation_id"),
    "name missing": ({"name": ...}, "name"),
    "name empty": ({"name": ""}, "name"),
    "name no text": ({"name": 7}, "name"),
    "name with a control character": ({"name": "a\x00b"}, "name"),
    "name with a lone surrogate": ({"name": "a\ud800"}, "name"),
    "name too long": ({"name": "a" * 257}, "name"),
    "no redirect URI": ({"redirect_uris": []}, "redirect_uris"),
    "a relative redirect URI": ({"redirect_uris": [CALLBACK, "/cb"]}, "redirect_uris[1]"),
    "a redirect URI with a line end": ({"redirect_uris": ["https://a/\r\nb"]}, "redirect_uris[0]"),
    "redirect URIs as text": ({"redirect_uris": CALLBACK}, "redirect_uris"),
    "an unknown organisation": ({"organisation_id": "nobody"}, "organisation_id"),
    "an organisation of another type": ({"organisation_id": None}, "organisation_id"),
    "an unknown member": ({"secret": 1}, "secret"),
    "a member with an odd name": ({"a/b~": 1}, "a/b~"),
    "a shared key": ({"jwks": {"keys": [PRIVATE_KEY]}}, ""),
    "no key set": ({"jwks": {"key": []}}, ""),
    "claims that are no object": ({"claims": []}, "claims"),
    "an unknown algorithm": ({"algorithms": ["HS256"]}, "algorithms[0]"),
    "two sources of keys": ({"jwks_uri": "https://a/", "algorithms": ["ES256"]}, ""),
}


@pytest.mark.parametrize(("change", "field"), WRONG.values(), ids=WRONG)
def test_a_wrong_member_is_named_and_nothing_is_enrolled(
    shared: Live, change: dict[str, Any], field: str
) -> None:
    before = shared.get("/api/software")
    good = {
        "organisation_id": before["software"][0]["organisation_id"],
        "name": "Probe",
        "redirect_uris": [CALLBACK],
    }
    body = {k: v for k, v in {**good, **change}.items() if v is not ...} if change else {}
    problem = shared.post("/api/software", body, 400)
    assert field in [error["field"] for error in problem["errors"]]
    assert field in problem["detail"]
    assert problem["status"] == 400
    assert shared.get("/api/software") == before


def test_a_very_long_name_is_not_sent_back_whole(shared: Live) -> None:
    answer = shared.client.post("/api/organisations", json={"name": "x", "y" * 100_000: 1})
    assert answer.status_code == 400
    assert len(answer.content) < 2000


def test_names_that_look_like_types_are_named_too(shared: Live) -> None:
    problem = shared.post("/api/organisations", {"name": "x", "string": 1, "list[x]": 1}, 400)
    assert {error["field"] for error in problem["errors"]} == {"string", "list[x]"}


def test_a_pointer_leads_to_the_member(shared: Live) -> None:
    problem = shared.post("/api/organisations", {"name": "x", "a/b~": 1}, 400)
    assert problem["errors"][0]["pointer"] == "#/a~1b~0"


BODIES = {
    "no JSON": b"{",
    "an array": b"[]",
    "null": b"null",
    "text": b'"x"',
    "no UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "NaN": b'{"name": NaN}',
    "an infinite number": b'{"details": {"n": 1e999}, "name": "x"}',
    "an endless number": b'{"details": {"n": ' + b"9" * 5000 + b'}, "name": "x"}',
    "deep": b'{"name": "x", "details": {"a": ' + b"[" * 60 + b"]" * 60 + b"}}",
    "far too deep": b"[" * 200_000,
    "two documents": b'{"name": "x"}{"name": "y"}',
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
}


@pytest.mark.parametrize("content", BODIES.values(), ids=BODIES)
def test_what_is_no_json_object_is_refused(shared: Live, content: bytes) -> None:
    before = shared.get("/api/organisations")
    headers = {"Content-Type": "application/json"}
    answer = shared.client.post("/api/organisations", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert shared.get("/api/organisations") == before


def test_a_body_that_is_too_long_is_refused(shared: Live) -> None:
    content = b'{"name": "' + b"x" * (1 << 20) + b'"}'
    answer = shared.client.post("/api/organisations", content=content)
    assert (answer.status_code, answer.json()["status"]) == (413, 413)


HOSTILE: list[Any] = [
    None, True, 0, -1, 2**70, 1.5, "", "x", "\x00", "\ud800", "../../etc/passwd", "' or 1=1 --",
    [], {}, [None], {"": None}, {"keys": None}, {"keys": [None]}, {"keys": [{"kty": "RSA"}]},
    {"keys": [{"kty": "RSA", "n": "", "e": ""}]}, {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
]  # fmt: skip


@pytest.fixture(scope="module")
def tormented() -> Iterator[Live]:
    with alive() as made:
        yield made


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_no_body_makes_an_operation_fail_by_itself(tormented: Live, operation: Any) -> None:
    software = tormented.enrol()
    names = {**software, "software_id": software["id"], "key_id": "x"}
    names["collected_id"] = tormented.post("/api/collected")["id"]
    path = re.sub(r"\{(\w+)\}", lambda m: names[m[1]], operation.path)
    for member in operation.body.model_fields if operation.body else ["x"]:
        for value in HOSTILE:
            answer = tormented.client.request(
                operation.method, path, content=json.dumps({member: value}),
                headers={"Content-Type": "application/json"},
            )  # fmt: skip
            assert answer.status_code < 500, (member, value, answer.text)
            assert "Traceback" not in answer.text
    # It still does what it is for.
    assert tormented.get("/api/trust")["issuer"] == tormented.running.base
    assert tormented.client.get("/").status_code == 200


def test_an_encryption_key_in_a_key_set_is_taken_too(live: Live) -> None:
    made = jwk.JWK.generate(kty="OKP", crv="X25519", use="enc", alg="ECDH-ES")
    keys = {"keys": [made.export_public(as_dict=True)]}
    assert live.client.get(live.enrol(jwks=keys)["jwks_uri"]).json() == keys


@pytest.mark.parametrize(
    "path",
    ["/api/software/x", "/api/organisations/x", "/api/software/x/keys", "/nothing", "/api/",
     "/software/x/jwks", "/jwks/", "/software/%2e%2e/jwks"],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_too(shared: Live, path: str) -> None:
    answer = shared.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_says_which_are_right(shared: Live) -> None:
    answer = shared.client.put("/api/trust")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in answer.headers["allow"]


def test_on_a_full_disk_nothing_is_half_enrolled(live: Live) -> None:
    software = live.enrol()
    connection = live.running.directory.state._connection
    (pages,) = connection.execute("pragma page_count").fetchone()
    connection.execute(f"pragma max_page_count = {pages}")
    body = {k: software[k] for k in ("organisation_id", "name", "redirect_uris")}
    answers = [
        live.client.post("/api/software", json={**body, "claims": {"x": "y" * size}})
        for size in (10, 100, 1000, 3000, 9000, 9000, 9000)
    ]
    assert answers[-1].status_code == 507
    assert "the state cannot be kept" in answers[-1].json()["detail"]
    done = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    held = {item["id"] for item in live.get("/api/software")["software"]}
    assert held == done | {software["id"]}
    for identifier in held:
        assert len(live.get(f"/api/software/{identifier}/keys")["keys"]) == 1
    assert live.post(f"/api/software/{software['id']}/statements")["software_statement"]
    connection.execute("pragma max_page_count = 100000")
    live.post("/api/software", body)


def test_a_bug_of_ours_is_a_problem_without_a_traceback(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.running.directory, "trust", lambda: {}["bug"])
    problem = live.get("/api/trust", 500)
    assert "bug" in problem["detail"]
    assert "KeyError" not in json.dumps(problem)


def test_many_at_once_lose_nothing(live: Live) -> None:
    software = live.enrol()
    path = f"/api/software/{software['id']}"
    calls = [("/api/organisations", {"name": "x"}), ("/api/keys/rotation", {"overlap_s": 900}),
             (f"{path}/statements", {}), (f"{path}/keys", {"algorithm": "ES256"})] * 10  # fmt: skip

    def call(item: tuple[str, Any]) -> int:
        return live.client.post(item[0], json=item[1], timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(call, calls)) == {200, 201}
    assert len(live.get("/api/organisations")["organisations"]) == 11
    assert len(live.get(f"{path}/keys")["keys"]) == 11
    statuses = [key["status"] for key in live.get("/api/keys")["keys"]]
    assert (statuses.count("signing"), statuses.count("retiring")) == (1, 10)
    kept = live.running.directory.state.rows("select count(*) from signing_key")
    assert kept == [(22,)]


def test_an_unknown_query_parameter_is_named(shared: Live) -> None:
    assert "pth" in shared.get("/api/fetches?pth=/jwks", 400)["detail"]


def test_the_description_lists_exactly_the_operations(shared: Live) -> None:
    described = shared.get("/openapi.json")
    assert described["openapi"].startswith("3.1")
    listed = {
        (method.upper(), path) for path, item in described["paths"].items() for method in item
    }
    assert listed == {(operation.method, operation.path) for operation in OPERATIONS}
    identifiers = [
        op["operationId"] for item in described["paths"].values() for op in item.values()
    ]
    assert len(set(identifiers)) == len(identifiers)
    schemas = described["components"]["schemas"]
    for reference in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)):
        assert reference in schemas


def test_its_schemas_are_schemas_and_agree_with_what_is_taken(shared: Live) -> None:
    described = shared.get("/openapi.json")
    whole = {"components": described["components"]}
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for body, takes in (
        ({"now": 5}, True), ({"now": "2027-01-31T12:00:00Z"}, True), ({"now": None}, True),
        ({"now": []}, False), ({}, False), ({"now": 5, "x": 1}, False),
        ({"offset_s": -5}, True), ({"offset_s": None}, False), ({"now": 5, "offset_s": 5}, False),
    ):  # fmt: skip
        schema = {"$ref": "#/components/schemas/ClockSetting", **whole}
        assert Draft202012Validator(schema).is_valid(body) is takes
        answer = shared.client.put("/api/clock", json=body)
        assert answer.is_success is takes
    assert shared.client.put("/api/clock", json={"now": None}).is_success


def test_the_description_says_what_a_body_may_hold(shared: Live) -> None:
    schema = shared.get("/openapi.json")["components"]["schemas"]["SoftwareRequest"]
    assert {"organisation_id", "name", "redirect_uris"} == set(schema["required"])
    assert schema["additionalProperties"] is False
