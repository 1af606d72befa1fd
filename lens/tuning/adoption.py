"""Another encoder for searches, once it is shown to be better, and the way back: what both faces call."""

from collections.abc import Callable
from dataclasses import replace

from lens.curation.collection import load
from lens.errors import EncoderMismatch, EvaluationError
from lens.evaluation import Evaluated, Evaluation
from lens.evaluation.beside import encoded, sample
from lens.evaluation.labels import Captions, captions_of, classes_of
from lens.indexing.lane import column_of
from lens.indexing.report import IndexReport, Report, nothing_to_tell
from lens.models.encoders.base import ImageEncoder, TextEncoder
from lens.models.loaded import AnEncoder, LoadedEncoders
from lens.tuning.verdict import BY_CAPTIONS, BY_CLASSES, MARGIN, WITHOUT, Verdict, decide
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

    def check(self, labels: str | None, captions: Captions | None, replacing: str | None = None) -> None:
        """Refuse labels and captions by which nothing could be judged, before long work that ends with `judge`.

        Args:
            labels: as `judge` has them.
            captions: likewise.
            replacing: the encoder that another is made of, if that is to be adopted.

        Raises:
            EvaluationError: fewer than two classes have photos on both sides, or no photo has a caption; or searches
                use another encoder than `replacing`.
            MetaError: a file cannot be read.
        """
        if labels:
            Evaluation(self._index(), self._encoders).classes("knn", labels=labels)
        if captions is not None:
            captions_of(captions, self._index())
        default = str(self._index().photos.default())
        if replacing is not None and self._encoders.get(replacing).info.name != default:
            raise EvaluationError(
                f"Searches use {default}: what is made of {replacing} cannot be adopted without being compared with "
                "that. Leave --adopt out; lens encoders adopt NAME may follow."
            )

    def judge(
        self,
        encoder: AnEncoder,
        *,
        against: str | None = None,
        labels: str | None = None,
        captions: Captions | None = None,
        margin: float = MARGIN,
        by_captions: bool = False,
        on_progress: Report = nothing_to_tell,
    ) -> Verdict:
        """Compare an encoder with another on photos that are held out; nothing is written.

        Neither need be in the index: some thousand photos are encoded to judge by.

        Args:
            encoder: a name from the catalogue, of a model that was imported or tuned, or an encoder.
            against: the other, a name as `encoder`; by default the index's own, in whose place it could be adopted.
            labels: what k-NN tells and the verdict goes by: `folders`, `tags` or a CSV file; see `classes_of`. Without,
                it goes by photos of the same moment, and where too few have any, by other views of photos.
            captions: a CSV file with photos and captions, or ids of photos with captions, by which words must still
                find photos.
            margin: how far recall by captions may fall, 0 to 1.
            by_captions: whether the verdict goes by captions, as of an encoder that learned from some.
            on_progress: told of the photos that have to be read.

        Raises:
            EvaluationError: it is the default already, or could not take its place as it knows no words, or there are
                no photos or labels to judge by.
            EncoderMismatch: the index has vectors of another revision of it.
            ModelError: it cannot be loaded.
        """
        index, candidate = self._index(), self._encoders.get(encoder)
        default = str(index.photos.default())
        name = candidate.info.name
        if against is None and name == default:
            raise EvaluationError(f"Searches use {name} already: lens encoders list shows what else there is.")
        if against is None:
            self._check_words(candidate)
        other = self._encoders.get(against) if against else self._encoders.again(default)
        photos = load(index)
        named = set(classes_of(labels, photos, index)) if labels else set[str]()
        if captions is not None:
            named.update(id_ for id_, _ in captions_of(captions, index))
        beside = {
            each.info.name: encoded(each, sample(photos, named), on_progress)
            for each in (candidate, other)
            if not self._held(each)
        }
        if not all(beside.values()):
            raise EvaluationError("None of the photos can be read: is their drive mounted?")
        evaluation = Evaluation(index, self._encoders, beside)
        by_classes = evaluation.classes("knn", candidate, against=other, labels=labels) if labels else None
        found = evaluation.retrieval(candidate, against=other, captions=captions, on_progress=on_progress)
        verdict = decide(
            name,
            other.info.name,
            _together(by_classes, found),
            decisive=BY_CAPTIONS if by_captions else BY_CLASSES if by_classes else WITHOUT,
            margin=margin,
        )
        return replace(verdict, neighbours=evaluation.neighbours(candidate, other, EXAMPLES))

    def adopt(self, encoder: AnEncoder, verdict: Verdict, on_progress: Report = nothing_to_tell) -> IndexReport:
        """Encode all photos with an encoder that was shown to be better, and let searches use it.

        The encoder before stays in the index. Stopped on the way, searches still use it, and the next run goes on.

        Args:
            encoder: the one that was judged.
            verdict: of `judge`.
            on_progress: told of the photos that are encoded.

        Raises:
            EvaluationError: it is not better than what searches use, was compared with another, or knows no words.
            FolderError: an indexed folder is not there, such as on a drive that is not mounted.
        """
        if not verdict.better:
            raise EvaluationError(f"{verdict.encoder} is not adopted: {'; '.join(verdict.reasons)}.")
        index = self._index()
        if verdict.against != index.photos.default():
            raise EvaluationError(
                f"{verdict.encoder} was compared with {verdict.against}, and searches use {index.photos.default()}: "
                f"lens encoders adopt {verdict.encoder} compares it with that."
            )
        self._check_words(self._encoders.get(encoder))
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
                f"There is no way back: the index {index.uri} has no vectors of a default encoder before "
                f"{index.photos.default()}."
            )
        if not dry_run:
            with index.writing():
                index.photos.set_default(before)
        return before

    def _check_words(self, candidate: ImageEncoder) -> None:
        default = str(self._index().photos.default())
        if isinstance(self._encoders.again(default), TextEncoder) and not isinstance(candidate, TextEncoder):
            raise EvaluationError(f"{candidate.info.name} knows no words, which searches need.")

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
