"""What a person draws on the photo becomes orders."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from lens.reviewing.drawing import keeps_mask
from lens.reviewing.strokes import Stroke
from lens_gui.label.classes import ClassList
from lens_gui.label.cutting import Cutting
from lens_gui.label.stage import Stage
from lens_gui.label.tools import BOX, CUT, POLYGON, Tools
from lens_indexes import Box, RegionRow

__all__ = ["UNNAMED", "Drawing"]

UNNAMED = "object"
"""What is drawn before there is any class, until it is given a name."""


class Give(Protocol):
    """Gives an order when its turn has come; `facts` are asked for then."""

    def __call__(self, name: str, facts: Callable[[], dict[str, Any]]) -> None:
        """Give it."""


class Drawing(QObject):
    """Connects a stage and its tools with what is ordered.

    Args:
        stage: is drawn on.
        classes: say what is drawn.
        tools: chosen by buttons and keys.
        give: gives orders.
    """

    said = Signal(str, str)
    unnamed = Signal()
    """Something was drawn that has no class yet."""

    def __init__(self, stage: Stage, classes: ClassList, tools: Tools, give: Give) -> None:
        super().__init__()
        self._stage, self._classes, self._tools, self._give = stage, classes, tools, give
        self.cutting = Cutting(stage.pointing)
        self._path: Path | None = None
        stage.set_next(UNNAMED)
        tools.chosen.connect(self._use)
        classes.currentItemChanged.connect(lambda *_: stage.set_next(classes.current or UNNAMED))
        stage.drawn.connect(self._draw_box)
        stage.reshaped.connect(self._reshape)
        stage.polygon.closed.connect(self._draw_polygon)
        stage.brush.stroked.connect(self._paint)
        stage.pointing.taken.connect(self._take_cut)
        self.cutting.said.connect(self.said)
        self.cutting.cancelled.connect(partial(tools.choose, ""))
        stage.brush.refused.connect(lambda why: self.said.emit(why, ""))

    @property
    def names_what_is_next(self) -> bool:
        """Whether a class that is chosen is for what is drawn next, not for what is there."""
        return self._stage.region is None or self._tools.current in (BOX, POLYGON, CUT)

    def keys(self) -> dict[str, Callable[[], object]]:
        """What keys do while something is drawn."""
        return {
            **self._tools.keys(),
            "leave": self._leave,
            "step-back": self._stage.back,
            "smaller-brush": partial(self._stage.brush.resize, -1),
            "larger-brush": partial(self._stage.brush.resize, 1),
            "choose-none": partial(self._stage.chosen.emit, None),
        }

    def follow(self, path: Path | None) -> None:
        """Another photo is drawn on."""
        self._path = path
        self.cutting.use(path if self._tools.current == CUT else None)

    def _use(self, name: str) -> None:
        self._stage.use(name)
        self.follow(self._path)
        self._stage.setFocus()

    def _leave(self) -> None:
        if not self._stage.drop():
            self._tools.choose("")

    def _new(self) -> dict[str, Any]:
        """What an order to make something is about."""
        size = self._stage.size_shown.toSize()
        category = self._classes.current or UNNAMED
        return {"photo": self._stage.photo, "size": (size.width(), size.height()), "category": category}

    def _draw_box(self, box: Box) -> None:
        self._made("draw", box=box)

    def _draw_polygon(self, corners: list[tuple[float, float]]) -> None:
        self._made("outline", polygon=corners)

    def _made(self, name: str, **shape: Any) -> None:
        """One thing for one press of its key."""
        self._tools.choose("")
        self._put(name, **shape)

    def _take_cut(self, mask: bytes) -> None:
        """What was cut out; the next thing can be pointed at."""
        self._put("cut_out", mask=mask.decode("ascii"))

    def _put(self, name: str, **shape: Any) -> None:
        new = self._new()
        self._give(name, lambda: new | shape)
        if new["category"] == UNNAMED:
            self.unnamed.emit()

    def _reshape(self, region: RegionRow, box: Box) -> None:
        self._give("reshape", lambda: {"photo": region.photo, "id": region.id, "box": box})
        if region.mask is not None and not keeps_mask(region.box, box):
            self.said.emit("A stretched box drops its mask. Undo brings it back.", "")

    def _paint(self, stroke: Stroke) -> None:
        """The region may be there only once the stroke before has been carried out."""
        new = self._new()
        self._give("paint", lambda: new | {"id": self._stage.brush.id, "stroke": vars(stroke)})
