"""What is wrong with how client assertions are read (RFC 7515, RFC 7518 and RFC 7519)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import (
    SignatureError,
    SignedToken,
    decode,
    encode,
    verify_signature,
)


def _read(text: str, reader: Callable[[str], Any]) -> SignedToken:
    """Take a token apart, its two JSON texts read by another reader."""
    header, claims, signature = text.split(".")
    both = [reader(decode(part).decode()) for part in (header, claims)]
    return SignedToken(both[0], both[1], f"{header}.{claims}".encode(), decode(signature))


@fault(trips={"rfc7523-3-assertion-signature-verified"})
class UnsignedAssertionsTaken(Behaviour):
    """An assertion whose alg is none, however it is spelled, needs no signature."""

    def parsed_assertion(self, text: str) -> SignedToken:
        """Take a token with an empty third part."""
        head, _, signature = text.rpartition(".")
        if signature or head.count(".") != 1:
            return super().parsed_assertion(text)
        token = super().parsed_assertion(f"{head}.AA")
        return SignedToken(token.header, token.claims, token.signed, b"")

    def assertion_algorithm_good(self, client: Client, token: SignedToken) -> bool:
        """Let none pass."""
        unsigned = str(token.header.get("alg")).lower() == "none"
        return unsigned or super().assertion_algorithm_good(client, token)

    def assertion_signature_good(self, client: Client, token: SignedToken) -> bool:
        """Verify nothing of what says none."""
        unsigned = str(token.header.get("alg")).lower() == "none"
        return unsigned or super().assertion_signature_good(client, token)


@fault(trips={"rfc7515-4.1.11-assertion-unknown-crit-refused"})
class CritIgnored(Behaviour):
    """What an assertion marks as critical is not looked at."""

    def assertion_header_good(self, token: SignedToken) -> bool:
        """Ask nothing."""
        del token
        return True


@fault(trips={"rfc7515-5.2-strict-base64url-decoding"})
class LenientBase64(Behaviour):
    """Padding, the other alphabet, white space and further parts of an assertion are put right."""

    def parsed_assertion(self, text: str) -> SignedToken:
        """Put them right."""
        text = "".join(text.split()) if "\n" in text else text
        text = text.replace("=", "").replace("+", "-").replace("/", "_")
        return super().parsed_assertion(".".join(text.split(".")[:3]))


@fault(trips={"rfc7515-10.12-assertion-trailing-json-refused"})
class FirstObjectRead(Behaviour):
    """What follows the JSON object of header or claims is not read."""

    def parsed_assertion(self, text: str) -> SignedToken:
        """Stop behind the object."""
        try:
            return _read(text, lambda part: json.JSONDecoder().raw_decode(part)[0])
        except (ValueError, SignatureError):
            return super().parsed_assertion(text)


@fault(trips={"rfc7519-4-assertion-duplicate-names-resolved"})
class FirstValueCounts(Behaviour):
    """Of two members of one name in an assertion the first counts."""

    def parsed_assertion(self, text: str) -> SignedToken:
        """Read pairs from the last to the first."""
        try:
            return _read(text, lambda part: json.loads(part, object_pairs_hook=_first))
        except (ValueError, SignatureError):
            return super().parsed_assertion(text)


def _first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


@fault(trips={"rfc7518-3.4-der-encoded-signature-refused"})
class DerSignaturesTaken(Behaviour):
    """An ECDSA signature may come as the library writes it, in DER."""

    def signature_verifies(
        self, token: SignedToken, algorithm: str, key: Mapping[str, Any]
    ) -> bool:
        """Put it into two numbers first."""
        from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: PLC0415
            decode_dss_signature,
        )

        signature = token.signature
        if algorithm == "ES256" and len(signature) != 64:
            try:
                first, second = decode_dss_signature(signature)
            except ValueError:
                return False
            signature = first.to_bytes(32) + second.to_bytes(32)
        plain = SignedToken(token.header, token.claims, token.signed, signature)
        return super().signature_verifies(plain, algorithm, key)


@fault(trips={"rfc8725-3.4-elliptic-curve-inputs-validated"})
class ZeroSignatureTaken(Behaviour):
    """An ECDSA signature of two zeros fits every key."""

    def signature_verifies(
        self, token: SignedToken, algorithm: str, key: Mapping[str, Any]
    ) -> bool:
        """Calculate with them."""
        empty = algorithm == "ES256" and token.signature == bytes(64)
        return empty or super().signature_verifies(token, algorithm, key)


@fault(trips={"rfc8725-3.4-elliptic-curve-inputs-validated"})
class CurveOfTheKey(Behaviour):
    """ES256 is verified on whatever curve the key has."""

    def signature_verifies(
        self, token: SignedToken, algorithm: str, key: Mapping[str, Any]
    ) -> bool:
        """Verify on P-384 as well."""
        if key.get("crv") != "P-384" or len(token.signature) != 96:
            return super().signature_verifies(token, algorithm, key)
        return _verified_on_p384(token, key)


def _verified_on_p384(token: SignedToken, key: Mapping[str, Any]) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    x, y = (int.from_bytes(decode(key[name])) for name in ("x", "y"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP384R1()).public_key()
    numbers = [int.from_bytes(token.signature[at : at + 48]) for at in (0, 48)]
    try:
        public.verify(utils.encode_dss_signature(*numbers), token.signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@fault(trips={"rfc8725-3.10-header-key-hints-untrusted"})
class EmbeddedKeyTrusted(Behaviour):
    """The key that stands in the header of an assertion verifies it."""

    def assertion_signature_good(self, client: Client, token: SignedToken) -> bool:
        """Try the header's own key as well."""
        jwk = token.header.get("jwk")
        if isinstance(jwk, dict) and verify_signature(token, str(token.header["alg"]), jwk):
            return True
        return super().assertion_signature_good(client, token)


@fault(trips={"rfc7523-3-assertion-signature-verified"})
class PublicKeyAsSecret(Behaviour):
    """A public key serves as the key of a MAC where the header says HS256."""

    def assertion_algorithm_good(self, client: Client, token: SignedToken) -> bool:
        """Let HS256 pass for every client."""
        return token.header.get("alg") == "HS256" or super().assertion_algorithm_good(client, token)

    def signature_verifies(
        self, token: SignedToken, algorithm: str, key: Mapping[str, Any]
    ) -> bool:
        """Compute the MAC of the key's JSON text."""
        if algorithm != "HS256":
            return super().signature_verifies(token, algorithm, key)
        return _mac(json.dumps(key, separators=(",", ":")).encode(), token)

    def key_fits(self, key: Mapping[str, Any], token: SignedToken, algorithm: str) -> bool:
        """Take any key of that name for HS256."""
        if algorithm != "HS256":
            return super().key_fits(key, token, algorithm)
        return bool(key.get("kid") == token.header.get("kid"))


def _mac(secret: bytes, token: SignedToken) -> bool:
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415

    return encode(hmac.digest(secret, token.signed, hashlib.sha256)) == encode(token.signature)
