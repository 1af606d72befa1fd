"""How the bands do on validation photos: calibration, queries for what is not there, and retrieval with additions."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from bands import calibration_error
from collecting import SEED, TOP, tell
from numpy.typing import NDArray
from relevance import FOR_JUDGING, Asked, Relevance, Shown, caltech_photos, clothing_photos, examples, judging_photos
from unseen import whole

from lens.align.evaluate import estimate, ranks_of_photos
from lens.models.encoders.builtin import load_builtin
from lens.models.encoders.conse import unit
from lens.models.encoders.text_tower import TextTower
from lens.search.background import wording
from lens.search.bands import Calibration, Judge, calibration
from lens.search.bands import Judged as Judgement
from lens.search.evidence import Reference
from lens.search.match import Band

RESAMPLES = 2000
QUERIES_FILE = Path(__file__).parent / "there_or_not.json"
Judged = tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.int64]]
"""Probabilities, whether they were right, and which photo each is of."""


def judge(data: Path) -> None:
    """Print all figures."""
    encoder, tower = load_builtin(), TextTower()
    daily = judging_photos(data)
    objects = caltech_photos(data, FOR_JUDGING) + clothing_photos(data, "test")
    vectors = encoder.heads.encode_photos(whole(examples(daily), tell))
    others = encoder.heads.encode_photos(whole(examples(objects), tell))
    relevance, words = Relevance(daily + objects, tower), wording(encoder)
    categories = [*sorted(set().union(*(photo.categories or () for photo in daily))), "hair drier"]
    asked = {
        "COCO categories": [Asked(f"a {name}", "category", name) for name in categories],
        "captions": [Asked(text, "caption") for photo in daily for text in photo.captions[:1]],
    }
    asked["absent"] = [Asked(each["query"], "absent") for each in fifty()["absent"]]
    everyday, pooled = Reference.of(vectors, words), []
    for name, queries in asked.items():
        encoded = encoder.encode_texts([each.text for each in queries])
        collected = [
            hits(everyday, "words", query, each, vectors=vectors, right=answers(relevance, each, daily))
            for query, each in zip(encoded, queries, strict=True)
        ]
        show_calibration(f"{name}, {len(daily)} photos", joined(collected))
        pooled += collected
    show_calibration("these three together", joined(pooled))
    everything = np.concatenate([vectors, others])
    mixed = Reference.of(everything, words)
    names = sorted({photo.label for photo in objects})
    queries = [Asked(f"a {name}", "class", name) for name in names]
    encoded = encoder.encode_texts([each.text for each in queries])
    collected = [
        hits(mixed, "words", query, each, vectors=everything, right=relevance.judge(each, daily + objects))
        for query, each in zip(encoded, queries, strict=True)
    ]
    show_calibration(f"classes, {len(everything):,} photos", joined(collected))
    by_example(everything, daily + objects, len(daily), relevance)
    there_or_not(encoder, vectors, daily, everyday)
    additions(encoder, vectors, daily, others, mixed)


def fifty() -> dict[str, list[dict[str, Any]]]:
    """The queries for what is not there and for what is."""
    held = json.loads(QUERIES_FILE.read_text(encoding="utf-8"))
    return {half: held[half] for half in ("absent", "present")}


def answers(relevance: Relevance, asked: Asked, photos: Sequence[Shown]) -> NDArray[np.int8]:
    """Which photos answer a query; none what is absent."""
    return np.zeros(len(photos), np.int8) if asked.kind == "absent" else relevance.judge(asked, photos)


def hits(
    reference: Reference,
    kind: str,
    query: NDArray[np.float32],
    asked: Asked,
    *,
    vectors: NDArray[np.float32],
    right: NDArray[np.int8],
) -> Judged:
    """The judged hits of one query."""
    top, judged = found(reference, kind, query, len(asked.text.split()) if kind == "words" else 0, vectors)
    chances = judged.chances
    known = right[top] >= 0
    return chances[known], right[top][known], top[known]


def found(
    reference: Reference, kind: str, query: NDArray[np.float32], words: int, vectors: NDArray[np.float32]
) -> tuple[NDArray[np.int64], Judgement]:
    """The nearest photos, and what is to be thought of them."""
    top = np.argsort(-(vectors @ query), kind="stable")[:TOP]
    return top, Judge(reference, calibration(kind), words).judged(reference, query, vectors[top])


def joined(parts: Sequence[Judged]) -> Judged:
    chances, right, photos = (np.concatenate(each) for each in zip(*parts, strict=True))
    return chances, right, photos


def show_calibration(name: str, judged: Judged) -> None:
    """Calibration error with its interval over photos, and the reliability diagram as a table."""
    chances, right, photos = judged
    rng, members = np.random.default_rng(SEED), [np.flatnonzero(photos == each) for each in np.unique(photos)]
    errors = []
    for _ in range(RESAMPLES // 4):
        drawn = np.concatenate([members[each] for each in rng.integers(0, len(members), len(members))])
        errors.append(calibration_error(chances[drawn], right[drawn]))
    low, high = np.percentile(errors, [2.5, 97.5])
    print(f"{name}: {len(right):,} hits, {right.mean():.3f} right, "
          f"calibration error {calibration_error(chances, right):.3f} ({low:.3f}–{high:.3f})")  # fmt: skip
    for bin_ in range(10):
        inside = np.minimum((chances * 10).astype(int), 9) == bin_
        if inside.any():
            print(f"  {bin_ / 10:.1f}–{bin_ / 10 + 0.1:.1f}  {inside.sum():5}  said {chances[inside].mean():.2f}  "
                  f"right {right[inside].mean():.2f}")  # fmt: skip


def by_example(vectors: NDArray[np.float32], photos: Sequence[Shown], daily: int, relevance: Relevance) -> None:
    """Objects as examples, of the judging half."""
    reference, rng = Reference.of(vectors, None), np.random.default_rng(SEED)
    collected = []
    for row in daily + rng.choice(len(photos) - daily, 200, replace=False):
        asked = Asked(photos[row].path.name, "example", photos[row].label)
        right = relevance.judge(asked, photos)
        right[row] = -1
        collected.append(hits(reference, "examples", vectors[row], asked, vectors=vectors, right=right))
    show_calibration("examples", joined(collected))


def there_or_not(encoder: object, vectors: NDArray[np.float32], photos: Sequence[Shown], reference: Reference) -> None:
    """Fifty queries for what is in no photo, and fifty for what is; at other limits too, none of which chose ours."""
    asked, ours = fifty(), calibration("words")
    judged: dict[str, list[tuple[Judgement, NDArray[np.bool_]]]] = {}
    for half, entries in asked.items():
        spoken = encoder.encode_texts([each["query"] for each in entries])  # type: ignore[attr-defined]
        for entry, query in zip(entries, spoken, strict=True):
            top, judgement = found(reference, "words", query, len(entry["query"].split()), vectors)
            right = np.array([half == "present" and is_right(entry, photos[row]) for row in top])
            judged.setdefault(half, []).append((judgement, right))
    for limit in (*np.arange(0.1, 0.95, 0.05).round(2).tolist(), ours.there):
        at = replace(ours, there=limit)
        failed = {half: np.array([fails(at, half, *each) for each in judged[half]]) for half in judged}
        print(
            f"there from {limit:.2f}:",
            *(f"{half} {failure.sum()} of {len(failure)}" for half, failure in failed.items()),
        )
    for half, failure in failed.items():
        drawn = np.random.default_rng(SEED).choice(failure, (RESAMPLES, len(failure))).sum(axis=1)
        low, high = np.percentile(drawn, [2.5, 97.5])
        named = [entry["query"] for entry, each in zip(asked[half], failure, strict=True) if each]
        print(f"{half} and {'lost' if half == 'present' else 'answered'} ({low:.0f}–{high:.0f}): {'; '.join(named)}")


def fails(at: Calibration, half: str, judgement: Judgement, right: NDArray[np.bool_]) -> bool:
    """Whether a query for what is absent has an answer, or one for what is present no right one."""
    above = np.array([band is not Band.REST for band in at.bands(judgement)])
    return bool(above.any() if half == "absent" else not (above & right).any())


def is_right(entry: dict[str, str], photo: Shown) -> bool:
    """Whether a photo answers one of the fifty queries for what is there."""
    if "category" in entry:
        return entry["category"] in (photo.categories or ())
    return sum(bool(re.search(entry["caption"], text.lower())) for text in photo.captions) > 1


def additions(
    encoder: object, vectors: NDArray[np.float32], daily: Sequence[Shown], others: NDArray[np.float32], mixed: Reference
) -> None:  # fmt: skip
    """Retrieval by caption with and without what might raise it."""
    captioned = [row for row, photo in enumerate(daily) if photo.captions]
    gallery = np.concatenate([vectors[captioned], others])
    owners = np.concatenate([np.full(len(daily[row].captions), place) for place, row in enumerate(captioned)])
    captions = [text for row in captioned for text in daily[row].captions]
    plain = encoder.encode_texts(captions)  # type: ignore[attr-defined]
    prompted = encoder.encode_texts([f"a photo of {text}" for text in captions])  # type: ignore[attr-defined]
    hubs = gallery @ mixed.background.mean(axis=0)
    ways = {
        "plain": (plain, 0.0),
        "prompts": (unit(plain + prompted), 0.0),
        "hubness 0.5": (plain, 0.5),
        "hubness 1": (plain, 1.0),
    }
    for name, (queries, weight) in ways.items():
        scored = np.hstack([gallery, -weight * hubs[:, None]]).astype(np.float32)
        asked = np.hstack([queries, np.ones((len(queries), 1))]).astype(np.float32)
        ranks = ranks_of_photos(asked, scored, owners)
        print(f"retrieval, {name:12}", *(f"R@{k} {estimate(ranks, k, owners)}" for k in (1, 5, 10)))
    reference, words = Reference.of(gallery, mixed.wording), calibration("words")
    order = {band: place for place, band in enumerate(Band)}
    places = []
    for text, query, owner in zip(captions, plain, owners, strict=True):
        top, judged = found(reference, "words", query, len(text.split()), gallery)
        banded = top[np.argsort([order[band] for band in words.bands(judged)], kind="stable")]
        places.append(int(np.flatnonzero(banded == owner)[0]) if owner in banded else TOP)
    print("retrieval, in bands    ", *(f"R@{k} {estimate(np.array(places), k, owners)}" for k in (1, 5, 10)))
