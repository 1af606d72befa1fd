"""The screens of the window that are made when they are first needed."""

from PySide6.QtWidgets import QWidget

from lens_gui.compare.screen import CompareScreen
from lens_gui.curate.screen import CurateScreen
from lens_gui.label.screen import LabelScreen
from lens_gui.library.screen import LibraryScreen
from lens_gui.models.screen import ModelsScreen
from lens_gui.preferences.screen import PreferencesScreen
from lens_gui.teach.screen import TeachScreen
from lens_gui.tune.screen import TuneScreen

__all__ = ["PLACES", "Page"]

Page = (
    LibraryScreen
    | ModelsScreen
    | LabelScreen
    | TeachScreen
    | CurateScreen
    | CompareScreen
    | TuneScreen
    | PreferencesScreen
)
PLACES: dict[type[QWidget], int] = {
    LibraryScreen: 1,
    ModelsScreen: 2,
    LabelScreen: 3,
    TeachScreen: 4,
    CurateScreen: 5,
    CompareScreen: 6,
    TuneScreen: 7,
    PreferencesScreen: 8,
}
"""On the rail, below the search."""
