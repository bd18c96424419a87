"""What an operator may say about a run: command line > environment > file > default."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

if TYPE_CHECKING:
    from collections.abc import Mapping

SPECIFICATIONS = ("rfc7591", "rfc7592", "openid-registration", "rfc8252", "rfc9700")
"""What a provider can be declared to conform to."""

CONFIGURATION = "dcr-conformance.toml"


class UsageProblem(ValueError):  # noqa: N818 - shown to people, exit status 4
    """Unusable options or configuration: one sentence that says what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _readable(cls, value: object) -> object:
        """Every file that is named must be there before anything is sent."""
        if isinstance(value, Path):
            try:
                value.open("rb").close()
            except OSError as error:
                raise ValueError(f"cannot read {value}: {error.strerror}") from error
        return value


class ProviderPart(_Part):
    """What the provider is, where discovery cannot tell."""

    declares: tuple[str, ...] = ()
    endpoints: dict[str, str] = Field(default_factory=dict)
    """Overrides of discovered endpoints, by their names in the metadata."""
    approval_step: bool = False
    """Whether a person must approve a client before it can be used."""
    software_statements: Literal["", "trusted", "required"] = ""
    """Whether it trusts the statements of the directory, or even demands one; empty: neither."""
    allowed_redirect_hosts: tuple[str, ...] = ()
    """The only hosts that redirect URIs may have, where the operator limits them."""
    trusted_software_id: str = ""
    """A software_id that means something to it, say of a client made by hand."""
    limits_may_be_probed: bool = False
    """Whether a run that met a limit on registrations may try to get round it."""
    client_certificates: Literal["", "trusted"] = ""
    """Whether it trusts TLS client certificates that the directory issues."""
    keys_cached_s: int | None = Field(default=None, ge=0, le=600)
    """Seconds for which it keeps keys that it fetched, whatever their URL allows."""

    @field_validator("declares")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - set(SPECIFICATIONS)):
            raise ValueError(f"{', '.join(unknown)} is none of {', '.join(SPECIFICATIONS)}")
        return value


class RegistrationPart(_Part):
    """What every registration at this provider needs."""

    redirect_uri: str = "https://client.example/cb"
    metadata: dict[str, Any] = Field(default_factory=dict)


class InitialAccessTokenPart(_Part):
    """How an initial access token is had: fixed, or by a client credentials request."""

    token: SecretStr | None = None
    token_file: Path | None = None
    expired_token: SecretStr | None = None
    """One whose time is over, to see that it registers nobody."""
    token_endpoint: str = ""
    client_id: str = ""
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    scope: str = ""


class NetworkPart(_Part):
    """How the provider is reached."""

    ca_bundle: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    proxy: str = ""
    timeout_s: float = Field(default=10.0, gt=0, le=300)
    """Seconds within which a request must be answered whole."""
    longest_wait_s: float = Field(default=20.0, ge=0, le=3600)
    """Seconds that a run waits in all because of Retry-After."""


class DirectoryPart(_Part):
    """The trust framework whose statements the provider was told to trust."""

    url: str = ""
    """One that runs already; empty: a run starts its own when a check needs it."""
    public_url: str = ""
    """How the provider reaches the directory that a run starts; empty: at loopback."""
    port: int = Field(default=9443, ge=0, le=65535)
    """Where a run's own directory listens; 0: at any free port, with a state of its own."""
    token: SecretStr | None = None
    """What the directory at ``url`` demands of those who change something."""
    probe_internal_addresses: bool = False
    """The provider is meant to fetch from the directory and from no other internal address."""
    canary: str = ""
    """An internal address, as the provider reaches it, at which the directory answers as well."""

    @field_validator("url", "public_url", "canary")
    @classmethod
    def _web(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/?#]+", value):
            raise ValueError("a directory is named by its URL, for instance http://127.0.0.1:9443")
        return value.rstrip("/")


class ReportPart(_Part):
    """Who had it run and for what product; the page names them."""

    operator: str = ""
    product: str = ""
    version: str = ""
    assessor: str = ""


class Settings(BaseSettings):
    """All settings of a run."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="DCR_", env_nested_delimiter="__"
    )

    target_url: str = ""
    profile: Annotated[tuple[str, ...], NoDecode] = ()
    require: Annotated[tuple[str, ...], NoDecode] = ()
    fail_on: Literal["must", "security", "should"] = "must"
    min_judged: int = Field(default=0, ge=0)
    depth: Literal["quick", "standard", "full"] = "standard"
    waivers: Path | None = None
    checks: tuple[Path, ...] = ()
    """Folders of rows and checks of one's own."""
    report_dir: Path = Path("dcr-report")
    concurrency: int = Field(default=16, ge=1, le=64)
    rate: str = ""
    replay: Path | None = None
    since: Path | None = None
    seed: int = Field(default=0, ge=0, lt=2**32)
    state_dir: Path = Field(default_factory=lambda: default_state_dir())  # noqa: PLW0108 - defined below
    provider: ProviderPart = ProviderPart()
    registration: RegistrationPart = RegistrationPart()
    initial_access_token: InitialAccessTokenPart = InitialAccessTokenPart()
    directory: DirectoryPart = DirectoryPart()
    network: NetworkPart = NetworkPart()
    report: ReportPart = ReportPart()

    @field_validator("profile", "require", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - set(profiles())):
            known = ", ".join(profiles()) or "this version has none yet"
            raise ValueError(f"no profile is called {', '.join(unknown)} (known: {known})")
        return value

    @field_validator("require")
    @classmethod
    def _known_specification(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - set(SPECIFICATIONS)):
            raise ValueError(f"{', '.join(unknown)} is none of {', '.join(SPECIFICATIONS)}")
        return value

    @field_validator("rate")
    @classmethod
    def _rate(cls, value: str) -> str:
        if value and not re.fullmatch(r"[1-9]\d*/(s|min)", value):
            raise ValueError("a rate is N/s or N/min, for instance 20/min")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, then environment; :func:`load` lays both over the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return init_settings, env_settings

    @property
    def seconds_between_requests(self) -> float:
        """The pause that the rate asks for."""
        if not self.rate:
            return 0.0
        count, _, unit = self.rate.partition("/")
        return (60.0 if unit == "min" else 1.0) / int(count)

    def public(self) -> dict[str, Any]:
        """The settings for results and reports: no secret, no absolute path."""
        secret: Any = {"state_dir": True, "initial_access_token": True, "directory": {"token"}}
        data = self.model_dump(mode="json", exclude=secret)
        data["initial_access_token"] = self.initial_access_token_source
        for name in ("ca_bundle", "client_certificate", "client_key"):
            if (file := getattr(self.network, name)) is not None:
                data["network"][name] = file.name
        return data

    @property
    def initial_access_token_source(self) -> str:
        """In words, how an initial access token is had."""
        part = self.initial_access_token
        if part.token is not None:
            return "fixed"
        if part.token_file is not None:
            return "from a file"
        return "client credentials request" if part.token_endpoint else "none"


def profiles() -> tuple[str, ...]:
    """The ecosystem profiles that this version has checks for."""
    folder = Path(__file__).parent / "checks" / "profiles"
    return tuple(sorted(path.name for path in folder.glob("[a-z]*") if path.is_dir()))


def default_state_dir() -> Path:
    """The folder that ledgers lie in, outside of any report."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "dcr-conformance"


def load(options: Mapping[str, Any], *, config: Path | None = None, folder: Path) -> Settings:
    """Settle what holds for this run.

    Args:
        options: What the command line says; None means not said.
        config: The file named there; without, ``dcr-conformance.toml`` or the table
            ``[tool.dcr-conformance]`` of ``pyproject.toml`` in ``folder``, if there is one.
        folder: Where the user stands.

    Raises:
        UsageProblem: one sentence that says what is wrong and where.

    """
    said = {name: value for name, value in options.items() if value not in (None, [], ())}
    name, data = _file(config, folder)
    try:
        over = Settings(**said).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise UsageProblem(_sentence(error, "command line or environment")) from error
    try:
        return Settings.model_validate(_laid_over(data, over))
    except ValidationError as error:
        raise UsageProblem(_sentence(error, name or "settings")) from error


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for name, value in above.items():
        lower = result.get(name)
        if isinstance(lower, dict) and isinstance(value, dict):
            result[name] = _laid_over(lower, value)
        else:
            result[name] = value
    return result


def _file(config: Path | None, folder: Path) -> tuple[str, dict[str, Any]]:
    if config is not None:
        return str(config), _toml(config)
    ours = folder / CONFIGURATION
    if ours.is_file():
        return CONFIGURATION, _toml(ours)
    project = folder / "pyproject.toml"
    if project.is_file():
        try:
            table = tomllib.loads(project.read_text(encoding="utf-8")).get("tool", {})
        except (OSError, ValueError):
            return "", {}  # another tool's business
        return "pyproject.toml [tool.dcr-conformance]", table.get("dcr-conformance", {})
    return "", {}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageProblem(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageProblem(f"{path} is no valid TOML: {error}") from error


def _sentence(error: ValidationError, source: str) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    path = [str(part) for part in first["loc"]]
    where = ".".join(path) or "settings"
    text = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        text = "there is no such setting" + _nearest(path)
    elif first["type"] == "tuple_type":
        text = 'this is a list, for instance ["rfc7591"]'
    elif first["type"] == "model_type":
        text = f"this is a table: [{where}]"
    return f"{source}: {where.replace('_', '-') if '.' not in where else where}: {text}"


def _nearest(path: list[str]) -> str:
    """The name that was probably meant, or all that there are."""
    fields = Settings.model_fields
    for part in path[:-1]:
        annotation = fields[part].annotation if part in fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return ""
        fields = annotation.model_fields
    if near := difflib.get_close_matches(path[-1], fields, 1):
        return f"; did you mean {near[0]}?"
    return f" (known: {', '.join(fields)})"
