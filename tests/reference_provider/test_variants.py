"""What the less usual variants do that others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference_provider.tenants import legal_tenants

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = "https://callback.provider.example/cb"


def policy(name: str) -> dict[str, Any]:
    chosen = legal_tenants()[name].policy
    return {field: getattr(chosen, field) for field in chosen.__slots__}


def test_twenty_registrations_an_hour(provider_of: Callable[..., Any]) -> None:
    driver = provider_of(**policy("limited-twenty"))
    statuses = [driver.attempt().status for _ in range(22)]
    assert statuses == [201] * 20 + [429] * 2
    assert int(driver.attempt().header("retry-after")) <= 3601
    driver.clock.time += 3600
    assert driver.attempt().status == 201


def test_deletion_without_reading(provider_of: Callable[..., Any]) -> None:
    driver = provider_of(**policy("deletion-only"))
    client = driver.register()
    assert driver.manage("GET", client).status == 405
    assert driver.manage("PUT", client, {"client_id": client["client_id"]}).status == 405
    assert driver.manage("GET", client).header("allow") == "DELETE"
    assert driver.manage("DELETE", client).status == 204
    assert driver.provider.snapshot().clients == 0


def test_grants_come_before_clients(provider_of: Callable[..., Any], read: Any) -> None:
    driver = provider_of(**policy("grant-first"))
    client = driver.register()
    other = {**client, "client_secret": "wrong"}
    answer = driver.redeem(other, "nobody-issued-this")
    assert (answer.status, read(answer)["error"]) == (400, "invalid_grant")
    code = driver.code(client)
    assert driver.redeem(other, code).status == 401
    assert driver.redeem(client, code).status == 200


def test_updates_add_a_redirect_uri(provider_of: Callable[..., Any], read: Any) -> None:
    driver = provider_of(**policy("adding"))
    client = driver.register()
    assert OWN not in client["redirect_uris"]
    body = {"client_id": client["client_id"], "redirect_uris": client["redirect_uris"]}
    updated = read(driver.manage("PUT", client, body))
    assert updated["redirect_uris"] == [*client["redirect_uris"], OWN]
    assert read(driver.manage("GET", client)) == updated
    again = read(driver.manage("PUT", client, {**body, "redirect_uris": updated["redirect_uris"]}))
    assert again["redirect_uris"] == updated["redirect_uris"]


def test_changes_arrive_late(provider_of: Callable[..., Any], read: Any) -> None:
    driver = provider_of(**policy("late"))
    client = driver.register(client_name="before")
    body = {"client_id": client["client_id"], "redirect_uris": client["redirect_uris"]}
    for name in ("between", "after"):
        answer = driver.manage("PUT", client, {**body, "client_name": name})
        assert read(answer)["client_name"] == name
        assert read(driver.manage("GET", client))["client_name"] == "before"
        driver.clock.time += 1
    assert read(driver.manage("GET", client))["client_name"] == "between"
    driver.clock.time += 1
    assert read(driver.manage("GET", client))["client_name"] == "after"

    assert driver.manage("DELETE", client).status == 204
    assert driver.provider.snapshot().clients == 0
    assert read(driver.manage("GET", client))["client_name"] == "after"
    assert driver.manage("DELETE", client).status == 401
    driver.clock.time += 1.5
    assert driver.manage("GET", client).status == 401
