"""Choosing among photos: duplicates, quality, clusters, what is unusual, and what is worth labelling."""

from lens.curation.curation import Curation, NamedCluster, Picked
from lens.curation.duplicates import Duplicate, DuplicateGroup
from lens.curation.mapping import PhotoMap
from lens.curation.moment import Moment
from lens.curation.moves import Move, Moved
from lens.curation.picking import Coverage
from lens.curation.quality import FLAWS, QualityReport

__all__ = [
    "FLAWS",
    "Coverage",
    "Curation",
    "Duplicate",
    "DuplicateGroup",
    "Moment",
    "Move",
    "Moved",
    "NamedCluster",
    "PhotoMap",
    "Picked",
    "QualityReport",
]
