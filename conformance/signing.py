"""``report --sign`` and ``report --verify``: who vouches for a report and its results."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from conformance.settings import UsageProblem
from reports import compliance
from reports.signature import (
    MalformedSignatureError,
    SignatureMismatchError,
    UnusableKeyError,
    beside,
    sign,
    signing_key,
    verification_key,
    verify,
)

if TYPE_CHECKING:
    from pathlib import Path


def write_signatures(files: tuple[Path, ...], key_file: Path) -> None:
    """Sign files, each beside itself.

    Raises:
        UsageProblem: the key cannot be used, or a file not be read or written.

    """
    try:
        key = signing_key(_bytes(key_file))
    except UnusableKeyError as error:
        raise UsageProblem(f"cannot sign with {key_file}: {error}") from None
    for file in files:
        signature = beside(file)
        try:
            signature.write_text(sign(_bytes(file), key), encoding="ascii", newline="\n")
        except OSError as error:
            raise UsageProblem(f"cannot write {signature}: {error.strerror}") from None
        print(signature)  # noqa: T201 - its purpose


def check_signatures(results: Path, page: Path, key_file: Path) -> int:
    """Say of the results and of their page whether they are what was signed.

    Returns:
        0 if all holds, 1 if a signature does not fit or the page is of other results.

    Raises:
        UsageProblem: a file is missing, or is no key or no signature at all.

    """
    try:
        key = verification_key(_bytes(key_file))
    except UnusableKeyError as error:
        raise UsageProblem(f"cannot verify with {key_file}: {error}") from None
    sound = True
    contents = {file: _bytes(file) for file in (results, page)}
    for file, content in contents.items():
        signature = beside(file)
        try:
            algorithm = verify(content, _bytes(signature).decode("ascii", "replace"), key)
        except MalformedSignatureError as error:
            raise UsageProblem(f"{signature} cannot be used: {error}") from None
        except SignatureMismatchError as error:
            print(f"{file}: NOT as signed: {error}")  # noqa: T201 - its purpose
            sound = False
        else:
            print(f"{file}: as signed ({algorithm}, key {key.thumbprint()})")  # noqa: T201
    stated = compliance.stated_digest(contents[page].decode("utf-8", "replace"))
    if stated != hashlib.sha256(contents[results]).hexdigest():
        said = f"states SHA-256 {stated}" if stated else "states no SHA-256"
        print(f"{page}: NOT of these results: it {said}")  # noqa: T201
        sound = False
    return 0 if sound else 1


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"cannot read {path}: {error.strerror}") from None
