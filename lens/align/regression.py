"""Ridge regression from what the image tower sees to the embedding of what is said of it.

The idea is DeViSE's (Frome et al., 2013): photos go where their words are. Solved in closed form (Hoerl and Kennard,
1970), by the kernel as long as there are about as many features as photos.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lens.align.heads import Standardiser
from lens.models.encoders.conse import unit
from lens.models.encoders.heads import Regression

__all__ = ["fit_regression"]

MOST_ROWS = 10_000
"""Of the kernel, which then takes 400 MB; the same is solved by the features' products where there are more."""


def fit_regression(
    inputs: NDArray[np.float32],
    captions: Sequence[NDArray[np.float32]],
    weights: NDArray[np.float32],
    standard: Standardiser,
    ridge: float,
) -> Regression:
    """The regression that fits the mean caption of each photo, whichever view of it is seen.

    Args:
        inputs: (views, n, d) standardised features of n photos.
        captions: for each photo the embeddings of its captions, (k, 384).
        weights: (n,), how much each photo counts, 1 on average.
        standard: what standardised the features.
        ridge: how strongly large weights are held back, as a share of the kernel's trace.
    """
    views, photos, size = inputs.shape
    means = np.stack([unit(each.mean(axis=0)) for each in captions])
    mean = means.mean(axis=0)
    root = np.sqrt(np.tile(weights, views))[:, None]
    seen = inputs.reshape(views * photos, size) * root
    said = np.tile(means - mean, (views, 1)) * root
    by_kernel = len(seen) <= MOST_ROWS
    products = seen @ seen.T if by_kernel else seen.T @ seen
    products[np.diag_indices_from(products)] += ridge * np.trace(products)
    weight = seen.T @ np.linalg.solve(products, said) if by_kernel else np.linalg.solve(products, seen.T @ said)
    # The standardisation is folded in.
    folded = weight / standard.deviation[:, None]
    return Regression(folded.astype(np.float32), -(standard.mean @ folded).astype(np.float32), mean)
