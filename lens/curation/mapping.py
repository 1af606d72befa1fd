"""Photos on a map of two dimensions, on which those that look alike lie near each other."""

import warnings
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import CuratedPhoto

__all__ = ["FEWEST", "PhotoMap", "lay_out"]

FEWEST = 32
"""Photos below which nobody needs more than principal components, and UMAP has too few neighbours to go by."""
NEIGHBOURS = 15
AXES = 50
SAMPLED = 10_000


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


def lay_out(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], str]:
    """(n, 2) points from 0 to 1, and how they were found: by UMAP (arXiv:1802.03426) along the principal axes.

    Without the extra `map`, or for a few photos, along the first two principal axes alone: like photos are near each
    other there, but so are many that are not alike.

    Args:
        vectors: (n, dim), unit norm.
    """
    if not len(vectors):
        return np.zeros((0, 2), np.float32), "pca"
    short = _principal(vectors)
    if len(vectors) < FEWEST or find_spec("umap") is None:
        return _from_0_to_1(short[:, :2]), "pca"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what else could be installed
        from umap import UMAP

        placed = UMAP(n_neighbors=NEIGHBOURS, random_state=0, n_jobs=1).fit_transform(short)
    return _from_0_to_1(np.asarray(placed, np.float32)), "umap"


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
