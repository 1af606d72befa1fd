"""Rows and vectors in LanceDB: what Lens knows about photos. Knows no model and reads no photo."""

from lens_indexes.approximate import Approximate, Coverage
from lens_indexes.backup import back_up
from lens_indexes.beside import beside
from lens_indexes.errors import (
    EncoderMismatch,
    IndexDamaged,
    IndexFailure,
    IndexLocked,
    IndexNotFound,
    IndexNotWritable,
    IndexTooNew,
    LensError,
)
from lens_indexes.exact import best, top_k
from lens_indexes.extras import Category
from lens_indexes.history import Change, Edit, EditState
from lens_indexes.index import Index
from lens_indexes.integrity import Problem, problems
from lens_indexes.mirror import Mirror, open_mirror
from lens_indexes.places import local_folder
from lens_indexes.region_integrity import region_problems
from lens_indexes.region_row import Box, LabelledRow, RegionRow, RegionState
from lens_indexes.region_spool import RegionSpool, spooled
from lens_indexes.regions import Source
from lens_indexes.repair import Repair, repair
from lens_indexes.schema import EncoderColumn, KnownPhoto, Measures, PhotoRow, SkippedRow
from lens_indexes.shard_row import ShardNews, ShardState
from lens_indexes.side_tables import COPIED, SideTables, tagged
from lens_indexes.tag_row import LEARNED, NOTHING, ProbeRow, TagRow, TagSet
from lens_indexes.vectors import RowsChanged, VectorBlock

__all__ = [
    "COPIED",
    "LEARNED",
    "NOTHING",
    "Approximate",
    "Box",
    "Category",
    "Change",
    "Coverage",
    "Edit",
    "EditState",
    "EncoderColumn",
    "EncoderMismatch",
    "Index",
    "IndexDamaged",
    "IndexFailure",
    "IndexLocked",
    "IndexNotFound",
    "IndexNotWritable",
    "IndexTooNew",
    "KnownPhoto",
    "LabelledRow",
    "LensError",
    "Measures",
    "Mirror",
    "PhotoRow",
    "ProbeRow",
    "Problem",
    "RegionRow",
    "RegionSpool",
    "RegionState",
    "Repair",
    "RowsChanged",
    "ShardNews",
    "ShardState",
    "SideTables",
    "SkippedRow",
    "Source",
    "TagRow",
    "TagSet",
    "VectorBlock",
    "back_up",
    "beside",
    "best",
    "local_folder",
    "open_mirror",
    "problems",
    "region_problems",
    "repair",
    "spooled",
    "tagged",
    "top_k",
]
