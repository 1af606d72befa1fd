"""How fast the nearest of many vectors are found, and how many of the right ones: Lens beside numpy, faiss and usearch.

    python benchmarks/neighbours.py [--sizes N …] [--queries N] [--json]

Vectors of 512 numbers in clusters of a hundred around random centres, with cosines of some 0.6 within a cluster;
queries are vectors of the collection, slightly changed. Told are seconds to build, milliseconds of one warm query
after another, and recall@10 against comparing with all. `exact` is Lens below 200,000 photos, over vectors in a
mapped file; `index` is a warm Lens beyond, with all that LanceDB does; `filter` is exact search among one photo in
twenty-five by a fact of the table. faiss (HNSW32, efSearch 64) and usearch (float16) have no table behind them. Not
compared: other data, a GPU.
"""

import argparse
import json
import logging
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray
from usearch.index import Index as Usearch

from lens_indexes import EncoderColumn, Index, PhotoRow, approximate, best, top_k
from lens_indexes.filters import Compare

DIM, TOP, ROWS_AT_ONCE, CLUSTER, NOISE, NEAR = 512, 10, 10_000, 100, 0.8, 0.02
COLUMN = EncoderColumn("random", "Random", "r1", DIM)
Vectors = NDArray[np.float32]


def unit(vectors: Vectors) -> Vectors:
    """Scaled to length 1."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def made(count: int) -> Iterator[Vectors]:
    """The collection, some rows at a time."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(max(1, count // CLUSTER), DIM)).astype(np.float32)
    for start in range(0, count, ROWS_AT_ONCE):
        size = min(ROWS_AT_ONCE, count - start)
        noise = NOISE * random.normal(size=(size, DIM)).astype(np.float32)
        yield unit(centres[random.integers(len(centres), size=size)] + noise)


def fill(uri: str, count: int) -> Index:
    """An index of photos that do not exist; one in twenty-five has five stars."""
    index = Index.create(uri)
    index.photos.bind(COLUMN)
    root, now, number = index.roots.add(Path("/photos")), datetime.now(UTC), 0
    for vectors in made(count):
        facts = [
            PhotoRow(f"{n:032x}", root.name, f"{n}.jpg", f"{n}", 1, 1, 4, 3, "JPEG", 1, now, rating=5 * (n % 25 == 0))
            for n in range(number, number + len(vectors))
        ]
        index.photos.add(facts, {COLUMN: vectors})
        number += len(vectors)
    index.optimize()
    return index


def timed(name: str, build: float, ask: Callable[[Vectors], set[int]], queries: Vectors, right: Any) -> dict[str, Any]:
    """One line of the table; the first query is not counted."""
    ask(queries[0])
    taken, shares = [], []
    for query, expected in zip(queries, right, strict=True):
        started = time.perf_counter()
        found = ask(query)
        taken.append(1000 * (time.perf_counter() - started))
        shares.append(len(found & expected) / len(expected))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = {"name": name, "build": build, "p50": statistics.median(taken), "p95": float(np.percentile(taken, 95))}
    return row | {"recall": statistics.fmean(shares), "peak_mb": peak}


def measure(count: int, asked: int) -> list[dict[str, Any]]:
    """All ways for one size."""
    with tempfile.TemporaryDirectory() as folder:
        rows, vectors, queries, right = of_lens(fill(folder, count), asked)
    return rows + of_others(vectors, queries, right)


def of_lens(index: Index, asked: int) -> tuple[list[dict[str, Any]], Vectors, Vectors, list[set[int]]]:
    """The lines of Lens; and the collection, queries, and the rows of the collection that answer each."""
    started = time.perf_counter()
    index.keep_mirror(COLUMN)
    mirrored = time.perf_counter() - started
    block = index.block(COLUMN)
    random = np.random.default_rng(1)
    some = np.array(block.vectors[np.sort(random.integers(len(block), size=asked))])
    queries = unit(some + NEAR * random.normal(size=some.shape).astype(np.float32))
    numbers = np.array([int(block.id(row), 16) for row in range(len(block))])

    def exactly(query: Vectors) -> set[int]:
        return set(top_k(query[None], block.vectors, TOP)[0][0].tolist())

    def within(query: Vectors) -> set[int]:
        ids = index.photos.matching(Compare("rating", ">=", 5))["id"].to_pylist()
        rows = np.flatnonzero(block.having(ids))
        return set(rows[best(np.asarray(block.vectors[rows] @ query), np.arange(len(rows)), TOP)].tolist())

    def indexed(query: Vectors) -> set[int]:
        return {int(each["id"], 16) for each in index.photos.neighbours(COLUMN, query, TOP)}

    right = [exactly(query) for query in queries]
    starred = np.flatnonzero(numbers % 25 == 0)
    fitting = [set(starred[found].tolist()) for found in top_k(queries, block.vectors[starred], TOP)[0]]
    lines = [timed("exact", mirrored, exactly, queries, right), timed("filter", 0.0, within, queries, fitting)]
    approximate.WORTH_IT = 1
    started = time.perf_counter()
    index.photos.keep_findable(COLUMN)
    built = time.perf_counter() - started
    lines.append(timed("index", built, indexed, queries, [set(numbers[list(rows)].tolist()) for rows in right]))
    return lines, np.array(block.vectors), queries, right


def of_others(vectors: Vectors, queries: Vectors, right: list[set[int]]) -> list[dict[str, Any]]:
    """The lines of numpy, faiss and usearch."""
    started = time.perf_counter()
    graph = faiss.IndexHNSWFlat(DIM, 32, faiss.METRIC_INNER_PRODUCT)
    graph.add(vectors)
    graph.hnsw.efSearch = 64
    faiss_built = time.perf_counter() - started
    started = time.perf_counter()
    other = Usearch(ndim=DIM, metric="cos", dtype="f16")
    other.add(np.arange(len(vectors)), vectors)
    usearch_built = time.perf_counter() - started

    def by_numpy(query: Vectors) -> set[int]:
        return set(np.argpartition(-(vectors @ query), TOP)[:TOP].tolist())

    def by_faiss(query: Vectors) -> set[int]:
        return set(graph.search(query[None], TOP)[1][0].tolist())

    def by_usearch(query: Vectors) -> set[int]:
        return set(other.search(query, TOP).keys.tolist())

    return [
        timed("numpy", 0.0, by_numpy, queries, right),
        timed("faiss", faiss_built, by_faiss, queries, right),
        timed("usearch", usearch_built, by_usearch, queries, right),
    ]


def show(size: int, rows: list[dict[str, Any]]) -> None:
    """One table."""
    print(f"{size:,} vectors of {DIM}")
    print(f"{'':10}{'build s':>9}{'p50 ms':>9}{'p95 ms':>9}{'recall@10':>11}{'peak MB':>9}")
    for row in rows:
        times = f"{row['build']:9.1f}{row['p50']:9.2f}{row['p95']:9.2f}"
        print(f"{row['name']:10}{times}{row['recall']:11.3f}{row['peak_mb']:9.0f}", flush=True)


def main() -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)
    results = {}
    for size in options.sizes:
        results[size] = measure(size, options.queries)
        if not options.json:
            show(size, results[size])
    if options.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
