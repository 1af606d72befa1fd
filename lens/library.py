"""The library: the one object that the command line and the window share."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lens.config import index_uri, thumbnail_folder
from lens.curation import Curation
from lens.errors import IndexNotFound, LensError, PruneRefused, QueryError
from lens.indexing.calibrating import calibrate_for
from lens.indexing.forgetting import forget_photos
from lens.indexing.indexer import Run, foresee, plan_run
from lens.indexing.lane import column_of
from lens.indexing.plan import Scope
from lens.indexing.pruning import Prune, refusal
from lens.indexing.report import IndexReport, Report, nothing_to_tell
from lens.indexing.thumbnailing import RunThumbnails
from lens.models.catalog import DEFAULT_ENCODER
from lens.models.encoders.base import ImageEncoder
from lens.models.encoders.words_export import prepare_words
from lens.models.loaded import AnEncoder, LoadedEncoders
from lens.moving import RootMove, move_root
from lens.photos.scan import check_folder
from lens.photos.thumbnails import Thumbnails
from lens.search.match import Match
from lens.search.nearest import nearest, nearest_to_photo
from lens.search.query import Query, encode_photo, encode_queries
from lens.status import SkippedPhoto, Status, skipped_of, status_of
from lens.verification import verify
from lens_indexes import (
    Index,
    Mirror,
    Problem,
    Repair,
    RowsChanged,
    VectorBlock,
    back_up,
    local_folder,
    open_mirror,
    repair,
)

MIRROR_AT_ONCE = 200_000  # photos up to which a run prepares the next search; beyond, that search does
QUERIES_AT_ONCE = 256  # the scores of one block of queries stay small, however many are asked


class Library:
    """A photo collection and its index.

    Open one with `Library.open`; nothing is read or written until it is needed.
    """

    def __init__(
        self,
        uri: str,
        *,
        device: str | None = None,
        precision: str | None = None,
        batch: int | None = None,
        backend: str | None = None,
    ) -> None:
        self.uri = uri
        self.stays_warm = False
        """Whether vectors stay mapped between searches: quicker, but the drive they are on cannot be unmounted."""
        self._opened: Index | None = None
        self._mirror: Mirror | None = None
        self._encoders = LoadedEncoders(device=device, precision=precision, batch=batch, backend=backend)

    @classmethod
    def open(
        cls,
        index: str | Path | None = None,
        *,
        device: str | None = None,
        precision: str | None = None,
        batch: int | None = None,
        backend: str | None = None,
    ) -> "Library":
        """The library of an index; how its encoders run is chosen for this machine where it is not said.

        Args:
            index: a folder or a URI; by default `LENS_INDEX`, else among the user's data.
            device: `cpu`, `cuda`, `cuda:N` or `mps`.
            precision: `float32`, `bfloat16`, `float16` or `int8`.
            batch: how many photos an encoder takes at once.
            backend: `torch` or `onnx`.
        """
        return cls(index_uri(index), device=device, precision=precision, batch=batch, backend=backend)

    def index(
        self,
        paths: Sequence[str | Path],
        encoder: AnEncoder | Sequence[AnEncoder] | None = None,
        *,
        dry_run: bool = False,
        prune: bool = False,
        prune_many: bool = False,
        wait: bool = False,
        exclude: Sequence[str] = (),
        include_hidden: bool = False,
        thumbnails: bool = True,
        on_progress: Report = nothing_to_tell,
    ) -> IndexReport:
        """Bring the index up to date with folders of photos, and make it if there is none.

        New and changed photos are read and encoded; what was moved or renamed is recognised by its content and not
        encoded again; what is gone is marked missing. The run may be stopped at any moment, and the next one goes on.

        Args:
            paths: folders, searched with everything below them.
            encoder: one or several, each a name from the catalogue or an encoder; each photo is read once for all of
                them. By default those the index has, else `builtin`.
            dry_run: only find out what would be done.
            prune: remove the rows of missing photos below these folders, but no more than a tenth of a root's.
            prune_many: however many they are.
            wait: until another run that writes to the index has finished.
            exclude: glob patterns of names or paths to leave out.
            include_hidden: go into hidden files and folders too.
            thumbnails: keep a small picture of each photo that is read, in the cache folder.
            on_progress: called as the run goes on.

        Raises:
            FolderError: a path is not a folder that can be read, or there is nothing in it.
            ModelError: the encoder cannot be loaded.
            PruneRefused: more than a tenth would have been pruned; everything else is done, and they are hidden.
            IndexFailure: the index cannot be read or written, or holds vectors of another revision.
        """
        scope = Scope(tuple(check_folder(Path(path).expanduser()) for path in paths), tuple(exclude), include_hidden)
        known = self._existing()
        chosen = self._encoders.to_index_with(encoder, known.photos.bound() if known else [])
        pruning = Prune.NONE if not prune else Prune.ALL if prune_many else Prune.FEW
        started = time.monotonic()
        if dry_run:
            snapshot, plan = plan_run(known, scope, chosen, on_progress)
            report = foresee(self.uri, chosen, snapshot, plan, pruning)
            return replace(report, seconds=time.monotonic() - started)
        index = self._opened = known or Index.create(self.uri, wait=wait)
        with index.writing(wait=wait):
            for each in chosen:
                index.photos.bind(column_of(each.info))
            snapshot, plan = plan_run(index, scope, chosen, on_progress)
            calibrate_for(chosen, plan.work)
            kept = RunThumbnails(Thumbnails(thumbnail_folder())) if thumbnails else None
            report = Run(index, chosen, snapshot, plan, on_progress, thumbnails=kept).carry_out(scope.folders, pruning)
        if index.photos.count(missing=False) <= MIRROR_AT_ONCE:
            for each in chosen:
                self._prepare_search(index, each)
        report = replace(report, seconds=time.monotonic() - started)
        if report.losses:
            raise PruneRefused(refusal(report.losses), report)
        return report

    def search(self, query: str | Sequence[str], top: int = 20, encoder: AnEncoder | None = None) -> list[Match]:
        """The photos nearest to words, to example photos, or to both together.

        Args:
            query: words; those that are paths of photos, such as `./cat.jpg`, are examples.
            top: how many to find.
            encoder: whose vectors to search; by default the index's own default.

        Raises:
            QueryError: nothing was asked for, or an example cannot be read.
            IndexFailure: there is no index, or it was made by another revision of the encoder.
        """
        return self.search_many([query], top=top, encoder=encoder)[0]

    def search_many(
        self, queries: Sequence[str | Sequence[str]], top: int = 20, encoder: AnEncoder | None = None
    ) -> list[list[Match]]:
        """Answer many queries, reading the vectors once; see `search`."""
        parsed = [Query.parse(query) for query in queries]
        chosen, block = self._searched(encoder, words_only=not any(query.photos for query in parsed))
        answers: list[list[Match]] = []
        for start in range(0, len(parsed), QUERIES_AT_ONCE):
            vectors = encode_queries(parsed[start : start + QUERIES_AT_ONCE], chosen)
            answers.extend(nearest(block, vectors, top))
        return answers

    def similar(self, path: str | Path, top: int = 20, encoder: AnEncoder | None = None) -> list[Match]:
        """The photos that look most like one photo, itself left out; it need not be in the index.

        Raises:
            QueryError: the photo cannot be read.
            IndexFailure: there is no index, or it was made by another revision of the encoder.
        """
        photo = Path(path).expanduser().resolve()
        if not photo.is_file():
            raise QueryError(f"There is no photo at {path}.")
        chosen, block = self._searched(encoder)
        found = nearest_to_photo(block, photo, top)
        return nearest(block, encode_photo(photo, chosen)[None], top)[0] if found is None else found

    @property
    def curation(self) -> Curation:
        """Duplicates, quality, clusters, what is unusual, and what is worth labelling."""
        return Curation(self._index(), self.similar, self._encoders)

    def status(self) -> Status:
        """What the index holds."""
        return status_of(self._index())

    def skipped(self) -> list[SkippedPhoto]:
        """The files that could not be read, and why."""
        return skipped_of(self._index())

    def forget(self, paths: Sequence[str | Path], *, dry_run: bool = False) -> int:
        """Remove photos from the index with all that is known of them; the files are not touched.

        Args:
            paths: photos or folders; they need not exist any longer.
            dry_run: only count.

        Returns:
            How many photos are forgotten, files that had been skipped included.

        Raises:
            QueryError: nothing of a path is in the index.
        """
        places = [Path(path).expanduser().absolute() for path in paths]
        return forget_photos(self._index(), places, dry_run=dry_run)

    def verify(self) -> list[Problem]:
        """What is wrong in the index, and which files are not as it knows them."""
        return verify(self._index())

    def repair(self, *, dry_run: bool = False) -> list[Repair]:
        """Mend what is wrong in the tables, as far as nothing has to be guessed; or only say what would be done."""
        return repair(self._index(), dry_run=dry_run)

    def optimize(self) -> int | None:
        """Make the index smaller and quicker: how many bytes were won; None on an object store."""
        return self._index().optimize()

    def backup(self, destination: str | Path, *, force: bool = False) -> None:
        """Copy the index to a new folder, even while a run goes on.

        Raises:
            IndexFailure: the index is not a local folder, there is something at `destination`, or no room.
        """
        back_up(self._index(), index_uri(destination), force=force)

    def move_root(self, old: str | Path, new: str | Path, *, dry_run: bool = False, force: bool = False) -> RootMove:
        """Take over that the photos of a root have moved to another folder; nothing is encoded again.

        Raises:
            FolderError: `new` is not a folder that can be read.
            MoveRefused: `old` is no root, or its photos are not in `new`.
        """
        return move_root(self._index(), Path(old).expanduser(), Path(new).expanduser(), dry_run=dry_run, force=force)

    def _index(self) -> Index:
        if self._opened is None:
            self._opened = Index.open(self.uri)
        return self._opened

    def _existing(self) -> Index | None:
        try:
            return self._index()
        except IndexNotFound:
            return None

    def drop_encoder(self, name: str) -> None:
        """Remove an encoder's vectors from the index; the photos and the other encoders' vectors stay.

        Raises:
            EncoderMismatch: the index has no such encoder, or no other.
        """
        index = self._index()
        with index.writing():
            index.photos.drop(name)

    def set_default_encoder(self, name: str) -> None:
        """Choose the encoder that searches use when none is named.

        Raises:
            EncoderMismatch: the index has no such encoder.
        """
        index = self._index()
        with index.writing():
            index.photos.set_default(name)

    @staticmethod
    def _prepare_search(index: Index, encoder: ImageEncoder) -> None:
        """Do what the next search would have to do; what cannot be done now is left to it."""
        with suppress(LensError, RowsChanged):
            index.keep_mirror(column_of(encoder.info))
        prepare_words(encoder)

    def _searched(self, asked: AnEncoder | None, *, words_only: bool = False) -> tuple[ImageEncoder, VectorBlock]:
        """The encoder to search with, and the vectors that the same revision of it made.

        Where the index has a mirror of its present state, LanceDB is not even imported; nor is torch for words alone.
        """
        folder = local_folder(self.uri)
        mirror = open_mirror(folder) if folder else None
        if self.stays_warm:
            self._mirror = mirror = self._mirror if self._mirror == mirror else mirror
        default = mirror.default if mirror else self._index().photos.default()
        name = asked or default or DEFAULT_ENCODER
        chosen = self._encoders.words(name) if words_only else None
        if chosen is None:
            chosen = self._encoders.get(name) if asked else self._encoders.again(str(name))
        column = column_of(chosen.info)
        block = mirror.block(column) if mirror else None
        if block is None:
            self._index().photos.check(column)
            block = self._index().block(column)
        return chosen, block
