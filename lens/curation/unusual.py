"""Photos that are unlike all others: one of their kind, or a mistake."""

import numpy as np
from numpy.typing import NDArray

from lens.curation.candidates import AXES

__all__ = ["unusualness"]

NEIGHBOUR = 10


def unusualness(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) how far the tenth nearest photo is: one minus its cosine, 0 to 2, larger is more unusual.

    The tenth, not the first, so that a few copies of an odd photo do not make it usual (Ramaswamy et al., "Efficient
    algorithms for mining outliers from large data sets", SIGMOD 2000). Found along the 64 principal axes.

    Args:
        vectors: (n, dim), unit norm.
    """
    from sklearn.neighbors import NearestNeighbors

    if len(vectors) < 2:
        return np.zeros(len(vectors), np.float32)
    sample = vectors[:: max(1, len(vectors) // 10_000)]
    short = vectors @ np.linalg.eigh(sample.T @ sample)[1][:, -AXES:]
    some = min(NEIGHBOUR + 1, len(vectors))  # the photo itself is among them
    _, nearest = NearestNeighbors(n_neighbors=some, algorithm="brute").fit(short).kneighbors(short)
    far: NDArray[np.float32] = 1 - np.einsum("ij,ij->i", vectors, vectors[nearest[:, -1]])
    return far.clip(0, 2)
