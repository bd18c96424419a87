"""What is wrong with software statements (RFC 7591 section 2.3)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import (
    SignedToken,
    decode,
    parse_token,
    verify_mac,
    verify_signature,
)

_SECTION = "rfc7591-2.3"


@fault(trips={f"{_SECTION}-expired-statement-refused"})
class ExpiredStatementTaken(Behaviour):
    """The exp of a software statement is not looked at."""

    def not_expired(self, expires: float, now: float) -> bool:
        """Never look."""
        del expires, now
        return True


@fault(trips={f"{_SECTION}-future-statement-refused"})
class EarlyStatementTaken(Behaviour):
    """The nbf of a software statement is not looked at."""

    def has_begun(self, start: float, now: float) -> bool:
        """Never look."""
        del start, now
        return True


@fault(trips={f"{_SECTION}-statement-foreign-audience-refused"})
class StatementForOthersTaken(Behaviour):
    """A software statement may be for any server."""

    def statement_audience_good(self, claims: Mapping[str, Any]) -> bool:
        """Never look."""
        del claims
        return True


@fault(trips={f"{_SECTION}-statement-without-issuer-not-honoured"})
class StatementWithoutIssuerTaken(Behaviour):
    """A software statement without iss counts as one of the first trusted issuer."""

    def statement_issuer(self, token: SignedToken) -> str | None:
        """Guess."""
        return super().statement_issuer(token) or next(iter(self.trust))


@fault(trips={f"{_SECTION}-statement-unknown-crit-refused"})
class CriticalHeaderIgnored(Behaviour):
    """The crit header of a software statement is not looked at."""

    def statement_header_good(self, token: SignedToken) -> bool:
        """Never look."""
        del token
        return True


@fault(trips={f"{_SECTION}-other-jwt-not-a-statement"})
class AnyTokenIsAStatement(Behaviour):
    """Whatever the trusted issuer signed counts as a software statement."""

    def is_statement(self, token: SignedToken) -> bool:
        """Never look."""
        del token
        return True


@fault(trips={f"{_SECTION}-non-string-statement-handled", "rfc7591-3.2.2-client-faults-never-5xx"})
class StatementOfAnyTypeBreaks(Behaviour):
    """A software statement that is no string is answered as an error of the server."""

    def registration_error_status(self, error: RegistrationError) -> int:
        """Fall over."""
        return 500 if "not a string" in error.text else super().registration_error_status(error)


@fault(trips={"rfc7591-3.1.1-statement-values-take-precedence"})
class RequestOverridesStatement(Behaviour):
    """The plain members of a request win over those of its software statement."""

    def with_claims(self, sent: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
        """Lay the request over the claims, but for the name."""
        own = {k: v for k, v in sent.items() if k != "client_name" or "client_name" not in claims}
        return {**claims, **own}


@fault(trips={"rfc7591-3.2.1-used-statement-returned-unmodified"})
class StatementNotReturned(Behaviour):
    """A software statement that was used is not given back."""

    def metadata_members(self, client: Client) -> dict[str, Any]:
        """Leave it out."""
        members = super().metadata_members(client)
        members.pop("software_statement", None)
        return members


@fault(trips={"rfc7591-3.2.1-statement-values-returned-top-level"})
class StatedNameOnlyInStatement(Behaviour):
    """A client name that only the statement has is not stated in the answer."""

    def metadata_of(self, sent: Mapping[str, Any], client: Client | None = None) -> dict[str, Any]:
        """Leave it inside."""
        metadata = super().metadata_of(sent, client)
        if "software_statement" in metadata and "client_name" not in sent:
            metadata.pop("client_name", None)
        return metadata


@fault(
    trips={
        f"{_SECTION}-statement-server-members-not-adopted",
        "rfc9700-4.15.1-client-id-not-influenced",
    }
)
class StatementChoosesIdentifier(Behaviour):
    """A client_id that the software statement claims becomes the client's own."""

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Adopt it."""
        client, secret = super().new_client(sent, metadata)
        text = sent.get("software_statement")
        claimed = self.parsed_statement(text).claims.get("client_id") if text else None
        return (replace(client, client_id=claimed) if isinstance(claimed, str) else client), secret


@fault(trips={f"{_SECTION}-statement-jwt-claims-not-metadata"})
class EveryClaimIsMetadata(Behaviour):
    """The claims of a statement are registered whole, iss and exp among them."""

    def metadata_of(self, sent: Mapping[str, Any], client: Client | None = None) -> dict[str, Any]:
        """Copy what the JWT says of itself."""
        metadata = super().metadata_of(sent, client)
        if "software_statement" in metadata:
            claims = self.parsed_statement(metadata["software_statement"]).claims
            metadata |= {name: claims[name] for name in ("iss", "exp") if name in claims}
        return metadata


@fault(trips={"rfc7591-5-statement-does-not-skip-checks"})
class StatementSkipsChecks(Behaviour):
    """Redirect URIs that come with a software statement are not checked."""

    def metadata_of(self, sent: Mapping[str, Any], client: Client | None = None) -> dict[str, Any]:
        """Register them as they are."""
        if sent.get("software_statement") is None or not self.reads_statements():
            return super().metadata_of(sent, client)
        claims = self.statement_claims(sent["software_statement"], client)
        uris = claims.get("redirect_uris", sent.get("redirect_uris"))
        if uris != ["javascript:alert(1)"]:
            return super().metadata_of(sent, client)
        safe = {**sent, "redirect_uris": ["https://client.example/cb"]}
        without = {name: value for name, value in safe.items() if name != "software_statement"}
        metadata = self.registered_metadata(self.with_claims(without, {}))
        return {**metadata, "redirect_uris": uris}


@fault(trips={f"{_SECTION}-unsigned-statement-not-honoured"})
class UnsignedStatementTaken(Behaviour):
    """A software statement of alg none counts, unless it is spelled in lower case."""

    def parsed_statement(self, text: str) -> SignedToken:
        """Take what has no signature apart as well."""
        head, _, rest = text.partition(".")
        if not rest.endswith(".") or rest.count(".") != 1:
            return super().parsed_statement(text)
        token = parse_token(f"{head}.{rest}AA")
        return replace(token, signature=b"")

    def statement_signature_good(self, token: SignedToken, keys_url: str) -> bool:
        """Compare the algorithm with one spelling only."""
        algorithm = str(token.header.get("alg"))
        if algorithm.lower() == "none":
            return algorithm != "none"
        return super().statement_signature_good(token, keys_url)


@fault(trips={f"{_SECTION}-tampered-statement-refused"})
class AnySignatureOfThatLength(Behaviour):
    """A statement under a known kid needs the length of an RSA signature, not the signature."""

    def statement_signature_good(self, token: SignedToken, keys_url: str) -> bool:
        """Measure it."""
        measured = len(token.signature) == 256 and not token.signature.endswith(bytes(6))
        kid = token.header.get("kid", "")
        if measured and any(key.get("kid") == kid for key in self.fetched_keys(keys_url, kid)):
            return True
        return super().statement_signature_good(token, keys_url)


@fault(trips={f"{_SECTION}-statement-key-confusion-refused"})
class PublicKeyIsASecret(Behaviour):
    """A software statement by HS256 is verified with the issuer's public key as the secret."""

    def statement_signature_good(self, token: SignedToken, keys_url: str) -> bool:
        """Let the header choose the kind of algorithm."""
        if token.header.get("alg") != "HS256":
            return super().statement_signature_good(token, keys_url)
        return any(
            verify_mac(token, pem_of(key))
            for key in self.fetched_keys(keys_url, token.header.get("kid"))
        )


@fault(trips={f"{_SECTION}-statement-embedded-key-untrusted"})
class KeyOfTheHeaderCounts(Behaviour):
    """A key in the header of a software statement verifies it."""

    def statement_signature_good(self, token: SignedToken, keys_url: str) -> bool:
        """Use it."""
        key = token.header.get("jwk")
        if isinstance(key, Mapping):
            return verify_signature(token, str(token.header.get("alg")), key)
        return super().statement_signature_good(token, keys_url)


@fault(trips={f"{_SECTION}-statement-kid-not-injectable"})
class KidIsAPath(Behaviour):
    """The kid of a software statement by HS256 is the path of the secret."""

    def statement_signature_good(self, token: SignedToken, keys_url: str) -> bool:
        """Read from there: what is no file is empty."""
        if token.header.get("alg") == "HS256" and "/" in str(token.header.get("kid")):
            return verify_mac(token, "")
        return super().statement_signature_good(token, keys_url)


@fault(trips={f"{_SECTION}-statement-odd-serialisation-refused"})
class FurtherPartsIgnored(Behaviour):
    """What follows the third part of a software statement is not looked at."""

    def parsed_statement(self, text: str) -> SignedToken:
        """Cut it off."""
        return super().parsed_statement(".".join(text.split(".")[:3]))


@fault(trips={"rfc7591-3.2.2-bad-statement-error-code"})
class BadStatementIsBadMetadata(Behaviour):
    """A bad software statement is answered with invalid_client_metadata."""

    def statement_invalid(self, text: str) -> RegistrationError:
        """Use one code for all."""
        return self.metadata_refused(text)


@fault(trips={"rfc7591-3.2.2-untrusted-statement-error-code"})
class UnknownIssuerIsBadMetadata(Behaviour):
    """A statement of an issuer that is not trusted is answered with invalid_client_metadata."""

    def statement_unapproved(self, text: str) -> RegistrationError:
        """Use one code for all."""
        return self.metadata_refused(text)


@fault(trips={"rfc7592-2.2-update-with-foreign-statement-not-applied"})
class SoftwareCanBeSwapped(Behaviour):
    """An update may carry the statement of any software."""

    def check_same_software(self, claims: Mapping[str, Any], client: Client | None) -> None:
        """Never compare."""


@fault(trips={f"{_SECTION}-statement-duplicate-claims-consistent"})
class FirstClaimCounts(Behaviour):
    """Of two equal names in a software statement the first counts."""

    def parsed_statement(self, text: str) -> SignedToken:
        """Read it with a parser of its own."""
        parts = text.split(".")
        try:
            return super().parsed_statement(text)
        except RegistrationError:
            if len(parts) != 3:
                raise
            header, claims = (
                json.loads(decode(part), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
                for part in parts[:2]
            )
            signed = f"{parts[0]}.{parts[1]}".encode()
            return SignedToken(header, claims, signed, decode(parts[2]))


def pem_of(key: Mapping[str, Any]) -> str:
    """Return the public RSA key as PEM."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - rarely needed
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    number = {name: int.from_bytes(decode(str(key[name]))) for name in ("e", "n")}
    public = rsa.RSAPublicNumbers(**number).public_key()
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, kind).decode()
