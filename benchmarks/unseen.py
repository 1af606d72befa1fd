"""Vectors of photos by heads that were not trained on them: what a threshold may be fitted on.

The training photos are dealt into folds; for each, heads are trained on the others. A pair of heads has a space of its
own, so that each fold is a small collection by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.align.datasets import Example, training_split
from lens.align.features import VIEWS, Progress, seen, view_features
from lens.align.train import Recipe, fit_heads
from lens.config import cache_folder
from lens.models.encoders.heads import Heads
from lens.models.encoders.image_tower import ImageFeatures

FOLDS = 4


@dataclass(frozen=True)
class Fold:
    """Training photos, and heads that have not seen them."""

    held_out: NDArray[np.int64]
    """(k,) numbers among the training photos."""
    heads: Heads


def folds(data: Path, seed: int, progress: Progress) -> list[Fold]:
    """The folds of the training photos of `data`; their heads come from the cache if they were trained before."""
    examples = training_split(data)
    weights = Recipe().weights
    counts = np.array([weights[item.path.relative_to(data).parts[0]] for item in examples])
    dealt = np.random.default_rng(seed).permutation(len(examples)) % FOLDS
    made = []
    views: list[NDArray[np.float32]] = []
    for number in range(FOLDS):
        kept = cache_folder() / "align" / f"fold-{seed}-{number}-of-{FOLDS}.safetensors"
        if not kept.exists():
            views = views or [view_features(examples, view, seed, progress) for view in VIEWS]
            rest = np.flatnonzero(dealt != number)
            chosen = [examples[index] for index in rest]
            fit_heads(chosen, [view[rest] for view in views], list(counts[rest]), seed=seed, progress=progress).save(
                kept
            )
        made.append(Fold(np.flatnonzero(dealt == number), Heads.load(kept)))
    return made


def chosen(features: ImageFeatures, rows: Sequence[int] | NDArray[np.int64]) -> ImageFeatures:
    """The features of some of the photos."""
    return ImageFeatures(*(getattr(features, name)[rows] for name in vars(features)))


def whole(examples: Sequence[Example], progress: Progress) -> ImageFeatures:
    """The features of whole photos, from the cache if they were computed before."""
    return seen(examples, "whole", 0, progress)
