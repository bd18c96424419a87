"""A client with several keys: one to sign with, one for encryption, one of another curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.checks.client_authentication.proving import (
    Prover,
    algorithms,
    keys_client,
    main_prover,
    signer_of,
)
from conformance.forging.signers import LocalSigner, key

if TYPE_CHECKING:
    from conformance.forging import Signer
    from conformance.provider.operations import Provider


def key_ring(provider: Provider) -> tuple[Prover, dict[str, Signer]]:
    """The client and its further keys, by the name that ``fixtures/lies.toml`` gives them.

    The key for encryption is of the same kind as the one that signs, so that nothing but
    its ``use`` speaks against it.
    """
    main = main_prover(provider)
    algorithm = main.signer.algorithm
    good = signer_of(algorithm, "ring")
    encryption = signer_of(algorithm, "encryption", use="enc")
    others: dict[str, Signer] = {"encryption": encryption}
    keys = [good.public_jwk, encryption.public_jwk]
    if "ES256" in algorithms(provider):
        curve = LocalSigner(key("P-384", "curve"), "ES256", "dcr-conformance-curve")
        others["curve"] = curve
        keys.append(curve.public_jwk)
    return main.of(keys_client(provider, "ring", keys), good), others
