"""What an index holds, in a form both faces show."""

from dataclasses import dataclass
from pathlib import Path

from lens.config import thumbnail_folder
from lens.photos.thumbnails import Thumbnails
from lens_indexes import Coverage, Index

FLOAT32 = 4  # bytes


@dataclass(frozen=True)
class EncoderStatus:
    """One encoder of an index."""

    name: str
    model: str
    revision: str
    dim: int
    photos: int
    """Photos, missing ones left out, that have its vector."""
    default: bool
    """Whether searches use it when none is named."""
    approximate: Coverage | None = None
    """How much its approximate index knows; None if there is none."""


@dataclass(frozen=True)
class Status:
    """What an index holds."""

    photos: int
    """That can be found; missing ones are counted apart."""
    missing: int
    skipped: int
    encoders: list[EncoderStatus]
    folders: list[Path]
    path: str
    bytes: int | None
    """Size of the index on disk; None on an object store."""
    regions: int
    """Things that were labelled in photos, those that were rejected included."""
    sources: int
    """Of the regions."""
    shards: dict[str, int]
    """Of the last run on many machines: how many are waiting, running, done and failed; empty if there was none."""


@dataclass(frozen=True)
class FolderStatus:
    """A folder that is indexed with everything below it."""

    folder: Path
    photos: int
    """That can be found; missing ones are counted apart."""
    missing: int
    there: bool
    """Whether it can be read now; a drive that is away takes nothing out of the index."""


@dataclass(frozen=True)
class DiskUse:
    """Room that an index takes on this machine, in bytes."""

    index: int | None
    """All of it; None on an object store."""
    vectors: int
    """Of the index: what the vectors of photos come to, once."""
    thumbnails: int
    """In the cache, of all indexes."""


@dataclass(frozen=True)
class SkippedPhoto:
    """A file that could not be read."""

    path: Path
    reason: str


def status_of(index: Index) -> Status:
    """Count what the index holds."""
    sources = index.regions.sources()
    return Status(
        photos=index.photos.count(missing=False),
        missing=index.photos.count(missing=True),
        skipped=index.skipped.count(),
        encoders=[
            EncoderStatus(
                bound.name,
                bound.model,
                bound.revision,
                bound.dim,
                photos=index.photos.encoded(bound),
                default=bound.name == index.photos.default(),
                approximate=index.coverage(bound),
            )
            for bound in index.photos.encoders()
        ],
        folders=[root.folder for root in index.roots.all()],
        path=index.uri,
        bytes=index.bytes(),
        regions=sum(source.regions for source in sources),
        sources=len(sources),
        shards={state.value: count for state, count in index.shards.counts().items()},
    )


def folders_of(index: Index) -> list[FolderStatus]:
    """The folders that are indexed, by name."""
    return [
        FolderStatus(
            root.folder,
            photos=index.photos.of_root(root.name, missing=False),
            missing=index.photos.of_root(root.name, missing=True),
            there=is_there(root.folder),
        )
        for root in sorted(index.roots.all(), key=lambda root: root.folder)
    ]


def disk_use_of(index: Index) -> DiskUse:
    """How much room an index takes."""
    vectors = sum(FLOAT32 * bound.dim * index.photos.encoded(bound) for bound in index.photos.encoders())
    return DiskUse(index.bytes(), vectors, Thumbnails(thumbnail_folder()).size())


def is_there(folder: Path) -> bool:
    """Whether a folder can be looked at."""
    try:
        return folder.is_dir()
    except OSError:
        return False


def skipped_of(index: Index) -> list[SkippedPhoto]:
    """The files that could not be read, and why."""
    roots = index.roots.by_name()
    return [SkippedPhoto(roots[row.root].absolute(row.path), row.reason) for row in index.skipped.all()]
