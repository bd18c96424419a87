"""Secrets are taken out where messages are captured, and never put anywhere else.

A secret becomes a placeholder such as ``[client_secret:1]``: equal values keep equal
placeholders, so evidence can still be compared. Names decide first (members of JSON,
form fields, query parameters, header fields); then every value of eight characters or
more that is known from this exchange is replaced wherever it stands.
"""

from __future__ import annotations

import json
import re
import threading
from typing import Any
from urllib.parse import unquote_plus

from conformance.provider.credentials import quoted

SHORTEST_BY_VALUE = 8

SECRET_MEMBERS = {
    "client_secret": "client_secret",
    "registration_access_token": "registration_access_token",
    "access_token": "access_token",
    "refresh_token": "refresh_token",
    "id_token": "id_token",
    "code": "code",
    "code_verifier": "code_verifier",
    "device_code": "device_code",
    "client_assertion": "client_assertion",
    "assertion": "assertion",
    "initial_access_token": "initial_access_token",
    "password": "password",
    "token": "token",
    "software_statement": "software_statement",
    "request_uri": "request_uri",
}
"""Member, form field or parameter name -> the kind that its placeholder names."""

BY_VALUE_IN_ERRORS = frozenset({"code", "token"})
"""Names that errors give to what is no credential (``"code": "E1042"``); RFC 6749 sends codes
by redirect and tokens under longer names, so there only a value that is known is one."""

_PRIVATE_JWK = {"d", "p", "q", "dp", "dq", "qi", "k"}
_SECRET_HEADERS = {"cookie": "cookie", "set-cookie": "cookie", "proxy-authorization": "proxy"}
_PAIR = re.compile(r"(?P<lead>^|[?&#;])(?P<name>[A-Za-z0-9_.~%-]+)=(?P<value>[^&#;\s\"'<>]*)")


class Redactor:
    """Knows the secrets of a run; safe to use from several threads."""

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._forms: list[tuple[str, str]] | None = None
        self._lock = threading.Lock()

    def placeholder(self, kind: str, value: str) -> str:
        """The placeholder of a secret, the same for the same value."""
        if not value or _is_placeholder(value):
            return value
        with self._lock:
            known = self._placeholders.get(value)
            if known is None:
                self._counts[kind] = number = self._counts.get(kind, 0) + 1
                known = f"[{kind}:{number}]"
                self._placeholders[value] = known
                self._forms = None
            return known

    def knows(self, value: str) -> bool:
        """Whether a value was taken for a secret before."""
        with self._lock:
            return value in self._placeholders

    @property
    def known(self) -> dict[str, str]:
        """Every secret of the run with its placeholder."""
        with self._lock:
            return dict(self._placeholders)

    def scope(self) -> Scope:
        """The secrets that one request and its response bring along."""
        return Scope(self)

    def sweep(self, text: str) -> str:
        """Replace every known secret in a whole text: the last look before it is written."""
        for form, placeholder in self._every_form():
            if form in text:
                text = text.replace(form, placeholder)
        return text

    def _every_form(self) -> list[tuple[str, str]]:
        """Each secret as it may be written, the longest first, with its placeholder."""
        with self._lock:
            if self._forms is None:
                known = sorted(self._placeholders.items(), key=lambda item: -len(item[0]))
                self._forms = [
                    (form, placeholder)
                    for value, placeholder in known
                    if len(value) >= SHORTEST_BY_VALUE
                    # In JSON a quote, a line end or any letter beyond ASCII is written otherwise.
                    for form in dict.fromkeys((value, quoted(value), json.dumps(value)[1:-1]))
                ]
            return self._forms


class Scope:
    """Redacts one request and its response, by name and then by value."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._values: dict[str, str] = {}
        self.in_error = False
        """Whether what is read now is an error answer."""

    def kind(self, name: str, value: str) -> str | None:
        """What kind of secret a field of that name holds, None where it holds none."""
        kind = SECRET_MEMBERS.get(name)
        if self.in_error and name in BY_VALUE_IN_ERRORS and not self._redactor.knows(value):
            return None
        return kind

    def learn(self, kind: str, value: str) -> str:
        """Take a value for a secret from here on."""
        placeholder = self._redactor.placeholder(kind, value)
        if len(value) >= SHORTEST_BY_VALUE and value not in self._values:
            self._values[value] = placeholder
            if (encoded := quoted(value)) != value:
                self._values[encoded] = placeholder
        return placeholder

    def text(self, value: str) -> str:
        """Replace known secrets in a string."""
        for secret, placeholder in self._values.items():
            if secret in value:
                value = value.replace(secret, placeholder)
        return value

    def json(self, value: Any, name: str = "", *, within_jwk: bool = False) -> Any:
        """Replace secrets in parsed JSON; member names stay as they are."""
        if isinstance(value, dict):
            jwk = "kty" in value
            return {key: self.json(item, key, within_jwk=jwk) for key, item in value.items()}
        if isinstance(value, list):
            return [self.json(item, name, within_jwk=False) for item in value]
        if isinstance(value, str):
            if within_jwk and name in _PRIVATE_JWK:
                return self.learn("private_key", value)
            if (kind := self.kind(name, value)) is not None:
                return self.learn(kind, value)
            return self.text(self.pairs(value)) if "=" in value else self.text(value)
        return value

    def pairs(self, text: str) -> str:
        """Replace the values of secret-named fields in a query, a fragment or a form."""

        def replace(match: re.Match[str]) -> str:
            value = unquote_plus(match["value"])
            kind = self.kind(unquote_plus(match["name"]), value)
            if kind is None or not value:
                return match[0]
            placeholder = self.learn(kind, value)
            return f"{match['lead']}{match['name']}={placeholder}"

        return _PAIR.sub(replace, text)

    def url(self, url: str) -> str:
        """As :meth:`text`, and secret-named parameters."""
        return self.text(self.pairs(url))

    def header(self, name: str, value: str) -> str:
        """A header's value: credentials by name, everything else by value."""
        lower = name.lower()
        if lower == "authorization":
            scheme, _, rest = value.partition(" ")
            if not rest.strip():
                return value
            kind = "basic_credentials" if scheme.lower() == "basic" else "token"
            known = self._values.get(rest) or self._redactor.known.get(rest)
            return f"{scheme} {known or self.learn(kind, rest)}"
        if lower in _SECRET_HEADERS:
            return self._redactor.placeholder(_SECRET_HEADERS[lower], value)
        if lower == "location":
            return self.url(value)
        return self.text(value)


def _is_placeholder(value: str) -> bool:
    return value.startswith("[") and value.endswith("]") and ":" in value
