"""Regions in the formats of other programs: written and read."""

from lens.export.dataset import Choice
from lens.export.exporting import Wish, export
from lens.export.formats import FORMATS
from lens.export.importing import READERS, ImportReport, import_regions
from lens.export.pictures import Pictures
from lens.export.tally import ExportReport

__all__ = [
    "FORMATS",
    "READERS",
    "Choice",
    "ExportReport",
    "ImportReport",
    "Pictures",
    "Wish",
    "export",
    "import_regions",
]
