"""Clients whose honest request objects are known to be taken (RFC 9101, OIDC Core section 6).

The parameters stand in the object alone, with a state of their own: where it comes back,
the object was read. Where a person is asked first, a text that is no object at all must be
refused, or nothing shows that objects are looked at.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance import expect, forging
from conformance.checks.landing import taken
from conformance.forging.signers import ALGORITHMS, LocalSigner, key
from conformance.outcomes import NotApplicable, NotJudged
from conformance.provider.sender import said
from reports.results import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.evidence import Answer
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

STATE = "dcr-conformance-inside"
"""Stands within request objects and nowhere else."""

PREFERRED = ("ES256", "PS256", "RS256")
"""What is tried where the metadata names no algorithm."""

HEADERS: tuple[Mapping[str, Any], ...] = ({}, {"typ": "oauth-authz-req+jwt"})
"""RFC 9101 section 10.8 recommends the type; older servers do not know it."""

_OFFERS = ("request_parameter_supported", "request_object_signing_alg_values_supported")
_LIFETIME_S = 300
_SKEW_S = 30


@dataclass(frozen=True)
class Requester:
    """What makes a request object honest for one client; asked through the exchange at hand."""

    client: Client
    signer: forging.Signer
    header: Mapping[str, Any] = field(default_factory=dict)

    def claims(self, provider: Provider) -> dict[str, Any]:
        """The claims of a new request object (RFC 9101 section 4): all parameters, and whose."""
        now = int(provider.session.clock())
        parameters = provider.authorization_request(self.client, state=STATE)
        return {
            **parameters,
            "iss": self.client.client_id,
            "aud": provider.metadata.get("issuer") or provider.endpoint("authorization_endpoint"),
            "jti": secrets.token_urlsafe(16),
            "iat": now - _SKEW_S,
            "nbf": now - _SKEW_S,
            "exp": now + _LIFETIME_S,
        }

    def request_object(self, provider: Provider, **claims: Any) -> str:
        """A new honest request object, with further or other claims."""
        return forging.honest(self.header, {**self.claims(provider), **claims}, self.signer)

    def ask(self, provider: Provider, request_object: str, **outside: str) -> Answer:
        """An authorization request by an object; outside of it stands what RFC 6749 demands."""
        bare = dict.fromkeys(provider.authorization_request(self.client), provider.OMIT)
        beside = {"client_id": self.client.client_id, "response_type": "code", **outside}
        uri = provider.authorization_request(self.client)["redirect_uri"]
        changes = {**bare, **beside, "request": request_object}
        return provider.authorize(self.client, lands_at=uri, **changes)

    def honest(self, provider: Provider) -> Answer:
        """An authorization request by a new honest object."""
        return self.ask(provider, self.request_object(provider))


def offered_algorithms(provider: Provider) -> tuple[str, ...]:
    """What request objects may be signed by: the advertised ones known here, best first.

    Raises:
        NotApplicable: the provider's metadata offers no request objects, or only by others.

    """
    provider.endpoint("authorization_endpoint")
    flag, offered = (provider.metadata.get(name) for name in _OFFERS)
    if flag is False or (flag is not True and not offered):
        raise NotApplicable(
            f"the provider's metadata offers no request objects: neither {' nor '.join(_OFFERS)}"
        )
    if not isinstance(offered, list):
        return PREFERRED
    known = tuple(name for name in ALGORITHMS if name in offered and name != "RS1")
    if not known:
        raise NotApplicable("request objects are signed by algorithms unknown here")
    return known


def signer_of(algorithm: str, name: str) -> LocalSigner:
    """A key of this process under its name, for an algorithm."""
    kind = ALGORITHMS[algorithm][0]
    return LocalSigner(key(kind, f"requests-{name}"), algorithm, f"dcr-requests-{name}-{kind}")


def requester(provider: Provider, name: str = "main", **members: Any) -> Requester:
    """A client that signs its requests, of which an honest one is known to be taken.

    Args:
        provider: As the exchange has it.
        name: Whose keys; a client is registered once a run for each name.
        members: Further metadata of it; ``request_object_signing_alg`` says how it signs.

    Raises:
        NotApplicable: the provider does not offer request objects.
        NotJudged: it refuses such a client, or takes no honest object.

    """
    usable = offered_algorithms(provider)
    algorithm = members.pop("request_object_signing_alg", usable[0])
    memo = f"control-requests-{name}"
    provider.session.leans(provider.recorder.exchange, memo)

    def make() -> Requester:
        return _established(provider.apart(memo), name, algorithm, members)

    found: Requester = provider.session.once(memo, make)
    return Requester(found.client.bound_to(provider), found.signer, found.header)


def keys_of(provider: Provider, name: str) -> dict[str, LocalSigner]:
    """The keys that the client of this name registers: one of each kind that can be used."""
    kinds = {ALGORITHMS[item][0]: item for item in reversed(offered_algorithms(provider))}
    return {kind: signer_of(item, name) for kind, item in reversed(kinds.items())}


def _established(
    provider: Provider, name: str, algorithm: str, members: Mapping[str, Any]
) -> Requester:
    keys = keys_of(provider, name)
    client = provider.register(
        optional="a client that signs its requests is refused",
        **provider.baseline(
            jwks={"keys": [item.public_jwk for item in keys.values()]},
            request_object_signing_alg=algorithm,
            client_name=f"dcr-conformance requests {name}",
            **members,
        ),
    )
    stated = client.members.get("request_object_signing_alg", algorithm)
    if stated not in ALGORITHMS or ALGORITHMS[stated][0] not in keys:
        raise NotJudged(f"the answer states that request objects are signed by {stated}")
    signer = signer_of(stated, name)
    last: Answer | None = None
    for header in HEADERS:
        found = Requester(client, signer, header)
        last = found.honest(provider)
        if taken(last) and _was_read(provider, found, last):
            return found
    assert last is not None  # noqa: S101 - HEADERS is not empty
    raise NotJudged(f"no honest request object is taken: {said(last)}")


def _was_read(provider: Provider, found: Requester, answer: Answer) -> bool:
    """Whether the object itself was taken, and not the request without it."""
    if answer.landing == "client":
        return answer.redirect_parameters.get("state") == STATE
    if taken(found.ask(provider, "dcr-conformance")):
        raise NotJudged("a person is asked before request objects are looked at")
    return True


def between(provider: Provider, own: Requester, odd: Callable[[], Answer]) -> dict[str, Answer]:
    """The odd request between two honest ones; the second shows that nothing was locked."""
    return {
        "registration": own.client.registration,
        "control": own.honest(provider),
        "odd": odd(),
        "after": own.honest(provider),
    }


def refused(evidence: dict[str, Any], *, name: str = "the request object") -> bool:
    """The odd request is refused, while honest ones before and after it are taken."""
    for place in ("control", "after"):
        honest = expect.conclusive(evidence[place])
        expect.judged(taken(honest), f"an honest request object is refused: {honest.line}")
    return turned_away(evidence["odd"], name=name)


def turned_away(answer: Answer, *, name: str) -> bool:
    """No code comes of a request, and no person is asked about it."""
    expect.conclusive(answer)
    found = taken(answer)
    read = answer.redirect_parameters.get("state") == STATE
    how = "taken" if read or answer.landing != "client" else "taken, as if there were no object"
    return expect.met(
        not found,
        "refused",
        f"{how if found else 'refused'}: {answer.line} {answer.error or ''}".rstrip(),
        name=name,
        about=answer,
        # What was not refused yet may still be, once the person is known.
        at_most=Level.SHOULD if answer.landing == "interaction" else None,
    )
