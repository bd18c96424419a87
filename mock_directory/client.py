"""The directory's API for Python: one that runs elsewhere is used like one's own.

Nothing of the server is imported. All methods block, and may be called from any thread.
"""

import base64
from collections.abc import Mapping, Sequence
from types import EllipsisType
from typing import Any

from mock_directory.calls import (
    Calls,
    CollectedUrl,
    DirectoryError,
    Json,
    Moment,
    Signed,
    collected_in,
    fetches_in,
    part,
)
from mock_directory.fetch_log import Fetch
from mock_directory.trust import Trust

__all__ = ["CollectedUrl", "DirectoryClient", "DirectoryError", "Fetch", "Signed", "Trust"]


class DirectoryClient(Calls):
    """What the directory does, as methods.

    Each raises ``DirectoryError`` where the directory does not answer or refuses.
    """

    # What a provider must be told

    def settings(self) -> Trust:
        """Issuer, JWKS URL, CA bundle and the like."""
        told = self.ask("GET", "/api/trust")
        return Trust(**{name: told[name] for name in Trust.__slots__})

    # Who is enrolled

    def enrol_organisation(self, name: str, details: Mapping[str, Any] | None = None) -> Json:
        """Enrol an organisation; its ``id`` is in what comes back."""
        return self.ask(
            "POST", "/api/organisations", {"name": name, "details": dict(details or {})}
        )

    def enrol_software(
        self, organisation_id: str, name: str, redirect_uris: Sequence[str], **members: Any
    ) -> Json:
        """Enrol a software product; ``id`` and ``jwks_uri`` are in what comes back.

        Args:
            organisation_id: Whose it is.
            name: ``client_name``.
            redirect_uris: At least one.
            **members: What else the API takes: scope, claims, jwks, algorithms and so on.

        """
        body = {"organisation_id": organisation_id, "name": name, **members}
        return self.ask("POST", "/api/software", body | {"redirect_uris": list(redirect_uris)})

    def set_organisation_status(self, organisation_id: str, status: str) -> Json:
        """Make an organisation ``active``, ``suspended`` or ``revoked``."""
        return self.ask("PATCH", f"/api/organisations/{part(organisation_id)}", {"status": status})

    def set_software_status(self, software_id: str, status: str) -> Json:
        """Make a software product ``active``, ``suspended`` or ``revoked``."""
        return self.ask("PATCH", f"/api/software/{part(software_id)}", {"status": status})

    # What is signed

    def issue_statement(
        self,
        software_id: str,
        claims: Mapping[str, Any] | None = None,
        *,
        without_claims: Sequence[str] = (),
        header: Mapping[str, Any] | None = None,
        without_header: Sequence[str] = (),
        kid: str | EllipsisType | None = ...,
        key: str | None = None,
        algorithm: str | None = None,
        lifetime_s: int | None = None,
        whatever_status: bool = False,
        at: Moment | None = None,
    ) -> Signed:
        """Issue a software statement.

        Args:
            software_id: What it is on.
            claims: To put in, or in the place of others.
            without_claims: To leave out.
            header: Members to put in, or in the place of others.
            without_header: Members to leave out.
            kid: Says to be this key; None: names none; left out: the key's own name.
            key: ``current``, ``previous``, ``stranger`` (never published) or any key's id.
            algorithm: Sign with the key for this; 409 where there is none.
            lifetime_s: Seconds from ``iat`` to ``exp``, negative ones too.
            whatever_status: Issue it even if the product is suspended or revoked.
            at: What time it is for this statement.

        """
        body = _signing(header, without_header, kid, key, algorithm)
        body |= {"claims": dict(claims or {}), "without_claims": list(without_claims)}
        body |= {"lifetime_s": lifetime_s, "whatever_status": whatever_status}
        made = self.ask("POST", f"/api/software/{part(software_id)}/statements", body, at=at)
        return Signed(made["software_statement"], made["header"], made["claims"], made["key"])

    def sign_as_software(
        self,
        software_id: str,
        claims: Mapping[str, Any],
        *,
        header: Mapping[str, Any] | None = None,
        without_header: Sequence[str] = (),
        kid: str | EllipsisType | None = ...,
        key: str | None = None,
        algorithm: str | None = None,
    ) -> Signed:
        """Sign claims, exactly these, with a software product's key; see ``issue_statement``."""
        body = _signing(header, without_header, kid, key, algorithm) | {"claims": dict(claims)}
        made = self.ask("POST", f"/api/software/{part(software_id)}/tokens", body)
        return Signed(made["token"], made["header"], made["claims"], made["key"])

    def sign(
        self,
        payload: Any = None,
        *,
        text: str | None = None,
        header: Mapping[str, Any] | None = None,
        key: str = "current",
        algorithm: str | None = None,
    ) -> str:
        """Have anything signed with a key of the directory; a compact JWS.

        Args:
            payload: Any JSON.
            text: In the place of a payload: what to sign as it is; lone surrogates are bytes.
            header: Exactly these members; None: those of a statement.
            key: As ``issue_statement`` has it.
            algorithm: Sign so, whatever the header says: any that the kind of key can.

        """
        body: Json = {"payload": payload} if text is None else {"text": text}
        body |= {"header": None if header is None else dict(header)}
        made = self.ask("POST", "/api/sign", body | {"key": key, "algorithm": algorithm})
        return str(made["token"])

    def issue_certificate(
        self,
        software_id: str,
        *,
        csr: str | None = None,
        public_key: str | None = None,
        jwk: Mapping[str, Any] | None = None,
        days: int = 365,
        at: Moment | None = None,
    ) -> Json:
        """Issue a TLS client certificate for one of a CSR, a public key (both PEM) and a JWK.

        What comes back: ``pem``, ``chain``, ``serial``, ``subject``, ``thumbprint``,
        ``not_before`` and ``not_after``.
        """
        body = {"csr": csr, "public_key": public_key, "jwk": dict(jwk) if jwk else None}
        path = f"/api/software/{part(software_id)}/certificates"
        return self.ask("POST", path, {**body, "days": days}, at=at)

    # Keys: the directory's own, or with ``software_id`` those of a software product

    def keys(self, software_id: str | None = None) -> list[Json]:
        """Every key, oldest first, also those no longer published.

        Each has ``id``, ``algorithm``, ``kid`` (or None), ``status`` (``signing``, ``waiting``,
        ``retiring``, ``removed``), ``created``, ``shown_until`` and its public ``jwk``.
        """
        return list(self.ask("GET", _keys_of(software_id))["keys"])

    def add_key(
        self,
        algorithm: str = "PS256",
        *,
        kid: str | EllipsisType | None = ...,
        signs: bool = True,
        software_id: str | None = None,
    ) -> Json:
        """Make a key and publish it.

        Args:
            algorithm: PS256, ES256, RS256 or EdDSA.
            kid: Its name, also one in use; None: none; left out: its thumbprint.
            signs: Whether it takes over from the present key of this algorithm.
            software_id: Whose key; None: the directory's.

        """
        body = {"algorithm": algorithm, "signs": signs} | ({} if kid is ... else {"kid": kid})
        return self.ask("POST", _keys_of(software_id), body)

    def rotate_keys(self, *, overlap_s: int = 86_400, software_id: str | None = None) -> list[Json]:
        """Put new keys in the place of those that sign; the old stay published for a while."""
        path = f"{_keys_of(software_id)}/rotation"
        return list(self.ask("POST", path, {"overlap_s": overlap_s})["keys"])

    def revoke_key(self, key_id: str, *, software_id: str | None = None) -> Json:
        """Publish a key no longer; ``key_id`` is its ``id``, not its ``kid``."""
        return self.ask("DELETE", f"{_keys_of(software_id)}/{part(key_id)}")

    # What time it is

    def now(self) -> int:
        """Seconds since 1970, as the directory's clock has it."""
        return int(self.ask("GET", "/api/clock")["now"])

    def set_clock(self, now: Moment | None = None, *, offset_s: int | None = None) -> int:
        """Let it be this moment, or so many seconds ahead of the real time; neither: that."""
        body = {"now": now} if offset_s is None else {"offset_s": offset_s}
        return int(self.ask("PUT", "/api/clock", body)["now"])

    # URLs that are fetched, by whom, and how they fail

    def collect(self, name: str = "", **answer: Any) -> CollectedUrl:
        """Make a URL that answers as told and records who fetches it.

        Args:
            name: How it ends, say ``jwks.json``.
            **answer: ``status``, ``headers``, at most one of ``document`` (any JSON), ``text``
                and ``content`` (bytes), ``outage`` and ``outage_s``.

        """
        named = {"name": name} if name else {}
        return collected_in(self.ask("POST", "/api/collected", named | _answer(answer)))

    def change_collected(self, collected_id: str, **answer: Any) -> CollectedUrl:
        """Let a URL answer something else; ``outage`` alone leaves its answer as it is."""
        return collected_in(
            self.ask("PUT", f"/api/collected/{part(collected_id)}", _answer(answer))
        )

    def collected(self, collected_id: str) -> CollectedUrl:
        """Return a URL and who fetched it so far."""
        return collected_in(self.ask("GET", f"/api/collected/{part(collected_id)}"))

    def forget_collected(self, collected_id: str) -> CollectedUrl:
        """Let a URL answer no longer."""
        return collected_in(self.ask("DELETE", f"/api/collected/{part(collected_id)}"))

    def fetches(self, *, since: int = 0, path: str | None = None) -> tuple[Fetch, ...]:
        """Who fetched what is published, oldest first.

        Args:
            since: Only those after this ``number``.
            path: Only those of this path, without its query.

        """
        query: dict[str, str | int] = {"since": since}
        if path is not None:
            query["path"] = path
        return fetches_in(self.ask("GET", "/api/fetches", query=query))

    def newest_fetch(self) -> int:
        """The number of the newest fetch, for ``since``; 0 before the first."""
        return int(self.ask("GET", "/api/fetches", query={"since": 10**15 - 1})["newest"])

    def set_outage(self, outage: str | None, *, seconds: int = 30) -> None:
        """Let the directory's own key set fail, or with None work again.

        Args:
            outage: One of ``mock_directory.outages.NAMES``.
            seconds: How long a slow answer takes, or a hanging one is waited for: 1 to 30.

        """
        self.ask("PUT", "/api/outage", {"outage": outage, "outage_s": seconds})


def _keys_of(software_id: str | None) -> str:
    return "/api/keys" if software_id is None else f"/api/software/{part(software_id)}/keys"


def _signing(
    header: Mapping[str, Any] | None,
    without_header: Sequence[str],
    kid: str | EllipsisType | None,
    key: str | None,
    algorithm: str | None,
) -> Json:
    members, without = dict(header or {}), list(without_header)
    if kid is None:
        without.append("kid")
    elif kid is not ...:
        members["kid"] = kid
    return {"header": members, "without_header": without, "key": key, "algorithm": algorithm}


def _answer(members: Mapping[str, Any]) -> Json:
    body = dict(members)
    if "content" in body:
        body["base64"] = base64.b64encode(body.pop("content")).decode()
    return body
