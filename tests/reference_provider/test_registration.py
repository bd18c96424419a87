import json
from typing import Any

import pytest

BAD_REDIRECTS = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "https://c.example/cb#f",
    "https://c.example/cb#",
    "http://c.example/cb",
    "https://user@c.example/cb",
    "https://c.example/a/../cb",
    "https://c.example/%2e%2e/cb",
    "https://*.example/cb",
    "https://c.example\\@evil.example/cb",
    "https://c.example/c b",
    "https:/cb",
    "https:///cb",
    "//c.example/cb",
    "/cb",
    "myapp://cb",
    "mailto:a@b.example",
    "https://c.example:99999/cb",
    "https://[::1/cb",
    "https://c.example/cb\n",
    "https://\u00e9.example/cb",
    "https://2130706433/cb",
    "",
    None,
    7,
    {},
]
BAD_MEMBERS = [
    {"token_endpoint_auth_method": "urn:example:nope"},
    {"token_endpoint_auth_method": ["none"]},
    {"grant_types": "authorization_code"},
    {"grant_types": ["authorization_code", "urn:example:nope"]},
    {"grant_types": ["authorization_code"], "response_types": ["token"]},
    {"grant_types": ["implicit"], "response_types": ["code"]},
    {"client_name": {}},
    {"client_name#fr": 1},
    {"contacts": "a@b.example"},
    {"contacts": [1]},
    {"scope": ["read"]},
    {"scope": "read  write"},
    {"scope": "unheard-of"},
    {"client_uri": "javascript:alert(1)"},
    {"logo_uri": "http://[::1:2:/x"},
    {"jwks": "x"},
    {"jwks": {}},
    {"jwks": {"keys": {}}},
    {"jwks": {"keys": [{"kty": 1}]}},
    {"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}},
    {"jwks_uri": "http://c.example/jwks"},
    {"token_endpoint_auth_method": "private_key_jwt"},
    {"token_endpoint_auth_signing_alg": "none"},
    {"application_type": "other"},
    {"require_pushed_authorization_requests": "true"},
    {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]},
]
BAD_BODIES = [
    b"",
    b"[]",
    b'"x"',
    b"null",
    b"{",
    b'{"redirect_uris":["https://c.example/cb"],}',
    b'{"a":NaN}',
    b'{"a":1e999}',
    b'{"a":"\\ud800"}',
    b'{"a":"\xff"}',
    b'\xef\xbb\xbf{"redirect_uris":["https://c.example/cb"]}',
    b'{"redirect_uris":["https://c.example/cb"],"redirect_uris":["https://d.example/cb"]}',
    b'{"x":' + b"[" * 30000 + b"]" * 30000 + b"}",
    b'{"x":' + b"9" * 5000 + b"}",
]


def test_a_registration_is_answered_with_everything_registered(driver: Any, read: Any) -> None:
    answer = driver.attempt(client_name="Caf\u00e9 <b>", contacts=["a@b.example"], x_probe={"a": 1})
    body = read(answer)
    assert answer.status == 201
    assert answer.header("cache-control") == "no-store"
    assert body["client_name"] == "Caf\u00e9 <b>"
    assert body["client_secret_expires_at"] == 0
    assert body["token_endpoint_auth_method"] == "client_secret_basic"
    assert body["grant_types"] == ["authorization_code"]
    assert body["response_types"] == ["code"]
    assert body["registration_client_uri"].endswith("/register/" + body["client_id"])
    assert "x_probe" not in body


@pytest.mark.parametrize("uri", BAD_REDIRECTS, ids=repr)
def test_a_bad_redirect_uri_is_refused(driver: Any, read: Any, uri: object) -> None:
    answer = driver.attempt(redirect_uris=["https://c.example/cb", uri])
    assert answer.status == 400
    assert read(answer)["error"] == "invalid_redirect_uri"
    assert driver.provider.snapshot().clients == 0


@pytest.mark.parametrize(
    "uri",
    [
        "https://c.example:8443/cb?a=1&b=%20",
        "http://127.0.0.1/cb",
        "http://[::1]:4000/cb",
        "http://localhost/cb",
        "com.example.app:/cb",
        "https://C.example/CB;p",
    ],
)
def test_a_good_redirect_uri_is_registered_as_sent(driver: Any, uri: object) -> None:
    assert driver.register(redirect_uris=[uri])["redirect_uris"] == [uri]


@pytest.mark.parametrize("metadata", BAD_MEMBERS, ids=json.dumps)
def test_bad_metadata_is_refused(driver: Any, read: Any, metadata: dict[str, object]) -> None:
    answer = driver.attempt(**metadata)
    assert answer.status == 400
    assert read(answer)["error"] == "invalid_client_metadata"


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:30]))
def test_what_is_no_clean_json_object_is_a_json_error(driver: Any, read: Any, body: bytes) -> None:
    answer = driver.send("POST", "/register", body, content_type="application/json")
    assert answer.status == 400
    text = read(answer)["error_description"]
    assert text.isascii()
    assert '"' not in text
    assert "\\" not in text


def test_the_form_of_the_body_is_judged_by_its_media_type(driver: Any, read: Any) -> None:
    good = b'{"redirect_uris":["https://c.example/cb"]}'
    typed = {"content_type": "Application/JSON; charset=utf-8"}
    assert driver.send("POST", "/register", good, **typed).status == 201
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert driver.send("POST", "/register", good, **form).status == 415
    assert driver.send("POST", "/register", good).status == 415
    assert driver.send("POST", "/register", b" " * 70000, **typed).status == 413
    assert "error" in read(driver.send("POST", "/register", good, **typed, content_encoding="gzip"))


def test_other_methods_are_answered_405(driver: Any) -> None:
    answer = driver.send("GET", "/register")
    assert (answer.status, answer.header("allow")) == (405, "POST")


def test_null_and_empty_members_count_as_left_out(driver: Any) -> None:
    client = driver.register(client_name=None, client_uri="", contacts=[], grant_types=None)
    assert not {"client_name", "client_uri", "contacts"} & client.keys()


def test_language_tags_keep_beside_the_untagged_name(driver: Any) -> None:
    client = driver.register(
        **{"client_name": "A", "client_name#fr": "B", "client_name#FR-ca": "C"}
    )
    assert client["client_name"] == "A"
    assert client["client_name#fr"] == "B"
    assert client["client_name#fr-ca"] == "C"


def test_nothing_that_the_server_owns_is_taken_from_the_request(driver: Any) -> None:
    sent = {
        "client_id": "admin",
        "client_secret": "weak",
        "registration_access_token": "mine",
        "client_id_issued_at": 1,
        "client_secret_expires_at": 1,
    }
    client = driver.register(**sent)
    assert not [name for name, value in sent.items() if client[name] == value]


def test_public_clients_get_no_secret(driver: Any) -> None:
    client = driver.register(token_endpoint_auth_method="none")
    assert not {"client_secret", "client_secret_expires_at"} & client.keys()


def test_a_machine_client_needs_no_redirect_uri(driver: Any) -> None:
    client = driver.register(redirect_uris=[], grant_types=["client_credentials"])
    assert client["response_types"] == []


def test_policies_replace_keep_and_drop(provider_of: Any) -> None:
    replacing = provider_of(
        bad_metadata="replace", unknown_scope="drop", keep_unknown_metadata=True
    )
    client = replacing.register(
        token_endpoint_auth_method="nope",
        grant_types=["authorization_code", "nope"],
        scope="write nope",
        x_probe=[1],
        client_secret="weak",
    )
    assert client["token_endpoint_auth_method"] == "client_secret_basic"
    assert client["grant_types"] == ["authorization_code"]
    assert client["scope"] == "write"
    assert client["x_probe"] == [1]
    assert client["client_secret"] != "weak"
    assert replacing.attempt(redirect_uris=["javascript:x"]).status == 400


def test_an_initial_access_token_is_demanded_where_the_policy_says_so(provider_of: Any) -> None:
    closed = provider_of(initial_access_token="let-me-in", initial_access_token_uses=1)
    body = b'{"redirect_uris":["https://c.example/cb"]}'
    typed = {"content_type": "application/json"}
    missing = closed.send("POST", "/register", body, **typed)
    wrong = closed.send("POST", "/register", body, authorization="Bearer no", **typed)
    assert missing.status == wrong.status == 401
    assert "error=" not in missing.header("www-authenticate")
    assert 'error="invalid_token"' in wrong.header("www-authenticate")
    right = {"authorization": "bearer let-me-in", **typed}
    assert closed.send("POST", "/register", b"[]", **right).status == 400
    assert closed.send("POST", "/register", body, **right).status == 201
    assert closed.send("POST", "/register", body, **right).status == 401


def test_a_limit_answers_429_until_its_window_ends(provider_of: Any) -> None:
    limited = provider_of(registration_limit=1, registration_window=60)
    limited.register()
    answer = limited.attempt()
    assert (answer.status, answer.header("retry-after")) == (429, "61")
    limited.clock.time += 61
    limited.register()


def test_without_management_no_token_and_url_are_issued(provider_of: Any) -> None:
    client = provider_of(management=frozenset()).register()
    assert not {"registration_access_token", "registration_client_uri"} & client.keys()
