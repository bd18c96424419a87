"""Clients of private_key_jwt whose honest assertions are known to be taken.

Whether an assertion is taken shows in what the token endpoint answers: a token, or where
none can be had without a person, an error that comes only after authentication.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from conformance import forging
from conformance.checks.shared import machine
from conformance.forging.signers import ALGORITHMS, HmacSigner, LocalSigner, key
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.authenticating import UNKNOWN_CODE
from conformance.provider.credentials import VERIFIER
from conformance.provider.sender import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider
    from conformance.provider.session import LiveAnswer

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METHOD = "private_key_jwt"
PREFERRED = ("ES256", "PS256", "RS256")
"""What is tried where the metadata names no algorithm."""

_AFTER_AUTHENTICATION = ("invalid_grant", "unauthorized_client", "invalid_scope")
_LIFETIME_S = 300
_SKEW_S = 30


@dataclass(frozen=True)
class Prover:
    """What makes an assertion honest for one client; asked through the exchange at hand."""

    client: Client
    signer: forging.Signer
    audience: str
    named: bool
    """Whether the client_id is sent beside the assertion."""

    def claims(self, provider: Provider) -> dict[str, Any]:
        """The claims of a new assertion (RFC 7523 section 3, OIDC Core section 9)."""
        now, own = int(provider.session.clock()), self.client.client_id
        return {
            "iss": own,
            "sub": own,
            "aud": self.audience,
            "jti": secrets.token_urlsafe(16),
            "iat": now - _SKEW_S,
            "exp": now + _LIFETIME_S,
        }

    def assertion(self, provider: Provider, **claims: Any) -> str:
        """A new honest assertion, with further or other claims."""
        return forging.honest({}, {**self.claims(provider), **claims}, self.signer)

    def ask(self, provider: Provider, assertion: str, **changes: Any) -> LiveAnswer:
        """A token request with an assertion (RFC 7523 section 2.2); OMIT leaves a field out."""
        headers = changes.pop("headers", ())
        timeout_s = changes.pop("timeout_s", None)
        form = {
            **grant(provider, self.client),
            "client_assertion_type": TYPE,
            "client_assertion": assertion,
            "client_id": self.client.client_id if self.named else provider.OMIT,
            **changes,
        }
        return provider.post_form(
            provider.endpoint("token_endpoint"),
            {name: value for name, value in form.items() if value is not provider.OMIT},
            operation="token",
            headers=headers,
            timeout_s=timeout_s,
        )

    def honest(self, provider: Provider, **changes: Any) -> Answer:
        """A token request with a new honest assertion; a new client is waited for a little."""
        return provider.until_known(
            "token_endpoint",
            self.client.credentials.heard,
            lambda: self.ask(provider, self.assertion(provider), **changes),
            lambda answer: answer.error == "invalid_client",
        )

    def of(self, client: Client, signer: forging.Signer) -> Prover:
        """The same for another client."""
        return replace(self, client=client, signer=signer)


def grant(provider: Provider, client: Client) -> dict[str, str]:
    """The grant by which a client shows itself: its own, else a code that nobody issued."""
    if "client_credentials" in client.grant_types:
        return {"grant_type": "client_credentials"}
    uris = client.redirect_uris
    return {
        "grant_type": "authorization_code",
        "code": UNKNOWN_CODE,
        "redirect_uri": uris[0] if uris else provider.redirect_uri(),
        "code_verifier": VERIFIER,
    }


def outcome(answer: Answer) -> tuple[bool, str | None]:
    """What a token request came to: whether a token was given, else the error."""
    given = answer.accepted and "access_token" in answer.members
    return given, None if given else answer.error


def signer_of(algorithm: str, name: str, **members: Any) -> LocalSigner:
    """A key of this process under its name, for an algorithm."""
    kind = ALGORITHMS[algorithm][0]
    kid = f"dcr-conformance-{name}-{kind.lower()}"
    return LocalSigner(key(kind, name), algorithm, kid, {"use": "sig", **members})


# The client that most lies are told by


def algorithms(provider: Provider) -> tuple[str, ...]:
    """What assertions may be signed by: the advertised ones that are known here, best first."""
    offered = provider.metadata.get("token_endpoint_auth_signing_alg_values_supported")
    if not isinstance(offered, list):
        return PREFERRED
    return tuple(name for name in ALGORITHMS if name in offered)


def keys_client(provider: Provider, name: str, keys: Iterable[Mapping[str, Any]]) -> Client:
    """The client with these keys, registered once a run and never changed.

    Raises:
        NotApplicable: the provider does not offer private_key_jwt.
        NotJudged: it refuses such a client.

    """
    provider.endpoint("token_endpoint")
    offered = provider.metadata.get("token_endpoint_auth_methods_supported")
    if isinstance(offered, list) and METHOD not in offered:
        raise NotApplicable("the provider does not offer private_key_jwt")
    memo = f"control-keys-{name}"
    provider.session.leans(provider.recorder.exchange, memo)

    def make() -> Client:
        return _registered(provider.apart(memo), name, {"keys": list(keys)})

    client: Client = provider.session.once(memo, make)
    return client.bound_to(provider)


def _registered(provider: Provider, name: str, jwks: Mapping[str, Any]) -> Client:
    client = provider.register(
        optional="a client of private_key_jwt is refused", **keys_metadata(provider, name, jwks)
    )
    stated = client.members.get("token_endpoint_auth_method", METHOD)
    if stated != METHOD:
        raise NotApplicable(f"a client of private_key_jwt is registered for {stated}")
    return client


def keys_metadata(provider: Provider, name: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata of a client of private_key_jwt with a JWK Set."""
    members = {
        "token_endpoint_auth_method": METHOD,
        "jwks": jwks,
        "client_name": f"dcr-conformance {name}",
    }
    offered = provider.metadata.get("grant_types_supported")
    if isinstance(offered, list) and "client_credentials" not in offered:
        return provider.baseline(**members)
    return machine(**members)


def main_prover(provider: Provider) -> Prover:
    """The client of most lies, with an algorithm and an audience that are known to be taken.

    Raises:
        NotJudged: no honest assertion is taken.

    """
    usable = algorithms(provider)
    if not usable:
        raise NotApplicable("the provider takes assertions only by algorithms unknown here")
    kinds = dict.fromkeys(ALGORITHMS[name][0] for name in usable)
    signers = [
        signer_of(next(name for name in usable if ALGORITHMS[name][0] == kind), "main")
        for kind in list(kinds)[:2]
    ]
    client = keys_client(provider, "main", [signer.public_jwk for signer in signers])
    known = {signer.key.kind for signer in signers}
    stated = client.members.get("token_endpoint_auth_signing_alg")
    tried = [name for name in usable if ALGORITHMS[name][0] in known][:4]
    if stated in ALGORITHMS:
        tried = [str(stated)]
    memo = "control-assertions"

    def make() -> Prover:
        return _established(provider.apart(memo), client, tried)

    provider.session.leans(provider.recorder.exchange, "control-keys-main")
    found: Prover = provider.session.once(memo, make)
    return found


def _established(provider: Provider, client: Client, tried: Iterable[str]) -> Prover:
    """Try algorithms and audiences until an honest assertion is taken."""
    last: Answer | None = None
    for named, algorithm in product((True, False), tried):
        for audience in audiences(provider):
            prover = Prover(client, signer_of(algorithm, "main"), audience, named)
            last = prover.honest(provider)
            if is_taken(provider, prover, last):
                return prover
    reason = said(last) if last is not None else "there is no audience to name"
    raise NotJudged(f"no honest assertion is taken: {reason}")


def audiences(provider: Provider) -> list[str]:
    """What a server may be called: its issuer, and its token endpoint."""
    names = [provider.metadata.get("issuer"), provider.endpoint("token_endpoint")]
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and name))


def is_taken(provider: Provider, prover: Prover, answer: Answer) -> bool:
    """Whether an honest assertion was taken, and a stranger's would be told from it."""
    given, error = outcome(answer)
    if given:
        return True
    if error not in _AFTER_AUTHENTICATION:
        return False
    lying = replace(prover, signer=_wrong(prover.signer)).honest(provider)
    return outcome(lying) != outcome(answer)


def _wrong(signer: forging.Signer) -> forging.Signer:
    """Somebody else of the same algorithm."""
    if isinstance(signer, HmacSigner):
        return HmacSigner(b"dcr-conformance-" * 4, signer.algorithm)
    return forging.stranger(signer.algorithm, signer.kid)


def prover_by(provider: Provider, *names: str) -> Prover:
    """The main client with the first of these algorithms that is taken of it.

    Raises:
        NotJudged: none is.

    """
    main = main_prover(provider)
    if main.signer.algorithm in names:
        return main
    published = {jwk["kty"] for jwk in main.client.requested["jwks"]["keys"]}
    usable = [name for name in names if name in algorithms(provider)]
    for name in usable:
        kind = ALGORITHMS[name][0]
        if ("RSA" if kind == "RSA" else "EC") not in published:
            continue
        prover = replace(main, signer=signer_of(name, "main"))
        memo = f"control-assertions-{name}"

        def taken(prover: Prover = prover, memo: str = memo) -> bool:
            own = provider.apart(memo)
            return is_taken(own, prover, prover.honest(own))

        if provider.session.once(memo, taken):
            return prover
    raise NotJudged(f"no assertion by {' or '.join(names)} is taken")
