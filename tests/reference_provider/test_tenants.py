import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import all_faults, fault
from conformance.reference_provider.provider import ReferenceProvider
from conformance.reference_provider.server import main, running
from conformance.reference_provider.sqlite_registry import SqliteRegistry
from conformance.reference_provider.tenants import Tenants, all_tenants, legal_tenants
from conformance.reference_provider.wire import Request

BASE = "http://127.0.0.1:9000"
OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
TYPED = (("content-type", "application/json"),)
BODY = b'{"redirect_uris":["https://client.example/cb"]}'
NOT_HERE = {
    "rfc7591-3-endpoint-accepts-post-json",
    "rfc7591-3-advertised-endpoint-answers-without-redirect",
}
"""Whoever trips one of these registers nobody who asks as the text says."""


def get(handler: Any, target: str) -> Any:
    return handler.handle(Request("GET", target))


def test_each_tenant_is_found_by_path_insertion() -> None:
    tenants = Tenants(BASE)
    for path, issuer in ((OAUTH, BASE), (f"{OAUTH}/t/rotating", f"{BASE}/t/rotating")):
        answer = get(tenants, path)
        assert json.loads(answer.body)["issuer"] == issuer
        assert json.loads(answer.body)["registration_endpoint"] == f"{issuer}/register"
    openid = json.loads(get(tenants, f"/t/openid{OPENID}").body)
    assert openid["issuer"] == f"{BASE}/t/openid"
    for path in (f"/t/openid{OAUTH}", f"{OAUTH}/t/nobody", f"/t/default{OPENID}", "/t/nobody/x"):
        assert get(tenants, path).status == 404


@pytest.mark.parametrize("name", sorted(all_tenants()))
def test_every_tenant_serves_truthful_metadata_and_registers(name: str) -> None:
    tenant = all_tenants()[name]
    provider = ReferenceProvider(tenant.behaviour, tenant.policy)
    for path, kind in ((OAUTH, "oauth"), (OPENID, "openid")):
        answer = get(provider, path)
        assert answer.status == (200 if kind in tenant.policy.documents else 404)
        if answer.status == 200:
            document = json.loads(answer.body)
            empty = {member for member, value in document.items() if value == []}
            assert empty <= {"response_types_supported"}
            for member, url in document.items():
                if member.endswith("_endpoint"):
                    target = url.removeprefix(provider.issuer)
                    assert get(provider, target).status != 404
    token = tenant.policy.initial_access_token or ""
    headers = (*TYPED, ("authorization", f"Bearer {token}"))
    answer = provider.handle(Request("POST", "/register", headers, BODY))
    assert (answer.status in {200, 201}) == (not tenant.trips & NOT_HERE)


def test_the_host_header_has_no_say() -> None:
    provider = ReferenceProvider()
    evil = (("host", "evil.example"), ("x-forwarded-host", "evil.example"), *TYPED)
    for request in (Request("GET", OAUTH, evil), Request("POST", "/register", evil, BODY)):
        assert b"evil" not in provider.handle(request).body


def test_clients_outlive_the_process_in_a_database(tmp_path: Path) -> None:
    database = tmp_path / "clients.db"
    first = SqliteRegistry(database, "a")
    client = json.loads(
        ReferenceProvider(registry=first).handle(Request("POST", "/register", TYPED, BODY)).body
    )
    first.close()
    second, other = SqliteRegistry(database, "a"), SqliteRegistry(database, "b")
    provider = ReferenceProvider(registry=second)
    target = "/register/" + client["client_id"]
    bearer = (("authorization", f"Bearer {client['registration_access_token']}"), *TYPED)
    assert json.loads(provider.handle(Request("GET", target, bearer)).body) == client
    changes = {"client_id": client["client_id"], "redirect_uris": ["https://c.example/2"]}
    update = Request("PUT", target, bearer, json.dumps(changes).encode())
    assert provider.handle(update).status == 200
    assert (len(second), len(other)) == (1, 0)
    assert provider.handle(Request("DELETE", target, bearer)).status == 204
    assert len(second) == 0
    second.close()
    other.close()


def test_an_update_never_brings_a_deleted_client_back() -> None:
    class Racing(Behaviour):
        def updated_client(self, client: Any, sent: Any, metadata: dict[str, object]) -> Any:
            self.registry.remove(client.client_id)
            return super().updated_client(client, sent, metadata)

    provider = ReferenceProvider(Racing)
    client = json.loads(provider.handle(Request("POST", "/register", TYPED, BODY)).body)
    bearer = (("authorization", f"Bearer {client['registration_access_token']}"), *TYPED)
    changes = {"client_id": client["client_id"], "redirect_uris": ["https://c.example/2"]}
    request = Request(
        "PUT", "/register/" + client["client_id"], bearer, json.dumps(changes).encode()
    )
    assert provider.handle(request).status == 401
    assert provider.snapshot().clients == 0


def test_faults_have_names_sentences_and_rows() -> None:
    faults = all_faults()
    assert len(faults) == len({item.name for item in faults})
    assert all(item.trips and item.about.endswith(".") for item in faults)


def test_a_fault_without_a_sentence_or_with_a_taken_name_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say"):
        fault(trips={"x"})(type("Silent", (Behaviour,), {}))
    taken = type("SecretWithoutExpiry", (Behaviour,), {"__doc__": "Again."})
    all_faults()
    with pytest.raises(ValueError, match="two faults"):
        fault(trips={"x"})(taken)


def test_the_list_names_tenants_and_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in legal_tenants())
    assert "fault-secret-without-expiry" in text


def test_other_origins_may_read_where_the_policy_says_so() -> None:
    provider = ReferenceProvider(policy=legal_tenants()["relaxed"].policy)
    origin = ("origin", "https://spa.example")
    preflight = provider.handle(Request("OPTIONS", "/register", (origin,)))
    assert (preflight.status, preflight.header("access-control-allow-origin")) == (204, "*")
    refused = provider.handle(Request("POST", "/register", (origin, *TYPED), b"[]"))
    assert refused.header("access-control-allow-origin") == "*"


def test_the_real_server_answers_and_stops_quickly() -> None:
    started = time.perf_counter()
    with running() as server:
        request = urllib.request.Request(f"{server.issuer('rotating')}/register", BODY, dict(TYPED))
        with urllib.request.urlopen(request) as answer:
            client = json.load(answer)
            assert answer.status == 201
        head = urllib.request.Request(
            client["registration_client_uri"],
            method="HEAD",
            headers={"Authorization": f"Bearer {client['registration_access_token']}"},
        )
        with urllib.request.urlopen(head) as answer:
            assert (answer.status, answer.read()) == (200, b"")
        assert client["registration_client_uri"].startswith(server.base)
        assert server.tenants.provider("rotating").snapshot().clients == 1
    assert time.perf_counter() - started < 2
