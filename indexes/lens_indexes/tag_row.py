"""What is stored of a tag, of a photo that was shown as an example, and of what was learned from examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LEARNED", "NOTHING", "ProbeRow", "TagRow", "TagSet", "probe_schema", "tag_schema", "taught_schema"]

LEARNED = "learned"
"""The vocabulary of the tags that were taught by examples."""
NOTHING = ""
"""Stands in the place of a tag where nothing fits: the photo has been looked at all the same."""


@dataclass(frozen=True)
class TagRow:
    """One tag of one photo."""

    id: str
    """Of the photo."""
    tag: str
    score: float
    """0 to 1, comparable within one vocabulary and model; 0 where nothing fits."""
    content_hash: str
    """Of the photo's file when it was tagged."""


@dataclass(frozen=True)
class ProbeRow:
    """What was learned of one tag: a linear model of an encoder's vectors."""

    tag: str
    encoder: str
    """Name and revision of whose vectors it reads."""
    weights: NDArray[np.float32]  # (dim,)
    bias: float
    facts: str
    """How it was learned and how good it is, as JSON."""


@dataclass(frozen=True)
class TagSet:
    """What one vocabulary and one model said."""

    vocabulary: str
    model: str
    photos: int
    """That were looked at."""
    tags: dict[str, int]
    """How many photos have each, by name."""


def tag_schema() -> pa.Schema:
    """Columns of `tags`."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("tag", pa.string(), nullable=False),
            pa.field("score", pa.float32(), nullable=False),
            pa.field("content_hash", pa.string(), nullable=False),
            pa.field("run", pa.string(), nullable=False),
            pa.field("vocabulary", pa.string(), nullable=False),
            pa.field("model", pa.string(), nullable=False),
            pa.field("at", pa.timestamp("us", tz="UTC"), nullable=False),
        ]
    )


def taught_schema() -> pa.Schema:
    """Columns of `taught`: one row for each photo that was shown as an example of a tag, or as none of it."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("name", pa.string(), nullable=False),
            pa.field("id", pa.string(), nullable=False),
            pa.field("shows", pa.bool_(), nullable=False),
            pa.field("at", pa.timestamp("us", tz="UTC"), nullable=False),
        ]
    )


def probe_schema() -> pa.Schema:
    """Columns of `probes`: the linear model of each tag and encoder."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("name", pa.string(), nullable=False),
            pa.field("encoder", pa.string(), nullable=False),
            pa.field("weights", pa.list_(pa.float32()), nullable=False),
            pa.field("bias", pa.float64(), nullable=False),
            pa.field("facts", pa.string(), nullable=False),
        ]
    )
