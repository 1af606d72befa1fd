"""What somebody has said of the photos that an encoder learns from, and of those that judge it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from os import cpu_count
from pathlib import Path

from lens.curation.collection import CuratedPhoto, load
from lens.errors import TuneError
from lens.evaluation.held_out import held_out
from lens.evaluation.labels import Said, captions_of
from lens.indexing.report import Progress, Report
from lens.photos.descriptions import descriptions_of
from lens.tuning.naming import captions_from_names
from lens_indexes import Index

__all__ = ["FILE", "NAMES", "SOURCES", "XMP", "Captions", "gather"]

FILE, XMP, NAMES = "file", "xmp", "names"
SOURCES = (FILE, XMP, NAMES)
"""A CSV file; descriptions in the photos and their side-cars; the names of files and folders. The first counts most."""
AT_ONCE = 64


@dataclass(frozen=True)
class Captions:
    """What is said of photos, and where it was found."""

    of: Mapping[str, tuple[str, ...]]
    """By the ids of photos, of those alone that have any; in the order of their paths."""
    source: Mapping[str, str]
    """By the same ids, one of `SOURCES`."""
    judging: frozenset[str]
    """The ids of those that are held out."""

    @property
    def taught(self) -> list[str]:
        """The ids of photos that may be learned from."""
        return [id_ for id_ in self.of if id_ not in self.judging]

    @property
    def judged(self) -> list[str]:
        """The ids of photos that are held out."""
        return [id_ for id_ in self.of if id_ in self.judging]

    @property
    def said(self) -> Said:
        """The ids of all photos, each with each of its captions."""
        return [(id_, text) for id_, texts in self.of.items() for text in texts]

    @property
    def found(self) -> dict[str, int]:
        """How many photos have theirs from each source."""
        counts = Counter(self.source.values())
        return {source: counts[source] for source in SOURCES if counts[source]}

    @property
    def texts(self) -> list[str]:
        """All that is said of photos that may be learned from, each once, in order."""
        return sorted({text for id_ in self.taught for text in self.of[id_]})

    def some(self, count: int) -> list[str]:
        """Examples, all different, of as many sources as there are."""
        by_source = {source: [id_ for id_ in self.taught if self.source[id_] == source] for source in self.found}
        each = -(-count // max(1, len(by_source)))
        texts = {source: dict.fromkeys(self.of[id_][0] for id_ in ids) for source, ids in by_source.items()}
        return [f"{text} ({source})" for source, found in texts.items() for text in islice(found, each)]


def gather(
    photos: Sequence[CuratedPhoto],
    index: Index,
    file: str | Path | None,
    sources: Sequence[str] | None,
    on_progress: Report,
) -> Captions:
    """The captions of photos, and of all that are held out: each photo's from the first source that has any.

    Args:
        photos: that may be learned from.
        index: where they are.
        file: a CSV file of photos and captions.
        sources: some of `SOURCES`; by default the file alone if there is one, otherwise the others.
        on_progress: told of the photos whose descriptions are read.

    Raises:
        TuneError: there is no such source, or no photo that is held out has a caption.
        EvaluationError: the file has more than two columns, or names no photo of the index.
        MetaError: it cannot be read.
    """
    asked = sources or ([FILE] if file else [XMP, NAMES])
    if unknown := [source for source in asked if source not in SOURCES]:
        raise TuneError(f"Captions do not come from {unknown[0]!r}: choose some of {', '.join(SOURCES)}.")
    if FILE in asked and file is None:
        raise TuneError("Captions from a file need one: --captions FILE.csv")
    every = load(index)
    hashes = [photo.content_hash for photo in every]
    judging = {photo.id for photo, judges in zip(every, held_out(hashes).tolist(), strict=True) if judges}
    wanted = judging | {photo.id for photo in photos}
    left = [photo for photo in every if photo.id in wanted]
    of: dict[str, tuple[str, ...]] = {}
    source_of: dict[str, str] = {}
    for source in (each for each in SOURCES if each in asked):
        unsaid = [photo for photo in left if photo.id not in of]
        for photo, texts in zip(unsaid, _from(source, unsaid, index, file, on_progress), strict=True):
            if texts:
                of[photo.id], source_of[photo.id] = texts, source
    ordered = {photo.id: of[photo.id] for photo in left if photo.id in of}
    if not judging.intersection(ordered):
        raise TuneError(
            f"None of the {len(judging):,} photos held out has a caption ({', '.join(asked)}) to judge by "
            f"what was learned; {len(ordered):,} others have one."
        )
    return Captions(ordered, source_of, frozenset(judging))


def _from(
    source: str, photos: Sequence[CuratedPhoto], index: Index, file: str | Path | None, on_progress: Report
) -> Iterator[tuple[str, ...]]:
    """What one source says of each photo."""
    if source == FILE and file is not None:
        said: dict[str, list[str]] = {}
        for id_, text in captions_of(file, index):
            said.setdefault(id_, []).append(text)
        yield from (tuple(said.get(photo.id, ())) for photo in photos)
    elif source == XMP:
        yield from _described(photos, on_progress)
    else:
        yield from (captions_from_names(photo.path) for photo in photos)


def _described(photos: Sequence[CuratedPhoto], on_progress: Report) -> Iterator[tuple[str, ...]]:
    with ThreadPoolExecutor(cpu_count()) as pool:
        for start in range(0, len(photos), AT_ONCE):
            some = photos[start : start + AT_ONCE]
            yield from pool.map(descriptions_of, [photo.path for photo in some])
            on_progress(Progress(start + len(some), len(photos), 0))
