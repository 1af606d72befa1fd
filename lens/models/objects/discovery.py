"""The main object of a photo from the likeness of its patches, with no words: LOST and TokenCut.

Both take a map of patch features and give the patches that belong to one object, joined to each other.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["METHODS", "lost", "separation", "tokencut"]

Patches = NDArray[np.float32]  # (rows, columns, dim)
Object = NDArray[np.bool_]  # (rows, columns), connected; empty where nothing is told apart

EXPANSION = 100
"""How many of the patches with the fewest likes may be LOST's seeds; its authors' choice."""
LIKENESS = 0.2
"""The cosine above which TokenCut takes two patches for linked; its authors' choice for DINO."""
WEAK = 1e-5
"""The weight of two patches that are not linked, so that the graph stays in one piece."""


def lost(patches: Patches) -> Object:
    """The object by LOST (arXiv:2109.14279): what is like the patch that is like the fewest others."""
    rows, columns = patches.shape[:2]
    features = patches.reshape(rows * columns, -1)
    likeness = features @ features.T  # (n, n)
    others = likeness - np.diag(np.diag(likeness))
    order = np.argsort((others > 0).sum(axis=1), kind="stable")
    seed = int(order[0])
    few = order[:EXPANSION]
    seeds = few[likeness[seed, few] > 0]
    alike = likeness[seeds].sum(axis=0) > 0
    return _around(alike.reshape(rows, columns), seed)


def tokencut(patches: Patches, linked: float = LIKENESS) -> Object:
    """The object by TokenCut (arXiv:2202.11539): one side of the normalised cut of the graph of alike patches.

    Args:
        patches: (rows, columns, dim).
        linked: the cosine above which two patches are alike.
    """
    from scipy.linalg import eigh

    rows, columns = patches.shape[:2]
    count = rows * columns
    if count < 2:
        return np.zeros((rows, columns), np.bool_)
    features = patches.reshape(count, -1)
    features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    weights = np.where(features @ features.T > linked, 1.0, WEAK)  # (n, n)
    degrees = np.diag(weights.sum(axis=1))
    _, vectors = eigh(degrees - weights, degrees, subset_by_index=[1, 1])
    second = vectors[:, 0]
    seed = int(np.abs(second).argmax())
    side = second > second.mean()
    if not side[seed]:
        side = ~side
    return _around(side.reshape(rows, columns), seed)


METHODS: dict[str, Callable[[Patches], Object]] = {"lost": lost, "tokencut": tokencut}
"""By the names people type."""


def separation(patches: Patches, found: Object) -> float:
    """How much more alike the patches of an object are to each other than to the rest, 0 to 1.

    The mean cosine within the object less that between the object and the rest, after what all patches share is taken
    away; 0 where there is no object, or nothing else.
    """
    features = patches.reshape(found.size, -1)
    features = features - features.mean(axis=0)
    features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    inside = found.reshape(-1)
    if not inside.any() or inside.all():
        return 0.0
    own, rest = features[inside].mean(axis=0), features[~inside].mean(axis=0)
    return float(np.clip((own @ own - own @ rest) / 2, 0, 1))


def _around(chosen: Object, seed: int) -> Object:
    """The chosen patches that hang together with the seed by their sides."""
    from scipy.ndimage import label

    pieces, _ = label(chosen)
    number = pieces.reshape(-1)[seed]
    found: Object = (pieces == number) & (number > 0)
    return found
