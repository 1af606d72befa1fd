"""Labelling photos by phrases: which photos, by which models, into which source."""

import hashlib
import json
from collections.abc import Callable, Collection
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from lens.indexing.memory import give_back_soon
from lens.indexing.report import Report, nothing_to_tell
from lens.indexing.stages import Stages
from lens.labeling.filling import fill_vectors
from lens.labeling.finding import Finder
from lens.labeling.labelling import Labelling, Run
from lens.labeling.prompts import parse_prompts
from lens.labeling.reading import Work
from lens.labeling.report import LabelReport
from lens.labeling.sheet import save_label_sheet
from lens.labeling.sources import LabelSources, checked_name
from lens.models.catalog import DEFAULT_ENCODER
from lens.models.detectors.base import Detector
from lens.models.detectors.loading import load_detector
from lens.models.loaded import LoadedEncoders
from lens.models.objects.finder import DEFAULT_METHOD, load_objects
from lens.models.segmenters.base import Segmenter
from lens.models.segmenters.loading import load_segmenter
from lens.search.folders import Where, meant
from lens.search.searcher import Searcher
from lens_indexes import Index, RegionRow, RegionState
from lens_indexes.filters import All, Negation, OneOf

__all__ = ["DEFAULT_DETECTOR", "NO_DETECTOR", "ADetector", "ASegmenter", "Labels"]

DEFAULT_DETECTOR = "builtin"
NO_DETECTOR = "none"
"""The segmenter finds things by their phrases."""
MOST_ON_SHEET = 60
ADetector: TypeAlias = str | Detector
ASegmenter: TypeAlias = str | Segmenter


class Labels:
    """Regions of photos, found by phrases. Got from `Library.labels`.

    Args:
        index: opens the index.
        searcher: finds the photos of a query.
        encoders: encode what was found.
        running: `device`, `precision` and `batch`, as `load_detector` takes them.
    """

    def __init__(
        self, index: Callable[[], Index], searcher: Searcher, encoders: LoadedEncoders, **running: Any
    ) -> None:
        self._index, self._searcher, self._encoders, self._running = index, searcher, encoders, running
        self.sources = LabelSources(index)

    def label(
        self,
        prompts: str,
        where: Where | None = None,
        *,
        detector: ADetector = DEFAULT_DETECTOR,
        segmenter: ASegmenter | None = None,
        source: str | None = None,
        min_score: float | None = None,
        tile: int | None = None,
        apart: bool = False,
        top: int | None = None,
        dry_run: bool = False,
        shared: bool = False,
        on_progress: Report = nothing_to_tell,
    ) -> LabelReport:
        """Find things in photos and keep them as regions: boxes, with a segmenter masks too, and their vectors.

        Photos that the same models have looked through for the same are passed over. Regions that are there already,
        whoever found them, are neither doubled nor removed. May be stopped at any moment; the next run goes on.

        Args:
            prompts: categories, each a phrase or `name=phrase|phrase`, with commas between.
            where: folders, or a query whose confident and likely hits are labelled; by default all photos.
            detector: finds boxes: a name, a folder, or a detector; `none` to let the segmenter find things.
            segmenter: cuts out masks; by default nothing does.
            source: under which name the regions are kept; by default the detector's and today's date.
            min_score: what a score must exceed, 0 to 1; by default the detector's own threshold.
            tile: side in pixels of tiles in which larger photos are looked at too, which takes as much longer as
                there are tiles.
            apart: let only regions of this source count as there already, so that sources can be compared.
            top: of a query, how many hits at the most.
            dry_run: only say what would be done, and how long it would take.
            shared: hold the index only while something is stored, which is more often then, so that meanwhile people
                can look through what was found.
            on_progress: called as the run goes on.

        Raises:
            QueryError: the prompts or the query cannot be understood, or the models cannot do it.
            ModelError: a model cannot be loaded.
            IndexLocked: another process writes to the index.
        """
        asked = parse_prompts(prompts)
        if source is not None:
            checked_name(source)
        index = self._index()
        every = self._work(where, top)
        finder = Finder(asked, self._detector(detector), self._segmenter(segmenter), min_score, tile)
        key = _key(finder, source, apart=apart)
        done = index.labelled.done(key)
        work = [each for each in every if done.get(each.id) != each.content_hash]
        kept = source or index.labelled.source_of(key) or f"{finder.name} {datetime.now(UTC).astimezone():%Y-%m-%d}"
        report = LabelReport(kept, finder.model, str(asked), dry_run, len(every), len(every) - len(work))
        encoder = self._encoders.again(str(index.photos.default()))
        run = Run(key, kept, apart, frozenset(index.hidden.names()), shared)
        labelling = Labelling(index, finder, encoder, run, on_progress)
        if dry_run:
            return labelling.foresee(work, report)
        give_back_soon()
        with nullcontext() if shared else index.writing():
            return labelling.carry_out(work, report)

    def objects(
        self,
        where: Where | None = None,
        *,
        model: str = "builtin",
        method: str = DEFAULT_METHOD,
        segmenter: ASegmenter | None = "builtin",
        source: str | None = None,
        top: int | None = None,
        dry_run: bool = False,
        on_progress: Report = nothing_to_tell,
    ) -> LabelReport:
        """Propose the main object of each photo, with no words, as a region of the category `object`.

        Args:
            where: as `label` takes it, as are `segmenter`, `top`, `dry_run` and `on_progress`.
            model: whose patches are compared, as `load_objects` takes it.
            method: `tokencut` or `lost`.
            source: under which name the regions are kept; by default `objects` and the model's name.

        Raises:
            QueryError: there is no such method, or the query cannot be understood.
            ModelError: a model cannot be loaded.
            IndexLocked: another process writes to the index.
        """
        finder = load_objects(model, method, **self._running)
        return self.label(
            "object",
            where,
            detector=finder,
            segmenter=segmenter,
            source=source or finder.info.name,
            top=top,
            dry_run=dry_run,
            on_progress=on_progress,
        )

    def encode(self, photos: Collection[str], most: int | None = None) -> int:
        """Encode the regions of some photos that were drawn or changed: how many.

        Only the built-in encoder does, if the index has its vectors: it is there at once. The others do it in the next
        `Library.index`.

        Args:
            photos: their ids.
            most: how many at the most; all of them if nothing is said.

        Raises:
            ModelError: the encoder cannot be loaded.
            IndexLocked: another process writes to the index.
        """
        index = self._index()
        if DEFAULT_ENCODER not in index.photos.bound():
            return 0
        encoder = self._encoders.get(DEFAULT_ENCODER)
        with index.writing():
            return fill_vectors(index, encoder, Stages(), photos, most)

    def regions(self, source: str, most: int = MOST_ON_SHEET) -> dict[Path, list[RegionRow]]:
        """The regions of a source that are not rejected, by the photos they are in, the surest photo first.

        Args:
            source: its name.
            most: how many photos at the most.
        """
        index = self._index()
        its = All((OneOf("source", (source,)), Negation(OneOf("state", (RegionState.REJECTED,)))))
        best: dict[str, float] = {}
        for row in index.regions.matching(its, ["photo", "score"]).to_pylist():
            best[row["photo"]] = max(best.get(row["photo"], 0.0), 1.0 if row["score"] is None else row["score"])
        surest = sorted(best, key=lambda photo: (-best[photo], photo))[:most]
        paths = index.paths(surest)
        found: dict[Path, list[RegionRow]] = {paths[photo]: [] for photo in surest if photo in paths}
        for region in index.regions.of_photos(paths):
            if region.source == source and region.state != RegionState.REJECTED:
                found[paths[region.photo]].append(region)
        return found

    def save_sheet(self, report: LabelReport, file: Path) -> None:
        """Draw the surest photos of a labelling's source, with their boxes and masks.

        Raises:
            SheetError: the format is unknown, or the file cannot be written.
        """
        save_label_sheet(f"{report.source}: {report.prompts}", self.regions(report.source), file)

    def _detector(self, asked: ADetector) -> Detector | None:
        if not isinstance(asked, str):
            return asked
        return None if asked == NO_DETECTOR else load_detector(asked, **self._running)

    def _segmenter(self, asked: ASegmenter | None) -> Segmenter | None:
        return load_segmenter(asked, **self._running) if isinstance(asked, str) else asked

    def _work(self, where: Where | None, top: int | None) -> list[Work]:
        """The photos in question, in the order of their paths."""
        index = self._index()
        names = ("root", "path", "content_hash", "width", "height")
        rows = index.photos.matching(meant(where, top, self._index, self._searcher), names).to_pylist()
        roots = index.roots.by_name()
        work = [
            Work(row["id"], roots[row["root"]].absolute(row["path"]), row["content_hash"], row["width"] * row["height"])
            for row in rows
        ]
        return sorted(work, key=lambda each: each.path)


def _key(finder: Finder, source: str | None, *, apart: bool) -> str:
    """Names a labelling: the same models asked for the same, into a source of that name if it was named."""
    asked = sorted(zip(finder.prompts.categories, finder.prompts.phrases, strict=True))
    told = json.dumps([finder.revisions, asked, finder.min_score, finder.tile, source, apart])
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
