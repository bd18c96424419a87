"""Which deployments are tests that may do without TLS."""

from __future__ import annotations

import pytest

from conformance.checks.hosts import private_host


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "10.1.2.3",
        "172.20.0.5",
        "192.168.1.9",
        "[fd00::1]",
        "169.254.1.1",
        "localhost",
        "op.localhost",
        "op.test",
        "auth.corp.internal",
        "authorization-server",
    ],
)
def test_a_private_host_is_a_test_deployment(host: str) -> None:
    assert private_host(f"http://{host}:8080/register") == host.strip("[]")


@pytest.mark.parametrize(
    "host", ["provider.example", "op.example.com", "8.8.8.8", "[2606:4700::1]", "test.example.org"]
)
def test_a_public_host_is_none(host: str) -> None:
    assert private_host(f"http://{host}/register") == ""
