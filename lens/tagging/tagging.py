"""Tagging the photos of one index: what both faces call."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens import __version__
from lens.errors import NameUnknown, TagError
from lens.indexing.report import Progress, Report, nothing_to_tell
from lens.models.encoders.base import EncoderInfo, ImageEncoder, TextEncoder
from lens.models.loaded import AnEncoder
from lens.search.bands import FEWEST, Judges
from lens.search.folders import Where, folders_of, query_of, within
from lens.search.searcher import EVERYTHING, Searcher
from lens.search.syntax import Words
from lens.tagging.likelihood import Likelihood, shares_of, tag_model
from lens.tagging.photo_tags import PhotoTags, Tag, gather, tags_of
from lens.tagging.scoring import Scored, entry_vectors, zero_shot
from lens.tagging.sidecars import Sidecars, write_sidecars
from lens.tagging.teaching import Teaching, learned_scores
from lens.tagging.vocabulary import Entry, Vocabulary, load_vocabulary
from lens_indexes import LEARNED, NOTHING, Index, TagRow, TagSet, VectorBlock

__all__ = ["TagReport", "Tagging"]


@dataclass(frozen=True)
class TagReport:
    """What photos were tagged with, or in a dry run would be."""

    vocabulary: str
    encoder: str
    dry_run: bool
    photos: tuple[PhotoTags, ...]
    """All that were asked about, in the order of their paths."""
    already: int
    """Of these, tagged before in the same way; passed over."""
    sidecars: Sidecars

    @property
    def tagged(self) -> int:
        """How many photos have a tag."""
        return sum(bool(photo.tags) for photo in self.photos)


class Tagging:
    """Tags of photos. Got from `Library.tags`; changes no photo.

    Args:
        index: opens the index.
        searcher: finds the photos of a query, and knows whose vectors there are.
    """

    def __init__(self, index: Callable[[], Index], searcher: Searcher) -> None:
        self._index, self._searcher = index, searcher
        self._judges = Judges()
        self.learned = Teaching(index, searcher, lambda: self.tag(vocabulary=LEARNED))

    def tag(
        self,
        photos: Where | None = None,
        *,
        vocabulary: str | Path | Vocabulary = "everyday",
        top: int | None = None,
        min_score: float | None = None,
        encoder: AnEncoder | None = None,
        dry_run: bool = False,
        write_xmp: bool = False,
        on_progress: Report = nothing_to_tell,
    ) -> TagReport:
        """Tag photos from their vectors, without reading them; what this vocabulary said of them before gives way.

        May be stopped at any moment: photos that were tagged with the same vocabulary and settings, in a collection
        that is still the same, are passed over.

        Args:
            photos: folders, or a query whose hits are tagged; by default all of the index.
            vocabulary: one that comes with Lens, a file, or one that was read; `learned` for the tags that were taught,
                which take over from the words in every other.
            top: how many tags a photo gets at the most; the parents of a tag come on top.
            min_score: the smallest score of a tag, 0 to 1; by default what is likely enough, on the evidence of search.
            encoder: whose vectors to use; by default the index's own default.
            dry_run: only find out; nothing is written.
            write_xmp: also put the tags into side-cars beside the photos, where other programs read them.
            on_progress: told of photos, of which each counts once it was held against all categories.

        Raises:
            VocabularyError: there is no such vocabulary, or a line of it cannot be understood.
            QueryError: the query cannot be understood, or nothing of the folder is in the index.
            TagError: the encoder knows no words, or there are too few photos to judge by.
        """
        words = self._vocabulary(vocabulary)
        asked = self._asked(photos, encoder)
        chosen, block = self._searcher.searched(encoder, words_only=True)
        taught = {each.name: each for each in learned_scores(self._index(), chosen, block)}
        if words is None:
            words = Vocabulary(LEARNED, False, tuple(Entry(name, (), (name,)) for name in taught))
            found = iter(taught.values())
        else:
            found = self._found(words, chosen, block, min_score)
        rows = np.arange(len(block)) if asked is None else np.flatnonzero(block.having(asked))
        run = run_of(words, chosen.info, block, taught.values(), (top, min_score))
        held = self._index().tags.of_run(run)
        left = rows[~block.having(held)[rows]]

        tags = {row: tags_of(words, held[block.id(row)]) for row in np.setdiff1d(rows, left).tolist()}
        if len(left):
            known = (_learned(each, taught) for each in found)
            counted = _counted(known, len(words.entries), len(left), on_progress)
            tags |= gather(words, _among(left, len(block), counted), top)
        if not dry_run:
            self._write(run, words.name, chosen.info.name, _tagged(block, left, tags))
        tagged = _tagged(block, rows, tags)
        sidecars = write_sidecars(tagged, on_progress, dry_run=dry_run) if write_xmp else Sidecars()
        return TagReport(words.name, chosen.info.name, dry_run, tagged, len(rows) - len(left), sidecars)

    def all(self) -> list[TagSet]:
        """What each vocabulary and encoder said, with how many photos have each tag."""
        return self._index().tags.sets()

    def drop(self, vocabulary: str) -> int:
        """Forget all that a vocabulary said: of how many photos it said something."""
        index = self._index()
        sets = index.tags.sets()
        held = [each for each in sets if each.vocabulary == vocabulary]
        if not held:
            used = ", ".join(dict.fromkeys(each.vocabulary for each in sets)) or "nothing"
            raise NameUnknown(f"Nothing was tagged with {vocabulary}; used so far: {used}.")
        with index.writing():
            index.tags.drop(vocabulary)
        return max(each.photos for each in held)

    def _vocabulary(self, vocabulary: str | Path | Vocabulary) -> Vocabulary | None:
        """The vocabulary; None for what was learned."""
        if vocabulary == LEARNED:
            return None
        return vocabulary if isinstance(vocabulary, Vocabulary) else load_vocabulary(vocabulary)

    def _found(
        self, words: Vocabulary, encoder: ImageEncoder, block: VectorBlock, min_score: float | None
    ) -> Iterator[Scored]:
        """The categories of a vocabulary with the photos that they fit; nothing is computed before it is asked for."""
        if not isinstance(encoder, TextEncoder):
            raise TagError(f"The encoder {encoder.info.name} knows no words: tag with another --encoder.")
        if len(block) < FEWEST and min_score is None:
            raise TagError(f"{len(block)} photos are too few to judge by: index {FEWEST}, or give a --min-score.")
        model = tag_model()
        shares = shares_of(words, model)

        def likelihood(name: str) -> Likelihood:
            return Likelihood(self._judges.of(Words(name), encoder, block), shares[name], model)

        texts = entry_vectors(words, encoder)
        yield from zero_shot(words, texts, block.vectors, encoder.info, likelihood, least=min_score)

    def _asked(self, photos: Where | None, encoder: AnEncoder | None) -> frozenset[str] | None:
        """The ids of the photos to tag; None for all."""
        if photos is None:
            return None
        if folders := folders_of(photos):
            return frozenset(self._index().photos.matching(within(folders, self._index))["id"].to_pylist())
        return frozenset(match.id for match in self._searcher.all_that_answer(query_of(photos), EVERYTHING, encoder))

    def _write(self, run: str, vocabulary: str, model: str, photos: Sequence[PhotoTags]) -> None:
        index = self._index()
        with index.writing():
            index.tags.put(run, vocabulary, model, (row for photo in photos for row in _rows(photo)))
            index.tags.join_fragments()


def run_of(
    words: Vocabulary,
    info: EncoderInfo,
    block: VectorBlock,
    taught: Iterable[Scored],
    settings: tuple[int | None, float | None],
) -> str:
    """Names all that decides the tags of a photo, which is judged among all others: 32 hexadecimal digits.

    Args:
        settings: how many tags at the most, and their smallest score.
    """
    told = repr((__version__, words.name, words.fingerprint, info.name, info.revision, settings))
    digest = hashlib.sha256(told.encode())
    digest.update(np.asarray(block.entries).tobytes())
    for each in taught:
        digest.update(repr((each.name, each.rows.tolist(), each.scores.tolist())).encode())
    return digest.hexdigest()[:32]


def _learned(found: Scored, taught: Mapping[str, Scored]) -> Scored:
    """What was learned of a category by examples, else what its words found."""
    return taught.get(found.name, found)


def _counted(found: Iterator[Scored], categories: int, photos: int, on_progress: Report) -> Iterator[Scored]:
    """The same, with the progress told: each category does its part of every photo."""
    for number, each in enumerate(found, start=1):
        on_progress(Progress(photos * number // categories, photos, 0))
        yield each


def _among(rows: NDArray[np.int64], count: int, found: Iterator[Scored]) -> Iterator[Scored]:
    """What was found on some of the rows of all `count`."""
    asked = np.zeros(count, bool)
    asked[rows] = True
    for each in found:
        kept = asked[each.rows]
        yield replace(each, rows=each.rows[kept], scores=each.scores[kept])


def _tagged(block: VectorBlock, rows: NDArray[np.int64], tags: dict[int, tuple[Tag, ...]]) -> tuple[PhotoTags, ...]:
    return tuple(
        PhotoTags(block.id(row), block.path(row), block.content_hash(row), tags.get(row, ())) for row in rows.tolist()
    )


def _rows(photo: PhotoTags) -> list[TagRow]:
    """A photo's tags as the index stores them."""
    if not photo.tags:
        return [TagRow(photo.id, NOTHING, 0.0, photo.content_hash)]
    return [TagRow(photo.id, tag.name, tag.score, photo.content_hash) for tag in photo.tags]
