"""The photos that were found, as a model that views ask for roles."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, QUrl

from lens.search.match import Band, Match
from lens_gui.pictures import Pictures
from lens_gui.search.layout import Section

__all__ = ["HEADINGS", "Results", "Role"]

HEADINGS = {Band.CONFIDENT: "Confident", Band.LIKELY: "Likely", Band.REST: "The rest"}

Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What a view may ask of a photo, beside Qt's own roles."""

    MATCH = Qt.ItemDataRole.UserRole
    PICTURE = Qt.ItemDataRole.UserRole + 1
    """A QImage, null if the photo cannot be read; None until it is there."""
    NUMBER = Qt.ItemDataRole.UserRole + 2
    """What the photos are sorted by, as text."""


class Results(QAbstractListModel):
    """The photos of one answer, in sections."""

    def __init__(self, pictures: Pictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._matches: list[Match] = []
        self._rows: dict[str, list[int]] = {}  # by content hash
        self.sections: list[Section] = []
        self._answers: dict[int, Callable[[Match], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda match: match.path.name,
            Qt.ItemDataRole.ToolTipRole: lambda match: str(match.path),
            Qt.ItemDataRole.AccessibleTextRole: lambda match: f"{match.path.name}, {number_of(match)}",
            Role.MATCH: lambda match: match,
            Role.PICTURE: lambda match: pictures.get(match.path, match.content_hash),
            Role.NUMBER: number_of,
        }
        pictures.ready.connect(self._came)

    def show(self, matches: Sequence[Match], *, in_bands: bool) -> None:
        """Hold these instead; with headings if they were judged."""
        self.beginResetModel()
        self._matches = list(matches)
        self._rows = {}
        for row, match in enumerate(self._matches):
            self._rows.setdefault(match.content_hash, []).append(row)
        bands = [(band, len(list(some))) for band, some in groupby(self._matches, key=lambda match: match.band)]
        self.sections = [Section(HEADINGS[band] if in_bands else "", count) for band, count in bands]
        self.endResetModel()

    def photo(self, row: int) -> Match:
        """The photo of a row."""
        return self._matches[row]

    def row_of(self, id_: str) -> int | None:
        """Where a photo is; None if it is not here."""
        return next((row for row, match in enumerate(self._matches) if match.id == id_), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many photos."""
        return 0 if parent.isValid() else len(self._matches)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of a photo."""
        if not index.isValid() or index.row() >= len(self._matches):
            return None
        match = self._matches[index.row()]
        answer = self._answers.get(role)
        return answer(match) if answer else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Photos can be chosen and dragged to other programs."""
        here = super().flags(index)
        return here | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else here

    def mimeTypes(self) -> list[str]:
        """Files."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The files of photos, for another program."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self._matches[index.row()].path)) for index in indexes])
        return data

    def _came(self, content_hash: str) -> None:
        for row in self._rows.get(content_hash, ()):
            index = self.index(row)
            self.dataChanged.emit(index, index, [Role.PICTURE])


def number_of(match: Match) -> str:
    """How well a photo answers, as people read it: a probability if there is one."""
    return f"{match.probability:.0%}" if match.probability is not None else f"{match.score:.3f}"
