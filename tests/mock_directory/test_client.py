"""The client: all that the API does, from Python, and one sentence where it does not."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.reference_provider.signatures import decode
from mock_directory.client import DirectoryClient, DirectoryError
from mock_directory.keys import Signature
from mock_directory.operations import OPERATIONS
from mock_directory.server import running
from tests.mock_directory.conftest import CALLBACK, segments
from tests.mock_directory.test_certificates import KEY, csr_of, public_pem
from tests.mock_directory.test_floors import ROOT
from tests.mock_directory.test_keys import is_signed_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_directory.server import RunningDirectory


@pytest.fixture
def served() -> Iterator[RunningDirectory]:
    with running() as made:
        yield made


def enrolled(client: DirectoryClient, **members: Any) -> str:
    owner = client.enrol_organisation("Example Bank")
    return str(client.enrol_software(owner["id"], "Probe", [CALLBACK], **members)["id"])


def published(client: DirectoryClient) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = httpx.get(client.settings().jwks_uri, trust_env=False).json()[
        "keys"
    ]
    return keys


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_one_that_runs_elsewhere_is_used_like_ones_own(tls: bool) -> None:  # noqa: FBT001
    public = "https://directory.example"
    with running(tls=tls, public_url=public, token="a-token") as made:
        bundle = made.directory.authority.pem
        elsewhere = DirectoryClient(made.address + "/", "a-token", ca_bundle=bundle)
        with elsewhere:
            for client in (made.client, elsewhere):
                software = enrolled(client)
                assert client.issue_statement(software).claims["software_id"] == software
                assert client.settings() == made.directory.trust()
        with (
            DirectoryClient(made.address, ca_bundle=bundle) as stranger,
            pytest.raises(DirectoryError, match="API token") as refused,
        ):
            stranger.enrol_organisation("x")
        assert refused.value.status == 401
        assert "a-token" not in repr(made)


def test_every_operation_that_a_run_needs_has_its_method(served: RunningDirectory) -> None:
    """The rest, lists that only people look at, is reached by ask."""
    asked: set[tuple[str, str]] = set()
    client = served.client
    names: dict[str, str] = {}
    original = client.ask

    def ask(method: str, path: str, *more: Any, **named: Any) -> Any:
        for name, value in names.items():
            path = path.replace(value, "{" + name + "}") if value else path
        asked.add((method, path))
        real = path.format(**names) if "{" in path else path
        return original(method, real, *more, **named)

    client.ask = ask  # type: ignore[method-assign]
    names["organisation_id"] = client.enrol_organisation("x", {"a": 1})["id"]
    made = client.enrol_software(names["organisation_id"], "y", [CALLBACK], scope="z")
    names["software_id"] = made["id"]
    client.set_organisation_status(names["organisation_id"], "active")
    client.set_software_status(made["id"], "active")
    client.issue_statement(made["id"])
    client.sign_as_software(made["id"], {})
    client.sign({})
    client.issue_certificate(made["id"], csr=csr_of(KEY))
    for owner in (None, made["id"]):
        client.add_key(software_id=owner)
        client.rotate_keys(software_id=owner)
        names["key_id"] = client.keys(owner)[0]["id"]
        client.revoke_key(names["key_id"], software_id=owner)
    client.set_clock(None)
    client.now()
    names["collected_id"] = client.collect().id
    client.change_collected(names["collected_id"])
    client.collected(names["collected_id"])
    client.forget_collected(names["collected_id"])
    client.fetches()
    client.set_outage(None)
    client.settings()
    left = {(operation.method, operation.path) for operation in OPERATIONS} - asked
    assert left == {
        ("GET", "/api/organisations"),
        ("GET", "/api/organisations/{organisation_id}"),
        ("GET", "/api/software"),
        ("GET", "/api/software/{software_id}"),
        ("GET", "/api/outage"),
        ("DELETE", "/api/fetches"),
    }


def test_a_statement_says_what_it_is_told_to(served: RunningDirectory) -> None:
    client = served.client
    software = enrolled(client, claims={"tier": 2})
    made = client.issue_statement(
        software,
        {"aud": "as", "iss": "https://other.example", "odd": "\ud800"},
        without_claims=["software_version", "exp"],
        header={"typ": "ssa+jwt"},
    )
    header, claims = segments(made.text)
    assert (header, claims) == (made.header, made.claims)
    assert (claims["aud"], claims["iss"], claims["tier"]) == ("as", "https://other.example", 2)
    assert not {"software_version", "exp"} & claims.keys()
    assert header["typ"] == "ssa+jwt"
    late = client.issue_statement(software, at="2020-01-01T00:00:00Z", lifetime_s=60).claims
    assert (late["iat"], late["exp"]) == (1_577_836_800, 1_577_836_860)
    client.set_software_status(software, "revoked")
    with pytest.raises(DirectoryError, match="is revoked") as refused:
        client.issue_statement(software)
    assert (refused.value.status, refused.value.fields) == (409, ("whatever_status",))
    assert client.issue_statement(software, whatever_status=True).text


def test_the_key_of_a_statement_can_be_chosen(served: RunningDirectory) -> None:
    client = served.client
    software = enrolled(client)
    with pytest.raises(DirectoryError, match="rotate first") as refused:
        client.issue_statement(software, key="previous")
    assert refused.value.status == 409
    (old,) = published(client)
    client.rotate_keys(overlap_s=0)
    (new,) = published(client)
    (own,) = (key for key in client.keys(software))
    strange = client.issue_statement(software, key="stranger")
    signed = {
        "current": client.issue_statement(software, key="current"),
        "previous": client.issue_statement(software, key="previous"),
        "the software's": client.issue_statement(software, key=own["id"]),
    }
    keys = {"current": new, "previous": old, "the software's": own["jwk"]}
    for name, made in signed.items():
        assert [which for which, jwk in keys.items() if is_signed_by(made.text, "PS256", jwk)] == [
            name
        ]
        assert made.header["kid"] == keys[name]["kid"]
    assert not any(is_signed_by(strange.text, "PS256", jwk) for jwk in keys.values())
    assert strange.header["kid"] not in [jwk["kid"] for jwk in keys.values()]
    assert strange.key not in [key["id"] for key in client.keys(None)]
    assert client.issue_statement(software, key="stranger").header == strange.header
    with pytest.raises(DirectoryError, match="names no key"):
        client.issue_statement(software, key="nobody's")


def test_the_kid_of_a_statement_can_be_chosen(served: RunningDirectory) -> None:
    client = served.client
    software = enrolled(client)
    (key,) = published(client)
    assert client.issue_statement(software, kid="unknown").header["kid"] == "unknown"
    assert "kid" not in client.issue_statement(software, kid=None).header
    forged = client.issue_statement(software, key="stranger", kid=key["kid"])
    assert forged.header["kid"] == key["kid"]
    assert not is_signed_by(forged.text, "PS256", key)


def test_the_algorithm_of_a_statement_can_be_chosen(served: RunningDirectory) -> None:
    client = served.client
    software = enrolled(client)
    with pytest.raises(DirectoryError, match="no ES256 key"):
        client.issue_statement(software, algorithm="ES256")
    added = client.add_key("ES256")
    made = client.issue_statement(software, algorithm="ES256")
    assert (made.header["alg"], made.header["kid"]) == ("ES256", added["kid"])
    assert is_signed_by(made.text, "ES256", added["jwk"])
    assert client.issue_statement(software).header["alg"] == "PS256"
    with pytest.raises(DirectoryError, match="signs with ES256"):
        client.issue_statement(software, algorithm="RS256", key=added["id"])


def payload_of(text: str, key: dict[str, str]) -> bytes:
    """What a PS256 token holds, whatever that is; its signature is right."""
    signed, _, signature = text.rpartition(".")
    public = RSAPublicNumbers(*(int.from_bytes(decode(key[name])) for name in "en")).public_key()
    padding = PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH)
    public.verify(decode(signature), signed.encode(), padding, SHA256())
    return decode(signed.partition(".")[2])


def test_anything_is_signed_properly(served: RunningDirectory) -> None:
    client = served.client
    (key,) = published(client)
    header: dict[str, Any] = {"alg": "PS256", "kid": key["kid"], "crit": [{}]}
    for payload in ({"iss": 7}, [], "text", None, 0):
        text = client.sign(payload, header=header)
        assert json.loads(payload_of(text, key)) == payload
        assert segments(text)[0] == header
    assert segments(client.sign({}))[0] == {"typ": "JWT", "alg": "PS256", "kid": key["kid"]}
    assert segments(client.sign({}, header={}))[0] == {}
    twice = '{"iss": "a", "iss": "b"}'
    assert payload_of(client.sign(text=twice), key) == twice.encode()
    assert ".." in client.sign(text="")
    assert payload_of(client.sign(text="{\ud800"), key) == b"{\xed\xa0\x80"


@pytest.mark.parametrize("algorithm", get_args(Signature))
def test_a_key_signs_with_what_it_was_not_made_for(
    served: RunningDirectory, algorithm: str
) -> None:
    client = served.client
    if algorithm in ("ES256", "EdDSA"):
        with pytest.raises(DirectoryError, match="a key for PS256 cannot sign with"):
            client.sign({}, algorithm=algorithm)
        return
    (key,) = published(client)
    text = client.sign({}, algorithm=algorithm)
    assert segments(text)[0]["alg"] == algorithm
    if algorithm in ("PS256", "RS256"):
        assert is_signed_by(text, algorithm, key)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"payload": 1, "text": "x"}, ""),
        ({"payload": 1, "header": []}, "header"),
        ({"text": 1}, "text"),
        ({"payload": 1, "algorithm": "none"}, "algorithm"),
        ({"payload": 1, "algorithm": "ES256"}, "algorithm"),
        ({"payload": 1, "key": "x"}, "key"),
    ],
)
def test_what_cannot_be_signed_is_named(
    served: RunningDirectory, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(DirectoryError) as refused:
        served.client.ask("POST", "/api/sign", body)
    assert (refused.value.status, refused.value.fields) == (400, (field,))


def test_no_private_key_leaves_by_the_api_and_in_process_all_are_there(
    served: RunningDirectory,
) -> None:
    (held,) = served.keyring.of("")
    assert held.key.has_private
    (told,) = served.client.keys()
    assert told["id"] == held.id
    assert not {"d", "p", "q"} & told["jwk"].keys()
    assert "private" not in told


def test_certificates_of_a_csr_a_key_and_a_jwk(served: RunningDirectory) -> None:
    client = served.client
    software = enrolled(client)
    jwk = client.keys(software)[0]["jwk"]
    for given in ({"csr": csr_of(KEY)}, {"public_key": public_pem(KEY)}, {"jwk": jwk}):
        made = client.issue_certificate(software, days=2, **given)
        assert made["subject"].startswith(f"CN={software},")
    early = client.issue_certificate(software, jwk=jwk, at=1_600_000_000)
    assert early["not_before"].startswith("2020-09-13")
    with pytest.raises(DirectoryError, match="give one of csr, public_key and jwk"):
        client.issue_certificate(software)


def test_keys_rotate_and_are_revoked(served: RunningDirectory) -> None:
    client = served.client
    software = enrolled(client)
    for owner in (None, software):
        (first,) = client.keys(owner)
        assert [key["status"] for key in client.rotate_keys(software_id=owner)] == [
            "retiring",
            "signing",
        ]
        assert client.revoke_key(first["id"], software_id=owner)["status"] == "removed"
        assert client.add_key(kid=None, signs=False, software_id=owner)["kid"] is None
        assert client.add_key("EdDSA", kid="x", software_id=owner)["kid"] == "x"


def test_the_clock_is_set_and_set_back(served: RunningDirectory) -> None:
    client = served.client
    real = client.now()
    assert client.set_clock("2030-01-01T00:00:00Z") == 1_893_456_000
    assert client.now() >= 1_893_456_000
    assert abs(client.set_clock(None) - real) < 60
    assert abs(client.set_clock(offset_s=-86_400) + 86_400 - real) < 60


def test_a_collected_url_answers_fails_and_says_who_asked(served: RunningDirectory) -> None:
    client = served.client
    made = client.collect("keys.json", document={"keys": []}, headers={"X-A": "b"})
    assert (made.status, made.outage, made.fetches) == (200, None, ())
    answer = httpx.get(made.url, headers={"User-Agent": "provider/1"}, trust_env=False)
    assert (answer.json(), answer.headers["x-a"]) == ({"keys": []}, "b")
    (fetch,) = client.collected(made.id).fetches
    assert (fetch.method, fetch.status) == ("GET", 200)
    assert ("user-agent", "provider/1") in fetch.headers
    assert client.change_collected(made.id, outage="status-500").outage == "status-500"
    assert httpx.get(made.url, trust_env=False).status_code == 500
    assert client.change_collected(made.id, content=b"\xff\x00").outage is None
    assert httpx.get(made.url, trust_env=False).content == b"\xff\x00"
    assert client.collect(document=None).url != made.url
    assert len(client.forget_collected(made.id).fetches) == 3
    with pytest.raises(DirectoryError, match="no collected URL"):
        client.collected(made.id)


def test_fetches_since_and_of_a_path(served: RunningDirectory) -> None:
    client = served.client
    assert (client.newest_fetch(), client.fetches()) == (0, ())
    for path in ("/jwks", "/ca.pem", "/jwks?x"):
        httpx.get(served.address + path, trust_env=False)
    before = client.newest_fetch()
    assert before == 3
    assert [fetch.path for fetch in client.fetches(path="/jwks")] == ["/jwks", "/jwks?x"]
    assert client.fetches(since=before) == ()
    assert [fetch.number for fetch in client.fetches(since=1)] == [2, 3]


def test_the_directory_fails_on_command(served: RunningDirectory) -> None:
    client = served.client
    client.set_outage("not-json")
    with pytest.raises(json.JSONDecodeError):
        published(client)
    client.set_outage(None)
    assert published(client)
    with pytest.raises(DirectoryError) as refused:
        client.set_outage("tired")
    assert refused.value.fields == ("outage",)


@pytest.mark.parametrize("identifier", ["nobody", "../keys", "a/b", "..", ".", "a?b#c", "ż"])
def test_an_odd_identifier_stays_one_part_of_the_path(
    served: RunningDirectory, identifier: str
) -> None:
    with pytest.raises(DirectoryError) as refused:
        served.client.issue_statement(identifier)
    assert refused.value.status in (404, 405)
    assert served.client.keys()[0]["status"] == "signing"


def test_many_threads_share_it(served: RunningDirectory) -> None:
    software = enrolled(served.client)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: served.client.issue_statement(software), range(40)))
    assert len({one.claims["jti"] for one in made}) == 40


def test_nobody_there_is_one_sentence() -> None:
    with pytest.raises(
        DirectoryError, match=r"no directory answers at http://127\.0\.0\.1:1: "
    ) as e:
        DirectoryClient("http://127.0.0.1:1").settings()
    assert (e.value.status, e.value.fields) == (None, ())
    assert "\n" not in str(e.value)


def test_a_proxy_of_the_environment_is_not_asked(
    served: RunningDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with DirectoryClient(served.address) as client:
        assert client.settings().issuer == served.base


class _Alien(BaseHTTPRequestHandler):
    answers: tuple[tuple[int, bytes], ...] = (
        (200, b"<html>"), (200, b"[]"), (404, b"gone"), (502, b'{"error": "x"}'), (302, b""),
    )  # fmt: skip

    def do_GET(self) -> None:
        status, body = self.answers[int(self.headers["Directory-Time"])]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("number", range(len(_Alien.answers)))
def test_what_is_no_directory_is_called_so(number: int) -> None:
    with HTTPServer(("127.0.0.1", 0), _Alien) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        client = DirectoryClient(f"http://127.0.0.1:{server.server_port}")
        with client, pytest.raises(DirectoryError, match="is no directory") as refused:
            client.ask("GET", "/api/trust", at=number)
        thread.join()
    assert refused.value.status == _Alien.answers[number][0]


def test_it_loads_nothing_of_the_server() -> None:
    program = (
        "import sys, mock_directory.client\n"
        "print({'starlette', 'uvicorn', 'jwcrypto', 'cryptography', 'sqlite3', 'jinja2'}"
        " & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
