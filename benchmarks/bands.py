"""Fit the relevance bands on training photos, or judge them on validation photos.

    python benchmarks/bands.py --data ../shared/data [--fit] [--json]

Fitting never looks at a validation photo: photos the heads were trained on are encoded by heads that have not seen them
(`unseen.py`), and of Caltech-101 only every other class is used, of the clothes only the training part.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from relevance import (
    FOR_FITTING,
    Asked,
    Relevance,
    Shown,
    caltech_photos,
    clothing_photos,
    examples,
    prominent_words,
    training_photos,
)
from unseen import chosen, folds, whole

from lens.models.encoders.builtin import load_builtin
from lens.models.encoders.text_tower import TextTower
from lens.search.background import TEXTS_FILE
from lens.search.bands import CALIBRATION_FILE, FEWEST
from lens.search.evidence import FEATURES, Reference, evidence

TOP = 20
"""Hits of a query that are judged: as many as a search shows."""
SIZES = (20, 50, 100, 200, 500, 1000)
COLLECTIONS = 40
QUERIES = 12
ARTICLES = ("", "a ")
CONFIDENT = 0.8
"""Share of right hits among those that are at least as probable as the least confident one."""
LIKELY = 0.5
EVERYDAY = frozenset({"everyday word", "everyday class"})
SEED = 0


@dataclass
class Pool:
    """Photos of one space, and queries with what is known of each pair."""

    vectors: NDArray[np.float32]  # (n, dim)
    background: NDArray[np.float32] | None
    everyday: NDArray[np.bool_]  # (n,)
    series: NDArray[np.int64]
    """(n,) number of the class of a photo: those of one class come together; everyday photos are each their own."""
    asked: list[Asked]
    queries: NDArray[np.float32]  # (q, dim)
    right: NDArray[np.int8]  # (q, n): 1, 0 or -1
    own: NDArray[np.int64]
    """(q,) the row of a query that is a photo of the pool, else -1."""


@dataclass
class Hits:
    """Judged hits of many queries, in a row."""

    evidence: list[NDArray[np.float64]] = field(default_factory=list)
    right: list[NDArray[np.int8]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    there: list[bool] = field(default_factory=list)

    def add(self, pool: Pool, query: int, rows: NDArray[np.int64], kind: str, reference: Reference) -> None:
        """Ask one query of a collection; what is not known to be right or wrong is left out."""
        rows = rows[rows != pool.own[query]]
        right = pool.right[query][rows]
        vectors = pool.vectors[rows]
        top = np.argsort(-(vectors @ pool.queries[query]), kind="stable")[:TOP]
        words = 0 if pool.background is None else len(pool.asked[query].text.split())
        seen = evidence(reference, pool.queries[query], vectors[top], words)
        known = right[top] >= 0
        self.evidence.append(seen[known])
        self.right.append(right[top][known])
        self.kinds.append(kind)
        self.there.append(bool((right == 1).any()))


def word_pools(data: Path) -> Iterator[Pool]:
    """One pool for each fold of the training photos."""
    trained, others = training_photos(data), caltech_photos(data, FOR_FITTING) + clothing_photos(data, "train")
    seen, seen_others = whole(examples(trained), tell), whole(examples(others), tell)
    tower = TextTower()
    judge, rng = Relevance(trained + others, tower), np.random.default_rng(SEED)
    lines = tower.encode(TEXTS_FILE.read_text(encoding="utf-8").splitlines())
    words = prominent_words([photo for photo in trained if photo.captions])
    for fold in folds(data, SEED, tell):
        photos = [trained[row] for row in fold.held_out] + others
        vectors = [fold.heads.encode_photos(each) for each in (chosen(seen, fold.held_out), seen_others)]
        asked = [Asked(str(rng.choice(photo.captions)), "caption") for photo in photos if photo.captions]
        asked += [Asked(rng.choice(ARTICLES) + word, "word", word) for word in words]
        asked += [Asked(rng.choice(ARTICLES) + name, "class", name) for name in sorted({each.label for each in others})]
        told = [photo.label for photo in photos[: len(fold.held_out)] if photo.label]
        for label in rng.choice(told, QUERIES * 5, replace=False):
            name = label.split(":")[0]
            asked.append(Asked(rng.choice(ARTICLES) + name, "class", name, label))
        yield Pool(
            np.concatenate(vectors),
            fold.heads.encode_texts(lines),
            np.array([bool(photo.captions) for photo in photos]),
            series_of(photos),
            asked,
            fold.heads.encode_texts(tower.encode([each.text for each in asked])),
            np.stack([judge.judge(each, photos) for each in asked]),
            np.full(len(asked), -1),
        )


def example_pools(data: Path) -> Iterator[Pool]:
    """Photos of a class as queries; the heads have seen none of them, and the everyday photos in another fold only."""
    trained, others = training_photos(data), caltech_photos(data, FOR_FITTING) + clothing_photos(data, "train")
    seen, seen_others = whole(examples(trained), tell), whole(examples(others), tell)
    judge, rng = Relevance(trained + others, TextTower()), np.random.default_rng(SEED)
    for fold in folds(data, SEED, tell):
        photos = [trained[row] for row in fold.held_out] + others
        vectors = [fold.heads.encode_photos(each) for each in (chosen(seen, fold.held_out), seen_others)]
        joined = np.concatenate(vectors)
        own = len(fold.held_out) + rng.choice(len(others), 200, replace=False)
        asked = [Asked(photos[row].path.name, "example", photos[row].label) for row in own]
        yield Pool(
            joined,
            None,
            np.array([bool(photo.captions) for photo in photos]),
            series_of(photos),
            asked,
            joined[own],
            np.stack([judge.judge(each, photos) for each in asked]),
            own,
        )


def series_of(photos: Sequence[Shown]) -> NDArray[np.int64]:
    """A number for each class, and one for each everyday photo."""
    names = [photo.label or photo.path.name for photo in photos]
    return np.unique(names, return_inverse=True)[1]


def drawn(pool: Pool, candidates: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A collection of a random size. For examples, of whole classes: a smaller collection has fewer things in it, and
    of each as many photos as ever."""
    size = rng.choice(SIZES)
    order = rng.permutation(candidates)
    if pool.background is None:
        rank = rng.permutation(pool.series.max() + 1)
        order = order[np.argsort(rank[pool.series[order]], kind="stable")]
    return order[:size]


def training_hits(pools: Iterator[Pool]) -> Hits:
    """Queries to collections of many sizes and kinds: everyday photos and mixtures; with what is asked for and without
    it, and of nothing else."""
    rng, hits = np.random.default_rng(SEED), Hits()
    for pool in pools:
        for number in range(COLLECTIONS):
            everyday = number % 2 == 0 and pool.background is not None
            candidates = np.flatnonzero(pool.everyday) if everyday else np.arange(len(pool.vectors))
            if not everyday:  # a mixture with more or less everyday photos in it
                share = rng.uniform(0.1, 0.9)
                keep = rng.random(len(candidates)) < np.where(pool.everyday, share, 1 - share)
                candidates = candidates[keep]
            rows = drawn(pool, candidates, rng)
            order = rng.permutation(len(pool.asked))
            there = [query for query in order if (pool.right[query][rows] == 1).any()]
            absent = [query for query in order if not (pool.right[query][rows] == 1).any()]
            reference = Reference.of(pool.vectors[rows], pool.background)
            for query in [*there[:QUERIES], *absent[: QUERIES // 2]]:
                kind = pool.asked[query].kind
                hits.add(pool, query, rows, f"everyday {kind}" if everyday else kind, reference)
            for query in there[: QUERIES // 4]:
                without = rows[pool.right[query][rows] == 0]
                if len(without) >= FEWEST:
                    reference = Reference.of(pool.vectors[without], pool.background)
                    hits.add(pool, query, without, f"{pool.asked[query].kind}, taken out", reference)
        rich = [query for query in range(len(pool.asked)) if (pool.right[query] == 1).sum() > QUERIES]
        for query in rng.choice(rich, COLLECTIONS // 2):
            right = rng.permutation(np.flatnonzero(pool.right[query] == 1))[: rng.choice([10, 20, 40])]
            wrong = rng.choice(np.flatnonzero(pool.right[query] == 0), rng.integers(0, len(right) // 2 + 1))
            rows = np.concatenate([right, np.unique(wrong)])
            hits.add(pool, query, rows, "most of all", Reference.of(pool.vectors[rows], pool.background))
    return hits


def fit(hits: Hits) -> dict[str, object]:
    """A calibration as its file holds it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict

    seen, right = np.concatenate(hits.evidence), np.concatenate(hits.right)
    groups = np.repeat(np.arange(len(hits.right)), [len(each) for each in hits.right])
    mean, deviation = seen.mean(axis=0), seen.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1)
    model = LogisticRegression(max_iter=2000)
    inputs = (seen - mean) / deviation
    chances = cross_val_predict(model, inputs, right, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    confident, likely = thresholds(hits, chances, groups)
    model.fit(inputs, right)
    weights = model.coef_[0] / deviation
    report(hits, chances, groups, likely)
    return {
        "bias": round(float(model.intercept_[0] - mean @ weights), 5),
        "weights": {name: round(float(weight), 5) for name, weight in zip(FEATURES, weights, strict=True)},
        "confident": confident,
        "likely": likely,
    }


def thresholds(hits: Hits, chances: NDArray[np.float64], groups: NDArray[np.int64]) -> tuple[float, float]:
    """Where the bands begin: `confident` where four of five hits are right; `likely` where as large a share of the
    queries for what is not there gets an answer as, of those for what is there, gets no right one. Where there are any,
    queries of a few words to everyday photos decide, which most people ask. Never above where half are right."""
    right = np.concatenate(hits.right)
    grid = np.arange(0.03, 0.97, 0.01).round(2)
    confident = next((each for each in grid if right[chances >= each].mean() >= CONFIDENT), 0.95)
    half = next((each for each in grid if right[chances >= each].mean() >= LIKELY), 0.5)
    answers, losses = query_tops(hits, chances, groups, EVERYDAY)
    likely = min(grid, key=lambda each: abs((answers >= each).mean() - (losses < each).mean()))
    return float(confident), float(min(likely, half))


def query_tops(
    hits: Hits, chances: NDArray[np.float64], groups: NDArray[np.int64], kinds: frozenset[str] = frozenset()
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The largest probability of each query for what is not there, and of a right hit of each for what is.

    Args:
        kinds: which queries; all where there are none of these.
    """
    asked = [(hits.kinds[each], hits.there[each]) for each in np.unique(groups)]
    ends = np.flatnonzero(np.diff(groups)) + 1
    parts = zip(np.split(chances, ends), np.split(np.concatenate(hits.right), ends), strict=True)
    tops = [(part.max(), part[known == 1].max(initial=0)) for part, known in parts]
    wanted = kinds if kinds & {kind for kind, _ in asked} else {kind for kind, _ in asked}
    named = [(there, top) for (kind, there), top in zip(asked, tops, strict=True) if kind in wanted]
    return np.array([top for there, (top, _) in named if not there]), np.array(
        [best for there, (_, best) in named if there]
    )


def calibration_error(chances: NDArray[np.float64], right: NDArray[np.int8], bins: int = 10) -> float:
    """Expected calibration error (Guo et al., arXiv:1706.04599) over bins of equal width."""
    place = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs((chances - right)[place == each].sum()) for each in range(bins)) / len(right))


def report(hits: Hits, chances: NDArray[np.float64], groups: NDArray[np.int64], likely: float) -> None:
    right = np.concatenate(hits.right)
    kinds = np.array(hits.kinds)[groups]
    answers, losses = query_tops(hits, chances, groups, EVERYDAY)
    print(f"cross-validated: {len(right):,} hits of {len(hits.right):,} queries, {right.mean():.3f} right")
    print(
        f"  calibration error {calibration_error(chances, right):.3f};",
        {
            str(kind): round(calibration_error(chances[kinds == kind], right[kinds == kind]), 3)
            for kind in np.unique(kinds)
        },
    )
    for each in sorted({likely, 0.1, 0.2, 0.3, 0.5}):
        print(f"  at {each}: {(answers >= each).mean():.2f} absent answered, {(losses < each).mean():.2f} there lost")


def tell(stage: str, done: int, total: int) -> None:
    if done == total:
        print(f"{stage}: {done}")


def main() -> None:
    """Fit, or judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fit", action="store_true", help="write the calibration instead of judging it")
    options = parser.parse_args()
    data = options.data.resolve()
    if options.fit:
        fitted = {
            "about": "Fitted by benchmarks/bands.py on training photos, with heads that had not seen them.",
            "encoder": f"builtin {load_builtin().info.revision}",
            "words": fit(training_hits(word_pools(data))),
            "examples": fit(training_hits(example_pools(data))),
        }
        CALIBRATION_FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
        return
    from judging import judge

    judge(data)


if __name__ == "__main__":
    main()
