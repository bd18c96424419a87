"""``dcr-conformance directory``: the mock directory for as long as somebody wants it."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from mock_directory import dialects, server
from mock_directory.keyring import DEFAULT_OVERLAP, DIRECTORY, RotationRequest
from mock_directory.state import StateError

TOKEN_VARIABLE = "DCR_DIRECTORY_TOKEN"  # noqa: S105 - its name, not the token


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``dcr-conformance directory``; 4 where it cannot start."""
    options = _parser().parse_args(argv)
    try:
        serve(options)
    except StateError as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"cannot serve at {options.host}:{options.port} ({error.strerror})")
    return 0


def serve(options: argparse.Namespace) -> None:
    """Serve until interrupted.

    Raises:
        StateError: the state folder cannot be used.
        OSError: the address cannot be used.

    """
    given = os.environ.get(TOKEN_VARIABLE) or None
    folder = options.state_dir or server.default_state_dir()
    with server.opened(
        options.host,
        options.port,
        state_dir=folder,
        tls=options.tls,
        public_url=options.public_url,
        dialect=options.dialect,
        token=given,
    ) as (made, served, bound):
        if options.rotate:
            made.directory.keyring.rotate(DIRECTORY, RotationRequest(overlap_s=options.overlap))
        _introduce(made, options, folder, given=given is not None)
        with contextlib.suppress(KeyboardInterrupt):
            served.run([bound])


def _introduce(
    made: server.RunningDirectory, options: argparse.Namespace, folder: Path, *, given: bool
) -> None:
    trust = made.directory.trust()
    if server.needs_token(options.host, options.public_url):
        said = f"WARNING: others can reach this directory at {made.base}, not only this machine."
        said += " Whoever has the API token can sign whatever they like.\n"
        if options.public_url is None:
            said += "Say with --public-url by which name providers reach it.\n"
        sys.stderr.write(said)
        sys.stderr.flush()
    lines = {
        "console": f"{made.base}/",
        "issuer": trust.issuer,
        "jwks": trust.jwks_uri,
        "CA": str(folder / server.BUNDLE),
        "listening": made.address,
        "state": str(folder),
    }
    if made.token is not None and not given:
        lines["token"] = f"{made.token}   (shown this once; every change needs it)"
    sys.stdout.write("".join(f"{name:<11}{value}\n" for name, value in lines.items()))
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _complain(sentence: str) -> int:
    sys.stderr.write(f"dcr-conformance directory: {sentence}\n")
    return 4


def _public_url(text: str) -> str:
    read = urlsplit(text) if text.isascii() and text.isprintable() else urlsplit("")
    if read.scheme not in ("http", "https") or not read.hostname or set(text) & set(" ?#@"):
        raise argparse.ArgumentTypeError("is an http or https URL without query and fragment")
    return text


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError("is a whole number of seconds")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:9]) < 65536):
        raise argparse.ArgumentTypeError("is a number up to 65535")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dcr-conformance directory",
        description="A trust framework for tests: enrols software, signs statements, serves keys.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen at")
    add("--port", type=_port, default=9443, help="port to listen at, 0 for any")
    add("--state-dir", type=Path, metavar="DIR", help="where keys and enrolments are kept")
    add("--tls", action="store_true", help="serve https, with a certificate of its own CA")
    add("--public-url", type=_public_url, metavar="URL", help="how providers reach it")
    add("--dialect", choices=dialects.names(), default="default", help="whose statements to issue")
    add("--rotate", action="store_true", help="start with new keys; the old stay published a while")
    add(
        "--overlap", type=_seconds, default=DEFAULT_OVERLAP, metavar="S",
        help="how long --rotate keeps old keys published (default: a day)",
    )  # fmt: skip
    return parser
