"""Which colour each class has: one that no class before it has, and the same the next time."""

import hashlib
import json

from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor

from lens.labeling.drawing import COLOURS, colour_of

__all__ = ["PALETTE", "Colours"]

PALETTE = (
    *COLOURS,
    (0, 0, 255),
    (255, 0, 240),
    (90, 75, 15),
    (240, 225, 180),
    (0, 255, 0),
    (0, 60, 210),
    (240, 0, 150),
    (0, 255, 150),
    (0, 255, 255),
    (0, 90, 90),
    (210, 135, 105),
    (45, 105, 0),
    (255, 0, 0),
    (150, 0, 165),
)
"""Each of the later ones is as far from all before it as can be, in CIE Lab, without being too dark or too bright."""


class Colours:
    """Given to classes as they are first seen, and kept in the settings, for each index by itself.

    A class has the colour that it has on contact sheets, unless another one was given that before. With more classes
    than colours, the one that the fewest have is given again.

    Args:
        settings: keep them.
        uri: of the index.
    """

    def __init__(self, settings: QSettings, uri: str) -> None:
        self._settings = settings
        self._key = f"colours/{hashlib.sha256(uri.encode()).hexdigest()[:16]}"
        self._given: dict[str, int] = json.loads(str(settings.value(self._key, "{}")))

    def of(self, category: str) -> QColor:
        """The colour of a class."""
        if category not in self._given:
            taken = [list(self._given.values()).count(number) for number in range(len(PALETTE))]
            own = PALETTE.index(colour_of(category))
            self._given[category] = own if taken[own] == min(taken) else taken.index(min(taken))
            self._settings.setValue(self._key, json.dumps(self._given))
        return QColor(*PALETTE[self._given[category]])
