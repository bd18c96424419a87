"""The real servers that the suite is tried on: how each is started, and in what forms."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import python_server
from oidc_provider import server as oidc_provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Server:
    """A server that nobody here wrote, and what an operator of each form would set."""

    folder: str
    package: str
    version: str
    configurations: tuple[str, ...]
    running: Callable[[str], AbstractContextManager[str]]
    environment: Callable[[str], Mapping[str, str]] = field(default=lambda _: {})

    @property
    def recording(self) -> str:
        """The name of its recording, which is of its first configuration."""
        return f"{self.package}-{self.version}"

    def settings(self, configuration: str) -> Path:
        """What the operator of a configuration would write."""
        return HERE / self.folder / "settings" / f"{configuration}.toml"

    def expected(self) -> list[dict[str, Any]]:
        """What is neither a pass nor the plain absence of an offer, with its evidence."""
        path = HERE / self.folder / "expected.toml"
        found = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return list(found.get("verdict", []))


def _pinned(folder: str, package: str) -> str:
    text = (HERE / folder / "requirements.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}==(.+)$", text, re.MULTILINE | re.IGNORECASE)
    assert found is not None, f"{package} is not pinned"
    return found[1]


def _oidc_environment(configuration: str) -> Mapping[str, str]:
    if not configuration.startswith("protected"):
        return {}
    return {"DCR_INITIAL_ACCESS_TOKEN__TOKEN": oidc_provider.INITIAL_ACCESS_TOKEN}


def _python(folder: str, package: str, *configurations: str) -> Server:
    start = partial(python_server.running, HERE / folder)
    return Server(folder, package, _pinned(folder, package), configurations, start)


SERVERS = (
    Server(
        "oidc_provider",
        "oidc-provider",
        oidc_provider.version(),
        oidc_provider.CONFIGURATIONS,
        oidc_provider.running,
        _oidc_environment,
    ),
    _python("mcp_sdk", "mcp", "open", "expiring"),
    _python("authlib", "authlib", "managed", "open", "trusted"),
)
