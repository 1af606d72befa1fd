"""Judging encoders on photos that are held out: what both faces call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import CuratedPhoto, load, vectors_of
from lens.errors import EvaluationError
from lens.evaluation.beside import ById
from lens.evaluation.captions import recalled
from lens.evaluation.held_out import held_out
from lens.evaluation.intervals import Difference, Share, difference_of, share_of
from lens.evaluation.labels import FOLDERS, Captions, captions_of, classes_of
from lens.evaluation.neighbours import Neighbours, nearest
from lens.evaluation.protocols import PROTOCOLS, few
from lens.evaluation.retrieval import average_precisions, moments
from lens.evaluation.task import MOST_JUDGED, Task, some_of, task_of
from lens.evaluation.views import recognised
from lens.indexing.lane import column_of
from lens.indexing.report import Report, nothing_to_tell
from lens.models.encoders.base import ImageEncoder
from lens.models.loaded import AnEncoder, LoadedEncoders
from lens_indexes import Index

__all__ = ["Evaluated", "Evaluation", "Judgement", "evaluated"]

MOST_READ = 300
"""Photos that are read to make other views of."""
DRAWS = 10
"""How often few photos are drawn anew: which ones they are decides much."""


@dataclass(frozen=True)
class Judgement:
    """One encoder by one measure."""

    measure: str
    encoder: str
    share: Share


@dataclass(frozen=True)
class Evaluated:
    """One or two encoders on the same photos."""

    judgements: list[Judgement]
    """By measure, then by encoder."""
    differences: dict[str, Difference]
    """By measure, how much better the first encoder is than the second; empty if only one was judged."""
    classes: int = 0
    learned: int = 0
    """Photos whose class was known."""
    chance: float | None = None
    """What naming the commonest class for every photo would reach, 0 to 1; None where no class is asked for."""
    unlabelled: int = 0
    """Photos that no class is known of, or too few of their class, and which are left out."""


class Evaluation:
    """Judges the encoders of an index on a fifth of its photos. Got from `Library.evaluation`; writes nothing.

    Args:
        index: of the photos.
        encoders: loaded as they are needed.
        beside: by name, the vectors of encoders that are not, or not wholly, in the index.
    """

    def __init__(self, index: Index, encoders: LoadedEncoders, beside: Mapping[str, ById] | None = None) -> None:
        self._index, self._encoders, self._beside = index, encoders, beside or {}

    def classes(
        self,
        protocol: str,
        encoder: AnEncoder | None = None,
        *,
        against: AnEncoder | None = None,
        labels: str = FOLDERS,
        shots: int | None = None,
    ) -> Evaluated:
        """How often the class of a photo is told from its vector and those of photos whose class is known.

        Args:
            protocol: `knn` or `probe`.
            encoder: whose vectors; by default the index's own default.
            against: a second one, to be compared with it.
            labels: `folders`, `tags`, or a CSV file; see `classes_of`.
            shots: how many photos of each class are known; the mean of ten draws. By default all.

        Raises:
            EvaluationError: fewer than two classes have photos on both sides.
            QueryError: the index has no vectors of an encoder.
        """
        names = [name_of(each) for each in self._asked(encoder, against)]
        photos, vectors = self._encoded(names)
        task = task_of(photos, classes_of(labels, photos, self._index))
        draws = [few(task.taught, shots, seed) for seed in range(DRAWS)] if shots else [np.arange(len(task.taught))]
        scores: dict[str, NDArray[np.floating]] = {}
        for name in names:
            known_by, to_tell = vectors[name][task.learned], vectors[name][task.judged]
            told = [PROTOCOLS[protocol](known_by[some], task.taught[some], to_tell) == task.asked for some in draws]
            scores[name] = np.mean(told, axis=0, dtype=np.float64)
        return evaluated(protocol, shots, task, scores)

    def retrieval(
        self,
        encoder: AnEncoder | None = None,
        *,
        against: AnEncoder | None = None,
        captions: Captions | None = None,
        on_progress: Report = nothing_to_tell,
    ) -> Evaluated:
        """How well photos are found among all others, where no class is known.

        By photos of the same moment (mean average precision of those taken within an hour), by another view of
        themselves (how often the photo itself is the nearest), and by their captions where a file has them (recall).

        Args:
            encoder: whose vectors; by default the index's own default.
            against: a second one, to be compared with it.
            captions: a CSV file with photos and captions, or ids of photos with captions; those of photos held
                out are asked for.
            on_progress: told of the photos that have to be read.

        Raises:
            EvaluationError: nothing of it can be measured.
            QueryError: the index has no vectors of an encoder.
        """
        encoders = [self._loaded(each) for each in self._asked(encoder, against)]
        names = [each.info.name for each in encoders]
        photos, vectors = self._encoded(names)
        judging = some_of(np.flatnonzero(held_out([photo.content_hash for photo in photos])), photos, MOST_JUDGED)
        scores: dict[str, dict[str, NDArray[np.floating]]] = {}
        taken = np.array([photo.taken_at for photo in photos], "datetime64[us]")
        few_of_them = some_of(judging, photos, MOST_READ)
        same = moments(taken, few_of_them)
        if same:
            scores["same moment"] = {name: average_precisions(vectors[name], same) for name in names}
        seen = recognised(encoders, photos, vectors, few_of_them, on_progress)
        if seen:
            scores["another view"] = seen
        if captions is not None:
            said = captions_of(captions, self._index)
            scores |= recalled(encoders, photos, vectors, judging, said)
        if not scores:
            raise EvaluationError("There is no photo to judge by: index more, or make their files readable.")
        return Evaluated(*_compared(scores))

    def neighbours(self, encoder: AnEncoder, against: AnEncoder, count: int) -> list[Neighbours]:
        """What two encoders find nearest to some photos that are held out, as if these were drawn by chance.

        Raises:
            QueryError: the index has no vectors of an encoder.
        """
        photos, vectors = self._encoded([name_of(encoder), name_of(against)])
        judging = np.flatnonzero(held_out([photo.content_hash for photo in photos]))
        return nearest(photos, vectors, some_of(judging, photos, count))

    def _asked(self, encoder: AnEncoder | None, against: AnEncoder | None) -> list[AnEncoder]:
        first = encoder or str(self._index.photos.default())
        return [first] if against is None or name_of(against) == name_of(first) else [first, against]

    def _encoded(self, names: Sequence[str]) -> tuple[list[CuratedPhoto], Mapping[str, NDArray[np.float32]]]:
        """The photos that have a vector of each encoder, and these."""
        photos = load(self._index)
        vectors = {name: self._vectors(photos, name) for name in names}
        there = np.all([held.any(axis=1) for held in vectors.values()], axis=0)
        kept = [photo for photo, has in zip(photos, there.tolist(), strict=True) if has]
        return kept, {name: held[there] for name, held in vectors.items()}

    def _vectors(self, photos: Sequence[CuratedPhoto], name: str) -> NDArray[np.float32]:
        """(n, dim), zeros for a photo that has none."""
        held = self._beside.get(name)
        if held is None:
            return vectors_of(self._index, photos, name)
        nothing = np.zeros_like(next(iter(held.values())))
        return np.stack([held.get(photo.id, nothing) for photo in photos])

    def _loaded(self, asked: AnEncoder) -> ImageEncoder:
        encoder = self._encoders.again(asked) if isinstance(asked, str) else asked
        if encoder.info.name not in self._beside:
            self._index.photos.check(column_of(encoder.info))
        return encoder


def name_of(encoder: AnEncoder) -> str:
    """What an encoder is called in an index."""
    return encoder if isinstance(encoder, str) else encoder.info.name


def evaluated(protocol: str, shots: int | None, task: Task, scores: Mapping[str, NDArray[np.floating]]) -> Evaluated:
    """What a protocol has found.

    Args:
        protocol: its name.
        shots: how many photos of each class were known; None for all.
        task: what was asked for.
        scores: by encoder, (m,) how often the class of each judged photo was told, 0 to 1.
    """
    measure = f"{protocol}, {shots} of each class" if shots else protocol
    found = _compared({measure: scores})
    return Evaluated(*found, len(task.names), len(task.learned), task.chance, task.unlabelled)


def _compared(
    scores: Mapping[str, Mapping[str, NDArray[np.floating]]],
) -> tuple[list[Judgement], dict[str, Difference]]:
    """Judgements of all encoders by all measures, and how the first two differ."""
    judgements, differences = [], {}
    for measure, by_encoder in scores.items():
        judgements += [Judgement(measure, name, share_of(each)) for name, each in by_encoder.items()]
        if len(by_encoder) > 1:
            first, second, *_ = by_encoder.values()
            differences[measure] = difference_of(first, second)
    return judgements, differences
