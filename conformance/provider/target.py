"""Finding out what a target URL is: an issuer, a metadata document or a registration endpoint."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from conformance.evidence import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.settings import Settings

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"

ENDPOINTS = (
    "registration_endpoint",
    "token_endpoint",
    "authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
)


class Unreachable(Exception):  # noqa: N818 - a state of the target
    """Nothing answers there; ``sentence`` says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Discovered:
    """What is known of the target before anything is registered."""

    url: str
    kind: str = "registration endpoint"
    issuer: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    """Address by name: ``oauth``, ``openid``."""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    declares: tuple[str, ...] = ("rfc7591",)
    declared_by: str = "discovered"
    problem: str = ""
    """Why no registration endpoint is known."""
    answers: Mapping[str, Answer] = field(default_factory=dict)


def candidates(url: str) -> dict[str, str]:
    """Where the documents of an issuer, or of a metadata URL, are to be looked for.

    RFC 8414 section 3.1 inserts its well-known string before the path of the issuer,
    OpenID Connect Discovery section 4 appends its own.
    """
    parts = urlsplit(url)
    if "/.well-known/" in parts.path:
        name = "openid" if "openid-configuration" in parts.path else "oauth"
        issuer = _issuer_of(parts.path)
        other = "oauth" if name == "openid" else "openid"
        base = urlunsplit(parts._replace(path=issuer, query="", fragment=""))
        return {name: url, other: candidates(base)[other]}
    path = parts.path.rstrip("/")
    at = parts._replace(query="", fragment="")
    return {
        "oauth": urlunsplit(at._replace(path=OAUTH + path)),
        "openid": urlunsplit(at._replace(path=path + OPENID)),
    }


def _issuer_of(path: str) -> str:
    before, _, after = path.partition("/.well-known/")
    inserted = after.partition("/")[2]
    return before or (f"/{inserted}" if inserted else "")


def discover(settings: Settings, fetch: Callable[[str, str], Answer]) -> Discovered:
    """Fetch both documents side by side and say what the target is.

    Args:
        settings: The target, what it is declared to be, overrides of endpoints.
        fetch: Sends a GET for a named document and gives the answer.

    Raises:
        Unreachable: no connection could be made, or nothing at all was answered.

    """
    url = settings.target_url
    places = candidates(url)
    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(places, pool.map(fetch, places, places.values()), strict=True))
    if all(_silent(answer) for answer in answers.values()):
        raise Unreachable(_sentence(url, places, next(iter(answers.values())).step.failure))
    documents = {name: _document(answer) for name, answer in answers.items()}
    found = {name: item for name, item in documents.items() if isinstance(item, dict)}
    problems = [item for item in documents.values() if isinstance(item, str) and item]
    return _discovered(settings, places, answers, found, problems)


def _silent(answer: Answer) -> bool:
    return not answer.answered and not answer.step.observations.get("received")


def _document(answer: Answer) -> dict[str, Any] | str:
    """The document, or why it is none; empty where there is just nothing at that address."""
    path = urlsplit(answer.step.request.url).path
    if not answer.answered:
        return f"GET {path}: {answer.step.failure}"
    if answer.status != 200:
        return ""
    if answer.body.json_kind != "object" or not answer.members:
        return f"GET {path} -> 200, but the body is no JSON object"
    return dict(answer.members)


def _discovered(
    settings: Settings,
    places: Mapping[str, str],
    answers: Mapping[str, Answer],
    found: Mapping[str, dict[str, Any]],
    problems: list[str],
) -> Discovered:
    url = settings.target_url
    metadata: dict[str, Any] = {}
    for name in ("openid", "oauth"):
        metadata.update(found.get(name, {}))
    endpoints = {name: value for name in ENDPOINTS if isinstance(value := metadata.get(name), str)}
    endpoints.update(settings.provider.endpoints)
    declares = settings.provider.declares
    declared_by = "the operator" if declares else "discovered"
    if not declares:
        declares = ("rfc7591",) if "oauth" in found or not found else ()
        declares += ("openid-registration",) if "openid" in found else ()
    problem = ""
    kind = "issuer" if found else "registration endpoint"
    if "/.well-known/" in urlsplit(url).path and found:
        kind = "metadata document"
    if "registration_endpoint" not in endpoints:
        if found:
            problem = f"the metadata at {_places(places, found)} has no registration_endpoint"
        elif problems:
            problem = problems[0]
        elif "/.well-known/" in urlsplit(url).path:
            problem = f"there is no metadata at {url}"
        else:
            endpoints["registration_endpoint"] = url
    return Discovered(
        url=url,
        kind=kind,
        issuer=str(metadata.get("issuer", "")),
        metadata=metadata,
        documents={name: places[name] for name in found},
        endpoints=endpoints,
        declares=declares,
        declared_by=declared_by,
        problem=problem,
        answers=answers,
    )


def _places(places: Mapping[str, str], found: Mapping[str, Any]) -> str:
    return " and ".join(urlsplit(places[name]).path for name in found)


def _sentence(url: str, places: Mapping[str, str], failure: str) -> str:
    if "certificate" in failure.lower() or "ssl" in failure.lower():
        return (
            f"no TLS connection to {url} ({failure}). "
            "Is its certificate issued by a private CA? Set [network] ca_bundle to the CA's file."
        )
    return (
        f"nothing answers at {url} ({failure}). Is the provider running? "
        f"Try: curl {places.get('oauth', url)}"
    )


def registration_hint(discovered: Discovered) -> str:
    """What to say where the target was taken for a bare registration endpoint and is none."""
    if discovered.kind != "registration endpoint":
        return ""
    return (
        "No metadata was found, so the URL itself was taken for the registration endpoint. "
        "If it is an issuer, its metadata is not where RFC 8414 and OpenID Connect put it."
    )


def reject_bad_url(url: str) -> str:
    """Why a target URL cannot be used; empty where it can."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"{url!r} is no URL: {error}"
    del port
    if parts.scheme not in ("http", "https") or not parts.hostname:
        meant = (
            f"; did you mean https://{url}?" if re.fullmatch(r"[\w.-]+(:\d+)?(/\S*)?", url) else ""
        )
        return f"{url!r} is no http or https URL{meant}"
    if parts.username or parts.password:
        return "a target URL holds no user name or password; use the settings for credentials"
    return ""
