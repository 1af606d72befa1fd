"""What a row holds: the tables' columns, and the dataclasses that cross into and out of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 4
ADDED = {  # the columns of `photos` that came with each version
    2: ("keywords", "place"),
    3: ("perceptual_hash", "sharpness", "luminance", "shadows", "highlights", "entropy", "pixel_hash"),
    4: ("sidecar_mtime_ns",),
}
VERSION_KEY = "lens.schema_version"  # metadata of the `id` column: a field's metadata can be changed in place
DEFAULT_KEY = "lens.default_encoder"  # likewise
PREVIOUS_KEY = "lens.previous_encoder"  # likewise
ENCODER_KEY = "lens.encoder"  # metadata of every vector column


@dataclass(frozen=True)
class Measures:
    """What was measured on a photo's pixels."""

    perceptual_hash: bytes
    """32 bytes; few of their bits differ between photos that look alike."""
    sharpness: float
    """0 to 1."""
    luminance: float
    """Mean, 0 black to 1 white."""
    shadows: float
    """Share of pixels that are black, 0 to 1."""
    highlights: float
    """Share of pixels that are white, 0 to 1."""
    entropy: float
    """Of the grey values, in bits, 0 to 8."""


@dataclass(frozen=True)
class PhotoRow:
    """One photo as it is stored, without its vectors."""

    id: str
    """32 hexadecimal digits; stays the same when the photo is moved, renamed or edited."""
    root: str
    """Name of the root folder that `path` starts from."""
    path: str
    """Relative to the root, `/` between folders on every system."""
    content_hash: str
    """BLAKE2b-128 of the file, hexadecimal."""
    size: int
    """Bytes."""
    mtime_ns: int
    width: int
    """Pixels of the upright photo."""
    height: int
    format: str
    orientation: int
    """EXIF orientation as the file has it, 1–8."""
    indexed_at: datetime
    """UTC."""
    taken_at: datetime | None = None
    """Local time where the photo was taken, without a zone, as cameras write it."""
    utc_offset_minutes: int | None = None
    camera: str | None = None
    lens: str | None = None
    lat: float | None = None
    """Degrees, WGS 84."""
    lon: float | None = None
    rating: int | None = None
    """Stars, 0–5."""
    keywords: tuple[str, ...] = ()
    place: str | None = None
    """Where it was taken, in words."""
    missing: bool = False
    """The file was gone when the index last looked; hidden from search."""
    perceptual_hash: bytes | None = None
    """This and the next five are the fields of `Measures`; None until the photo is measured."""
    sharpness: float | None = None
    luminance: float | None = None
    shadows: float | None = None
    highlights: float | None = None
    entropy: float | None = None
    pixel_hash: str | None = None
    """Of all the pixels, whatever the file; None until another photo looks so much alike that it matters."""
    sidecar_mtime_ns: int | None = None
    """Of the XMP side-car beside it that changed last, when it was read; None if there was none."""


@dataclass(frozen=True)
class KnownPhoto:
    """What an index run must know of a photo already in the index."""

    id: str
    root: str
    path: str
    size: int
    mtime_ns: int
    content_hash: str
    missing: bool
    encoded: frozenset[str]
    """The vector columns, of those that were asked about, in which it has a vector."""
    measured: bool = False
    sidecar_mtime_ns: int = 0
    """0 if it had no side-car, or was indexed before that was noted."""


@dataclass(frozen=True)
class SkippedRow:
    """A file that could not be read, and why."""

    id: str
    root: str
    path: str
    size: int
    mtime_ns: int
    reason: str
    reader: str
    """Names what tried to read it; another reader tries again."""


@dataclass(frozen=True)
class EncoderColumn:
    """The vector column of one encoder, bound to the exact model that fills it."""

    name: str
    model: str
    revision: str
    dim: int

    @property
    def column(self) -> str:
        """The column's name: the encoder's, as an identifier."""
        return self.name.replace("-", "_").replace(".", "_")

    def field(self) -> pa.Field:
        """The Arrow field, this binding in its metadata."""
        import pyarrow as pa

        binding = {"name": self.name, "model": self.model, "revision": self.revision}
        vectors = pa.list_(pa.float32(), self.dim)
        return pa.field(self.column, vectors, metadata={ENCODER_KEY: json.dumps(binding)})

    @classmethod
    def of(cls, field: pa.Field) -> EncoderColumn | None:
        """The binding a field carries; None if it is not a vector column."""
        binding = (field.metadata or {}).get(ENCODER_KEY.encode())
        return cls(**json.loads(binding), dim=field.type.list_size) if binding else None


def photo_schema() -> pa.Schema:
    """Columns of `photos` before any encoder has added its own."""
    import pyarrow as pa

    versioned = {VERSION_KEY: str(SCHEMA_VERSION)}
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False, metadata=versioned),
            pa.field("root", pa.string(), nullable=False),
            pa.field("path", pa.string(), nullable=False),
            pa.field("content_hash", pa.string(), nullable=False),
            pa.field("size", pa.int64(), nullable=False),
            pa.field("mtime_ns", pa.int64(), nullable=False),
            pa.field("width", pa.int32(), nullable=False),
            pa.field("height", pa.int32(), nullable=False),
            pa.field("format", pa.string(), nullable=False),
            pa.field("orientation", pa.int8(), nullable=False),
            pa.field("indexed_at", pa.timestamp("us", tz="UTC"), nullable=False),
            pa.field("taken_at", pa.timestamp("us")),
            pa.field("utc_offset_minutes", pa.int16()),
            pa.field("camera", pa.string()),
            pa.field("lens", pa.string()),
            pa.field("lat", pa.float64()),
            pa.field("lon", pa.float64()),
            pa.field("rating", pa.int8()),
            pa.field("keywords", pa.list_(pa.string())),
            pa.field("place", pa.string()),
            pa.field("missing", pa.bool_(), nullable=False),
            pa.field("perceptual_hash", pa.binary()),
            pa.field("sharpness", pa.float32()),
            pa.field("luminance", pa.float32()),
            pa.field("shadows", pa.float32()),
            pa.field("highlights", pa.float32()),
            pa.field("entropy", pa.float32()),
            pa.field("pixel_hash", pa.string()),
            pa.field("sidecar_mtime_ns", pa.int64()),
        ]
    )


def completed(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """Rows of photos with all these columns, empty where an index that has not been migrated lacks one."""
    import pyarrow as pa

    for name in names:
        if name not in rows.column_names:
            field = photo_schema().field(name)
            rows = rows.append_column(field, pa.nulls(len(rows), field.type))
    return rows


def skipped_schema() -> pa.Schema:
    """Columns of `skipped`."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("root", pa.string(), nullable=False),
            pa.field("path", pa.string(), nullable=False),
            pa.field("size", pa.int64(), nullable=False),
            pa.field("mtime_ns", pa.int64(), nullable=False),
            pa.field("reason", pa.string(), nullable=False),
            pa.field("reader", pa.string(), nullable=False),
        ]
    )


def root_schema() -> pa.Schema:
    """Columns of `roots`."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("name", pa.string(), nullable=False),
            pa.field("folder", pa.string(), nullable=False),
        ]
    )


def as_arrow(rows: list[PhotoRow] | list[SkippedRow], schema: pa.Schema) -> pa.Table:
    """Rows as an Arrow table with the columns of `schema`, which are the fields of the row's dataclass."""
    import pyarrow as pa

    names = [field.name for field in fields(rows[0])] if rows else schema.names
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    return pa.table(columns, schema=schema)


def vector_array(vectors: NDArray[np.float32]) -> pa.FixedSizeListArray:
    """(n, dim) float32 vectors as one Arrow column, without copying.

    Raises:
        ValueError: a number among them is not finite.
    """
    import pyarrow as pa

    if not np.isfinite(vectors).all():
        raise ValueError("a vector has numbers that are not finite")
    flat = np.ascontiguousarray(vectors, dtype=np.float32).ravel()
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), vectors.shape[1])
