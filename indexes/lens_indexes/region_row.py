"""What is stored of a region, and of a photo in which regions were looked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Box", "LabelledRow", "RegionRow", "RegionState", "labelled_schema", "region_schema"]

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the upright photo; x1 and y1 lie one beyond the last pixel."""


class RegionState(StrEnum):
    """What people have said of a region."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EDITED = "edited"


@dataclass(frozen=True)
class RegionRow:
    """One thing in one photo as it is stored, without its vectors.

    Raises:
        ValueError: the box has no area or lies outside of the photo.
    """

    id: str
    """32 hexadecimal digits."""
    photo: str
    """Id of the photo."""
    content_hash: str
    """Of the photo's file when the region was made."""
    category: str
    box: Box
    width: int
    """Pixels of the upright photo when the region was made."""
    height: int
    source: str
    """The named set that it belongs to."""
    state: RegionState
    made_at: datetime
    """UTC."""
    score: float | None = None
    """0 to 1, comparable within one model; None of what a person has made."""
    mask: bytes | None = None
    """COCO's compressed run lengths of a mask of the photo's size; None of what is only a box."""
    prompt: str | None = None
    """The phrase that found it."""
    model: str | None = None
    """What found it and what cut it out."""
    run: str | None = None
    """Names the labelling that found it: the same models asked for the same."""
    changed_at: datetime | None = None
    """When people last said something of it, UTC."""
    crowd: bool = False
    """Stands for many things that were not told apart, as COCO's `iscrowd`."""

    def __post_init__(self) -> None:
        x0, y0, x1, y1 = self.box
        if not (0 <= x0 < x1 <= self.width and 0 <= y0 < y1 <= self.height):
            raise ValueError(f"{self.box} is no box in a photo of {self.width} × {self.height} pixels")


@dataclass(frozen=True)
class LabelledRow:
    """One photo in which one labelling has looked for regions."""

    id: str
    """Of the photo."""
    content_hash: str
    """Of its file then."""
    source: str
    run: str
    """As in `RegionRow`."""
    regions: int
    """How many were found; 0 is an answer too."""
    at: datetime
    """UTC."""
    reason: str | None = None
    """Why the photo could not be labelled; None if it was."""


def region_schema() -> pa.Schema:
    """Columns of `regions` before any encoder has added its own."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("photo", pa.string(), nullable=False),
            pa.field("content_hash", pa.string(), nullable=False),
            pa.field("category", pa.string(), nullable=False),
            pa.field("box", pa.list_(pa.float32(), 4), nullable=False),
            pa.field("width", pa.int32(), nullable=False),
            pa.field("height", pa.int32(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("state", pa.string(), nullable=False),
            pa.field("made_at", pa.timestamp("us", tz="UTC"), nullable=False),
            pa.field("score", pa.float32()),
            pa.field("mask", pa.binary()),
            pa.field("prompt", pa.string()),
            pa.field("model", pa.string()),
            pa.field("run", pa.string()),
            pa.field("changed_at", pa.timestamp("us", tz="UTC")),
            pa.field("crowd", pa.bool_(), nullable=False),
        ]
    )


def labelled_schema() -> pa.Schema:
    """Columns of `labelled`."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("content_hash", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("run", pa.string(), nullable=False),
            pa.field("regions", pa.int32(), nullable=False),
            pa.field("at", pa.timestamp("us", tz="UTC"), nullable=False),
            pa.field("reason", pa.string()),
        ]
    )
