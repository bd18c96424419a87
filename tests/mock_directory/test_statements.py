"""Software statements, in each ecosystem's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from mock_directory import dialects
from mock_directory.problems import Problem
from mock_directory.statements import StatementRequest
from tests.mock_directory.conftest import CALLBACK, enrolled, segments

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_directory.directory import Directory
    from tests.mock_directory.conftest import Enrolled

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def claims_of(known: Enrolled, **request: Any) -> dict[str, Any]:
    issued = known.directory.issue_statement(known.software.id, StatementRequest(**request))
    header, claims = segments(issued.text)
    assert (header, claims) == (issued.header, issued.claims)
    return claims


def test_the_default_dialect_says_what_rfc_7591_calls_it(known: Enrolled) -> None:
    claims = claims_of(known)
    assert claims.pop("jti")
    assert claims == {
        "iss": "https://directory.example",
        "iat": 1_800_000_000,
        "exp": 1_800_000_600,
        "software_id": known.software.id,
        "software_version": "1.0",
        "client_name": "Probe",
        "redirect_uris": [CALLBACK],
        "jwks_uri": f"https://directory.example/software/{known.software.id}/jwks",
        "org_id": known.organisation.id,
        "org_name": "Example Bank",
    }


def test_every_statement_has_its_own_jti(known: Enrolled) -> None:
    assert len({claims_of(known)["jti"] for _ in range(5)}) == 5


def test_what_a_product_lacks_its_statement_does_not_say(
    open_directory: Callable[..., Directory],
) -> None:
    known = enrolled(open_directory(), logo_uri="https://client.example/logo.png")
    claims = claims_of(known)
    assert claims["logo_uri"] == "https://client.example/logo.png"
    assert "tos_uri" not in claims
    assert None not in claims.values()


UK_CLAIMS = {
    "iss", "iat", "jti", "software_environment", "software_mode", "software_id",
    "software_client_id", "software_client_name", "software_client_description",
    "software_version", "software_client_uri", "software_redirect_uris", "software_roles",
    "software_logo_uri", "software_jwks_endpoint", "software_jwks_revoked_endpoint",
    "software_policy_uri", "software_tos_uri", "software_on_behalf_of_org", "org_status",
    "org_id", "org_name", "org_contacts", "org_jwks_endpoint", "org_jwks_revoked_endpoint",
    "organisation_competent_authority_claims",
}  # fmt: skip


def test_a_uk_open_banking_statement_has_that_shape(
    open_directory: Callable[..., Directory],
) -> None:
    known = enrolled(open_directory("uk-open-banking"))
    claims = claims_of(known)
    assert claims.keys() == UK_CLAIMS
    assert claims["iss"] == "OpenBanking Ltd"
    assert re.fullmatch(r"[0-9A-Za-z]{18}", claims["org_id"])
    assert re.fullmatch(r"[0-9A-Za-z]{22}", claims["software_id"])
    assert re.fullmatch(r"[0-9a-f]{16}", claims["jti"])
    assert claims["software_roles"] == ["AISP", "PISP", "CBPII"]
    authority = claims["organisation_competent_authority_claims"]
    assert authority["authorisations"] == [
        {"member_state": "GB", "roles": ["AISP", "PISP", "CBPII"]}
    ]
    assert claims["org_status"] == "Active"
    software = f"/keystore/{known.organisation.id}/{known.software.id}.jwks"
    assert claims["software_jwks_endpoint"] == f"https://directory.example{software}"
    (key,) = known.published(software)
    assert (key["use"], "alg" in key) == ("sig", False)
    assert known.published(f"/keystore/{known.organisation.id}/{known.organisation.id}.jwks") == [
        key
    ]
    assert known.published("/keystore/openbanking.jwks") == known.published("/jwks")


def test_an_australian_statement_has_that_shape(open_directory: Callable[..., Directory]) -> None:
    known = enrolled(open_directory("australia-cdr"), tos_uri="https://adr.example.com/tos")
    claims = claims_of(known)
    assert claims.keys() == {
        "iss", "iat", "exp", "jti", "legal_entity_id", "legal_entity_name", "org_id", "org_name",
        "client_name", "client_description", "client_uri", "redirect_uris", "logo_uri", "tos_uri",
        "jwks_uri", "revocation_uri", "recipient_base_uri", "software_id", "software_roles",
        "scope",
    }  # fmt: skip
    assert claims["iss"] == "cdr-register"
    assert claims["exp"] == claims["iat"] + 600
    assert claims["software_roles"] == "data-recipient-software-product"
    assert re.fullmatch(UUID, claims["software_id"])
    assert re.fullmatch(r"[0-9a-f]{32}", claims["jti"])
    (key,) = known.published("/cdr-register/v1/jwks")
    assert (key["alg"], key["key_ops"], "use" in key) == ("PS256", ["verify"], False)


@pytest.mark.parametrize("dialect", dialects.names())
def test_every_dialect_fills_all_its_templates(
    open_directory: Callable[..., Directory], dialect: str
) -> None:
    known = enrolled(open_directory(dialect))
    assert "{" not in str(list(claims_of(known).values())).replace("{'", "")
    assert known.directory.trust().dialect == dialect


def test_claims_may_be_put_in_replaced_and_left_out(known: Enrolled) -> None:
    claims = claims_of(
        known,
        claims={"iss": "https://other.example", "aud": ["https://as.example"], "sub": None},
        without_claims=["exp", "software_id"],
    )
    assert claims["iss"] == "https://other.example"
    assert claims["aud"] == ["https://as.example"]
    assert claims["sub"] is None
    assert not {"exp", "software_id"} & claims.keys()


def test_header_members_may_be_put_in_replaced_and_left_out(known: Enrolled) -> None:
    request = StatementRequest(
        header={"typ": "at+jwt", "crit": ["made-up"], "made-up": 1, "jku": "https://evil.example"},
        without_header=["kid"],
    )
    header, _ = segments(known.directory.issue_statement(known.software.id, request).text)
    assert header == {
        "typ": "at+jwt",
        "alg": "PS256",
        "crit": ["made-up"],
        "made-up": 1,
        "jku": "https://evil.example",
    }


def test_a_statement_may_be_born_expired(known: Enrolled) -> None:
    claims = claims_of(known, lifetime_s=-60)
    assert claims["exp"] == claims["iat"] - 60


def test_a_lifetime_gives_an_end_where_the_dialect_has_none(
    open_directory: Callable[..., Directory],
) -> None:
    known = enrolled(open_directory("uk-open-banking"))
    claims = claims_of(known, lifetime_s=60)
    assert claims["exp"] == claims["iat"] + 60


def test_a_product_may_have_claims_of_its_own(open_directory: Callable[..., Directory]) -> None:
    known = enrolled(open_directory(), claims={"ecosystem": {"tier": 2}})
    assert claims_of(known)["ecosystem"] == {"tier": 2}


@pytest.mark.parametrize("status", ["suspended", "revoked"])
@pytest.mark.parametrize("which", ["software", "organisation"])
def test_who_is_not_active_gets_a_statement_only_on_demand(
    open_directory: Callable[..., Directory], which: str, status: Any
) -> None:
    known = enrolled(open_directory("uk-open-banking"))
    if which == "software":
        known.directory.set_software_status(known.software.id, status)
    else:
        known.directory.set_organisation_status(known.organisation.id, status)
    with pytest.raises(Problem, match=f"is {status}") as refused:
        claims_of(known)
    assert refused.value.status == 409
    claims = claims_of(known, whatever_status=True)
    if which == "organisation":
        assert claims["org_status"] == {"suspended": "Withdrawn", "revoked": "Revoked"}[status]


def test_a_moved_directory_says_where_it_is_now(open_directory: Callable[..., Directory]) -> None:
    known = enrolled(open_directory())
    known.directory.state.close()
    moved = open_directory(base="https://moved.example")
    issued = moved.issue_statement(known.software.id, StatementRequest())
    assert issued.claims["iss"] == "https://moved.example"
    assert issued.claims["jwks_uri"].startswith("https://moved.example/")
