"""Another encoder for searches, once it is shown to be better, and the way back: what both faces call."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lens.curation.collection import load
from lens.errors import EncoderMismatch, EvaluationError
from lens.evaluation import Evaluated, Evaluation
from lens.evaluation.beside import encoded, sample
from lens.evaluation.labels import captions_of, classes_of
from lens.indexing.lane import column_of
from lens.indexing.report import IndexReport, Report, nothing_to_tell
from lens.models.encoders.base import ImageEncoder, TextEncoder
from lens.models.loaded import AnEncoder, LoadedEncoders
from lens.tuning.verdict import MARGIN, Verdict, decide
from lens_indexes import Index

__all__ = ["Adoption"]

EXAMPLES = 8


class Adoption:
    """Changes the index's default encoder for good reasons. Got from `Library.adoption`.

    Args:
        index: of the photos.
        encoders: loaded as they are needed.
        encode: `Library.index`.
    """

    def __init__(
        self, index: Callable[[], Index], encoders: LoadedEncoders, encode: Callable[..., IndexReport]
    ) -> None:
        self._index, self._encoders, self._encode = index, encoders, encode

    def check(self, labels: str | None, captions: str | Path | None) -> None:
        """Refuse labels and captions by which nothing could be judged, before long work that ends with `judge`.

        Raises:
            EvaluationError: fewer than two classes have photos on both sides, or no photo has a caption.
            MetaError: a file cannot be read.
        """
        if labels:
            Evaluation(self._index(), self._encoders).classes("knn", labels=labels)
        if captions is not None:
            captions_of(Path(captions).expanduser(), self._index())

    def judge(
        self,
        encoder: AnEncoder,
        *,
        labels: str | None = None,
        captions: str | Path | None = None,
        margin: float = MARGIN,
        on_progress: Report = nothing_to_tell,
    ) -> Verdict:
        """Compare an encoder with the index's default on photos that are held out; nothing is written.

        It need not be in the index: some thousand photos are encoded to judge by.

        Args:
            encoder: a name from the catalogue, of a model that was imported or tuned, or an encoder.
            labels: what k-NN tells and the verdict goes by: `folders`, `tags` or a CSV file; see `classes_of`. Without,
                it goes by photos of the same moment, and where too few have any, by other views of photos.
            captions: a CSV file with photos and captions, by which words must still find photos.
            margin: how far recall by captions may fall, 0 to 1.
            on_progress: told of the photos that have to be read.

        Raises:
            EvaluationError: it is the default already, knows no words, or there are no photos or labels to judge by.
            EncoderMismatch: the index has vectors of another revision of it.
            ModelError: it cannot be loaded.
        """
        index, candidate = self._index(), self._encoders.get(encoder)
        name, default = candidate.info.name, str(index.photos.default())
        if name == default:
            raise EvaluationError(f"Searches use {name} already: lens encoders list shows what else there is.")
        if isinstance(self._encoders.again(default), TextEncoder) and not isinstance(candidate, TextEncoder):
            raise EvaluationError(f"{name} knows no words, which searches need.")
        photos = load(index)
        named = set(classes_of(labels, photos, index)) if labels else set[str]()
        if captions is not None:
            named.update(id_ for id_, _ in captions_of(Path(captions).expanduser(), index))
        beside = {} if self._held(candidate) else {name: encoded(candidate, sample(photos, named), on_progress)}
        if beside and not beside[name]:
            raise EvaluationError("None of the photos can be read: is their drive mounted?")
        evaluation = Evaluation(index, self._encoders, beside)
        by_classes = evaluation.classes("knn", candidate, against=default, labels=labels) if labels else None
        found = evaluation.retrieval(candidate, against=default, captions=captions, on_progress=on_progress)
        verdict = decide(name, default, _together(by_classes, found), by_classes=bool(by_classes), margin=margin)
        return replace(verdict, neighbours=evaluation.neighbours(candidate, default, EXAMPLES))

    def adopt(self, encoder: AnEncoder, verdict: Verdict, on_progress: Report = nothing_to_tell) -> IndexReport:
        """Encode all photos with an encoder that was shown to be better, and let searches use it.

        The encoder before stays in the index. Stopped on the way, searches still use it, and the next run goes on.

        Args:
            encoder: the one that was judged.
            verdict: of `judge`.
            on_progress: told of the photos that are encoded.

        Raises:
            EvaluationError: it is not better.
            FolderError: an indexed folder is not there, such as on a drive that is not mounted.
        """
        if not verdict.better:
            raise EvaluationError(f"{verdict.encoder} is not adopted: {'; '.join(verdict.reasons)}.")
        index = self._index()
        report = self._encode([root.folder for root in index.roots.all()], encoder, on_progress=on_progress)
        with index.writing():
            index.photos.set_default(verdict.encoder)
        return report

    def roll_back(self, *, dry_run: bool = False) -> str:
        """Let searches use the encoder that they used before: its name. Once more, and they use the later one again.

        Raises:
            EncoderMismatch: the default was never changed, or the one before was dropped.
        """
        index = self._index()
        before = index.photos.previous()
        if before is None:
            raise EncoderMismatch(
                f"The index {index.uri} has no vectors of a default encoder before {index.photos.default()}."
            )
        if not dry_run:
            with index.writing():
                index.photos.set_default(before)
        return before

    def _held(self, encoder: ImageEncoder) -> bool:
        """Whether the index has all vectors of an encoder."""
        photos, column = self._index().photos, column_of(encoder.info)
        if encoder.info.name not in photos.bound():
            return False
        photos.check(column)
        return photos.encoded(column) == photos.count(missing=False)


def _together(by_classes: Evaluated | None, found: Evaluated) -> Evaluated:
    """What was found with classes and without, of the same two encoders."""
    if by_classes is None:
        return found
    return Evaluated(
        [*by_classes.judgements, *found.judgements],
        {**by_classes.differences, **found.differences},
        by_classes.classes,
        by_classes.learned,
        by_classes.chance,
        by_classes.unlabelled,
    )
