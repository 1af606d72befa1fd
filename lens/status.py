"""What an index holds, in a form both faces show."""

from dataclasses import dataclass
from pathlib import Path

from lens_indexes import Index


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
            )
            for bound in index.photos.encoders()
        ],
        folders=[root.folder for root in index.roots.all()],
        path=index.uri,
        bytes=index.bytes(),
        regions=sum(source.regions for source in sources),
        sources=len(sources),
    )


def skipped_of(index: Index) -> list[SkippedPhoto]:
    """The files that could not be read, and why."""
    roots = index.roots.by_name()
    return [SkippedPhoto(roots[row.root].absolute(row.path), row.reason) for row in index.skipped.all()]
