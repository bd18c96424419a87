"""The README says what is covered, as it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_the_table_in_the_readme_is_current() -> None:
    path = Path(__file__).with_name("coverage.py")
    spec = importlib.util.spec_from_file_location("dcr_test_coverage", path)
    coverage = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(coverage)
    text = coverage.README.read_text(encoding="utf-8")
    assert text == coverage.written(text), "python tests/catalogue/coverage.py --write"
