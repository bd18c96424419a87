"""The subcommands that read results files: what is rendered, compared and laid side by side."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.outputs import REPORT, RESULTS
from conformance.settings import UsageProblem
from reports import comparison
from reports.formats import FILES, renderer
from reports.results import Results, UnreadableResultsError

if TYPE_CHECKING:
    import argparse

STDOUT = Path("-")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Define them."""
    report = commands.add_parser("report", help="render a report from results.json again")
    report.add_argument("results", type=Path, metavar="RESULTS")
    report.add_argument("--format", choices=tuple(FILES), default="html", help="default: html")
    report.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="default: compliance.html, summary.md, junit.xml or badge.json beside RESULTS; "
        "- for standard output",
    )
    report.add_argument("--since", type=Path, metavar="OLD", help="say what changed since then")
    trust = report.add_mutually_exclusive_group()
    trust.add_argument(
        "--sign",
        type=Path,
        metavar="KEY",
        help="write a detached JWS beside page and results; a private key as PEM or JWK",
    )
    trust.add_argument(
        "--verify",
        type=Path,
        metavar="KEY",
        help="check both instead; a public key or certificate as PEM, or a JWK",
    )
    report.set_defaults(action=_report)
    compare = commands.add_parser(
        "compare", help="say what got better, worse, new and gone; exit 1 if something got worse"
    )
    compare.add_argument("old", type=Path, metavar="OLD")
    compare.add_argument("new", type=Path, metavar="NEW")
    compare.add_argument("--html", type=Path, metavar="FILE", help="also as a page")
    compare.set_defaults(action=_compare)
    matrix = commands.add_parser("matrix", help="lay many results side by side, on one page")
    matrix.add_argument(
        "results", type=Path, nargs="+", metavar="RESULTS", help="files, or folders with one"
    )
    matrix.add_argument(
        "--output", type=Path, metavar="FILE", default=Path("matrix.html"), help="matrix.html"
    )
    matrix.set_defaults(action=_matrix)


def _report(options: argparse.Namespace) -> int:
    from conformance import signing  # noqa: PLC0415 - jwcrypto is heavy

    output = options.output or options.results.with_name(FILES[options.format])
    if (options.sign or options.verify) and (options.format != "html" or output == STDOUT):
        raise UsageProblem("what is signed and verified is the page, in a file of its own")
    if options.verify:
        return signing.check_signatures(options.results, output, options.verify)
    results = _read(options.results)
    if options.since:
        since = comparison.compare(_read(options.since), results)
        results = results.model_copy(update={"since": since})
    written = hashlib.sha256(options.results.read_bytes()).hexdigest()
    write(output, renderer(options.format, written)(results))
    if options.sign:
        signing.write_signatures((options.results, output), options.sign)
    return 0


def _compare(options: argparse.Namespace) -> int:
    old, new = _read(options.old), _read(options.new)
    since = comparison.compare(old, new)
    for line in comparison.lines(since):
        print(line)  # noqa: T201 - its purpose
    if options.html:
        from reports import comparison_page  # noqa: PLC0415 - Jinja2 is heavy

        write(options.html, comparison_page.render(old, new))
    return int(any(change.kind == "worse" for change in since.changes))


def _matrix(options: argparse.Namespace) -> int:
    from reports import matrix  # noqa: PLC0415 - Jinja2 is heavy

    files = [path / RESULTS if path.is_dir() else path for path in options.results]
    here = Path.cwd() if options.output == STDOUT else options.output.parent.resolve()
    # Nothing that is read refers to itself, and the process ends with the page: looking
    # for garbage took half the time of fifty large files.
    gc.disable()
    runs = ((_read(file, outline=True), _page(file, here)) for file in files)
    write(options.output, matrix.render(runs))
    return 0


def _page(results: Path, folder: Path) -> str:
    """The address of the page beside a results file, from a folder; empty if there is none."""
    page = results.resolve().with_name(REPORT)
    if not page.is_file():
        return ""
    try:
        return quote(Path(os.path.relpath(page, folder)).as_posix())
    except ValueError:  # on another drive
        return ""


def _read(path: Path, *, outline: bool = False) -> Results:
    try:
        return Results.read(path, outline=outline)
    except UnreadableResultsError as error:
        raise UsageProblem(str(error)) from None


def write(output: Path, text: str) -> None:
    """Write a file and say where, or to standard output.

    Raises:
        UsageProblem: it cannot be written there.

    """
    if output == STDOUT:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.flush()
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageProblem(f"cannot write {output}: {error.strerror}") from None
    print(output)  # noqa: T201 - its purpose
