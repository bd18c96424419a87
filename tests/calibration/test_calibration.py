"""Faults trip exactly their rows, lawful variants none: all variants, and one fault in four.

All faults take longer than tests may: ``make calibrate`` has them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_calibration_is_exact_on_a_sample() -> None:
    script = Path(__file__).with_name("calibrate.py")
    root = script.parents[2]
    done = subprocess.run(
        [sys.executable, str(script), "--sample"],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "faults caught exactly" in done.stdout
