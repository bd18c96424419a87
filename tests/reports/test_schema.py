"""The published schema is the one of the model."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from reports import schema  # noqa: E402 - found through the line above


def test_the_published_schema_is_current() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text()
