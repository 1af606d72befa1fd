"""Which segmenter cuts things out of the photo, and how far it is with looking at it."""

import time
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from lens_gui.label.cut import Cut, Offer
from lens_gui.label.pointing import Pointing
from lens_gui.orders import Order, Orders
from lens_gui.progress import ProgressStrip
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble

__all__ = ["Cutting"]

SECOND = 1000  # milliseconds
HOW = "Click what it is, right-click or Alt-click what it is not, or drag a box; Enter keeps it."
HINT = "builtin comes with Lens, and is rough; of the networks among the models, edgetam (56 MB) is the lightest."
NOTHING = "Nothing is left of it: point at it otherwise."


class Cutting(QFrame):
    """Asks a process of its own, which looks at each photo once and then answers points and boxes at once.

    Args:
        pointing: where somebody points, and where the answers are shown.
    """

    said = Signal(str, str)
    cancelled = Signal()

    def __init__(self, pointing: Pointing) -> None:
        super().__init__()
        self.setObjectName("card")
        self._pointing = pointing
        self.orders = Orders("", self, module="lens_gui.segmenting")
        self._path: Path | None = None
        self._looking: tuple[str, str] | None = None
        self._size: tuple[int, int] | None = None
        self._asked: Order | None = None
        self._began = 0.0
        self.models, self.strip, self.told, self._hint = QComboBox(), ProgressStrip(), QLabel(HOW), QLabel(HINT)
        self.models.setAccessibleName("Segmenter")
        self.models.activated.connect(self._look)
        for label in (self.told, self._hint):
            label.setWordWrap(True)
        self._hint.setObjectName("muted")
        self._hint.hide()
        self.models.hide()
        self._clock = QTimer(self, interval=SECOND)
        self._clock.timeout.connect(self._tick)
        self.strip.paused.connect(self._cancel)
        pointing.asked.connect(self._ask)
        self.orders.ended.connect(self._failed)
        row = QHBoxLayout()
        row.addWidget(self.told, 1)
        row.addWidget(self.models)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, STEP, 2 * STEP, STEP)
        column.setSpacing(STEP)
        column.addLayout(row)
        column.addWidget(self._hint)
        column.addWidget(self.strip)
        self.hide()

    @property
    def ready(self) -> bool:
        """Whether it has looked at the photo."""
        return self._size is not None

    def use(self, path: Path | None) -> None:
        """Look at this photo, and be seen; or let it be."""
        self._path = path
        self.setVisible(path is not None)
        if path is not None and not self.models.count():
            self.strip.begin("Looking at the photo", "Starting…", stop="Cancel")
            self.orders.give("offered", {}, self._offered, self._failed)
        elif path is not None:
            self._look()

    def close_down(self) -> None:
        """Cut nothing more."""
        self._clock.stop()
        self.orders.stop()

    def _offered(self, offers: list[Offer]) -> None:
        """The lightest network is suggested, and what comes with Lens if there is none."""
        self.models.addItems([offer.name for offer in offers])
        networks = [offer.name for offer in offers if offer.bytes]
        self.models.setCurrentText(networks[0] if networks else offers[0].name)
        self._hint.setVisible(not networks)
        self.models.show()
        self._look()

    def _look(self) -> None:
        model, path = self.models.currentText(), str(self._path)
        if self._path is None or self._looking == (model, path):
            return
        self._looking, self._size, self._began = (model, path), None, time.monotonic()
        self.strip.begin("Looking at the photo", f"{model}…", stop="Cancel")
        self._clock.start()
        self.orders.give("look", {"model": model, "path": path}, self._looked, self._failed)

    def _looked(self, size: tuple[int, int]) -> None:
        self._over()
        self._size = size
        self._ask()

    def _ask(self) -> None:
        if self._asked:
            self._asked.cancel()
        self.told.setText(HOW)
        if self._size is not None and self._pointing.says_what:
            points = self._pointing.points
            facts = {
                "size": self._size,
                "box": self._pointing.box,
                "places": [each.place.toTuple() for each in points],
                "inside": [each.inside for each in points],
            }
            self._asked = self.orders.give("cut", facts, self._cut, self._failed)

    def _cut(self, cut: Cut | None) -> None:
        self._asked = None
        self.told.setText(HOW if cut else NOTHING)
        self._pointing.show_cut(cut.mask if cut else None)

    def _tick(self) -> None:
        self.strip.rate.setText(f"{self.models.currentText()}, {time.monotonic() - self._began:.0f} s")

    def _cancel(self) -> None:
        self.orders.stop()
        self._over()
        self._looking = None
        self.cancelled.emit()

    def _failed(self, trouble: Trouble) -> None:
        self._over()
        self._looking, self._size = None, None
        self.said.emit(trouble.text, trouble.details)

    def _over(self) -> None:
        self._clock.stop()
        self.strip.hide()
