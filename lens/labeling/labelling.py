"""One labelling under way: read, find, suppress, cut out, encode, store; may be interrupted anywhere."""

import logging
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import LensError
from lens.indexing.interrupts import finishing
from lens.indexing.lane import Lane, chosen
from lens.indexing.report import Progress, Report
from lens.indexing.stages import Stages
from lens.labeling.cropping import cropped
from lens.labeling.finding import Finder, Found
from lens.labeling.reading import Taken, Work, read_chunks
from lens.labeling.report import Failed, LabelReport
from lens.labeling.suppression import suppressed
from lens.models.encoders.base import ImageEncoder
from lens_indexes import Box, Index, LabelledRow, RegionRow, RegionState

__all__ = ["Labelling", "Run"]

log = logging.getLogger(__name__)

COMMIT_PHOTOS = 128
SHARED_SECONDS = 2.0  # the same where somebody waits for what is found
COMMIT_SECONDS = 10.0  # a killed run loses no more than this much work
SAMPLE = 4
"""Photos that a dry run is timed on, after one that warms the models up."""
HOPELESS = 20
"""So many photos that fail before any succeeds are no fault of the photos."""


@dataclass(frozen=True)
class Run:
    """What tells one labelling from another."""

    key: str
    """The same for the same models asked for the same."""
    source: str
    apart: bool
    """Whether only regions of this source count as there already."""
    hidden: frozenset[str] = frozenset()
    """Sources whose regions do not count."""
    shared: bool = False
    """Whether the index is held only while something is stored."""


@dataclass(frozen=True)
class _Region:
    """A row, and the number of its vector among those of the next commit."""

    row: RegionRow
    number: int


class Labelling:
    """A labelling under way. The caller holds the index as its one writer, unless it is shared or nothing is stored."""

    def __init__(self, index: Index, finder: Finder, encoder: ImageEncoder, run: Run, on_progress: Report) -> None:
        self._index, self._finder, self._encoder, self._run = index, finder, encoder, run
        self._progress = on_progress
        self._stages = Stages()
        self._lane = Lane(encoder, self._stages)
        self._counts: Counter[str] = Counter(dict.fromkeys(finder.prompts.categories, 0))
        self._held = 0
        self._labelled = 0
        self._failed: list[Failed] = []
        self._regions: list[_Region] = []
        self._looked: list[LabelledRow] = []
        self._stale: list[str] = []
        self._committed = time.monotonic()

    def carry_out(self, work: Sequence[Work], report: LabelReport) -> LabelReport:
        """Label photos; every commit is kept, whatever happens later."""
        started = time.monotonic()
        pause = SHARED_SECONDS if self._run.shared else COMMIT_SECONDS
        try:
            with closing(read_chunks(work, self._stages)) as chunks:
                for chunk in chunks:
                    self._take(chunk)
                    if len(self._looked) >= COMMIT_PHOTOS or time.monotonic() - self._committed > pause:
                        self._commit()
                    self._tell(len(work))
        except KeyboardInterrupt:
            self._commit()  # what has been looked through is kept
            raise
        self._commit()
        with self._held_alone():
            for table in (self._index.regions, self._index.labelled):
                table.join_fragments()
        return replace(
            report,
            labelled=self._labelled,
            regions=self._counts.total(),
            held=self._held,
            categories=dict(self._counts),
            failed=self._failed,
            seconds=time.monotonic() - started,
        )

    def foresee(self, work: Sequence[Work], report: LabelReport) -> LabelReport:
        """How long all this would take, by the time of a few photos; nothing is stored."""
        if not work:
            return report
        first, *others = (work[place] for place in np.linspace(0, len(work) - 1, SAMPLE + 1).astype(int))
        seconds = []
        for some in ([first], others):
            started = time.perf_counter()
            with closing(read_chunks(some, self._stages)) as chunks:
                for chunk in chunks:
                    self._take(chunk)
            self._lane.take()
            seconds.append(time.perf_counter() - started)
        return replace(report, labelled=len(work), seconds=seconds[-1] / len(others) * len(work))

    def _take(self, chunk: Sequence[Taken]) -> None:
        """Look through photos that were read."""
        there: list[tuple[Work, Image.Image]] = []
        for taken in chunk:
            if taken.image is None:
                self._fail(taken.work, taken.reason)
            else:
                there.append((taken.work, taken.image))
        held: dict[str, list[RegionRow]] = defaultdict(list)
        for row in self._index.regions.of_photos([work.id for work, _ in there]):
            held[row.photo].append(row)
        found = self._found([image for _, image in there])
        for (work, image), things in zip(there, found, strict=True):
            if isinstance(things, Exception):
                self._give_up(work, things)
                continue
            try:
                self._keep(work, image, things, held[work.id])
            except Exception as error:  # noqa: BLE001  whatever a model throws loses this photo alone, and is told
                self._give_up(work, error)

    def _found(self, images: Sequence[Image.Image]) -> list[list[Found] | Exception]:
        """What is in each photo; if the models throw, each is tried by itself, and what they throw takes its place."""
        with self._stages.stage("find"):
            try:
                return list(self._finder.find(images)) if images else []
            except Exception as error:  # noqa: BLE001  likewise
                if len(images) == 1:
                    return [error]
        return [alone for image in images for alone in self._found([image])]

    def _keep(self, work: Work, image: Image.Image, found: Sequence[Found], held: Sequence[RegionRow]) -> None:
        """Take what is new in a photo into the next commit."""
        # What this run has found itself and nobody has touched: it was killed, or the photo has changed since.
        stale = [row.id for row in held if row.run == self._run.key and row.state is RegionState.PROPOSED]
        counted = [row for row in held if row.id not in stale and self._counts_as_held(row, image)]
        categories = self._finder.prompts.categories
        new = _new(found, counted, categories)
        with self._stages.stage("cut"):
            cut = self._finder.cut(image, [found[number] for number in new])
        rows = [self._row(work, image, each, categories[each.phrase]) for each in cut]
        prepared = [self._encoder.prepare(cropped(image, row.box)) for row in rows]
        self._regions += [_Region(row, self._lane.put(each)) for row, each in zip(rows, prepared, strict=True)]
        self._counts.update(row.category for row in rows)
        self._held += len(_new(found, (), categories)) - len(rows)
        self._stale += stale
        self._labelled += 1
        self._look(work, len(rows))

    def _counts_as_held(self, row: RegionRow, image: Image.Image) -> bool:
        if (row.width, row.height) != image.size:
            return False  # the photo was cut or turned since; other changes may be of its tags alone
        return row.source == self._run.source if self._run.apart else row.source not in self._run.hidden

    def _row(self, work: Work, image: Image.Image, found: Found, category: str) -> RegionRow:
        return RegionRow(
            id=uuid.uuid4().hex,
            photo=work.id,
            content_hash=work.content_hash,
            category=category,
            box=found.box,
            width=image.width,
            height=image.height,
            source=self._run.source,
            state=RegionState.PROPOSED,
            made_at=datetime.now(UTC),
            score=found.score,
            mask=found.mask,
            prompt=self._finder.prompts.phrases[found.phrase],
            model=self._finder.model,
            run=self._run.key,
        )

    def _give_up(self, work: Work, error: Exception) -> None:
        """Go on without a photo on which the models threw.

        Raises:
            Exception: what they threw, if they have thrown on every one of many photos.
        """
        log.debug("%s", work.path, exc_info=error)
        self._fail(work, str(error) if isinstance(error, LensError) else f"{type(error).__name__}: {error}")
        if not self._labelled and len(self._failed) >= HOPELESS:
            raise error

    def _fail(self, work: Work, reason: str) -> None:
        shown = " ".join(reason.split())[:300]
        self._failed.append(Failed(work.path, shown))
        self._look(work, 0, shown)

    def _look(self, work: Work, regions: int, reason: str | None = None) -> None:
        now, run = datetime.now(UTC), self._run
        self._looked.append(LabelledRow(work.id, work.content_hash, run.source, run.key, regions, now, reason))

    def _commit(self) -> None:
        """Store everything. Regions before the word that their photo is done: killed between, it is done again."""
        vectors = self._lane.take()
        with self._stages.stage("write"), self._held_alone(), finishing():
            stale, self._stale = self._stale, []
            if self._run.shared:  # somebody may have decided meanwhile
                stale = [row.id for row in self._index.regions.get(stale) if row.state is RegionState.PROPOSED]
            self._index.regions.delete(stale)
            regions, self._regions = self._regions, []
            numbers = [each.number for each in regions]
            self._index.regions.add([each.row for each in regions], {self._lane.column: chosen(vectors, numbers)})
            looked, self._looked = self._looked, []
            self._index.labelled.add(looked)
        self._committed = time.monotonic()

    def _held_alone(self) -> AbstractContextManager[None]:
        """The index as its one writer, if the caller does not hold it."""
        return self._index.writing(wait=True) if self._run.shared else nullcontext()

    def _tell(self, total: int) -> None:
        found = ", ".join(f"{count:,} {category}" for category, count in self._counts.most_common(3) if count)
        done = self._labelled + len(self._failed)
        self._progress(Progress(done, total, len(self._failed), found or "nothing found yet"))


def _new(found: Sequence[Found], held: Sequence[RegionRow], categories: Sequence[str]) -> list[int]:
    """The numbers of things that are no doubles of each other, nor of what is held."""
    known = [*dict.fromkeys([*categories, *(row.category for row in held)])]
    numbers = suppressed(
        _boxes([each.box for each in found]),
        np.array([each.score for each in found], np.float32),
        np.array([known.index(categories[each.phrase]) for each in found], np.int64),
        _boxes([row.box for row in held]),
        np.array([known.index(row.category) for row in held], np.int64),
    )
    return list(map(int, numbers))


def _boxes(boxes: Sequence[Box]) -> NDArray[np.float32]:
    return np.array(boxes, np.float32).reshape(-1, 4)
