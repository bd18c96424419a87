"""RFC 7591 and RFC 7592, section 5: tokens and identifiers that say what they are good for."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.exchange import exchange
from conformance.forging import forms, stranger
from conformance.forging.signers import HmacSigner, Nobody, encoded, public_key_forms
from conformance.outcomes import NotApplicable
from conformance.provider.facts import jwt
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.evidence import Answer
    from conformance.provider.operations import Provider

_FORGER = stranger("ES256", "dcr-conformance-forger")
_CHANGED = {"dcr-conformance": "changed"}
"""A claim more: whoever does not look at the signature does not see it either."""


@exchange(depth="full")
def forged_registration_tokens(provider: Provider) -> dict[str, Answer]:
    """Read a client by its own token and, after that each time, by a token forged from it."""
    client = provider.register(**provider.baseline(client_name="dcr-conformance forged tokens"))
    client.need_management()
    if jwt(client.registration_token or "") is None:
        raise NotApplicable("registration access tokens are no JWTs here")
    keys = _published_keys(provider)
    answers: dict[str, Answer] = {}
    for name in _forged(client.registration_token or "", keys):
        answers[f"own token before {name}"] = own = client.read()
        if not own.accepted:
            break  # whoever ends a token for its misuse shows no more of the others
        forged = _forged(client.registration_token or "", keys).get(name)
        if forged is not None and forged != client.registration_token:
            answers[name] = client.read(token=forged)
    return answers


def _forged(token: str, keys: list[dict[str, Any]]) -> dict[str, str]:
    """The token in forms that only a careless server takes, by what was done to it."""
    changed = forms.with_claims(token, _CHANGED)
    forged = {
        "without a signature": forms.signed_by(Nobody(), token),
        "without a signature, none spelled nOnE": forms.signed_by(Nobody("nOnE"), token),
        "with other claims": changed,
        "with an altered signature": forms.FORMS["flipped"](token) if token[-1] != "." else changed,
        "with a key in the header": forms.signed_by(_FORGER, token, jwk=_FORGER.public_jwk),
    }
    kid = forms.parts(token)[0].get("kid")
    for key in keys:
        if kid in (None, key.get("kid")) and key.get("kty") in ("RSA", "EC"):
            text = public_key_forms(key)["public-pem"]
            forged["MACed with a public key"] = forms.signed_by(HmacSigner(text), token)
            break
    return forged


def _published_keys(provider: Provider) -> list[dict[str, Any]]:
    """The provider's own public keys, none where it publishes none."""
    uri = provider.metadata.get("jwks_uri")
    if not isinstance(uri, str):
        return []
    keys = provider.send("GET", uri).members.get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


@exchange(depth="full")
def forged_identifiers(provider: Provider) -> dict[str, Answer]:
    """Ask for authorization as a client whose client_id holds a redirect URI; change that."""
    client = provider.control(**provider.baseline())
    uri, elsewhere = client.redirect_uris[0], provider.redirect_uri("forged")
    forged = _rewritten(client.client_id, uri, elsewhere)
    if not forged:
        raise NotApplicable("the client_id does not hold the registration")
    answers: dict[str, Answer] = {"control": provider.tries_redirect(client, uri)}
    for name, identifier in forged.items():
        answers[name] = provider.tries_redirect(client, elsewhere, client_id=identifier)
    return answers


def _rewritten(identifier: str, uri: str, elsewhere: str) -> dict[str, str]:
    """The identifier with another redirect URI in it; empty where it holds none that is read."""
    if jwt(identifier) is not None:
        claims = forms.parts(identifier)[1]
        changed = _replaced(claims, uri, elsewhere)
        if changed == claims:
            return {}
        other = forms.with_claims(identifier, changed)
        return {
            "with another redirect URI": other,
            "without a signature": forms.signed_by(Nobody(), other),
            "signed by a stranger": forms.signed_by(_FORGER, other, jwk=_FORGER.public_jwk),
        }
    try:
        text = base64.b64decode(identifier.translate({45: "+", 95: "/"}) + "==")
        held = json.loads(text)
    except (ValueError, binascii.Error):
        return {}
    changed = _replaced(held, uri, elsewhere)
    if changed == held:
        return {}
    return {"with another redirect URI": encoded(json.dumps(changed).encode())}


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(item, old, new) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return new if value == old else value


@requirement("rfc7592-5-jwt-registration-token-unforgeable")
def test_forged_registration_token_reads_nothing(
    forged_registration_tokens: dict[str, Answer],
) -> None:
    evidence = forged_registration_tokens
    tried = [name for name in evidence if f"own token before {name}" in evidence]
    expect.judged(
        tried, "the client's own token does not read it: nothing shows why a forged one does not"
    )
    with expect.together():
        for name in tried:
            expect.refused(evidence[name], name=f"a token {name}")


@requirement("rfc7591-5-stateless-client-id-protected")
def test_changed_client_id_is_not_believed(forged_identifiers: dict[str, Answer]) -> None:
    control = expect.tells(expect.conclusive(forged_identifiers["control"]))
    expect.judged(
        control.landing in ("client", "interaction"),
        f"the registered URI itself is not taken: {control.line}",
    )
    with expect.together():
        for name, answer in forged_identifiers.items():
            if name != "control":
                expect.not_redirected(answer, what=f"a client_id {name}")
