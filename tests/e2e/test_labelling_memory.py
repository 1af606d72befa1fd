"""Labelling takes no more memory for many photos than for few."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("detector", ["colours", "tiny-owlv2"])
def test_memory_does_not_grow_with_the_photos(detector):
    program = [sys.executable, "benchmarks/labelling.py", "--sizes", "300", "1500", "--side", "320", "--json"]
    done = subprocess.run(
        [*program, "--detector", detector],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    few, many = json.loads(done.stdout).values()
    assert few["failed"] == many["failed"] == 0
    assert many["regions"] > 3 * few["regions"] > 0
    assert many["peak"] < 1.1 * few["peak"]
