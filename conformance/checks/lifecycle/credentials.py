"""How well a provider keeps one credential from being taken for another."""

from __future__ import annotations

import base64
import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.shared import credentials_client
from conformance.exchange import exchange
from conformance.outcomes import NotApplicable
from conformance.requirement import requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.evidence import Answer
    from conformance.judgement import WholeRun
    from conformance.provider.client import Client
    from conformance.provider.operations import Provider

GRANT: dict[str, Any] = {"grant_type": "client_credentials"}


def near_misses(value: str) -> dict[str, str]:
    """Spellings that only a careless comparison takes for the value."""
    misses = {
        "without its last character": value[:-1],
        "with one character more": value + "x",
        "first half": value[: len(value) // 2],
        "in another letter case": value.swapcase(),
        "with a space behind": value + " ",
    }
    # Hexadecimal and base32 know one letter case; there the other is the same value.
    if value.lower() == value or value.upper() == value:
        del misses["in another letter case"]
    return {name: miss for name, miss in misses.items() if miss != value}


@exchange
def near_secrets(provider: Provider) -> dict[str, Answer]:
    """Ask for tokens with the secret and with near misses of it."""
    provider.endpoint("token_endpoint")
    client = credentials_client(provider)
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    answers: dict[str, Answer] = {"right": provider.token(client, **GRANT)}
    for name, miss in near_misses(client.secret).items():
        answers[name] = provider.token(client, secret=miss, **GRANT)
    return answers


@exchange
def near_tokens(provider: Provider) -> dict[str, Answer]:
    """Read a client with its registration access token and with near misses of it."""
    client = provider.register(**provider.baseline())
    client.need_management()
    token = client.registration_token or ""
    answers: dict[str, Answer] = {"right": client.read()}
    for name, miss in near_misses(token).items():
        if not miss.endswith(" "):  # a header field ends before its last space
            answers[name] = client.read(token=miss)
    return answers


@exchange
def derived_credentials(provider: Provider) -> dict[str, Answer | Client | str]:
    """Compare the credentials of a client with what everybody can compute from its identifier."""
    client = provider.control(**provider.baseline())
    found = []
    issued = client.registration.members.get("client_id_issued_at", "")
    names = (client.client_id, f"{client.client_id}{issued}", "dcr-conformance", str(issued))
    guesses = {guess: how for name in names if name for guess, how in _derived(name)}
    for kind, value in (
        ("client_secret", client.secret),
        ("registration_access_token", client.registration_token),
    ):
        if value and value in guesses:
            found.append(f"{kind} is {guesses[value]}")
    return {"client": client, "found": "; ".join(found)}


def _derived(text: str) -> Iterator[tuple[str, str]]:
    """What a simple mind computes from a text, and what to call it."""
    data = text.encode(errors="surrogatepass")
    yield text, "a value that everybody sees"
    yield base64.b64encode(data).decode(), "base64 of what everybody sees"
    yield base64.urlsafe_b64encode(data).rstrip(b"=").decode(), "base64url of what everybody sees"
    for algorithm in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(algorithm, data, usedforsecurity=False)
        yield digest.hexdigest(), f"{algorithm} of what everybody sees"
        yield base64.b64encode(digest.digest()).decode(), f"{algorithm} of what everybody sees"
        encoded = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
        yield encoded, f"{algorithm} of what everybody sees"


@requirement("credentials-secret-compared-in-full")
def test_secret_is_compared_in_full(near_secrets: dict[str, Answer]) -> None:
    right = near_secrets["right"]
    expect.judged("access_token" in right.members, f"no token for the right one: {right.line}")
    with expect.together():
        for name, answer in near_secrets.items():
            if name != "right":
                expect.no_token(answer, name=f"the secret {name}")


@requirement("credentials-token-and-client-id-compared-in-full")
def test_registration_token_is_compared_in_full(near_tokens: dict[str, Answer]) -> None:
    expect.applies(near_tokens["right"].accepted, "reading is not offered")
    with expect.together():
        for name, answer in near_tokens.items():
            if name != "right":
                expect.refused(answer, name=f"the token {name}")


@requirement("credentials-not-derivable-from-public-values")
def test_credentials_are_not_derivable(derived_credentials: dict[str, Any]) -> None:
    registration = derived_credentials["client"].registration
    issued = [n for n in ("client_secret", "registration_access_token") if n in registration.facts]
    expect.applies(issued, "no credential was issued")
    found = derived_credentials["found"]
    expect.met(
        not found,
        "nothing that can be computed from the answer's public values",
        found or "nothing of the kind",
        name=", ".join(issued),
        about=registration,
        member=issued[0],
    )


@requirement("credentials-client-ids-unpredictable-and-distinct-ignoring-case")
def test_client_ids_are_unpredictable(whole_run: WholeRun) -> None:
    clients = [a for a in whole_run.of("register") if a.registered]
    by_folded: dict[str, str] = {}
    numbers = sorted(
        int(a.members["client_id"]) for a in clients if a.members["client_id"].isdecimal()
    )
    close = [b - a for a, b in pairwise(numbers) if 0 < b - a < 1000]
    offences: list[tuple[Answer, str, object]] = []
    for answer in clients:
        client_id = answer.members["client_id"]
        first = by_folded.setdefault(client_id.lower(), client_id)
        if first != client_id:
            offences.append((answer, "client_id", f"{client_id} and {first}"))
    if len(close) > 2:
        offences.append(
            (clients[-1], "client_id", f"numbers that follow each other: {numbers[:4]}")
        )
    expect.throughout(
        "identifiers that do not follow from each other",
        offences,
        seen=len(clients) if len(by_folded) > 2 else 0,
        name="identifiers to compare",
    )
