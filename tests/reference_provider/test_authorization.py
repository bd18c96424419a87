import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from conformance.reference_provider.signatures import SigningKey, encode

CALLBACK = "https://client.example/cb"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
PKCE = {"code_challenge": CHALLENGE.decode(), "code_challenge_method": "S256"}
GRANTS = ["authorization_code", "refresh_token", "client_credentials"]


def test_a_code_is_exchanged_once_and_its_reuse_revokes(
    driver: Any, read: Any, landing: Any
) -> None:
    client = driver.register(grant_types=GRANTS)
    back = landing(driver.authorize(client, redirect_uri=CALLBACK, state="a b&c", **PKCE))
    assert back["state"] == "a b&c"
    assert back["iss"] == driver.provider.issuer
    answer = driver.redeem(client, back["code"], code_verifier=VERIFIER)
    assert answer.header("cache-control") == "no-store"
    tokens = read(answer)
    assert read(driver.post("/introspect", client, token=tokens["access_token"]))["active"]
    again = driver.redeem(client, back["code"], code_verifier=VERIFIER)
    assert (again.status, read(again)["error"]) == (400, "invalid_grant")
    assert not read(driver.post("/introspect", client, token=tokens["access_token"]))["active"]


def test_a_code_is_bound_to_client_redirect_uri_and_verifier(driver: Any, read: Any) -> None:
    uris = [CALLBACK, "https://client.example/other"]
    mine, theirs = (driver.register(redirect_uris=uris) for _ in range(2))
    code = driver.code(mine, **PKCE)
    refused = [
        driver.redeem(theirs, code, code_verifier=VERIFIER),
        driver.redeem(mine, code),
        driver.redeem(mine, code, code_verifier="w" * 43),
        driver.post(
            "/token",
            mine,
            grant_type="authorization_code",
            code=code,
            redirect_uri=uris[1],
            code_verifier=VERIFIER,
        ),
    ]
    assert [read(answer)["error"] for answer in refused] == ["invalid_grant"] * 4
    assert driver.redeem(mine, code, code_verifier=VERIFIER).status == 200
    assert driver.redeem(mine, driver.code(mine), code_verifier=VERIFIER).status == 400
    late = driver.code(mine)
    driver.clock.time += 61
    assert driver.redeem(mine, late).status == 400


def test_refresh_tokens_rotate_and_are_bound(driver: Any, read: Any) -> None:
    mine, theirs = (driver.register(grant_types=GRANTS) for _ in range(2))
    refresh = read(driver.redeem(mine, driver.code(mine)))["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    assert driver.post("/token", theirs, **form).status == 400
    assert driver.post("/token", mine, **form, scope="read write").status == 400
    renewed = read(driver.post("/token", mine, **form))
    assert renewed["refresh_token"] != refresh
    assert driver.post("/token", mine, **form).status == 400


@pytest.mark.parametrize(
    "uri",
    [
        CALLBACK + "/",
        CALLBACK + "?x",
        "https://client.example/CB",
        "https://client.example:443/cb",
        "https://client.example/a/../cb",
        "https://client.example/cb%2F",
        "https://evil.example/",
    ],
)
def test_only_a_registered_redirect_uri_is_redirected_to(driver: Any, uri: object) -> None:
    client = driver.register()
    for broken in ({}, {"response_type": "nope"}):
        answer = driver.authorize(client, redirect_uri=uri, **broken)
        assert answer.status == 400
        assert answer.header("content-type").startswith("text/html")
        assert answer.header("location") is None


def test_loopback_ports_vary_and_nothing_else(driver: Any) -> None:
    client = driver.register(redirect_uris=["http://127.0.0.1/cb", "http://localhost/cb"])
    good = driver.authorize(client, redirect_uri="http://127.0.0.1:5000/cb")
    assert good.header("location").startswith("http://127.0.0.1:5000/cb?code=")
    for uri in ("http://127.0.0.1:5000/cb/x", "http://localhost:1/cb", "http://[::1]/cb"):
        assert driver.authorize(client, redirect_uri=uri).status == 400


def test_the_redirect_uri_may_be_left_out_where_there_is_one(driver: Any) -> None:
    one = driver.register(redirect_uris=["https://client.example/cb?x=1%202"])
    location = driver.authorize(one).header("location")
    assert location.startswith("https://client.example/cb?x=1%202&code=")
    several = driver.register(redirect_uris=[CALLBACK, "https://client.example/2"])
    assert driver.authorize(several).status == 400


def test_errors_are_told_to_the_client(driver: Any, landing: Any, provider_of: Any) -> None:
    unsigned = provider_of(offers_request_objects=False)
    client = driver.register()
    asked = {
        "unsupported_response_type": {"response_type": "token"},
        "invalid_scope": {"scope": "write"},
        "invalid_request": {"response_mode": "form_post"},
    }
    for error, parameters in asked.items():
        back = landing(driver.authorize(client, state="s", **parameters))
        assert (back["error"], back["state"]) == (error, "s")
    back = landing(unsigned.authorize(unsigned.register(), state="s", request="x"))
    assert back["error"] == "request_not_supported"
    twice = f"/authorize?client_id={client['client_id']}&response_type=code&scope=a&scope=b"
    assert driver.send("GET", twice).status == 400
    public = driver.register(token_endpoint_auth_method="none")
    assert landing(driver.authorize(public))["error"] == "invalid_request"


def test_unknown_clients_are_never_redirected_and_nothing_is_reflected(driver: Any) -> None:
    answer = driver.authorize({"client_id": "<script>"}, redirect_uri=CALLBACK)
    assert answer.status == 400
    assert b"<script>" not in answer.body


def test_a_pushed_request_is_bound_used_once_and_ends(driver: Any, read: Any, landing: Any) -> None:
    mine, theirs = driver.register(), driver.register()
    form = {"response_type": "code", "redirect_uri": CALLBACK, "state": "s"}
    answer = driver.post("/par", mine, **form)
    assert answer.status == 201
    reference = read(answer)["request_uri"]
    assert driver.authorize(theirs, request_uri=reference).status == 400
    assert landing(driver.authorize(mine, request_uri=reference, state="t"))["state"] == "s"
    assert driver.authorize(mine, request_uri=reference).status == 400
    late = read(driver.post("/par", mine, **form))["request_uri"]
    driver.clock.time += 100
    assert driver.authorize(mine, request_uri=late).status == 400
    form["redirect_uri"] = "https://evil.example/"
    assert driver.post("/par", mine, **form).status == 400


def test_a_client_can_demand_pushed_requests(driver: Any, landing: Any) -> None:
    client = driver.register(require_pushed_authorization_requests=True)
    assert landing(driver.authorize(client))["error"] == "invalid_request"


def test_only_the_registered_grant_and_method_are_taken(driver: Any, read: Any) -> None:
    client = driver.register()
    refused = driver.post("/token", client, grant_type="client_credentials")
    assert (refused.status, read(refused)["error"]) == (400, "unauthorized_client")
    unknown = driver.post("/token", client, grant_type="password")
    assert read(unknown)["error"] == "unsupported_grant_type"
    other = driver.post("/token", {**client, "token_endpoint_auth_method": "client_secret_post"})
    assert other.status == 401
    wrong = driver.post("/token", {**client, "client_secret": "x"}, grant_type="x")
    stranger = driver.post("/token", {**client, "client_id": "x"}, grant_type="x")
    assert wrong == stranger
    assert wrong.header("www-authenticate").startswith("Basic ")
    both = driver.post("/token", client, client_secret=client["client_secret"])
    assert (both.status, read(both)["error"]) == (400, "invalid_request")
    query = driver.post(f"/token?client_id={client['client_id']}", client, grant_type="x")
    assert query.status == 400


def test_secrets_stop_at_their_end(provider_of: Any) -> None:
    expiring = provider_of(secret_lifetime=100)
    client = expiring.register(grant_types=GRANTS)
    assert client["client_secret_expires_at"] == int(expiring.clock()) + 100
    assert expiring.post("/token", client, grant_type="client_credentials").status == 200
    expiring.clock.time += 100
    assert expiring.post("/token", client, grant_type="client_credentials").status == 401


def test_digests_of_secrets_authenticate_too(provider_of: Any, read: Any) -> None:
    hashing = provider_of(hashes_secrets=True)
    client = hashing.register(grant_types=GRANTS)
    assert hashing.post("/token", client, grant_type="client_credentials").status == 200
    assert "client_secret" not in read(hashing.manage("GET", client))


def test_tokens_of_others_are_neither_shown_nor_ended(driver: Any, read: Any) -> None:
    mine, theirs = (driver.register(grant_types=GRANTS) for _ in range(2))
    token = read(driver.redeem(mine, driver.code(mine)))["access_token"]
    assert read(driver.post("/introspect", theirs, token=token)) == {"active": False}
    assert driver.post("/revoke", theirs, token=token).status == 400
    assert read(driver.post("/introspect", mine, token=token))["active"]
    assert driver.post("/revoke", mine, token=token).status == 200
    assert driver.post("/revoke", mine, token=token).status == 200
    assert not read(driver.post("/introspect", mine, token=token))["active"]
    assert driver.send("POST", "/introspect", f"token={token}".encode()).status == 400


def assertion_form(token: str) -> bytes:
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return urlencode(
        {
            "grant_type": "client_credentials",
            "client_assertion": token,
            "client_assertion_type": kind,
        }
    ).encode()


def claims_of(driver: Any, client: Any, **changes: Any) -> Any:
    now = int(driver.clock())
    client_id = client["client_id"]
    claims = {"iss": client_id, "sub": client_id, "aud": driver.provider.issuer}
    return {**claims, "exp": now + 60, "jti": str(time.monotonic_ns()), **changes}


def present(driver: Any, token: str) -> Any:
    typed = {"content_type": "application/x-www-form-urlencoded"}
    return driver.send("POST", "/token", assertion_form(token), **typed)


def test_private_key_jwt_authenticates_only_with_a_good_assertion(driver: Any) -> None:
    key, other = SigningKey(), SigningKey()
    client = driver.register(
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.public_jwk]},
        grant_types=GRANTS,
    )
    assert "client_secret" not in client
    good = key.sign(claims_of(driver, client))
    assert present(driver, good).status == 200
    assert present(driver, good).status == 401
    bad = [
        {"aud": "https://evil.example"},
        {"aud": [driver.provider.issuer, "https://evil.example"]},
        {"exp": int(driver.clock()) - 1},
        {"exp": None},
        {"exp": int(driver.clock()) + 99999},
        {"nbf": int(driver.clock()) + 60},
        {"iss": "x"},
    ]
    for changes in bad:
        assert present(driver, key.sign(claims_of(driver, client, **changes))).status == 401
    assert present(driver, other.sign(claims_of(driver, client))).status == 401
    for broken in ("", "a.b", "a.b.c", good + "=", good + "."):
        assert present(driver, broken).status == 401


def test_client_secret_jwt_is_keyed_with_the_secret(driver: Any) -> None:
    client = driver.register(token_endpoint_auth_method="client_secret_jwt", grant_types=GRANTS)
    for secret, expected in ((client["client_secret"], 200), ("wrong", 401)):
        header = encode(json.dumps({"alg": "HS256"}).encode())
        signed = f"{header}.{encode(json.dumps(claims_of(driver, client)).encode())}"
        mac = encode(bytes(32))
        assert present(driver, f"{signed}.{mac}").status == 401
        mac = encode(hmac.digest(secret.encode(), signed.encode(), "sha256"))
        assert present(driver, f"{signed}.{mac}").status == expected


def test_a_person_is_asked_where_the_policy_says_so(provider_of: Any, landing: Any) -> None:
    asking = provider_of(interactive=True)
    client = asking.register(client_name="<script>alert(1)</script>")
    page = asking.authorize(client, state="s")
    assert page.status == 200
    assert b"<script>" not in page.body
    assert landing(asking.authorize(client, prompt="none"))["error"] == "login_required"
    assert "code" in landing(asking.authorize(client, decision="allow"))


def test_an_openid_provider_issues_id_tokens(provider_of: Any, read: Any, landing: Any) -> None:
    openid = provider_of(documents=frozenset({"oauth", "openid"}), allow_implicit=True)
    client = openid.register(
        grant_types=["authorization_code", "implicit"],
        response_types=["code", "token id_token"],
        scope="openid read",
    )
    assert client["id_token_signed_response_alg"] == "RS256"
    tokens = read(openid.redeem(client, openid.code(client, nonce="n")))
    assert tokens["id_token"].count(".") == 2
    asked = {"response_type": "id_token token", "scope": "openid", "nonce": "n"}
    back = landing(openid.authorize(client, **asked))
    assert {"id_token", "access_token"} <= back.keys()
    bearer = f"Bearer {back['access_token']}"
    assert read(openid.send("GET", "/userinfo", authorization=bearer)) == {"sub": "resource-owner"}
    assert len(read(openid.send("GET", "/jwks"))["keys"]) == 1
