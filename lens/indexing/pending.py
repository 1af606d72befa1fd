"""What the next commit will write."""

from collections.abc import Sequence
from dataclasses import dataclass

from lens.indexing.interrupts import finishing
from lens.indexing.lane import Lane, chosen
from lens.indexing.reading import Reading
from lens.indexing.stages import Stages
from lens.models.encoders.base import Prepared, Vectors
from lens.photos.metadata import Facts
from lens_indexes import EncoderColumn, Index, KnownPhoto, Measures, PhotoRow, SkippedRow


@dataclass
class Done:
    """How many photos have been committed, by what happened to them."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    filled: int = 0
    hidden: int = 0
    skipped: int = 0
    vanished: int = 0


@dataclass(frozen=True)
class _Put:
    """A row, and the number of its vector in every lane."""

    row: PhotoRow
    numbers: tuple[int, ...]


class Pending:
    """Rows that wait for their vectors and for the next commit."""

    def __init__(self, index: Index, lanes: Sequence[Lane], stages: Stages) -> None:
        self._index = index
        self._lanes = lanes
        self._stages = stages
        self.done = Done()
        self.moved: list[KnownPhoto] = []
        self.unreadable: list[str] = []  # ids of photos whose file can no longer be read
        self.skipped: list[SkippedRow] = []
        self._added: list[_Put] = []
        self._changed: list[_Put] = []
        self._filled: list[list[tuple[str, int]]] = [[] for _ in lanes]  # for each lane ids and numbers
        self._filled_ids: set[str] = set()
        self._measured: dict[str, Measures] = {}
        self._said: dict[str, Facts] = {}  # of photos whose side-car is another, by id

    def __len__(self) -> int:
        puts = len(self._added) + len(self._changed) + len(self._filled_ids | self._measured.keys())
        return puts + len(self.moved) + len(self.unreadable) + len(self.skipped)

    @property
    def skips(self) -> int:
        """Files skipped in this run so far."""
        return self.done.skipped + len(self.skipped)

    def put(self, row: PhotoRow, prepared: Sequence[Prepared], *, is_new: bool) -> None:
        """A photo whose content the index has not seen at this place, prepared for each lane."""
        numbers = tuple(lane.put(photo) for lane, photo in zip(self._lanes, prepared, strict=True))
        (self._added if is_new else self._changed).append(_Put(row, numbers))

    def keep(self, here: KnownPhoto, before: KnownPhoto, reading: Reading) -> None:
        """A photo whose content is known: encoded only by those that have not seen it, measured if it never was.

        What its side-car says is taken over if that is another than before.
        """
        if here != before:
            self.moved.append(here)
        if here.sidecar_mtime_ns != before.sidecar_mtime_ns:
            self._said[before.id] = reading.facts
        if not before.measured:
            self._measured[before.id] = reading.measures
        for lane, filled, photo in zip(self._lanes, self._filled, reading.prepared, strict=True):
            if lane.column.column not in before.encoded:
                filled.append((before.id, lane.put(photo)))
                self._filled_ids.add(before.id)

    def commit(self) -> None:
        """Write everything, each kind in one commit of whole rows.

        A kind is forgotten before it is written: if that fails, the next run does it again, and this one never twice.

        Raises:
            IndexLocked: another process has taken the index.
        """
        if not len(self):
            return
        self._index.check_writer()
        vectors = [lane.take() for lane in self._lanes]
        with finishing(), self._stages.stage("write"):
            self._write(vectors)

    def _write(self, vectors: Sequence[Vectors]) -> None:
        photos = self._index.photos

        def of(puts: list[_Put]) -> dict[EncoderColumn, Vectors]:
            return {
                lane.column: chosen(block, [put.numbers[at] for put in puts])
                for at, (lane, block) in enumerate(zip(self._lanes, vectors, strict=True))
            }

        added, self._added = self._added, []
        photos.add([put.row for put in added], of(added))
        self.done.added += len(added)

        changed, self._changed = self._changed, []
        photos.replace([put.row for put in changed], of(changed))
        self.done.changed += len(changed)

        filled, self._filled = self._filled, [[] for _ in self._lanes]
        for lane, block, pairs in zip(self._lanes, vectors, filled, strict=True):
            photos.add_vectors([id_ for id_, _ in pairs], lane.column, chosen(block, [number for _, number in pairs]))
        self.done.filled += len(self._filled_ids)
        self._filled_ids = set()

        measured, self._measured = self._measured, {}
        photos.set_measures(measured)

        said, self._said = self._said, {}
        ratings = [facts.rating for facts in said.values()]
        photos.change({"id": [*said], "rating": ratings, "keywords": [facts.keywords for facts in said.values()]})

        moved, self.moved = self.moved, []
        photos.relocate(moved)
        self.done.moved += len(moved)

        # Hidden first: were a photo listed as skipped and then the run killed, the next would not look at it again.
        unreadable, self.unreadable = self.unreadable, []
        photos.mark_missing(unreadable)
        self.done.hidden += len(unreadable)

        skipped, self.skipped = self.skipped, []
        self._index.skipped.add(skipped)
        self.done.skipped += len(skipped)
