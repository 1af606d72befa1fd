"""Photos on a map of two dimensions, on which those that look alike lie near each other."""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import CuratedPhoto
from lens.indexing.report import Progress, Report, nothing_to_tell

__all__ = ["FEWEST", "PhotoMap", "lay_out"]

FEWEST = 32
"""Photos below which nobody needs more than principal components, and UMAP has too few neighbours to go by."""
NEIGHBOURS = 15
AXES = 50
SAMPLED = 10_000
LAID_OUT = 20_000
"""Photos that UMAP itself lays out; more take it minutes, and lie no better."""
BESIDE = 5
"""Of these, the nearest ones that each other photo is placed among."""
AT_ONCE = 1_000
"""Photos that are placed in a step; it takes about as long as one of UMAP's."""
EPOCHS = 200, 500
"""Steps of UMAP for many photos, and for at most `FEW` of them: what it would do by itself."""
FEW = 10_000


@dataclass(frozen=True)
class PhotoMap:
    """Where photos lie."""

    photos: tuple[CuratedPhoto, ...]
    tags: tuple[tuple[str, ...], ...]
    """Of each photo: those of its files, and those that Lens has given it."""
    points: NDArray[np.float32]
    """(n, 2), from 0 to 1 across and down; both in the same measure."""
    way: str
    """`umap`, or `pca` where it is not installed or there are too few photos."""


def lay_out(vectors: NDArray[np.float32], on_progress: Report = nothing_to_tell) -> tuple[NDArray[np.float32], str]:
    """(n, 2) points from 0 to 1, and how they were found: by UMAP (arXiv:1802.03426) along the principal axes.

    Of many photos UMAP lays a sample out, and each of the others comes to lie among those of it that it is most like.
    Without the extra `map`, or for a few photos, along the first two principal axes alone: like photos are near each
    other there, but so are many that are not alike.

    Args:
        vectors: (n, dim), unit norm.
        on_progress: told of steps.
    """
    if not len(vectors):
        return np.zeros((0, 2), np.float32), "pca"
    short = _principal(vectors)
    if len(vectors) < FEWEST or find_spec("umap") is None:
        return _from_0_to_1(short[:, :2]), "pca"
    order = np.random.default_rng(0).permutation(len(short))
    first, others = np.sort(order[:LAID_OUT]), np.sort(order[LAID_OUT:])
    epochs = EPOCHS[len(first) <= FEW]
    total = epochs + -(-len(others) // AT_ONCE)
    placed = np.empty((len(short), 2), np.float32)
    placed[first] = _umap(short[first], epochs, lambda done: on_progress(Progress(done, total, 0)))
    if len(others):
        from sklearn.neighbors import KNeighborsRegressor

        among = KNeighborsRegressor(BESIDE, weights="distance", algorithm="brute").fit(short[first], placed[first])
        for step, start in enumerate(range(0, len(others), AT_ONCE), epochs + 1):
            some = others[start : start + AT_ONCE]
            placed[some] = among.predict(short[some])
            on_progress(Progress(step, total, 0))
    return _from_0_to_1(placed), "umap"


def _umap(short: NDArray[np.float32], epochs: int, on_step: Callable[[int], None]) -> NDArray[np.float32]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what else could be installed
        from umap import UMAP

        on_step(0)
        shown = {"disable": False, "file": _Steps(on_step), "bar_format": "{n_fmt}", "mininterval": 0}
        made = UMAP(n_neighbors=NEIGHBOURS, n_epochs=epochs, random_state=0, n_jobs=1, tqdm_kwds=shown)
        return np.asarray(made.fit_transform(short), np.float32)


class _Steps(io.StringIO):
    """Takes what a progress bar writes, which is numbers of steps: UMAP tells nobody else how far it is."""

    def __init__(self, on_step: Callable[[int], None]) -> None:
        super().__init__()
        self._on_step = on_step

    def write(self, text: str) -> int:
        """Pass the number on, if there is one."""
        if text.strip().isdigit():
            self._on_step(int(text))
        return len(text)


def _principal(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, at least 2 and at most 50) along the principal axes, the longest first."""
    sample = vectors[:: max(1, len(vectors) // SAMPLED)]
    mean = sample.mean(axis=0)
    centred = sample - mean
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :AXES]
    found: NDArray[np.float32] = (vectors - mean) @ axes
    return np.pad(found, ((0, 0), (0, max(0, 2 - found.shape[1]))))


def _from_0_to_1(points: NDArray[np.float32]) -> NDArray[np.float32]:
    low = points.min(axis=0)
    spread = points.max(axis=0) - low
    longest = max(float(spread.max()), 1e-12)
    found: NDArray[np.float32] = ((points - low + (longest - spread) / 2) / longest).astype(np.float32)
    return found
