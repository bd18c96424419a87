"""What travels: a request in, a response out, and nothing of any framework."""

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as the provider sees it; ``target`` is path and query."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    client_certificate: bytes | None = None
    """DER of the certificate that the connection's client showed."""

    @property
    def path(self) -> str:
        """The path as sent, not decoded: two spellings are two paths."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the first question mark, not decoded."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its letter case."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> list[str]:
        """Return every header line of that name (RFC 9110 section 5.3)."""
        return [value for key, value in self.headers if key.lower() == name]


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; the headers are sent in this order."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its letter case."""
        return next((value for key, value in self.headers if key.lower() == name), None)
