"""A photo beside the best shot of its group, with what differs between them."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from lens.errors import PhotoError
from lens.photos import read_photo
from lens_gui.curate.found import Piece
from lens_gui.pictures import as_qimage
from lens_gui.section import muted
from lens_gui.table import Column, Rows, Table
from lens_gui.tasks import Latest, Tasks
from lens_gui.theme import STEP

__all__ = ["Beside", "Difference", "differences"]

READ = 600  # pixels of the shorter side that are read
SHOWN = QSize(26 * STEP, 26 * STEP)


@dataclass(frozen=True)
class Difference:
    """A fact in which two photos differ."""

    name: str
    best: str
    other: str


def differences(best: Piece, other: Piece) -> tuple[list[Difference], list[str]]:
    """In which facts two photos differ, and the names of those in which they do not."""
    mine, theirs = best.facts or {}, other.facts or {}
    differ = [Difference(name, mine[name], theirs[name]) for name in mine if mine[name] != theirs[name]]
    return differ, [name for name in mine if mine[name] == theirs[name]]


class Beside(QWidget):
    """Two photos side by side, and a table below them."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self._reading = Latest(tasks)
        self.pictures = (Picture("Best shot"), Picture("The chosen photo"))
        self.rows = Rows[Difference](
            [
                Column("Differs in", lambda row: row.name),
                Column("Best shot", lambda row: row.best, wide=True),
                Column("This one", lambda row: row.other, wide=True),
            ],
            self,
        )
        self.table, self.same = Table(self.rows, "What differs"), muted()
        photos = QGridLayout()
        photos.setSpacing(STEP)
        for place, (title, picture) in enumerate(zip(("Best shot", "This one"), self.pictures, strict=True)):
            heading = QLabel(title)
            heading.setObjectName("heading")
            photos.addWidget(heading, 0, place)
            photos.addWidget(picture, 1, place)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, 0, 0, 0)
        column.setSpacing(STEP)
        column.addLayout(photos)
        column.addWidget(self.table, 1)
        column.addWidget(self.same)

    def show_pair(self, best: Piece, other: Piece) -> None:
        """Compare a photo with the best shot."""
        differ, same = differences(best, other)
        self.rows.show(differ)
        self.same.setText(
            "This is the best shot." if best == other else f"The same in both: {', '.join(same).lower()}."
        )
        for picture in self.pictures:
            picture.show_image(QImage())
        self._reading.run(lambda: (_image(best.path), _image(other.path)), self._came, lambda _: None)

    def clear(self) -> None:
        """There is nothing to compare."""
        self._reading.drop()
        self.rows.show([])
        self.same.clear()
        for picture in self.pictures:
            picture.show_image(QImage())

    def _came(self, images: tuple[QImage, QImage]) -> None:
        for picture, image in zip(self.pictures, images, strict=True):
            picture.show_image(image)


class Picture(QWidget):
    """Paints a photo as large as it fits."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumSize(SHOWN)
        self.image = QImage()

    def show_image(self, image: QImage) -> None:
        """Another photo; none if it is null."""
        self.image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it in the middle."""
        if self.image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        painter.drawImage(place, self.image)


def _image(path: Path) -> QImage:
    """As large as it is shown; null if it cannot be read."""
    try:
        return as_qimage(read_photo(path, min_side=READ).image)
    except PhotoError:
        return QImage()
