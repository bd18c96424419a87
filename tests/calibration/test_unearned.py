"""Where nothing can be told there is no praise and no blame: such rows are not judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults.deletions import UpdateResurrects
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.tenants import Tenant

sys.path.insert(0, str(Path(__file__).parent))

from calibrate import judged

if TYPE_CHECKING:
    from conformance.reference_provider.grants import Token
    from conformance.reference_provider.registry import Client


class NothingReallyWorks(Behaviour):
    """Registers what it then never serves: assertions and refresh tokens are always refused."""

    def check_assertion(self, *_: Any) -> None:
        """Take none."""
        raise self.client_not_authenticated()

    def refresh_token_belongs(self, client: Client, token: Token) -> bool:
        """Belong to nobody."""
        del client, token
        return False


class CodesWorthless(Behaviour):
    """Gives codes that nobody can redeem, with or without a verifier."""

    def check_verifier(self, *_: Any) -> None:
        """Take none."""
        raise self.bad_grant()


class UnreadableResurrection(UpdateResurrects):
    """Brings deleted clients back where no read can show it."""


@pytest.fixture(scope="module")
def verdicts() -> dict[str, str]:
    tenant = Tenant("nothing-works", "", Policy(), NothingReallyWorks)
    return {row.id: row.verdict.value for row in judged(tenant).requirements if row.checked}


@pytest.mark.parametrize(
    "row",
    [
        "rfc6749-2.3-strong-auth-cannot-downgrade",
        "rfc6749-2.3-secret-only-by-the-registered-method",
        "rfc6749-6-refresh-token-bound-to-its-client",
        "rfc6749-6-refresh-needs-client-authentication",
        "rfc7591-2-key-method-needs-keys",
        "rfc7591-2-update-removes-old-keys",
    ],
)
def test_a_refusal_that_everybody_gets_is_not_judged(verdicts: dict[str, str], row: str) -> None:
    assert verdicts[row] == "not judged"


def test_a_verifier_that_never_helps_proves_nothing() -> None:
    declares = ("rfc7591", "rfc7592", "rfc8252")
    tenant = Tenant("codes-worthless", "", Policy(), CodesWorthless, declares=declares)
    found = {row.id: row.verdict.value for row in judged(tenant).requirements}
    assert found["rfc8252-8.1-pkce-enforced-when-used"] == "not judged"


def test_what_cannot_be_read_is_not_judged() -> None:
    policy = Policy(management=frozenset({"PUT", "DELETE"}))
    tenant = Tenant("unreadable", "", policy, UnreadableResurrection)
    found = {row.id: row.verdict.value for row in judged(tenant).requirements}
    assert found["rfc7592-2.3-update-racing-delete-does-not-resurrect"] == "not judged"


def test_a_deletion_that_nobody_may_ask_for_is_not_praised() -> None:
    policy = Policy(management=frozenset({"GET", "PUT"}), refused_method_status=403)
    tenant = Tenant("no-deletion", "", policy)
    found = {row.id: row.verdict.value for row in judged(tenant).requirements}
    assert found["rfc7592-2.3-bad-token-deletes-nothing"] == "not applicable"


def test_every_one_of_them_passes_where_things_work() -> None:
    found = {row.id: row.verdict.value for row in judged(Tenant("default", "")).requirements}
    rows = (
        "rfc6749-2.3-strong-auth-cannot-downgrade",
        "rfc6749-2.3-secret-only-by-the-registered-method",
        "rfc6749-6-refresh-token-bound-to-its-client",
        "rfc6749-6-refresh-needs-client-authentication",
        "rfc7592-2.3-update-racing-delete-does-not-resurrect",
        "rfc7592-2.3-bad-token-deletes-nothing",
        "rfc7591-2-key-method-needs-keys",
        "rfc7591-2-update-removes-old-keys",
    )
    assert {found[row] for row in rows} == {"pass"}


TLS = ("rfc7591-3-endpoint-requires-tls", "rfc7592-2-configuration-endpoint-requires-tls")


@pytest.mark.parametrize(
    ("issuer", "verdict"),
    [
        ("http://10.1.2.3:8080", "not judged"),
        ("http://authorization.test", "not judged"),
        ("http://127.0.0.1:9000", "not judged"),
        ("http://provider.example", "fail"),
        ("https://10.1.2.3", "pass"),
    ],
)
def test_a_test_deployment_may_do_without_tls(issuer: str, verdict: str) -> None:
    results = judged(Tenant("default", ""), "quick", issuer)
    found = {row.id: row.verdict.value for row in results.requirements if row.id in TLS}
    assert set(found.values()) == {verdict}
