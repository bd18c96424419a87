"""The console script ``dcr-conformance`` and its subcommands."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import __version__, catalogue, listing, report_commands, settings, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(argv: Sequence[str]) -> int:
    """Run a subcommand and give its exit status."""
    if argv and argv[0] in _PASSED_ON:
        return _PASSED_ON[argv[0]](list(argv[1:]))
    options = _parser().parse_args(argv)
    try:
        return int(options.action(options))
    except settings.UsageProblem as problem:
        terminal.to_stderr(str(problem))
        return 4


def run(arguments: Sequence[str]) -> int:
    """``run URL [pytest options]``: pytest with our own path and configuration."""
    import pytest  # noqa: PLC0415 - lists do not need it

    if not arguments or arguments[0].startswith("-"):
        target: list[str] = []
        rest = list(arguments)
    else:
        target, rest = ["--target-url", arguments[0]], list(arguments[1:])
    nowhere = Path(__file__).parent / "checks" / "pytest.ini"
    # The entry point was imported before pytest by this very command: nothing to warn of.
    ours = ["-c", str(nowhere), "--rootdir", str(Path.cwd())]
    ours += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([*ours, *target, *rest]))


def reference(arguments: Sequence[str]) -> int:
    """``reference [--port N] [--list]``: serve the bundled provider."""
    from conformance.reference_provider import server  # noqa: PLC0415 - Starlette is heavy

    return server.main(list(arguments))


def directory(arguments: Sequence[str]) -> int:
    """``directory [--port N] [--state-dir DIR]``: serve the mock directory."""
    from mock_directory import command  # noqa: PLC0415 - Starlette is heavy

    return command.main(list(arguments))


_PASSED_ON: dict[str, Callable[[list[str]], int]] = {
    "run": run,
    "reference": reference,
    "directory": directory,
}


def _list(options: argparse.Namespace) -> int:
    del options
    return listing.show(catalogue.load())


def _explain(options: argparse.Namespace) -> int:
    return listing.explain(catalogue.load(), options.requirement)


def _sweep(options: argparse.Namespace) -> int:
    from conformance import sweep  # noqa: PLC0415 - only here

    return sweep.sweep(settings.load({}, folder=Path.cwd()), dry_run=options.dry_run)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dcr-conformance",
        description="Conformance tests for dynamic client registration providers.",
    )
    parser.add_argument("--version", action="version", version=f"dcr-conformance {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("run", help="judge a provider: run URL [pytest options]")
    commands.add_parser("reference", help="serve the bundled reference provider")
    commands.add_parser("directory", help="serve a mock directory that issues software statements")
    commands.add_parser("list", help="list the requirements").set_defaults(action=_list)
    explain = commands.add_parser("explain", help="say what a requirement means")
    explain.add_argument("requirement", metavar="ID")
    explain.set_defaults(action=_explain)
    report_commands.add(commands)
    sweep = commands.add_parser("sweep", help="remove clients that a broken-off run left behind")
    sweep.add_argument("--dry-run", action="store_true", help="only say what is left")
    sweep.set_defaults(action=_sweep)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
