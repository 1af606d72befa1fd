"""Rows and vectors to fill an index with."""

from datetime import UTC, datetime

import lancedb
import numpy as np
import pyarrow as pa

from lens_indexes import EncoderColumn, Index, PhotoRow, VectorBlock
from lens_indexes.schema import ADDED, VERSION_KEY

CLIP = EncoderColumn("clip-b32", "CLIP ViT-B/32", "r1", 12)  # LanceDB treats a list of ten floats or more as a vector
DINO = EncoderColumn("dinov2-s", "DINOv2 ViT-S/14", "r1", 10)


def row(number: int, **changes) -> PhotoRow:
    facts = {
        "id": f"{number:032x}",
        "root": "photos",
        "path": f"{number}.jpg",
        "content_hash": f"hash{number}",
        "size": 10,
        "mtime_ns": 5,
        "width": 4,
        "height": 3,
        "format": "JPEG",
        "orientation": 1,
        "indexed_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return PhotoRow(**facts | changes)


def unit(n: int, dim: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def names(block: VectorBlock) -> list[str]:
    return [block.path(row).name for row in range(len(block))]


def age(uri: str, schema: int = 1) -> None:
    """Make an index what a Lens of an older schema would have made."""
    table = lancedb.connect(uri).open_table("photos")
    table.drop_columns([name for version, names in ADDED.items() if version > schema for name in names])
    table.update_field_metadata({"path": "id", "metadata": {VERSION_KEY: str(schema)}})


def damage(index: Index, encoder: EncoderColumn, vectors: dict[str, np.ndarray]) -> None:
    """Put what are no unit vectors into rows by id, past all checks, as a failing disk would."""
    flat = pa.array(np.concatenate(list(vectors.values())), pa.float32())
    table = pa.table({"id": list(vectors), encoder.column: pa.FixedSizeListArray.from_arrays(flat, encoder.dim)})
    merge = index.tables["photos"].merge_insert("id").when_matched_update_all()
    merge.execute(table, on_bad_vectors="fill", fill_value=float("nan"))
