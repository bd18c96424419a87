"""dcr-conformance: judge a dynamic client registration provider with ``pytest --target-url URL``.

This module is the pytest entry point, the console script and the door for people who
write checks of their own. It defines options; everything else is imported only when
there is a target, a recording or a list to look at.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE = Path(__file__).parent
_PRIVATE = _HERE / "dcr_conformance_suite"
"""Where the wheel keeps our packages; a checkout has them beside this file."""

_PUBLIC = {
    "exchange": "conformance.exchange",
    "load_cases": "conformance.exchange",
    "requirement": "conformance.requirement",
    "expect": "conformance.expect",
    "authorize_with": "conformance.provider.operations",
    "OMIT": "conformance.provider.sender",
    "NotApplicable": "conformance.outcomes",
    "NotJudged": "conformance.outcomes",
    "Blocked": "conformance.outcomes",
}

_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--target-url", {"metavar": "URL", "help": "issuer, metadata URL or registration endpoint "
     "of the provider to judge; 'reference' for the bundled one"}),
    ("--dcr-profile", {"metavar": "NAME", "action": "append", "help": "also judge an ecosystem "
     "profile (repeatable)"}),
    ("--dcr-require", {"metavar": "SPEC", "action": "append", "help": "fail where the provider "
     "offers nothing of this specification, for instance rfc7592 (repeatable)"}),
    ("--dcr-fail-on", {"metavar": "LEVEL", "help": "weakest level that fails the run: must "
     "(default), security or should"}),
    ("--dcr-min-judged", {"metavar": "N", "help": "fail where fewer requirements were judged"}),
    ("--dcr-depth", {"metavar": "DEPTH", "help": "quick (20 registrations), standard (150, "
     "default) or full"}),
    ("--dcr-waivers", {"metavar": "FILE", "help": "TOML file of known failures, each with "
     "reason and expiry"}),
    ("--dcr-checks", {"metavar": "DIR", "action": "append", "help": "also judge the rows and "
     "checks of this folder (repeatable)"}),
    ("--dcr-software-statements", {"metavar": "HOW", "help": "the provider trusts the statements "
     "of the directory ('trusted') or registers nobody without one ('required')"}),
    ("--dcr-directory-url", {"metavar": "URL", "help": "a mock directory that runs already; "
     "without, a run that needs one starts it at http://127.0.0.1:9443"}),
    ("--dcr-directory-public-url", {"metavar": "URL", "help": "how the provider reaches the "
     "directory that a run starts"}),
    ("--dcr-probe-internal-addresses", {"action": "store_true", "help": "the provider is meant to "
     "fetch from the directory and from no other internal address: try whether it does"}),
    ("--dcr-directory-canary", {"metavar": "URL", "help": "an internal address of the provider's "
     "network at which the directory answers as well, to see what comes there"}),
    ("--dcr-report-dir", {"metavar": "DIR", "help": "where results and report are written "
     "(default dcr-report)"}),
    ("--dcr-concurrency", {"metavar": "N", "help": "requests under way at once (default 16)"}),
    ("--dcr-rate", {"metavar": "N/s|N/min", "help": "send no more requests than that"}),
    ("--dcr-replay", {"metavar": "FILE", "help": "judge a results.json again, without a provider"}),
    ("--dcr-since", {"metavar": "FILE", "help": "say what changed since an older results.json"}),
    ("--dcr-seed", {"metavar": "N", "help": "marks what this run registers"}),
    ("--dcr-config", {"metavar": "FILE", "help": "settings (default dcr-conformance.toml, or "
     "[tool.dcr-conformance] in pyproject.toml)"}),
    ("--dcr-list", {"action": "store_true", "help": "list the requirements and end"}),
    ("--dcr-explain", {"metavar": "ID", "help": "say what a requirement means and end"}),
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first asked for."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'dcr_conformance' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - lazy on purpose

    find_packages()
    module = import_module(_PUBLIC[name])
    return module if name == "expect" else getattr(module, name)


def find_packages() -> None:
    """Put our packages first on sys.path.

    Raises:
        pytest.UsageError: somebody else's package of one of our names was imported before.

    """
    root = _PRIVATE if _PRIVATE.is_dir() else _HERE
    if sys.path[:1] != [str(root)]:
        sys.path.insert(0, str(root))
    for name in ("conformance", "reports", "mock_directory"):
        module = sys.modules.get(name)
        places = [str(place) for place in getattr(module, "__path__", [])]
        if module is not None and not any(place.startswith(str(root)) for place in places):
            raise pytest.UsageError(
                f"another package called {name!r} was imported before dcr-conformance "
                f"({', '.join(places) or 'unknown place'}). Use: dcr-conformance run URL"
            )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Define the options."""
    group = parser.getgroup("dcr-conformance", "conformance of a registration provider")
    for name, settings in _OPTIONS:
        group.addoption(name, default=None, **settings)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Wake up only where there is something to judge or to list."""
    known, _ = parser.parse_known_and_unknown_args(args)
    wanted = ("target_url", "dcr_replay", "dcr_list", "dcr_explain")
    if not any(getattr(known, name, None) for name in wanted):
        return
    find_packages()
    from conformance.activation import activate  # noqa: PLC0415 - nothing of ours before

    activate(early_config, parser, args, value_options={
        name for name, settings in _OPTIONS if settings.get("action") != "store_true"
    })  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """The console script ``dcr-conformance``."""
    find_packages()
    from conformance.command_line import main as command  # noqa: PLC0415 - as above

    return command(list(sys.argv[1:] if argv is None else argv))


if __name__ == "__main__":
    raise SystemExit(main())
