"""Software statements (RFC 7591 section 2.3): each fresh, none asked of the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.outcomes import NotApplicable
from conformance.provider.sender import OMIT, Sender

if TYPE_CHECKING:
    from collections.abc import Iterable

_STATED = (
    "software_version",
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "sector_identifier_uri",
    "contacts",
    "scope",
    "redirect_uris",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "jwks_uri",
)
"""Client metadata that the directory states by itself, unless told otherwise."""


class Stating(Sender):
    """Has statements made for an exchange."""

    @property
    def demands_statements(self) -> bool:
        """Whether the operator says that nobody is registered without a statement."""
        return bool(self.settings.provider.software_statements == "required")

    def need_trust(self) -> None:
        """Go on only where the provider trusts the directory.

        Raises:
            NotApplicable: the operator does not say so.

        """
        if not self.settings.provider.software_statements:
            raise NotApplicable(
                "nothing says that the provider trusts the directory's software statements "
                "(--dcr-software-statements=trusted)"
            )

    def statement(
        self,
        claims: dict[str, Any] | None = None,
        *,
        without: Iterable[str] = (),
        software: str = "dcr-conformance",
        **request: Any,
    ) -> str:
        """A software statement that no registration has used yet.

        Args:
            claims: The client metadata that it states, and only these.
            without: Claims to leave out that every statement has (iss, iat, exp, jti).
            software: Which product it is on; each name is one.
            request: What else the directory's API takes: header, lifetime_s, algorithm, key.

        Raises:
            NotApplicable: the provider is not said to trust the directory.
            Blocked: the directory cannot be used.

        """
        self.need_trust()
        stated = dict(claims or {})
        left_out = [name for name in (*_STATED, *without) if name not in stated]
        anchor = self.session.trust_anchor
        return anchor.statement(software, stated, without_claims=left_out, **request)

    def signed_statement(self, payload: str, header: dict[str, Any] | None = None) -> str:
        """A statement of exactly this text, which may be no good JSON, signed by the directory.

        Args:
            payload: The text.
            header: Exactly these members; None: those of a good statement.

        Raises:
            NotApplicable: the provider is not said to trust the directory.
            Blocked: the directory cannot be used.

        """
        self.need_trust()
        return self.session.trust_anchor.signed(payload, header)

    def directory_key(self, kid: str | None) -> dict[str, Any]:
        """The public key of the directory that a statement's header names.

        Raises:
            Blocked: the directory publishes no such key.

        """
        return self.session.trust_anchor.public_key(kid)

    def directory_key_fetched(self, kid: str | None) -> bool:
        """Whether anybody fetched the directory's keys since it published the one of that kid.

        Raises:
            Blocked: the directory publishes no such key.

        """
        return self.session.trust_anchor.key_fetched(kid)

    def with_statement(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """What is sent: the metadata, with a statement that says the same where one is demanded.

        ``OMIT`` in place of the statement leaves it out even there.
        """
        sent = {name: value for name, value in metadata.items() if value is not OMIT}
        if not self.demands_statements or "software_statement" in metadata:
            return sent
        return {**sent, "software_statement": self.statement(sent)}
