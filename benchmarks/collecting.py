"""Queries put to collections of training photos, and what is known of their hits: what the bands are fitted on.

Never a validation photo: photos the heads were trained on are encoded by heads that have not seen them (`unseen.py`),
and of Caltech-101 only every other class is used, of the clothes only the training part.
"""

import json
import re
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

from lens.models.encoders.text_tower import TextTower
from lens.search.background import TEXTS_FILE
from lens.search.bands import FEWEST
from lens.search.evidence import Reference, evidence, presence
from lens.search.wording import Wording

TOP = 20
"""Hits of a query that are judged: as many as a search shows."""
SIZES = (20, 50, 100, 200, 500, 1000)
COLLECTIONS = 40
QUERIES = 12
ARTICLES = ("", "a ")
EVERYDAY_PHOTOS = 4
"""Captions of at least so many of all training photos hold a word that everyday photos are described with."""
REHEARSALS = (1.0, 1.0, 0.75, 0.5)
"""Shares of a fold's everyday photos that the rehearsal's collections hold."""
SEVERAL = 3
"""Photos from which on a thing is there for certain, in the rehearsal."""
RARE, AROUND = 8, 200
"""Photos at the most of a rare thing, and of everyday ones around them, in the rehearsal."""
REHEARSED = ("seldom", "often", "few", "rare")
REHEARSAL_FILE = Path(__file__).parent / "rehearsal.json"
SEED = 0


@dataclass
class Pool:
    """Photos of one space, and queries with what is known of each pair."""

    vectors: NDArray[np.float32]  # (n, dim)
    wording: Wording | None
    """Of words; its everyday texts are what photos of the other folds are described with."""
    everyday: NDArray[np.bool_]  # (n,)
    series: NDArray[np.int64]
    """(n,) number of the class of a photo: those of one class come together; everyday photos are each their own."""
    asked: list[Asked]
    queries: NDArray[np.float32]  # (q, dim)
    right: NDArray[np.int8]  # (q, n): 1, 0 or -1
    own: NDArray[np.int64]
    """(q,) the row of a query that is a photo of the pool, else -1."""

    def reference(self, rows: NDArray[np.int64]) -> Reference:
        """That of a collection."""
        return Reference.of(self.vectors[rows], self.wording)


@dataclass
class Hits:
    """Judged hits of many queries, in a row."""

    evidence: list[NDArray[np.float64]] = field(default_factory=list)
    presence: list[NDArray[np.float64]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    right: list[NDArray[np.int8]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    there: list[bool] = field(default_factory=list)

    def __add__(self, other: "Hits") -> "Hits":
        """Both, one after the other."""
        return Hits(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    def add(self, pool: Pool, query: int, rows: NDArray[np.int64], kind: str, reference: Reference) -> None:
        """Ask one query of a collection; what is not known to be right or wrong is left out."""
        rows = rows[rows != pool.own[query]]
        right = pool.right[query][rows]
        vectors = pool.vectors[rows]
        top = np.argsort(-(vectors @ pool.queries[query]), kind="stable")[:TOP]
        words = 0 if pool.wording is None else len(pool.asked[query].text.split())
        seen = evidence(reference, pool.queries[query], vectors[top], words)
        known = right[top] >= 0
        self.evidence.append(seen[known])
        self.presence.append(presence(reference, pool.queries[query], seen))
        self.texts.append(pool.asked[query].text)
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
        seen_by_heads = np.setdiff1d(np.arange(len(trained)), fold.held_out)
        others_told = [trained[row] for row in seen_by_heads if trained[row].captions]
        asked = [Asked(str(rng.choice(photo.captions)), "caption") for photo in photos if photo.captions]
        asked += [Asked(rng.choice(ARTICLES) + word, "word", word) for word in words]
        asked += [Asked(rng.choice(ARTICLES) + name, "class", name) for name in sorted({each.label for each in others})]
        told = [photo.label for photo in photos[: len(fold.held_out)] if photo.label]
        for label in rng.choice(told, QUERIES * 5, replace=False):
            name = label.split(":")[0]
            asked.append(Asked(rng.choice(ARTICLES) + name, "class", name, label))
        right = [judge.judge(each, photos) for each in asked]
        rehearsed = rehearsal()
        asked += [each for each, _ in rehearsed]
        right += [told_by_captions(pattern, photos) for _, pattern in rehearsed]
        share = len(others_told) / sum(bool(photo.captions) for photo in trained)
        spoken = everyday_texts(others_told, round(EVERYDAY_PHOTOS * share))
        yield Pool(
            np.concatenate(vectors),
            Wording(*(fold.heads.encode_texts(each) for each in (lines, tower.encode(spoken)))),
            np.array([bool(photo.captions) for photo in photos]),
            series_of(photos),
            asked,
            fold.heads.encode_texts(tower.encode([each.text for each in asked])),
            np.stack(right),
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


def everyday_texts(photos: Sequence[Shown], least: int) -> list[str]:
    """Words and pairs of words that captions of at least so many photos hold."""
    from sklearn.feature_extraction.text import CountVectorizer

    counting = CountVectorizer(ngram_range=(1, 2), stop_words="english", token_pattern="[a-z]{3,}", min_df=least)
    return list(counting.fit(["\n".join(photo.captions) for photo in photos]).get_feature_names_out())


def rehearsal() -> list[tuple[Asked, str]]:
    """Queries for what everyday photos seldom and often show, and what captions say where they do."""
    held = json.loads(REHEARSAL_FILE.read_text(encoding="utf-8"))
    return [(Asked(each["query"], kind), each["caption"]) for kind in REHEARSED[:2] for each in held[kind]]


def told_by_captions(pattern: str, photos: Sequence[Shown]) -> NDArray[np.int8]:
    """(n,) 1 where a caption matches, 0 where none does; -1 where there are no captions."""
    wanted = re.compile(pattern)
    said = [any(wanted.search(text.lower()) for text in photo.captions) for photo in photos]
    return np.array([int(each) if photo.captions else -1 for each, photo in zip(said, photos, strict=True)], np.int8)


def series_of(photos: Sequence[Shown]) -> NDArray[np.int64]:
    """A number for each class, and one for each everyday photo."""
    names = [photo.label or photo.path.name for photo in photos]
    return np.unique(names, return_inverse=True)[1]


def drawn(pool: Pool, candidates: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A collection of a random size. For examples, of whole classes: a smaller collection has fewer things in it, and
    of each as many photos as ever."""
    size = rng.choice(SIZES)
    order = rng.permutation(candidates)
    if pool.wording is None:
        rank = rng.permutation(pool.series.max() + 1)
        order = order[np.argsort(rank[pool.series[order]], kind="stable")]
    return order[:size]


def training_hits(pools: Sequence[Pool]) -> Hits:
    """Queries to collections of many sizes and kinds: everyday photos and mixtures; with what is asked for and without
    it, and of nothing else."""
    rng, hits = np.random.default_rng(SEED), Hits()
    for pool in pools:
        for number in range(COLLECTIONS):
            everyday = number % 2 == 0 and pool.wording is not None
            candidates = np.flatnonzero(pool.everyday) if everyday else np.arange(len(pool.vectors))
            if not everyday:  # a mixture with more or less everyday photos in it
                share = rng.uniform(0.1, 0.9)
                keep = rng.random(len(candidates)) < np.where(pool.everyday, share, 1 - share)
                candidates = candidates[keep]
            rows = drawn(pool, candidates, rng)
            order = [query for query in rng.permutation(len(pool.asked)) if pool.asked[query].kind not in REHEARSED]
            there = [query for query in order if (pool.right[query][rows] == 1).any()]
            absent = [query for query in order if not (pool.right[query][rows] == 1).any()]
            reference = pool.reference(rows)
            for query in [*there[:QUERIES], *absent[: QUERIES // 2]]:
                kind = pool.asked[query].kind
                hits.add(pool, query, rows, f"everyday {kind}" if everyday else kind, reference)
            for query in there[: QUERIES // 4]:
                without = rows[pool.right[query][rows] == 0]
                if len(without) >= FEWEST:
                    reference = pool.reference(without)
                    hits.add(pool, query, without, f"{pool.asked[query].kind}, taken out", reference)
        rich = [query for query in np.sort(order) if (pool.right[query] == 1).sum() > QUERIES]
        for query in rng.choice(rich, COLLECTIONS // 2):
            right = rng.permutation(np.flatnonzero(pool.right[query] == 1))[: rng.choice([10, 20, 40])]
            wrong = rng.choice(np.flatnonzero(pool.right[query] == 0), rng.integers(0, len(right) // 2 + 1))
            rows = np.concatenate([right, np.unique(wrong)])
            hits.add(pool, query, rows, "most of all", pool.reference(rows))
    return hits


def rehearsed_hits(pools: Sequence[Pool]) -> Hits:
    """Everyday collections asked for what such photos seldom show, where no caption speaks of it, and for what they
    often show, where one does; `few` where few photos do. `rare` are classes, of which a few photos are put among
    everyday ones."""
    rng, hits = np.random.default_rng(SEED), Hits()
    for pool in pools:
        everyday = np.flatnonzero(pool.everyday)
        for share in REHEARSALS:
            rows = np.sort(rng.choice(everyday, round(share * len(everyday)), replace=False))
            reference = pool.reference(rows)
            for query, asked in enumerate(pool.asked):
                found = int((pool.right[query][rows] == 1).sum()) if asked.kind in REHEARSED else 0
                if (asked.kind, found > 0) == ("seldom", False):
                    hits.add(pool, query, rows, "seldom", reference)
                elif (asked.kind, found > 0) == ("often", True):
                    hits.add(pool, query, rows, "often" if found >= SEVERAL else "few", reference)
        for query in [query for query, asked in enumerate(pool.asked) if asked.kind == "class"]:
            held = np.flatnonzero(pool.right[query] == 1)
            around = everyday[pool.right[query][everyday] == 0]
            if len(held) and len(around):
                some = rng.permutation(held)[: rng.integers(1, RARE + 1)]
                rows = np.union1d(some, rng.permutation(around)[:AROUND])
                hits.add(pool, query, rows, "rare", pool.reference(rows))
    return hits


def tell(stage: str, done: int, total: int) -> None:
    """Progress of what takes long, when it is done."""
    if done == total:
        print(f"{stage}: {done}")
