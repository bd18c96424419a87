"""What is wrong with the keys that verify client assertions (RFC 7517, RFC 8725)."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.behaviour.key_documents import keys_in
from conformance.reference_provider.faults import fault
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import SignedToken, decode
from conformance.reference_provider.wire import Request

_KNOWN_MEMBERS = {"kty", "use", "key_ops", "alg", "kid", "n", "e", "crv", "x", "y"}


def _without(key: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {member: value for member, value in key.items() if member != name}


@fault(trips={"rfc7517-4-unknown-jwk-members-ignored"})
class UnknownKeyMembersSpoilTheKey(Behaviour):
    """A key with members that are not known is not used."""

    def client_keys(self, client: Client, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Leave it out."""
        keys = super().client_keys(client, key_id)
        return [key for key in keys if key.keys() <= _KNOWN_MEMBERS]


@fault(trips={"rfc7517-5-unknown-key-type-ignored"})
class UnknownKeyTypeSpoilsTheSet(Behaviour):
    """One key of a type that is not known makes the whole set useless."""

    def client_keys(self, client: Client, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Use none of them."""
        keys = super().client_keys(client, key_id)
        return keys if all(key.get("kty") in ("RSA", "EC", "OKP") for key in keys) else ()


@fault(trips={"rfc7517-4.2-encryption-key-not-for-signing"})
class UseOfKeysIgnored(Behaviour):
    """What a client's key is for is not looked at."""

    def client_keys(self, client: Client, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Forget it."""
        return [_without(key, "use") for key in super().client_keys(client, key_id)]


@fault(trips={"rfc7517-4.5-duplicate-kid-handled"})
class KeysOfOneNameDropped(Behaviour):
    """Keys that have the same kid are not used at all."""

    def client_keys(self, client: Client, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Leave them out."""
        keys = super().client_keys(client, key_id)
        names = [key.get("kid") for key in keys]
        return [key for key in keys if names.count(key.get("kid")) == 1]


@fault(trips={"rfc8725-3.1-one-algorithm-per-key"})
class AlgorithmOfKeysIgnored(Behaviour):
    """The alg of a client's key is not looked at."""

    def client_keys(self, client: Client, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Forget it."""
        return [_without(key, "alg") for key in super().client_keys(client, key_id)]


@fault(trips={"rfc8725-3.5-weak-keys-not-usable"})
class WeakKeysTaken(Behaviour):
    """RSA keys of 1024 bits are registered and used."""

    def is_usable_rsa_key(self, key: dict[str, Any]) -> bool:
        """Take them."""
        return len(key["n"]) >= 170

    def signature_verifies(
        self, token: SignedToken, algorithm: str, key: Mapping[str, Any]
    ) -> bool:
        """Verify by them."""
        if len(str(key.get("n", ""))) >= 340 or key.get("kty") != "RSA":
            return super().signature_verifies(token, algorithm, key)
        return _verified_by_rsa(token, key, pss=algorithm == "PS256", digest="SHA256")


@fault(trips={"rfc8725-3.1-configured-algorithms-only"})
class HeaderChoosesTheDigest(Behaviour):
    """RS1 is verified where the header says so, though nothing offers it."""

    def assertion_algorithm_good(self, client: Client, token: SignedToken) -> bool:
        """Let it pass."""
        return token.header.get("alg") == "RS1" or super().assertion_algorithm_good(client, token)

    def assertion_signature_good(self, client: Client, token: SignedToken) -> bool:
        """Verify with SHA-1."""
        if token.header.get("alg") != "RS1":
            return super().assertion_signature_good(client, token)
        keys = [key for key in self.client_keys(client, None) if key.get("kty") == "RSA"]
        return any(_verified_by_rsa(token, key, pss=False, digest="SHA1") for key in keys)


def _verified_by_rsa(token: SignedToken, key: Mapping[str, Any], *, pss: bool, digest: str) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    chosen = getattr(hashes, digest)()
    pad: padding.AsymmetricPadding = padding.PKCS1v15()
    if pss:
        pad = padding.PSS(padding.MGF1(chosen), padding.PSS.DIGEST_LENGTH)
    exponent, modulus = (int.from_bytes(decode(key[name])) for name in ("e", "n"))
    try:
        rsa.RSAPublicNumbers(exponent, modulus).public_key().verify(
            token.signature, token.signed, pad, chosen
        )
    except InvalidSignature:
        return False
    return True


@fault(trips={"rfc8725-3.2-legacy-algorithms-disabled"})
class LegacyEncryptionOffered(Behaviour):
    """The metadata offers RSA1_5 for the encryption of ID Tokens."""

    def provider_metadata(self, request: Request) -> dict[str, Any]:
        """Say so."""
        offered = ["RSA1_5", "RSA-OAEP-256"]
        return {
            **super().provider_metadata(request),
            "id_token_encryption_alg_values_supported": offered,
        }


@fault(
    trips={
        "rfc7523-3-assertion-key-belongs-to-client",
        "rfc9101-6.2-request-object-client-keys-only",
    }
)
class KeysOfEverybody(Behaviour):
    """A kid picks among the keys of all clients."""

    def client_keys(self, client: Client, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Look at everybody's keys where the client has none of that name."""
        own = super().client_keys(client, key_id)
        if key_id is None or key_id in [key.get("kid") for key in own]:
            return own
        every = [key for one in self.registry for key in keys_in(one.metadata.get("jwks"))]
        return [key for key in every if key.get("kid") == key_id]


@fault(trips={"rfc8725-3.10-header-key-hints-untrusted"})
class KeyUrlFollowed(Behaviour):
    """Keys are read from where the header's jku says, a data: URL for instance."""

    def client_keys(self, client: Client, key_id: object) -> Sequence[Mapping[str, Any]]:
        """Add what was read there."""
        found = self.__dict__.pop("header keys", ())
        return [*super().client_keys(client, key_id), *found]

    def assertion_header_good(self, token: SignedToken) -> bool:
        """Read it."""
        url = str(token.header.get("jku", ""))
        if url.startswith("data:"):
            self.__dict__["header keys"] = keys_in(json.loads(unquote(url.partition(",")[2])))
        return super().assertion_header_good(token)


@fault(trips={"rfc8725-3.10-header-key-hints-untrusted"})
class AssertionKidIsAPath(Behaviour):
    """A kid is the name of a file that holds a key, and HS256 is taken of everybody."""

    def assertion_algorithm_good(self, client: Client, token: SignedToken) -> bool:
        """Let it pass."""
        from_file = str(token.header.get("kid")).endswith("/dev/null")
        return from_file or super().assertion_algorithm_good(client, token)

    def assertion_signature_good(self, client: Client, token: SignedToken) -> bool:
        """Compute the MAC with what the file holds: nothing."""
        if not str(token.header.get("kid")).endswith("/dev/null"):
            return super().assertion_signature_good(client, token)
        expected = hmac.digest(b"", token.signed, hashlib.sha256)
        return hmac.compare_digest(expected, token.signature)


@fault(trips={"rfc7523-3-assertion-signature-verified"})
class MacOfAnySecret(Behaviour):
    """Assertions of client_secret_jwt are read and not verified."""

    def mac_verifies(self, token: SignedToken, secret: str) -> bool:
        """Verify nothing."""
        del token, secret
        return True
