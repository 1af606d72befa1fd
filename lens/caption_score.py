"""How well captions fit their photos, without a reference: CLIPScore (arXiv:2104.08718)."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lens.errors import PhotoError, QueryError
from lens.models.encoders.base import ImageEncoder, TextEncoder
from lens.photos.decode import read_photo

__all__ = ["CaptionScore", "CaptionScores", "Pair", "read_pairs", "score_captions"]

WEIGHT = 2.5
"""What the authors stretch the cosine by, which for CLIP ViT-B/32 seldom exceeds 0.4."""
PROMPT = "A photo depicts {}"
"""What they put every caption into."""
PHOTO, CAPTION = ("photo", "image"), "caption"
RESAMPLES = 2000


@dataclass(frozen=True)
class Pair:
    """A photo and what is said of it."""

    photo: Path
    caption: str


@dataclass(frozen=True)
class CaptionScore:
    """A pair and how well it fits."""

    photo: Path
    caption: str
    score: float | None
    """2.5 × max(cosine, 0), 0 to 2.5, larger is better; None if the photo cannot be read. Comparable within one encoder
    only."""
    problem: str = ""
    """Why the photo cannot be read."""


@dataclass(frozen=True)
class CaptionScores:
    """All pairs of a file."""

    encoder: str
    scores: list[CaptionScore]
    mean: float | None
    """None if no photo could be read."""
    low: float | None
    """With `high` what holds 95 % of the bootstrap means over photos."""
    high: float | None


def read_pairs(file: Path) -> list[Pair]:
    """The pairs of a CSV file with the columns `photo`, or `image`, and `caption`; photos are looked for beside it.

    Rows that lack one of them are passed over.

    Raises:
        QueryError: the file cannot be read, lacks a column, or holds no pair.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            named = rows.fieldnames or ()
            photo = next((name for name in PHOTO if name in named), None)
            if photo is None or CAPTION not in named:
                missing = CAPTION if photo else PHOTO[0]
                raise QueryError(
                    f"{file} has no column {missing}: its first line must name photo (or image) and caption, "
                    "with commas between."
                )
            pairs = [
                Pair(file.parent / Path(row[photo]).expanduser(), caption)
                for row in rows
                if (caption := (row[CAPTION] or "").strip()) and (row[photo] or "").strip()
            ]
    except (OSError, RuntimeError, UnicodeDecodeError, csv.Error) as error:
        raise QueryError(f"{file} cannot be read: {error}.") from error
    if not pairs:
        raise QueryError(f"{file} holds no caption.")
    return pairs


def score_captions(pairs: Sequence[Pair], encoder: ImageEncoder) -> CaptionScores:
    """Score captions; each photo is read once, however many captions it has.

    Raises:
        QueryError: the encoder knows no words.
    """
    if not isinstance(encoder, TextEncoder):
        raise QueryError(f"The encoder {encoder.info.name} knows no words: name another with --encoder.")
    texts = encoder.encode_texts([PROMPT.format(pair.caption) for pair in pairs])
    held: dict[Path, list[int]] = {}
    for number, pair in enumerate(pairs):
        held.setdefault(pair.photo, []).append(number)
    scores: list[CaptionScore] = [CaptionScore(pair.photo, pair.caption, None) for pair in pairs]
    totals, counts = [], []
    for photo, numbers in held.items():
        try:
            vector = encoder.encode_images([read_photo(photo, min_side=encoder.info.min_side).image])[0]
        except PhotoError as error:
            for number in numbers:
                scores[number] = CaptionScore(photo, pairs[number].caption, None, str(error))
            continue
        found = WEIGHT * np.maximum(texts[numbers] @ vector, 0)
        totals.append(float(found.sum()))
        counts.append(len(numbers))
        for number, score in zip(numbers, found, strict=True):
            scores[number] = CaptionScore(photo, pairs[number].caption, float(score))
    return CaptionScores(encoder.info.name, scores, *_mean(np.array(totals), np.array(counts)))


def _mean(
    totals: np.ndarray[tuple[int], np.dtype[np.float64]], counts: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[float | None, float | None, float | None]:
    """Mean over captions, and its interval from resampled photos."""
    if not len(counts):
        return None, None, None
    drawn = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    means = totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(totals.sum() / counts.sum()), float(low), float(high)
