"""ConSE: a photo as the convex combination of the names of the classes it may show (arXiv:1312.5650).

It knows what ImageNet knows, a thousand things by name, and compares with any text; it knows nothing of actions,
colours or people, which is what the trained heads add.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ConSE", "softmax", "unit"]


@dataclass(frozen=True)
class ConSE:
    """Class logits, and text embeddings, to unit vectors of one space."""

    classes: NDArray[np.float32]  # (1000, d), embeddings of the class names, centred
    mean: NDArray[np.float32]  # (d,), what all texts have in common and is taken away from each
    temperature: float
    """What the logits are divided by; above 1, more classes take part."""

    def photos(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) unit vectors of n rows of 1000 logits."""
        return unit(softmax(logits / self.temperature) @ self.classes)

    def texts(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) unit vectors of n unit-norm text embeddings."""
        return unit(embeddings - self.mean)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors divided by their lengths; a vector without length stays as it is."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return scaled


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Likelihoods that sum to one in each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    likelihoods: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return likelihoods
