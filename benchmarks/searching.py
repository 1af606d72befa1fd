"""How long a search takes: the whole program, and one query in a process that is warm.

    python benchmarks/searching.py [--sizes N…] [--rounds N] [--json]

The indexes hold random vectors of the built-in encoder's size under its name, so that only the time means anything.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from lens import Library
from lens.indexing.lane import column_of
from lens.models import load
from lens_indexes import Index, PhotoRow

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]
ROWS_AT_ONCE = 10_000


def fill(uri: str, count: int, encoder: str = "builtin") -> None:
    """An index of `count` photos that do not exist, with random vectors of an encoder's size."""
    column = column_of(load(encoder).info)
    index = Index.create(uri)
    index.photos.bind(column)
    root = index.roots.add(Path("/photos"))
    random = np.random.default_rng(0)
    for start in range(0, count, ROWS_AT_ONCE):
        numbers = range(start, min(start + ROWS_AT_ONCE, count))
        vectors = random.normal(size=(len(numbers), column.dim)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        rows = [
            PhotoRow(f"{n:032x}", root.name, f"{n}.jpg", f"{n}", 1, 1, 4, 3, "JPEG", 1, datetime.now(UTC))
            for n in numbers
        ]
        index.photos.add(rows, {column: vectors})


def median_seconds(work, rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            fill(folder, size)
            library = Library.open(folder)
            library.search("a dog")  # loads the text tower and the vectors
            program = [*LENS, "search", "a dog", "--index", folder]
            subprocess.run(program, check=True, capture_output=True)
            results.append(
                {
                    "photos": size,
                    "program_seconds": median_seconds(
                        lambda program=program: subprocess.run(program, check=True, capture_output=True), options.rounds
                    ),
                    "warm_seconds": median_seconds(
                        lambda library=library: library.search("a dog on a beach"), 4 * options.rounds
                    ),
                }
            )
    if options.json:
        print(json.dumps(results, indent=2))
        return
    print(f"{'photos':>9}  {'lens search':>11}  {'warm query':>10}")
    for row in results:
        print(f"{row['photos']:9,}  {row['program_seconds']:9.2f} s  {1000 * row['warm_seconds']:7.1f} ms")


if __name__ == "__main__":
    main()
