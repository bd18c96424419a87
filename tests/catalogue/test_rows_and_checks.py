"""Rows, checks, faults and costs name each other rightly, and nothing is left alone."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from conformance import catalogue, checks
from conformance.reference_provider.faults import all_faults
from conformance.reference_provider.tenants import all_tenants
from reports.results import Level

if TYPE_CHECKING:
    from types import ModuleType

    from conformance.requirement import BoundCheck

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def calibrate() -> ModuleType:
    name = "dcr_test_calibrate"
    path = ROOT / "tests" / "calibration" / "calibrate.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def every_check(calibrate: ModuleType) -> list[BoundCheck]:
    return calibrate.every_check()


@pytest.fixture(scope="module")
def rows() -> catalogue.Catalogue:
    return catalogue.load()


def folder_of(check: BoundCheck) -> str:
    """The folder below ``checks`` that a check stands in."""
    function = sys.modules[check.function.__module__]
    return Path(function.__file__).parent.relative_to(Path(checks.__file__).parent).as_posix()


def test_every_check_names_a_row(every_check: list[BoundCheck], rows: catalogue.Catalogue) -> None:
    assert [c.name for c in every_check if c.binding.requirement not in rows] == []


def test_a_row_with_a_check_is_not_planned(
    every_check: list[BoundCheck], rows: catalogue.Catalogue
) -> None:
    named = {check.binding.requirement for check in every_check}
    odd = [key for key in sorted(named) if rows[key].planned or not rows[key].has_check]
    assert odd == [], "their rows say planned, untestable or same_as"


def test_every_other_row_says_why_it_has_no_check(
    every_check: list[BoundCheck], rows: catalogue.Catalogue
) -> None:
    named = {check.binding.requirement for check in every_check}
    assert sorted({row.id for row in rows if row.has_check} - named) == []


def test_a_row_with_a_check_says_why_and_how_to_mend(rows: catalogue.Catalogue) -> None:
    short = [r.id for r in rows if r.has_check and min(len(r.why), len(r.fix)) < 15]
    assert short == []


def test_every_row_links_to_what_it_cites(rows: catalogue.Catalogue) -> None:
    odd = [r.id for r in rows if r.has_check and urlsplit(r.link).scheme != "https"]
    assert odd == []


def test_rows_that_are_the_same_as_others_name_them(rows: catalogue.Catalogue) -> None:
    odd = [r.id for r in rows if r.same_as and (r.same_as not in rows or r.same_as == r.id)]
    assert odd == []
    chained = [r.id for r in rows if r.same_as and rows[r.same_as].same_as]
    assert chained == [], "a row that is itself the same as a third"


def test_every_check_stands_in_the_folder_of_its_row(
    every_check: list[BoundCheck], rows: catalogue.Catalogue
) -> None:
    odd = [
        f"{check.binding.requirement}: a row of {rows[check.binding.requirement].folder}, "
        f"checked in {folder_of(check)}"
        for check in every_check
        if rows[check.binding.requirement].folder != folder_of(check)
    ]
    assert odd == []


def test_every_check_has_a_name_of_its_own(every_check: list[BoundCheck]) -> None:
    names = Counter((check.module, check.name) for check in every_check)
    assert [name for name, number in names.items() if number > 1] == []


def test_every_fault_names_rows_that_have_checks(rows: catalogue.Catalogue) -> None:
    for fault in all_faults():
        assert fault.trips, f"{fault.name} trips nothing"
        odd = [key for key in fault.trips if key not in rows or not rows[key].has_check]
        assert odd == [], fault.name


def test_every_checked_row_above_may_has_a_fault(rows: catalogue.Catalogue) -> None:
    tripped = frozenset().union(*(fault.trips for fault in all_faults()))
    bare = [r.id for r in rows if r.has_check and r.level is not Level.MAY if r.id not in tripped]
    assert bare == []


def test_tenants_and_faults_have_names_of_their_own() -> None:
    names = Counter(fault.name for fault in all_faults())
    assert [name for name, number in names.items() if number > 1] == []
    assert all(tenant.about.strip() for tenant in all_tenants().values())


def test_costs_are_what_a_run_costs_now(calibrate: ModuleType) -> None:
    kept = json.loads(calibrate.COSTS.read_text(encoding="utf-8"))
    assert kept == calibrate.costs(), "make calibrate writes them"


def test_the_section_of_a_checked_row_has_a_title(rows: catalogue.Catalogue) -> None:
    untitled = {
        f"{row.specification.name} {row.section}"
        for row in rows
        if row.has_check and row.section not in row.specification.sections
    }
    assert untitled == set()
