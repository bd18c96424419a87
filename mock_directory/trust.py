"""What a provider must be told, for both sides of the API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trust:
    """What a provider must be told to trust this directory."""

    issuer: str
    jwks_uri: str
    algorithms: list[str]
    dialect: str
    statement_lifetime_s: int | None
    ca_bundle: str
    ca_bundle_uri: str
