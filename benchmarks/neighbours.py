"""How fast the nearest of many vectors are found, and how many of the right ones: Lens beside numpy, faiss and usearch.

    python benchmarks/neighbours.py [--sizes N …] [--engines NAME …] [--queries N] [--minutes N] [--flat] [--json]

Vectors of 512 numbers in clusters of a hundred, with cosines of some 0.6 within a cluster. 64 of their principal axes
hold four fifths of their variance, as was found for photos of the built-in encoder; with `--flat` they vary alike in
all directions, which no encoder's do and which is harder. Queries are vectors of the collection, slightly changed.

Each engine runs in a process of its own. `build` is seconds from vectors that are in the index (for Lens, its mirror
with all facts of the photos), `warm` milliseconds of one query after another, `starred` the same among the photos with
five stars, one in twenty-five, and `cold` those of a whole process from its start to its answer, files being in memory
already. An engine that builds for more than `--minutes` is stopped, and it is told how many vectors were in by then.
Recall@10 is against comparing with all. MB is the memory of the process that has answered, mapped files included as far
as they were read. Not compared: a GPU, other settings (those here are in engines.py).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from engines import COLUMN, DIM, ENGINES, Rows, Vectors, block_of

from lens_indexes import PhotoRow, top_k

TOP, ROWS_AT_ONCE, CLUSTER, NOISE, NEAR, COLD = 10, 10_000, 100, 0.8, 0.02, 9
MINUTES = 3.0
PROGRESS = "built"  # the file that says how many vectors are in


def unit(vectors: Vectors) -> Vectors:
    """Scaled to length 1."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def made(count: int, flat: bool) -> Iterator[Vectors]:
    """The collection, some rows at a time."""
    random = np.random.default_rng(0)
    scale = np.ones(DIM, np.float32) if flat else (1 / (1 + np.arange(DIM) / 16)).astype(np.float32)
    centres = scale * random.normal(size=(max(1, count // CLUSTER), DIM)).astype(np.float32)
    for start in range(0, count, ROWS_AT_ONCE):
        size = min(ROWS_AT_ONCE, count - start)
        noise = NOISE * scale * random.normal(size=(size, DIM)).astype(np.float32)
        yield unit(centres[random.integers(len(centres), size=size)] + noise)


def fill(folder: Path, count: int, flat: bool) -> None:
    """An index of photos that do not exist; one in twenty-five has five stars."""
    from lens_indexes import Index

    index = Index.create(str(folder / "index"))
    index.photos.bind(COLUMN)
    root, now, number = index.roots.add(Path("/photos")), datetime.now(UTC), 0
    for vectors in made(count, flat):
        facts = [
            PhotoRow(f"{n:032x}", root.name, f"{n}.jpg", f"{n}", 1, 1, 4, 3, "JPEG", 1, now, rating=5 * (n % 25 == 0))
            for n in range(number, number + len(vectors))
        ]
        index.photos.add(facts, {COLUMN: vectors})
        number += len(vectors)
    index.optimize()


def settle(folder: Path, asked: int) -> None:
    """Write down queries, which photos have stars, and what is right."""
    block = block_of(folder)
    random = np.random.default_rng(1)
    some = np.array(block.vectors[np.sort(random.integers(len(block), size=asked))])
    queries = unit(some + NEAR * random.normal(size=some.shape).astype(np.float32))
    numbers = np.array([int(block.id(row), 16) for row in range(len(block))])
    starred = numbers % 25 == 0
    rows = np.flatnonzero(starred)
    np.save(folder / "queries.npy", queries)
    np.save(folder / "numbers.npy", numbers)
    np.save(folder / "starred.npy", starred)
    np.save(folder / "right.npy", top_k(queries, block.vectors, TOP)[0])
    np.save(folder / "right_starred.npy", rows[top_k(queries, block.vectors[rows], TOP)[0]])


def timed(ask: Callable[[Vectors, int], Rows | None], queries: Vectors, right: Rows) -> dict[str, float] | None:
    """Milliseconds and recall of one query after another; the first is asked once more beforehand."""
    if ask(queries[0], TOP) is None:
        return None
    taken, shares = [], []
    for query, expected in zip(queries, right, strict=True):
        started = time.perf_counter()
        found = ask(query, TOP)
        taken.append(1000 * (time.perf_counter() - started))
        shares.append(len(np.intersect1d(found, expected)) / TOP)
    return spread(taken) | {"recall": float(np.mean(shares))}


def spread(taken: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {"p50": float(np.median(taken)), "p95": float(np.percentile(taken, 95))}


def told(folder: Path, count: int) -> None:
    """Write down how many vectors are in; never half of it, whenever the process is stopped."""
    new = folder / f"{PROGRESS}.new"
    new.write_text(str(count))
    new.replace(folder / PROGRESS)


def work(name: str, task: str, folder: Path) -> dict[str, Any]:
    """What a process of one engine does: build, answer all queries, or answer one."""
    engine = ENGINES[name]()
    if task == "build":
        started = time.perf_counter()
        engine.build(folder, lambda count: told(folder, count))
        return {"build": time.perf_counter() - started}
    engine.open(folder)
    queries = np.load(folder / "queries.npy")
    if task == "once":
        engine.nearest(queries[0], TOP)
        return {}
    warm = timed(engine.nearest, queries, np.load(folder / "right.npy"))
    starred = timed(engine.starred, queries, np.load(folder / "right_starred.npy"))
    return {"warm": warm, "starred": starred, "memory": psutil.Process().memory_info().rss / 2**20}


def apart(name: str, task: str, folder: Path, seconds: float | None = None) -> dict[str, Any]:
    """`work`, in a process of its own, which may take so many seconds."""
    command = [sys.executable, __file__, "--work", name, task, str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=seconds)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(count: int, engines: list[str], asked: int, minutes: float, flat: bool) -> Iterator[dict[str, Any]]:
    """One line for each engine; Lens is the first and has all the time there is, since the others read its files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, count, flat)
        for engine in ENGINES:
            if engine == "lens" or engine in engines:
                (folder / PROGRESS).write_text("0")
                try:
                    built = apart(engine, "build", folder, None if engine == "lens" else 60 * minutes)
                except subprocess.TimeoutExpired:
                    yield {"engine": engine, "minutes": minutes, "in": int((folder / PROGRESS).read_text())}
                    continue
                if engine == "lens":
                    settle(folder, asked)
                row = {"engine": engine} | built | apart(engine, "all", folder)
                cold = []
                for _ in range(COLD):
                    started = time.perf_counter()
                    apart(engine, "once", folder)
                    cold.append(1000 * (time.perf_counter() - started))
                yield row | {"cold": spread(cold)}


def show(row: dict[str, Any]) -> None:
    """One line of a table."""
    if "in" in row:
        print(f"{row['engine']:12} not built in {row['minutes']:g} minutes: {row['in']:,} vectors were in", flush=True)
        return
    parts = [f"{row['engine']:12}{row['build']:9.1f}"]
    for part in ("warm", "starred"):
        each = row[part]
        parts.append(f"{each['p50']:9.2f}{each['p95']:9.2f}{each['recall']:8.3f}" if each else f"{'–':>26}")
    print(*parts, f"{row['cold']['p50']:8.0f}{row['cold']['p95']:8.0f}{row['memory']:8.0f}", flush=True)


def main() -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=list(ENGINES))
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="that an engine may build for")
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        name, task, folder = options.work
        print(json.dumps(work(name, task, Path(folder))))
        return
    results: dict[int, list[dict[str, Any]]] = {}
    for size in options.sizes:
        if not options.json:
            print(f"{size:,} vectors of {DIM}: seconds, then milliseconds (p50, p95), recall@10, MB")
            print(
                f"{'':12}{'build':>9}{'warm':>9}{'':9}{'recall':>8}{'starred':>10}{'':9}{'recall':>8}{'cold':>9}{'':8}{'MB':>8}"
            )
        results[size] = []
        for row in measure(size, options.engines, options.queries, options.minutes, options.flat):
            results[size].append(row)
            if not options.json:
                show(row)
    if options.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
