"""One index run: plan, read, encode, store, in batches that are each wholly in the index or not at all."""

import time
import uuid
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from lens.errors import FolderError
from lens.indexing.lane import Lane, column_of
from lens.indexing.ledger import Ledger, State
from lens.indexing.pending import Pending
from lens.indexing.plan import Plan, Scope, is_gone, make_plan
from lens.indexing.pruning import Prune, settle
from lens.indexing.reading import Failure, Reading, read_all
from lens.indexing.report import IndexReport, Progress, Report, nothing_to_tell
from lens.indexing.rows import row_of
from lens.indexing.shards import EncodedElsewhere, Stored
from lens.indexing.stages import Stages
from lens.indexing.threads import THREADS, libraries_keep_to_one_thread
from lens.indexing.thumbnailing import RunThumbnails
from lens.models.encoders.base import ImageEncoder
from lens.models.encoders.onnx import let_go_of_networks
from lens.models.speed import record_speed
from lens.photos.decode import READER
from lens_indexes import EncoderColumn, Index, KnownPhoto, SkippedRow
from lens_indexes.remote import is_remote
from lens_indexes.roots import innermost, place_below

Results: TypeAlias = Generator[Reading | Failure | Stored, None, None]
ReadElsewhere: TypeAlias = Callable[[Sequence[EncoderColumn]], Results]
"""The columns of the encoders to what became of the files; what was prepared for an encoder is its vector already."""

COMMIT_PHOTOS = 512  # a commit costs tens of milliseconds and a version of the table, so not one for each batch
ANY_READER = ""  # is never the present reader, so the next run tries again
MANY = 5000
"""Photos in the index from which on what follows the reading would take memory beside that of the encoders."""
PATIENCE = 32  # photos of a store that fail one after the other, before it is asked whether it is there at all
COMMIT_SECONDS = 10.0  # and a killed run loses no more than this much work


def plan_run(
    index: Index | None, scope: Scope, encoders: Sequence[ImageEncoder], on_progress: Report = nothing_to_tell
) -> Plan:
    """Hold the folders against the index, which may not exist yet; nothing is written.

    Raises:
        FolderError: there is nothing in the folders, and nothing of them in the index.
    """
    columns = [column_of(encoder.info) for encoder in encoders]
    ledger = Ledger.of(index, columns) if index else Ledger()
    skipped = index.skipped.all() if index else []
    wanted = frozenset(column.column for column in columns)
    plan = make_plan(scope, ledger, skipped, wanted, READER, scanned=lambda seen: on_progress(Progress(seen, None, 0)))
    if plan.is_empty:
        named = scope.manifest or ", ".join(str(folder) for folder in scope.folders)
        raise FolderError(f"There are no photos in {named}: nothing was indexed.")
    return plan


def foresee(index: str, encoders: Sequence[ImageEncoder], plan: Plan, prune: Prune) -> IndexReport:
    """What a run would do; changed and moved photos are known as such only once they are read."""
    ledger = plan.ledger
    pruned, losses = settle(prune, ledger)
    gone = ledger.lost().total()
    new, known = ledger.unread()
    return IndexReport(
        index=index,
        encoders=[encoder.info.name for encoder in encoders],
        dry_run=True,
        added=new,
        changed=known,
        moved=ledger.count(State.RETURNED),
        unchanged=ledger.count(State.UNCHANGED),
        skipped=len(plan.refused) + len(plan.still_skipped),
        missing=0 if pruned else gone,
        pruned=gone if pruned else 0,
        losses=losses,
    )


class Run:
    """A run under way. The caller holds the index as its one writer."""

    def __init__(
        self,
        index: Index,
        encoders: Sequence[ImageEncoder],
        plan: Plan,
        *,
        progress: Report,
        stages: Stages,
        thumbnails: RunThumbnails | None,
        elsewhere: ReadElsewhere | None = None,
    ) -> None:
        self._index = index
        self._encoders = encoders
        self._plan = plan
        self._ledger = plan.ledger
        self._progress = progress
        self._thumbnails = thumbnails
        self._stages = stages
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="lens-index")  # reads and encodes
        networks = [EncodedElsewhere(encoder.info) for encoder in encoders] if elsewhere else encoders
        self._elsewhere = elsewhere
        self._lanes = [Lane(network, stages, self._pool if network.thread_safe else None) for network in networks]
        self._pending = Pending(index, self._lanes, stages)
        self._committed = time.monotonic()
        self._failing = 0  # photos of a store, without one that was read since

    def carry_out(self, folders: Sequence[Path], prune: Prune) -> IndexReport:
        """Do what the plan says; every finished batch is kept, whatever happens later.

        Raises:
            FolderError: a store does not answer any more.
        """
        for folder in folders:
            if innermost(self._index.roots.all(), folder) is None:
                self._index.roots.add(folder)
        self._roots = self._index.roots.all()
        self._index.skipped.remove([row.id for row in self._plan.stale_skips])
        for photo in self._ledger.returned():
            self._pending.moved.append(photo)
            self._commit_if_due()
        for folder, item in self._plan.refused:
            self._skip(folder / item.relative, item.size, item.mtime_ns, item.reason)
        with self._pool, libraries_keep_to_one_thread():
            try:
                self._read()
            except (KeyboardInterrupt, FolderError):
                self._pending.commit()  # what has been read is kept
                raise
            self._pending.commit()
        pruned, losses = settle(prune, self._ledger)
        gone = self._ledger.lost().total()
        if pruned:
            self._index.forget([photo.id for photo in self._ledger.gone()])
        else:
            self._index.photos.mark_missing([photo.id for photo in self._ledger.gone() if not photo.missing])
        if self._index.photos.count(missing=False) >= MANY:
            let_go_of_networks()
        with self._stages.stage("regions"):
            self._index.follow_regions()
        with self._stages.stage("join"):
            self._index.photos.join_fragments()
        if self._thumbnails:
            self._thumbnails.bound()
        for lane in self._lanes:
            if lane.speed and not self._elsewhere:
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
            unchanged=self._ledger.count(State.UNCHANGED),
            skipped=done.skipped + len(self._plan.still_skipped),
            missing=done.hidden + (0 if pruned else gone),
            pruned=gone if pruned else 0,
            losses=losses,
            vanished=done.vanished,
        )

    def _read(self) -> None:
        total = self._ledger.count(State.WORK)
        done = 0
        with closing(self._results()) as results:
            for result in results:
                done += result.photos if isinstance(result, Stored) else 1
                match result:
                    case Failure():
                        self._fail(result)
                        self._commit_if_due()
                    case Reading():
                        self._failing = 0
                        self._take(result)
                        self._commit_if_due()
                    case Stored():
                        self._pending.commit()
                        self._pending.done.added += result.photos
                self._progress(Progress(done, total, self._pending.skips))

    def _results(self) -> Results:
        if self._elsewhere:
            return self._elsewhere([lane.column for lane in self._lanes])
        return read_all(self._ledger.work(), self._encoders, self._thumbnails, self._stages, self._pool)

    def _commit_if_due(self) -> None:
        if len(self._pending) >= COMMIT_PHOTOS or time.monotonic() - self._committed > COMMIT_SECONDS:
            self._pending.commit()
            self._committed = time.monotonic()

    def _fail(self, failure: Failure) -> None:
        found, known = failure.work.found, failure.work.known
        if failure.may_pass and is_remote(found.path):
            self._lose_patience(found.path, failure.reason)
        elif known and not known.missing:
            self._pending.unreadable.append(known.id)
        if is_gone(found.place):
            self._pending.done.vanished += 1
        else:
            reader = ANY_READER if failure.may_pass else READER
            self._skip(found.path, found.size, found.mtime_ns, failure.reason, reader)

    def _lose_patience(self, photo: Path, reason: str) -> None:
        """Go on, unless many photos in a row failed and the store is not there at all."""
        self._failing += 1
        held = innermost(self._roots, photo)
        if self._failing % PATIENCE == 0 and held and not held[0].folder.is_dir():
            raise FolderError(
                f"{held[0].folder} is out of reach now: {reason}. What was read is kept: run the same again later."
            )

    def _take(self, reading: Reading) -> None:
        """Decide whether a photo is the same as before, the same elsewhere, changed or new."""
        known = reading.work.known
        root, path = place_below(self._roots, reading.work.found.path)
        found = reading.work.found
        same = known if known and known.content_hash == reading.content_hash else None
        if known is None:
            same = self._moved_from(reading.content_hash)
        if same:
            here = replace(
                same,
                root=root,
                path=path,
                size=found.size,
                mtime_ns=found.mtime_ns,
                sidecar_mtime_ns=found.sidecar_mtime_ns,
                missing=False,
            )
            self._ledger.turned_up(same)
            self._pending.keep(here, same, reading)
            return
        row = row_of(reading, root, path, known.id if known else uuid.uuid4().hex)
        self._pending.put(row, reading.prepared, is_new=known is None)

    def _moved_from(self, content_hash: str) -> KnownPhoto | None:
        """The photo with this content whose file is no longer where it was."""
        for photo in self._ledger.with_content(content_hash):
            if is_gone(self._ledger.place(photo.root, photo.path)):
                return photo
        return None

    def _skip(self, place: Path, size: int, mtime_ns: int, reason: str, reader: str = READER) -> None:
        root, path = place_below(self._roots, place)
        self._pending.skipped.append(SkippedRow(uuid.uuid4().hex, root, path, size, mtime_ns, reason, reader))
