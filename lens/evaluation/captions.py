"""Whether photos are found by their captions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import CuratedPhoto
from lens.errors import EvaluationError
from lens.evaluation.retrieval import places_of
from lens.models.encoders.base import ImageEncoder, TextEncoder

__all__ = ["recalled"]

WITHIN = (1, 5, 10)


def recalled(
    encoders: Sequence[ImageEncoder],
    photos: Sequence[CuratedPhoto],
    vectors: Mapping[str, NDArray[np.float32]],
    judging: NDArray[np.int64],
    captions: Sequence[tuple[str, str]],
) -> dict[str, dict[str, NDArray[np.floating]]]:
    """Recall of the photos that judge by their captions, each photo's captions counting together as one.

    Of photos that share a caption any is right, since nothing tells which of them is meant; those that do not judge are
    then no mistakes, and not found either.
    """
    number_of = {photo.id: number for number, photo in enumerate(photos)}
    known = [(number_of[id_], text) for id_, text in captions if id_ in number_of]
    judges = set(judging.tolist())
    said = [(number, text) for number, text in known if number in judges]
    if not said:
        raise EvaluationError("No photo that is held out has a caption.")
    own, texts = np.array([number for number, _ in said]), [text for _, text in said]
    owners = defaultdict[str, list[int]](list)
    for number, text in known:
        owners[text].append(number)
    as_right = [np.array(owners[text]) for text in texts]
    found: dict[str, dict[str, NDArray[np.floating]]] = {f"captions, first {within}": {} for within in WITHIN}
    for encoder in encoders:
        name = encoder.info.name
        if not isinstance(encoder, TextEncoder):
            raise EvaluationError(f"The encoder {name} knows no words: leave the captions out.")
        ranks = _best_of_each(places_of(encoder.encode_texts(texts), vectors[name], own, as_right), texts)
        for within, scores in zip(WITHIN, found.values(), strict=True):
            scores[name] = _per_photo(ranks < within, own)
    return found


def _best_of_each(ranks: NDArray[np.int64], texts: Sequence[str]) -> NDArray[np.int64]:
    """For each text the best rank of those that are the same."""
    same = np.unique(texts, return_inverse=True)[1]
    best = np.full(same.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(best, same, ranks)
    return best[same]


def _per_photo(hits: NDArray[np.bool_], own: NDArray[np.int64]) -> NDArray[np.floating]:
    _, member = np.unique(own, return_inverse=True)
    means: NDArray[np.float64] = np.bincount(member, hits) / np.bincount(member)
    return means
