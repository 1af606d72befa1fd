"""The library: the one object that the command line and the window share."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.about import About, about
from lens.config import index_uri, thumbnail_folder
from lens.errors import IndexNotFound, LensError, ManifestError, PruneRefused
from lens.indexing.calibrating import calibrate_for
from lens.indexing.cluster import Cluster
from lens.indexing.forgetting import forget_photos
from lens.indexing.indexer import Run, foresee, plan_run
from lens.indexing.lane import column_of
from lens.indexing.memory import give_back_soon
from lens.indexing.plan import Scope
from lens.indexing.pruning import Prune, refusal
from lens.indexing.report import IndexReport, Progress, Report, nothing_to_tell
from lens.indexing.stages import Stages
from lens.indexing.thumbnailing import RunThumbnails
from lens.keeping import KeptAlbums, KeptQueries
from lens.labeling.filling import fill_vectors
from lens.meta import Meta
from lens.models.loaded import AnEncoder, LoadedEncoders
from lens.moving import RootMove, move_root
from lens.photos.scan import check_folder
from lens.photos.thumbnails import Thumbnails
from lens.search.match import Band, Match, RegionMatch
from lens.search.parsing import like
from lens.search.preparing import prepare_search
from lens.search.region_search import RegionSearch
from lens.search.searcher import Searcher
from lens.search.sorting import Order
from lens.status import DiskUse, FolderStatus, SkippedPhoto, Status, disk_use_of, folders_of, skipped_of, status_of
from lens.verification import problems_of, verify
from lens_indexes import (
    COPIED,
    Index,
    Problem,
    Repair,
    back_up,
    repair,
)
from lens_indexes.remote import path_of

if TYPE_CHECKING:  # imported when they are asked for, so that a search need not wait for them
    from lens.curation import Curation
    from lens.evaluation import Evaluation
    from lens.exchange import Exchange
    from lens.labeling.labels import Labels
    from lens.reviewing.reviewing import Reviewing
    from lens.tagging import Tagging
    from lens.tuning import Adoption, Tuning


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
        self._opened: Index | None = None
        self._encoders = LoadedEncoders(device=device, precision=precision, batch=batch, backend=backend)
        self._searcher = Searcher(uri, self._encoders, self._index)
        self.saved = KeptQueries(self._index)
        self.albums = KeptAlbums(self._index, self._searcher)
        self.meta = Meta(self._index)
        self._region_search = RegionSearch(self._searcher, self._index)
        self._running: dict[str, Any] = {"device": device, "precision": precision, "batch": batch}

    @property
    def stays_warm(self) -> bool:
        """Whether vectors stay mapped between searches: quicker, but the drive they are on cannot be unmounted."""
        return self._searcher.stays_warm

    @stays_warm.setter
    def stays_warm(self, stays: bool) -> None:
        self._searcher.stays_warm = stays

    def warm(self) -> None:
        """Make the first search by words as quick as the next, where that takes neither LanceDB nor torch."""
        with suppress(LensError):  # which the search tells
            self._searcher.warm()

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
        manifest: str | Path | None = None,
        thumbnails: bool = True,
        cluster: Cluster | None = None,
        on_progress: Report = nothing_to_tell,
    ) -> IndexReport:
        """Bring the index up to date with folders of photos, and make it if there is none.

        New and changed photos are read and encoded; what was moved or renamed is recognised by its content and not
        encoded again; what is gone is marked missing. The run may be stopped at any moment, and the next one goes on.

        Args:
            paths: folders, of this machine or of a store as in `s3://bucket/2023`, searched with everything below them.
            encoder: one or several, each a name from the catalogue or an encoder; each photo is read once for all of
                them. By default those the index has, else `builtin`.
            dry_run: only find out what would be done.
            prune: remove the rows of missing photos below these folders, but no more than a tenth of a root's.
            prune_many: however many they are.
            wait: until another run that writes to the index has finished.
            exclude: glob patterns of names or paths to leave out.
            include_hidden: go into hidden files and folders too.
            manifest: a file that names the photos below the one folder of `paths`: only they are read, and what it does
                not name is missing only if its file is gone.
            thumbnails: keep a small picture of each photo that is read, in the cache folder.
            cluster: of Ray, which reads and encodes; no thumbnails are kept then.
            on_progress: called as the run goes on.

        Raises:
            ClusterError: it cannot be used, or could not do all of it; what it did is kept.
            FolderError: a path is not a folder that can be read, or there is nothing in it.
            ManifestError: the manifest cannot be read, or names what is not below the folder.
            ModelError: the encoder cannot be loaded.
            PruneRefused: more than a tenth would have been pruned; everything else is done, and they are hidden.
            IndexFailure: the index cannot be read or written, or holds vectors of another revision.
        """
        folders = tuple(check_folder(path) for path in paths)
        if manifest and len(folders) != 1:
            raise ManifestError("A manifest names the photos below one folder: name that one alone.")
        scope = Scope(folders, tuple(exclude), include_hidden, path_of(manifest).expanduser() if manifest else None)
        known = self._existing()
        chosen = self._encoders.to_index_with(encoder, known.photos.bound() if known else [])
        pruning = Prune.NONE if not prune else Prune.ALL if prune_many else Prune.FEW
        started, stages = time.monotonic(), Stages()
        if dry_run:
            plan = plan_run(known, scope, chosen, on_progress)
            report = foresee(self.uri, chosen, plan, pruning)
            return replace(report, seconds=time.monotonic() - started)
        give_back_soon()
        index = self._opened = known or Index.create(self.uri, wait=wait)
        with index.writing(wait=wait):
            for each in chosen:
                index.photos.bind(column_of(each.info))
            with stages.stage("scan"):
                plan = plan_run(index, scope, chosen, on_progress)
            kept = elsewhere = None
            if cluster:
                elsewhere = partial(cluster.read, index, plan.ledger, self._encoders, encoder)
            else:
                calibrate_for(chosen, plan.ledger)
                kept = RunThumbnails(Thumbnails(thumbnail_folder())) if thumbnails else None
            run = Run(index, chosen, plan, progress=on_progress, stages=stages, thumbnails=kept, elsewhere=elsewhere)
            report = run.carry_out(scope.folders, pruning)
            for each in chosen:
                fill_vectors(index, each, stages)
        with stages.stage("mirror"):
            prepare_search(index, chosen)
        report = replace(report, seconds=time.monotonic() - started, stages=stages.seconds)
        if report.losses:
            raise PruneRefused(refusal(report.losses), report)
        return report

    def search(
        self,
        query: str | Sequence[str],
        top: int = 20,
        encoder: AnEncoder | None = None,
        *,
        least: Band = Band.LIKELY,
    ) -> list[Match]:
        """The photos that answer a query: words, example photos, filters, and what docs/QUERY.md makes of them.

        Args:
            query: one string, or words that are whole already, of which those that are photo files are examples.
            top: how many to find at the most.
            encoder: whose vectors to search; by default the index's own default.
            least: the least sure band that is wanted; `rest` for all.

        Raises:
            QueryError: it cannot be understood, or an example cannot be read.
            IndexFailure: there is no index, or it was made by another revision of the encoder.
        """
        return self.search_many([query], top=top, encoder=encoder, least=least)[0]

    def search_many(
        self,
        queries: Sequence[str | Sequence[str]],
        top: int = 20,
        encoder: AnEncoder | None = None,
        *,
        least: Band = Band.LIKELY,
    ) -> list[list[Match]]:
        """Answer many queries, reading the vectors once; see `search`."""
        return self._searcher.answer(queries, top, encoder, least)

    def similar(
        self, path: str | Path, top: int = 20, encoder: AnEncoder | None = None, *, least: Band = Band.LIKELY
    ) -> list[Match]:
        """The photos that look most like one photo, itself left out; it need not be in the index.

        `top`, `encoder` and `least` are as `search` has them.

        Raises:
            QueryError: the photo cannot be read.
            IndexFailure: there is no index, or it was made by another revision of the encoder.
        """
        return self.search(like(path), top, encoder, least=least)

    def search_regions(
        self, query: str | Sequence[str], top: int = 20, encoder: AnEncoder | None = None, *, others: bool = False
    ) -> list[RegionMatch]:
        """The regions that look most like a query, best first; what is rejected or of a hidden source is left out.

        Args:
            query: words, photos or parts of photos; filters say in which photos.
            top: how many to find at the most.
            encoder: whose vectors to search; by default the index's own default.
            others: leave out regions that are themselves in the query.

        Raises:
            QueryError: there is nothing to rank by, or no region has a vector.
        """
        return self._region_search.answer(query, top, encoder, others=others)

    def browse(self, query: str = "", top: int = 20, order: Order = Order.RELEVANCE) -> Sequence[Match]:
        """The photos for a query, for somebody to look through: without doubtful ones being left out.

        Filters alone, or nothing at all, list every photo that meets them, newest first, each made when it is asked
        for; of what is ranked, `top` are found, and sorted by something else the doubtful ones are left out.

        Args:
            query: as `search` takes it.
            top: how many of what is ranked, at the most.
            order: what comes first. The matches are `SortedMatch`, except ranked ones by relevance.

        Raises:
            QueryError: it cannot be understood, or an example cannot be read.
            IndexFailure: there is no index, or it was made by another revision of the encoder.
        """
        return self._searcher.browse(query, top, order)

    def prepare_filters(self, *tables: str) -> None:
        """Write beside the index what filters read of it, so that no search has to load LanceDB for them.

        Args:
            tables: which, by their names in `lens_indexes.COPIED`; by default all.

        Raises:
            IndexFailure: there is no index, or it cannot be read.
        """
        for table in tables or COPIED:
            self._searcher.tables.rows(table)

    def completions(self) -> list[str]:
        """What could stand in a query: the names of filters, and the values that they have in this index."""
        from lens.search.completing import completions

        return completions(self._index())

    def about(self, id_: str) -> About:
        """All that the index knows of one photo.

        Raises:
            QueryError: there is no photo of that id.
        """
        return about(self._index(), id_)

    def photos(self) -> list[Path]:
        """Where the photos of the index lie; missing ones are left out."""
        index = self._index()
        roots = index.roots.by_name()
        return [roots[each.root].absolute(each.path) for each in index.photos.each() if not each.missing]

    @property
    def evaluation(self) -> "Evaluation":
        """How good the encoders of the index are on its own photos."""
        from lens.evaluation import Evaluation

        return Evaluation(self._index(), self._encoders)

    @property
    def curation(self) -> "Curation":
        """Duplicates, quality, clusters, what is unusual, and what is worth labelling."""
        from lens.curation import Curation

        return Curation(self._index(), self.similar, self._encoders)

    @cached_property
    def tags(self) -> "Tagging":
        """Tags by vocabularies and by examples, in the index and in side-cars."""
        from lens.tagging import Tagging

        return Tagging(self._index, self._searcher)

    @cached_property
    def labels(self) -> "Labels":
        """Regions, found by phrases."""
        from lens.labeling.labels import Labels

        return Labels(self._index, self._searcher, self._encoders, **self._running)

    @cached_property
    def reviewing(self) -> "Reviewing":
        """What people say of regions, and how two sources of them compare."""
        from lens.reviewing.reviewing import Reviewing

        return Reviewing(self._index, self._searcher)

    @cached_property
    def exchange(self) -> "Exchange":
        """Regions in the formats of other programs."""
        from lens.exchange import Exchange

        return Exchange(self._index, self._searcher)

    @property
    def tuning(self) -> "Tuning":
        """Training encoders on the photos of the index."""
        from lens.tuning import Tuning

        return Tuning(self._index, self._searcher, self._running["device"])

    @property
    def adoption(self) -> "Adoption":
        """Another encoder for searches, if it is better, and the way back."""
        from lens.tuning import Adoption

        return Adoption(self._index, self._encoders, self.index)

    def status(self) -> Status:
        """What the index holds."""
        return status_of(self._index())

    def folders(self) -> list[FolderStatus]:
        """The folders that are indexed, and how many photos of each."""
        return folders_of(self._index())

    def disk_use(self) -> DiskUse:
        """How much room the index takes on this machine, and what in it takes most."""
        return disk_use_of(self._index())

    def skipped(self) -> list[SkippedPhoto]:
        """The files that could not be read, and why."""
        return skipped_of(self._index())

    def forget(self, paths: Sequence[str | Path], *, dry_run: bool = False) -> int:
        """Remove photos from the index with all that is known of them; the files are not touched.

        A folder that was indexed is itself forgotten, so that it is not looked through again unasked.

        Args:
            paths: photos or folders; they need not exist any longer.
            dry_run: only count.

        Returns:
            How many photos are forgotten, files that had been skipped included.

        Raises:
            QueryError: nothing of a path is in the index.
        """
        places = [path_of(path).expanduser().absolute() for path in paths]
        return forget_photos(self._index(), places, dry_run=dry_run)

    def verify(self) -> list[Problem]:
        """What is wrong in the index, and which files are not as it knows them."""
        return verify(self._index())

    def repair(self, *, dry_run: bool = False) -> list[Repair]:
        """Mend what is wrong in the tables, as far as nothing has to be guessed; or only say what would be done."""
        return repair(self._index(), dry_run=dry_run)

    def optimize(self, *, approximate: bool | None = None, cluster: Cluster | None = None) -> int | None:
        """Make the index smaller and quicker: how many bytes were won; None on an object store.

        Args:
            approximate: build an approximate index of every encoder anew, or drop those there are; by default photos
                that were added since are sorted into those there are.
            cluster: whose workers do it; by default this machine.

        Raises:
            IndexFailure: there are too few photos for an approximate index, or the index cannot be written.
            ClusterError: there is no such cluster, or Ray is not installed.
        """
        if cluster is not None:
            return cluster.optimize(self._index(), approximate=approximate)
        return self._index().optimize(approximate=approximate)

    def backup(
        self, destination: str | Path, *, force: bool = False, on_progress: Report = nothing_to_tell
    ) -> list[Problem]:
        """Copy the index to a new folder, even while a run goes on, and check the copy.

        Returns:
            What is wrong in the tables of the copy: nothing, unless the index itself is not sound.

        Raises:
            IndexFailure: the index is not a local folder, there is something at `destination`, or no room.
        """
        copy = index_uri(destination)
        back_up(self._index(), copy, force=force, progress=lambda rows, of: on_progress(Progress(rows, of, 0)))
        return problems_of(Index.open(copy))

    def move_root(self, old: str | Path, new: str | Path, *, dry_run: bool = False, force: bool = False) -> RootMove:
        """Take over that the photos of a root have moved to another folder; nothing is encoded again.

        Raises:
            FolderError: `new` is not a folder that can be read.
            MoveRefused: `old` is no root, or its photos are not in `new`.
        """
        return move_root(
            self._index(), path_of(old).expanduser(), path_of(new).expanduser(), dry_run=dry_run, force=force
        )

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
