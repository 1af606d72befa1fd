"""Photos in clusters, each named by words that fit it better than the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.indexing.report import Progress, Report, nothing_to_tell
from lens.models.encoders.base import TextEncoder

__all__ = ["Cluster", "cluster", "name_clusters", "nouns"]

FEWEST, MOST = 2, 64
ALL_AT_ONCE = 5_000  # photos up to which every step of k-means looks at all of them
JUDGED = 2_000  # photos that the silhouette is computed on
NEARLY = 0.1
"""Share of the largest silhouette that more clusters may cost: they tell more of the photos."""
PROMPT = "a photo of {}"
NOUNS = Path(__file__).with_name("nouns.txt")


@dataclass(frozen=True)
class Cluster:
    """Photos that look alike."""

    members: list[int]
    """Numbers of the photos, the most central first."""
    centre: NDArray[np.float32]
    """(dim,) unit norm."""
    cohesion: float
    """Mean cosine of the members with the centre, -1 to 1; larger is tighter."""


def cluster(
    vectors: NDArray[np.float32], count: int | None = None, on_progress: Report = nothing_to_tell
) -> list[Cluster]:
    """K-means on unit vectors, the largest cluster first.

    Args:
        vectors: (n, dim), unit norm.
        count: of clusters; by default the most of some numbers up to 64 whose silhouette (Rousseeuw 1987) is nearly the
            largest.
        on_progress: told of clusters that were sought, of all numbers that are tried.
    """
    from sklearn.metrics import silhouette_score

    if len(vectors) <= FEWEST:
        return [_cluster(vectors, np.arange(len(vectors)))] if len(vectors) else []
    if count is not None:
        return _split(vectors, _k_means(vectors, min(count, len(vectors))))
    rng = np.random.default_rng(0)
    judged = rng.permutation(len(vectors))[:JUDGED]
    tried: list[tuple[float, NDArray[np.int32]]] = []
    numbers = _numbers(len(vectors))
    for at, number in enumerate(numbers, 1):
        labels = _k_means(vectors, number)
        on_progress(Progress(sum(numbers[:at]), sum(numbers), 0))
        seen = len(set(labels[judged].tolist()))
        if 1 < seen < len(judged):
            tried.append((float(silhouette_score(vectors[judged], labels[judged], metric="cosine")), labels))
    largest = max((score for score, _ in tried), default=0.0)
    fitting = [labels for score, labels in tried if score >= largest - NEARLY * abs(largest)]
    return _split(vectors, fitting[-1] if fitting else np.zeros(len(vectors), np.int32))


def name_clusters(clusters: Sequence[Cluster], encoder: TextEncoder, words: Sequence[str]) -> list[tuple[str, ...]]:
    """For each cluster the three words that fit it most, compared with how they fit the clusters on average.

    Args:
        clusters: to be named.
        encoder: that made the vectors.
        words: to choose from.
    """
    texts = encoder.encode_texts([PROMPT.format(word) for word in words])
    scores = np.stack([each.centre for each in clusters]) @ texts.T
    scores -= scores.mean(axis=0) / 2 if len(clusters) > 1 else 0.0
    return [tuple(words[at] for at in np.argsort(-row, kind="stable")[:3]) for row in scores]


def nouns() -> list[str]:
    """Some three hundred everyday words for what photos show."""
    return [line for line in NOUNS.read_text(encoding="utf-8").splitlines() if line]


def _numbers(photos: int) -> list[int]:
    """Numbers of clusters to try: 2, 3, 4, 6, 8, 12, … up to 64 or a third of the photos."""
    tried = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, MOST]
    return [number for number in tried if number <= max(FEWEST, photos // 3)]


def _k_means(vectors: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if len(vectors) <= ALL_AT_ONCE:
        labels: NDArray[np.int32] = KMeans(count, n_init=3, random_state=0).fit_predict(vectors)
    else:
        labels = MiniBatchKMeans(count, n_init=3, random_state=0, batch_size=2048).fit_predict(vectors)
    return labels


def _split(vectors: NDArray[np.float32], labels: NDArray[np.int32]) -> list[Cluster]:
    found = [_cluster(vectors, np.flatnonzero(labels == label)) for label in np.unique(labels)]
    return sorted(found, key=lambda each: (-len(each.members), each.members[0]))


def _cluster(vectors: NDArray[np.float32], members: NDArray[np.intp]) -> Cluster:
    centre = vectors[members].mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-12)
    cosines = vectors[members] @ centre
    order = np.argsort(-cosines, kind="stable")
    return Cluster(members[order].tolist(), centre.astype(np.float32), float(cosines.mean()))
