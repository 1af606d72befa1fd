"""One index run: plan, read, encode, store, in batches that are each wholly in the index or not at all."""

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from lens.errors import FolderError, PlacesMissing
from lens.indexing.lane import Lane, column_of
from lens.indexing.pending import Pending
from lens.indexing.plan import Plan, Scope, Snapshot, is_gone, make_plan
from lens.indexing.pruning import Prune, settle
from lens.indexing.reading import Failure, Reading, read_all
from lens.indexing.report import IndexReport, Progress, Report, nothing_to_tell
from lens.indexing.thumbnailing import RunThumbnails
from lens.models.encoders.base import ImageEncoder
from lens.models.speed import record_speed
from lens.photos.decode import READER
from lens.photos.metadata import Facts
from lens.photos.places import place_of
from lens_indexes import Index, KnownPhoto, PhotoRow, SkippedRow
from lens_indexes.roots import innermost

log = logging.getLogger(__name__)

COMMIT_PHOTOS = 512  # a commit costs tens of milliseconds and a version of the table, so not one for each batch
ANY_READER = ""  # is never the present reader, so the next run tries again
COMMIT_SECONDS = 10.0  # and a killed run loses no more than this much work


def plan_run(
    index: Index | None, scope: Scope, encoders: Sequence[ImageEncoder], on_progress: Report = nothing_to_tell
) -> tuple[Snapshot, Plan]:
    """Hold the folders against the index, which may not exist yet; nothing is written.

    Raises:
        FolderError: there is nothing in the folders, and nothing of them in the index.
    """
    log.debug("stage scan")
    columns = [column_of(encoder.info) for encoder in encoders]
    snapshot = Snapshot.of(index, columns) if index else Snapshot()
    wanted = frozenset(column.column for column in columns)
    plan = make_plan(scope, snapshot, wanted, READER, scanned=lambda seen: on_progress(Progress(seen, None, 0)))
    if not (plan.work or plan.returned or plan.unchanged or plan.refused or plan.still_skipped or plan.gone):
        named = ", ".join(str(folder) for folder in scope.folders)
        raise FolderError(f"There are no photos in {named}: nothing was indexed.")
    return snapshot, plan


def foresee(index: str, encoders: Sequence[ImageEncoder], snapshot: Snapshot, plan: Plan, prune: Prune) -> IndexReport:
    """What a run would do; changed and moved photos are known as such only once they are read."""
    pruned, losses = settle(prune, plan.gone, snapshot)
    return IndexReport(
        index=index,
        encoders=[encoder.info.name for encoder in encoders],
        dry_run=True,
        added=sum(work.known is None for work in plan.work),
        changed=sum(work.known is not None for work in plan.work),
        moved=len(plan.returned),
        unchanged=plan.unchanged,
        skipped=len(plan.refused) + len(plan.still_skipped),
        missing=0 if pruned else len(plan.gone),
        pruned=len(plan.gone) if pruned else 0,
        losses=losses,
    )


class Run:
    """A run under way. The caller holds the index as its one writer."""

    def __init__(
        self,
        index: Index,
        encoders: Sequence[ImageEncoder],
        snapshot: Snapshot,
        plan: Plan,
        progress: Report,
        *,
        thumbnails: RunThumbnails | None,
    ) -> None:
        self._index = index
        self._encoders = encoders
        self._snapshot = snapshot
        self._plan = plan
        self._progress = progress
        self._thumbnails = thumbnails
        self._lanes = [Lane(encoder) for encoder in encoders]
        self._pending = Pending(index, self._lanes)
        self._by_hash: dict[str, list[KnownPhoto]] = defaultdict(list)
        for photo in snapshot.photos.values():
            self._by_hash[photo.content_hash].append(photo)
        self._found_again: set[str] = set()  # ids of photos that turned up at another place

    def carry_out(self, folders: Sequence[Path], prune: Prune) -> IndexReport:
        """Do what the plan says; every finished batch is kept, whatever happens later."""
        for folder in folders:
            if innermost(self._index.roots.all(), folder) is None:
                self._index.roots.add(folder)
        self._roots = self._index.roots.all()
        self._index.skipped.remove([row.id for row in self._plan.stale_skips])
        self._pending.moved.extend(self._plan.returned)
        for folder, item in self._plan.refused:
            self._skip(folder / item.relative, item.size, item.mtime_ns, item.reason)
        try:
            self._read()
        except KeyboardInterrupt:
            self._pending.commit()  # what has been read is kept
            raise
        self._pending.commit()
        gone = [photo for photo in self._plan.gone if photo.id not in self._found_again]
        pruned, losses = settle(prune, gone, self._snapshot)
        if pruned:
            self._index.photos.delete([photo.id for photo in gone])
        else:
            self._index.photos.mark_missing([photo.id for photo in gone if not photo.missing])
        self._index.photos.join_fragments()
        if self._thumbnails:
            self._thumbnails.bound()
        for lane in self._lanes:
            if lane.speed:
                record_speed(lane.column.name, lane.speed)
        done = self._pending.done
        return IndexReport(
            index=self._index.uri,
            encoders=[encoder.info.name for encoder in self._encoders],
            dry_run=False,
            added=done.added,
            changed=done.changed,
            moved=done.moved,
            filled=done.filled,
            unchanged=self._plan.unchanged,
            skipped=done.skipped + len(self._plan.still_skipped),
            missing=done.hidden + (0 if pruned else len(gone)),
            pruned=len(gone) if pruned else 0,
            losses=losses,
            vanished=done.vanished,
        )

    def _read(self) -> None:
        total = len(self._plan.work)
        committed = time.monotonic()
        for number, result in enumerate(read_all(self._plan.work, self._encoders, self._thumbnails), start=1):
            if isinstance(result, Failure):
                self._fail(result)
            else:
                self._take(result)
            if len(self._pending) >= COMMIT_PHOTOS or time.monotonic() - committed > COMMIT_SECONDS:
                self._pending.commit()
                committed = time.monotonic()
            self._progress(Progress(number, total, self._pending.skips))

    def _fail(self, failure: Failure) -> None:
        found, known = failure.work.found, failure.work.known
        if known and not known.missing:
            self._pending.unreadable.append(known.id)
        if is_gone(found.path):
            self._pending.done.vanished += 1
        else:
            reader = ANY_READER if failure.may_pass else READER
            self._skip(found.path, found.size, found.mtime_ns, failure.reason, reader)

    def _take(self, reading: Reading) -> None:
        """Decide whether a photo is the same as before, the same elsewhere, changed or new."""
        known = reading.work.known
        root, path = self._place(reading.work.found.path)
        found = reading.work.found
        same = known if known and known.content_hash == reading.content_hash else None
        if known is None:
            same = self._moved_from(reading.content_hash)
        if same:
            here = replace(same, root=root, path=path, size=found.size, mtime_ns=found.mtime_ns, missing=False)
            self._found_again.add(same.id)
            self._pending.keep(here, same, reading.measures, reading.prepared)
            return
        facts = reading.facts
        row = PhotoRow(
            id=known.id if known else uuid.uuid4().hex,
            root=root,
            path=path,
            content_hash=reading.content_hash,
            size=found.size,
            mtime_ns=found.mtime_ns,
            width=facts.width,
            height=facts.height,
            format=facts.format,
            orientation=facts.orientation,
            indexed_at=datetime.now(UTC),
            taken_at=facts.taken_at,
            utc_offset_minutes=facts.utc_offset_minutes,
            camera=facts.camera,
            lens=facts.lens,
            lat=facts.lat,
            lon=facts.lon,
            rating=facts.rating,
            keywords=facts.keywords,
            place=_place_of(facts),
            **asdict(reading.measures),
        )
        self._pending.put(row, reading.prepared, is_new=known is None)

    def _moved_from(self, content_hash: str) -> KnownPhoto | None:
        """The photo with this content whose file is no longer where it was."""
        for photo in self._by_hash.get(content_hash, ()):
            place = Path(self._snapshot.place(photo.root, photo.path))
            if photo.id not in self._found_again and is_gone(place):
                return photo
        return None

    def _skip(self, place: Path, size: int, mtime_ns: int, reason: str, reader: str = READER) -> None:
        root, path = self._place(place)
        self._pending.skipped.append(SkippedRow(uuid.uuid4().hex, root, path, size, mtime_ns, reason, reader))

    def _place(self, path: Path) -> tuple[str, str]:
        held = innermost(self._roots, path)
        if held is None:
            raise ValueError(f"{path} is below no root")
        return held[0].name, held[1]


def _place_of(facts: Facts) -> str | None:
    """Where a photo was taken, by name; None without coordinates, or without the package that knows places."""
    if facts.lat is None or facts.lon is None:
        return None
    try:
        return place_of(facts.lat, facts.lon)
    except PlacesMissing:
        return None
