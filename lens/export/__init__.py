"""Regions in the formats of other programs: written and read."""

from lens.export.dataset import Choice
from lens.export.exporting import Wish, export
from lens.export.formats import FORMATS
from lens.export.pictures import Pictures
from lens.export.tally import ExportReport

__all__ = ["FORMATS", "Choice", "ExportReport", "Pictures", "Wish", "export"]
