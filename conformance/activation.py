"""Waking up inside somebody else's pytest: our own checks, undisturbed by what lies around.

A run must say the same wherever it is started. So of the surroundings only options of
ours count; their conftests, ini lists and test paths are left out, unless a test path
was typed: then that path runs, with its conftests.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import catalogue, own_checks, settings
from conformance.plugin import Plugin

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

CHECKS = Path(__file__).parent / "checks"

_FOREIGN_LISTS = ("norecursedirs", "filterwarnings", "usefixtures", "testpaths")
_NOT_FOR_US = ("hypothesispytest", "faker")
"""Plugins that import much at a run's start or end, for tests that are not ours."""

_OPTIONS = (
    "target_url",
    "dcr_profile",
    "dcr_require",
    "dcr_fail_on",
    "dcr_min_judged",
    "dcr_depth",
    "dcr_waivers",
    "dcr_checks",
    "dcr_software_statements",
    "dcr_directory_url",
    "dcr_directory_public_url",
    "dcr_directory_canary",
    "dcr_probe_internal_addresses",
    "dcr_report_dir",
    "dcr_concurrency",
    "dcr_rate",
    "dcr_replay",
    "dcr_since",
    "dcr_seed",
)


_WITHIN = {
    "software_statements": ("provider", "software_statements"),
    "directory_url": ("directory", "url"),
    "directory_public_url": ("directory", "public_url"),
    "directory_canary": ("directory", "canary"),
    "probe_internal_addresses": ("directory", "probe_internal_addresses"),
}
"""Options that are settings of a table."""


def activate(
    config: pytest.Config, parser: pytest.Parser, args: list[str], value_options: set[str]
) -> None:
    """Settle the settings, shut the surroundings out and register the plugin.

    Raises:
        pytest.UsageError: the settings cannot be used; one sentence.

    """
    typed = [str(argument) for argument in config.invocation_params.args]
    foreign = args[: len(args) - len(typed)]
    ours = list(of_ours(foreign, value_options))
    alone, _ = parser.parse_known_and_unknown_args(typed)
    paths = list(getattr(alone, "file_or_dir", []))
    args[:] = [*ours, *typed]
    known, _ = parser.parse_known_and_unknown_args(args)
    found = settled(known, config.invocation_params.dir)
    folders = _own_folders(found)
    if not paths:
        args += ["--noconftest", "--import-mode=importlib", "--strict-markers"]
        args += [str(CHECKS), *map(str, folders)]
        config.known_args_namespace.noconftest = True
        for name in _FOREIGN_LISTS:
            config.getini(name).clear()
        for name in _NOT_FOR_US:
            if config.pluginmanager.has_plugin(name):
                config.pluginmanager.unregister(name=name)
    _recognise_our_files(config, folders)
    plugin = Plugin(config, found, rows=_rows(folders), typed_paths=paths)
    config.pluginmanager.register(plugin, "dcr-conformance")


def _own_folders(found: settings.Settings) -> tuple[Path, ...]:
    try:
        return own_checks.folders(found.checks)
    except settings.UsageProblem as problem:
        raise pytest.UsageError(str(problem)) from None


def _rows(folders: tuple[Path, ...]) -> catalogue.Catalogue:
    try:
        return catalogue.load(folders)
    except catalogue.BadCatalogueError as problem:
        raise pytest.UsageError(str(problem)) from None


def _recognise_our_files(config: pytest.Config, folders: tuple[Path, ...]) -> None:
    for name, pattern in (
        ("python_files", "*/conformance/checks/*.py"),
        *(("python_files", f"{folder}/*.py") for folder in folders),
        ("python_functions", "test_*"),
    ):
        patterns = config.getini(name)
        if pattern not in patterns:
            patterns.append(pattern)


def of_ours(arguments: Iterable[str], value_options: set[str]) -> Iterable[str]:
    """Those of foreign default arguments that are options of ours, with their values."""
    waiting = False
    for argument in arguments:
        name = argument.partition("=")[0]
        if waiting:
            yield argument
            waiting = False
        elif name == "--target-url" or name.startswith("--dcr-"):
            yield argument
            waiting = name in value_options and "=" not in argument


def settled(options: argparse.Namespace, folder: Path) -> settings.Settings:
    """The settings of this run.

    Raises:
        pytest.UsageError: one sentence.

    """
    said: dict[str, Any] = {
        name.removeprefix("dcr_"): getattr(options, name, None) for name in _OPTIONS
    }
    for option, (part, name) in _WITHIN.items():
        if (value := said.pop(option)) is not None:
            said.setdefault(part, {})[name] = value
    config = getattr(options, "dcr_config", None)
    try:
        found = settings.load(said, config=Path(config) if config else None, folder=folder)
    except settings.UsageProblem as problem:
        raise pytest.UsageError(str(problem)) from None
    if not found.seed:
        seed = secrets.randbelow(2**32 - 1) + 1
        found = found.model_copy(update={"seed": seed})
    return found
