import json
from typing import Any

import pytest

OTHER = "https://client.example/other"


def kept(client: Any, **changes: Any) -> Any:
    server_owned = {
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    }
    body = {name: value for name, value in client.items() if name not in server_owned}
    return {**body, **changes}


def test_reading_shows_what_was_registered(driver: Any, read: Any) -> None:
    client = driver.register(client_name="A")
    assert read(driver.manage("GET", client)) == client
    head = driver.manage("HEAD", client)
    assert (head.status, head.body) == (200, b"")


def test_writing_back_what_was_read_changes_nothing(driver: Any, read: Any) -> None:
    client = driver.register(client_name="A")
    answer = driver.manage("PUT", client, kept(client))
    assert answer.status == 200
    assert read(answer) == client == read(driver.manage("GET", client))


def test_an_update_replaces_everything(driver: Any, read: Any, landing: Any) -> None:
    client = driver.register(client_name="A", client_uri="https://client.example/")
    changes = {"client_id": client["client_id"], "redirect_uris": [OTHER]}
    updated = read(driver.manage("PUT", client, changes))
    assert updated["redirect_uris"] == [OTHER]
    assert not {"client_name", "client_uri"} & updated.keys()
    assert updated["client_secret"] == client["client_secret"]
    assert driver.authorize(client, redirect_uri=client["redirect_uris"][0]).status == 400
    assert "code" in landing(driver.authorize(client, redirect_uri=OTHER))


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": [OTHER, "javascript:x"]},
        {"client_id": "another"},
        {"client_secret": "chosen"},
        {"client_secret": 5},
        {"contacts": "x"},
        {"redirect_uris": []},
    ],
    ids=json.dumps,
)
def test_a_refused_update_changes_nothing(driver: Any, read: Any, changes: dict[str, Any]) -> None:
    client = driver.register(client_name="A")
    answer = driver.manage("PUT", client, kept(client, client_name="B", **changes))
    assert answer.status == 400
    assert "error" in read(answer)
    assert read(driver.manage("GET", client)) == client


def test_an_update_needs_the_client_id_unless_the_policy_is_relaxed(
    driver: Any, provider_of: Any
) -> None:
    for one, expected in ((driver, 400), (provider_of(update_needs_client_id=False), 200)):
        client = one.register()
        body = kept(client)
        del body["client_id"]
        assert one.manage("PUT", client, body).status == expected


def test_forbidden_members_are_ignored_or_refused(driver: Any, provider_of: Any, read: Any) -> None:
    client = driver.register()
    changes = kept(client, registration_access_token="mine", client_secret_expires_at=5)
    assert read(driver.manage("PUT", client, changes)) == client
    strict = provider_of(forbidden_update_members="refuse")
    client = strict.register()
    assert strict.manage("PUT", client, kept(client, client_id_issued_at=5)).status == 400


def test_a_policy_keeps_omitted_members(provider_of: Any, read: Any) -> None:
    keeping = provider_of(keeps_omitted_on_update=True)
    client = keeping.register(client_name="A")
    body = {"client_id": client["client_id"], "redirect_uris": [OTHER], "client_name": None}
    updated = read(keeping.manage("PUT", client, body))
    assert updated["client_name"] == "A"
    assert updated["redirect_uris"] == [OTHER]


def test_the_secret_follows_the_method(driver: Any, read: Any) -> None:
    client = driver.register(token_endpoint_auth_method="none")
    body = kept(client, token_endpoint_auth_method="client_secret_post")
    confidential = read(driver.manage("PUT", client, body))
    assert confidential["client_secret_expires_at"] == 0
    public = kept(confidential, token_endpoint_auth_method="none")
    assert "client_secret" not in read(driver.manage("PUT", client, public))
    answer = driver.post("/token", confidential, grant_type="authorization_code", code="x")
    assert answer.status == 401


def test_tokens_rotate_where_the_policy_says_so(provider_of: Any, read: Any) -> None:
    rotating = provider_of(rotate_registration_tokens=True)
    client = rotating.register()
    newer = read(rotating.manage("GET", client))
    assert newer["registration_access_token"] != client["registration_access_token"]
    assert rotating.manage("GET", client).status == 401
    assert rotating.manage("PUT", newer, kept(newer, client_id="no")).status == 400
    newest = read(rotating.manage("PUT", newer, kept(newer)))
    assert rotating.manage("GET", newer).status == 401
    assert rotating.manage("DELETE", newest).status == 204


def test_refusals_carry_the_right_challenge(driver: Any) -> None:
    client = driver.register()
    target = client["registration_client_uri"]
    token = client["registration_access_token"]
    bare = [driver.send("GET", target), driver.send("GET", target, authorization="Basic eDp5")]
    query = driver.send("GET", f"{target}?access_token={token}")
    for answer in (*bare, query):
        assert answer.status == 401
        assert answer.header("www-authenticate") == 'Bearer realm="reference provider"'
    wrong = driver.manage("GET", client, token="wrong")
    assert wrong.header("www-authenticate").endswith('error="invalid_token"')
    assert driver.send("GET", target, authorization="Bearer").status == 400
    assert driver.send("GET", target, authorization=f"bEARER {token}").status == 200


def test_an_unknown_client_and_a_wrong_token_are_answered_alike(driver: Any) -> None:
    client = driver.register()
    unknown = {**client, "registration_client_uri": "/register/" + "0" * 36}
    assert driver.manage("GET", client, token="x") == driver.manage("GET", unknown, token="x")


def test_a_token_manages_its_own_client_only(driver: Any, provider_of: Any, read: Any) -> None:
    for one, own in ((driver, 200), (provider_of(burn_token_on_foreign_client=True), 401)):
        mine, theirs = one.register(), one.register()
        token = mine["registration_access_token"]
        for method in ("GET", "PUT", "DELETE"):
            assert one.manage(method, theirs, kept(theirs), token=token).status == 401
        assert read(one.manage("GET", theirs)) == theirs
        assert one.manage("GET", mine).status == own


def test_a_token_tried_on_no_client_is_revoked(driver: Any) -> None:
    client = driver.register()
    stray = {**client, "registration_client_uri": "/register/none"}
    assert driver.manage("GET", stray).status == 401
    assert driver.manage("GET", client).status == 401


def test_methods_not_offered_are_405_or_403(provider_of: Any, driver: Any) -> None:
    client = driver.register()
    assert driver.manage("PATCH", client, {}).header("allow") == "DELETE, GET, HEAD, PUT"
    for status in (403, 405):
        reading = provider_of(management=frozenset({"GET"}), refused_method_status=status)
        client = reading.register()
        assert reading.manage("PUT", client, kept(client)).status == status
        assert reading.manage("DELETE", client).status == status
        assert reading.manage("GET", client).status == 200


def test_deletion_ends_everything_of_this_client_and_nothing_of_others(
    driver: Any, read: Any
) -> None:
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    client, twin = (driver.register(grant_types=grants, software_id="s") for _ in range(2))
    tokens = [read(driver.redeem(one, driver.code(one))) for one in (client, twin)]
    code = driver.code(client)
    pushed = read(driver.post("/par", client, response_type="code", state="s"))
    answer = driver.manage("DELETE", client)
    assert (answer.status, answer.body) == (204, b"")
    assert driver.manage("GET", client).status == 401
    assert driver.manage("DELETE", client).status == 401
    assert driver.authorize(client).status == 400
    assert driver.authorize(client, request_uri=pushed["request_uri"]).status == 400
    for path in ("/token", "/par", "/introspect", "/revoke"):
        assert driver.post(path, client, grant_type="client_credentials").status == 401
    assert driver.redeem(client, code).status == 401
    dead = read(driver.post("/introspect", twin, token=tokens[0]["access_token"]))
    alive = read(driver.post("/introspect", twin, token=tokens[1]["access_token"]))
    assert (dead["active"], alive["active"]) == (False, True)
    assert driver.manage("DELETE", twin).status == 204
    left = driver.provider.snapshot()
    assert (left.clients, left.codes, left.access_tokens, left.refresh_tokens) == (0, 0, 0, 0)
    assert left.pushed_requests == 0


def test_withdrawing_a_grant_or_scope_ends_its_tokens(driver: Any, read: Any) -> None:
    grants = ["authorization_code", "client_credentials"]
    client = driver.register(grant_types=grants, scope="read write")
    body = read(driver.post("/token", client, grant_type="client_credentials"))
    driver.manage("PUT", client, kept(client, scope="read"))
    answer = driver.post("/introspect", client, token=body["access_token"])
    assert read(answer) == {"active": False}
