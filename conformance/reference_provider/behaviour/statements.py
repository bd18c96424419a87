"""Software statements: whose are believed, and what they fix (RFC 7591 section 2.3)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from conformance.reference_provider.behaviour.key_documents import KeyDocuments
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import (
    ALGORITHMS,
    SignatureError,
    SignedToken,
    parse_token,
    verify_signature,
)

_LEEWAY_S = 60
_TYPES = (None, "jwt")


class Statements(KeyDocuments):
    """From a statement to the members that it states, or to a refusal."""

    def statement_invalid(self, text: str) -> RegistrationError:
        """Return the error for a statement that is no good (RFC 7591 section 3.2.2)."""
        return RegistrationError("invalid_software_statement", text)

    def statement_unapproved(self, text: str) -> RegistrationError:
        """Return the error for an issuer that is not trusted (RFC 7591 section 3.2.2)."""
        return RegistrationError("unapproved_software_statement", text)

    def reads_statements(self) -> bool:
        """Tell whether statements mean anything here: the member may be ignored (3.1.1)."""
        return bool(self.trust) and self.policy.statements != "ignored"

    def metadata_of(self, sent: Mapping[str, Any], client: Client | None = None) -> dict[str, Any]:
        """Return what is registered for a request, statement included; ``client`` in updates."""
        text = sent.get("software_statement")
        if not self.reads_statements():
            return self.registered_metadata(sent)
        if text is None:
            if self.policy.statements == "required":
                raise self.statement_invalid("a software statement is needed")
            return self.registered_metadata(sent)
        claims = self.statement_claims(text, client)
        metadata = self.registered_metadata(self.with_claims(sent, self.stated_members(claims)))
        return {**metadata, "software_statement": self.kept_statement(str(text))}

    def with_claims(self, sent: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request with the claims in place of its own members (section 3.1.1)."""
        return {**sent, **claims}

    def stated_members(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """Return the claims that are client metadata; what the JWT is for itself is none."""
        return {name: value for name, value in claims.items() if self.is_stated_member(name)}

    def is_stated_member(self, name: str) -> bool:
        """Tell whether a claim becomes a member of the registration."""
        return self.understood_member(name) is not None

    def kept_statement(self, text: str) -> str:
        """Return the statement as it is given back: unmodified (section 3.2.1)."""
        return text

    # What makes a statement good

    def statement_claims(self, text: Any, client: Client | None) -> Mapping[str, Any]:
        """Return the claims of a statement that is believed."""
        if not isinstance(text, str):
            raise self.statement_invalid("software_statement is not a string")
        token = self.parsed_statement(text)
        if client is None or text != client.metadata.get("software_statement"):
            # What a client was registered with it may send again as long as it lives.
            self.check_statement(token)
        self.check_same_software(token.claims, client)
        return token.claims

    def parsed_statement(self, text: str) -> SignedToken:
        """Take a statement apart, one compact signed JWT and nothing else."""
        try:
            return parse_token(text)
        except SignatureError as error:
            raise self.statement_invalid(f"software_statement: {error}") from None

    def check_statement(self, token: SignedToken) -> None:
        """Refuse a statement that is not signed by who is trusted, for this server and now."""
        if not self.statement_header_good(token):
            raise self.statement_invalid("the statement's header is not one of a statement")
        keys_url = self.trusted_keys(token)
        if not self.statement_signature_good(token, keys_url):
            raise self.statement_invalid("the statement is not signed by its issuer")
        if not self.statement_is_current(token.claims):
            raise self.statement_invalid("the statement is not valid now")
        if not self.statement_audience_good(token.claims):
            raise self.statement_invalid("the statement is for somebody else")
        if not self.is_statement(token):
            raise self.statement_invalid("the token is no software statement")
        if not self.statement_is_new(token):
            raise self.statement_invalid("the statement was used already")

    def statement_header_good(self, token: SignedToken) -> bool:
        """Tell whether the header has nothing critical (RFC 7515 section 4.1.11)."""
        return "crit" not in token.header

    def is_statement(self, token: SignedToken) -> bool:
        """Tell a statement from the other tokens of its issuer (RFC 8725 section 2.8)."""
        declared = token.header.get("typ")
        kind = declared.lower() if isinstance(declared, str) else declared
        return kind in _TYPES and isinstance(token.claims.get("software_id"), str)

    def trusted_keys(self, token: SignedToken) -> str:
        """Return where the keys of the statement's issuer are, or refuse it."""
        issuer = self.statement_issuer(token)
        if issuer is None:
            raise self.statement_invalid("the statement names no issuer")
        if issuer not in self.trust:
            raise self.statement_unapproved("the statement's issuer is not trusted")
        return self.trust[issuer]

    def statement_issuer(self, token: SignedToken) -> str | None:
        """Return the issuer, which every statement has (RFC 7591 section 2.3)."""
        issuer = token.claims.get("iss")
        return issuer if isinstance(issuer, str) else None

    def statement_signature_good(self, token: SignedToken, keys_url: str) -> bool:
        """Tell whether a key of the issuer signed, by an algorithm that is for such keys."""
        algorithm = token.header.get("alg")
        if algorithm not in self.statement_algorithms():
            return False
        keys = self.fetched_keys(keys_url, token.header.get("kid"))
        usable = [key for key in keys if self.key_fits(key, token, str(algorithm))][:10]
        return any(verify_signature(token, str(algorithm), key) for key in usable)

    def statement_algorithms(self) -> frozenset[str]:
        """Return the algorithms of statements: by public keys only (RFC 8725 section 3.1)."""
        return frozenset(name for name, kind in ALGORITHMS.items() if kind != "oct")

    def statement_is_current(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether exp, nbf and iat allow the statement now (RFC 7519 section 4.1)."""
        now = self.now()
        expires = claims.get("exp", now + 1)
        starts = [claims.get("nbf", now), claims.get("iat", now)]
        if any(
            isinstance(at, bool) or not isinstance(at, int | float) for at in (expires, *starts)
        ):
            return False
        return bool(self.not_expired(expires, now)) and all(
            self.has_begun(start, now) for start in starts
        )

    def not_expired(self, expires: float, now: float) -> bool:
        """Tell whether exp lies ahead, give or take a minute."""
        return expires > now - _LEEWAY_S

    def has_begun(self, start: float, now: float) -> bool:
        """Tell whether nbf or iat lies behind, give or take a minute."""
        return start <= now + _LEEWAY_S

    def statement_audience_good(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether aud, where there is one, names this server (RFC 7519 section 4.1.3)."""
        audience = claims.get("aud")
        if audience is None:
            return True
        names = audience if isinstance(audience, list) else [audience]
        return bool({self.own_issuer, f"{self.own_issuer}/register"}.intersection(map(str, names)))

    def statement_is_new(self, token: SignedToken) -> bool:
        """Take a statement once where the policy says so, by its jti or its signature."""
        if not self.policy.single_use_statements:
            return True
        name = str(token.claims.get("jti") or token.signature.hex())
        mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
        with self.grants.lock:
            fresh = mark not in self.grants.statements
            self.grants.statements.add(mark)
        return fresh

    def check_same_software(self, claims: Mapping[str, Any], client: Client | None) -> None:
        """Refuse to make a client another software's (RFC 7592 section 2.2)."""
        if client is None or "software_statement" not in client.metadata:
            return
        if claims.get("software_id") != client.metadata.get("software_id"):
            raise self.statement_unapproved("the statement is of another software")
