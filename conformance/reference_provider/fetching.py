"""Outgoing fetches of a served provider: client keys, from this machine only."""

import http.client
from urllib.parse import urlsplit

_LIMIT = 1 << 20


def loopback_fetch(url: str) -> bytes:
    """Return a document from this machine, at once and of bounded size, or raise ``OSError``.

    Redirects are not followed: they are how a fetch is led elsewhere.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise PermissionError("only this machine is fetched from")
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=2)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}".rstrip("?"))
        response = connection.getresponse()
        document = response.read(_LIMIT)
    except http.client.HTTPException as error:
        raise ConnectionError("the answer was no HTTP") from error
    finally:
        connection.close()
    if response.status != 200:
        raise ConnectionError("the document was not there")
    return document
