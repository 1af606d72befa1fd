"""Telling classes apart: which photos are learned from, and which ones are judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import CuratedPhoto
from lens.errors import EvaluationError
from lens.evaluation.held_out import held_out, places

__all__ = ["MOST_JUDGED", "Task", "some_of", "task_of"]

MOST_LEARNED, MOST_JUDGED = 20_000, 5_000
"""Of more photos so many are taken, always the same: figures get no surer than a point by more."""


@dataclass(frozen=True)
class Task:
    """Photos by their numbers, and their classes by theirs."""

    names: list[str]
    """Of the classes."""
    learned: NDArray[np.int64]
    """(n,) photos whose class is known."""
    taught: NDArray[np.int64]
    """(n,) their classes."""
    judged: NDArray[np.int64]
    """(m,) photos that are held out."""
    asked: NDArray[np.int64]
    """(m,) their classes."""
    unlabelled: int
    """Photos that no class is known of, or too few of their class."""

    @property
    def chance(self) -> float:
        """What naming the commonest class for every photo would reach, 0 to 1."""
        return float((self.asked == np.bincount(self.taught).argmax()).mean())


def task_of(photos: Sequence[CuratedPhoto], known: Mapping[str, str]) -> Task:
    """The task that photos make, a fifth of which is held out.

    Args:
        photos: all there are.
        known: by the ids of photos, their classes.

    Raises:
        EvaluationError: fewer than two classes have photos on both sides.
    """
    labelled = np.array([number for number, photo in enumerate(photos) if photo.id in known], np.int64)
    classes = np.array([known[photos[number].id] for number in labelled.tolist()], np.str_)
    judging = held_out([photos[number].content_hash for number in labelled.tolist()])
    both = np.intersect1d(classes[judging], classes[~judging])
    if len(both) < 2:
        raise EvaluationError(
            f"{len(both)} class{'es' * (len(both) != 1)} of photos to tell apart: at least two are needed, each "
            "with five photos or more. Give others with --labels folders, tags or FILE.csv."
        )
    fits = np.isin(classes, both)
    labelled, judging = labelled[fits], judging[fits]
    class_of = dict(zip(labelled.tolist(), np.searchsorted(both, classes[fits]).tolist(), strict=True))
    learned = some_of(labelled[~judging], photos, MOST_LEARNED)
    judged = some_of(labelled[judging], photos, MOST_JUDGED)
    taught, asked = (np.array([class_of[each] for each in some.tolist()], np.int64) for some in (learned, judged))
    return Task(both.tolist(), learned, taught, judged, asked, len(photos) - len(labelled))


def some_of(numbers: NDArray[np.int64], photos: Sequence[CuratedPhoto], most: int) -> NDArray[np.int64]:
    """At most so many of these photos, chosen by what is in them, in their order."""
    order = np.argsort(places([photos[number].content_hash for number in numbers.tolist()]), kind="stable")
    return np.sort(numbers[order[:most]])
