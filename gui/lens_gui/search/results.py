"""The photos that were found, as a model that views ask for roles."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt

from lens.search.match import Band, Match
from lens.search.parts import FilterPart, filter_parts
from lens.search.sorting import Order, SortedMatch
from lens_gui.links import link_to
from lens_gui.pictures import Pictures
from lens_gui.search.layout import Section
from lens_gui.search.sorting import SAID, number_of

__all__ = ["HEADINGS", "Answer", "Results", "Role", "answer_of"]

HEADINGS = {Band.CONFIDENT: "Confident", Band.LIKELY: "Likely", Band.REST: "The rest"}

Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What a view may ask of a photo, beside Qt's own roles."""

    PICTURE = Qt.ItemDataRole.UserRole
    """A QImage, null if the photo cannot be read; None until it is there."""
    NUMBER = Qt.ItemDataRole.UserRole + 1
    """What the photos are sorted by, as text."""
    FLAGGED = Qt.ItemDataRole.UserRole + 2
    """Whether a photo is flagged."""
    SAID = Qt.ItemDataRole.UserRole + 3
    """True if somebody said that a photo shows what is taught, False if that it does not; None if nobody did."""


@dataclass(frozen=True)
class Answer:
    """What a query found, ready to be shown."""

    matches: Sequence[Match]
    sections: Sequence[Section]
    told: str
    """How many and how sure, in words."""
    filters: Sequence[FilterPart] = ()
    """Of the query."""
    order: Order = Order.RELEVANCE
    """What comes first."""


def answer_of(query: str, matches: Sequence[Match], order: Order = Order.RELEVANCE) -> Answer:
    """Sort what was found into sections; all photos are the answer to an empty query."""
    filters, count = filter_parts(query), len(matches)
    if matches and isinstance(matches[0], SortedMatch):
        order = matches[0].order
        what = "found" if query else "photo" if count == 1 else "photos"
        return Answer(matches, [Section("", count)], f"{count:,} {what}, {SAID[order].lower()}", filters, order)
    if not any(match.probability is not None for match in matches):
        return Answer(matches, [Section("", count)], f"{count:,} found", filters, order)
    counts = Counter(match.band for match in matches)
    sure = counts.total() - counts[Band.REST]
    told = f"{sure:,} found" if sure else "Nothing close. These are the nearest."
    return Answer(matches, [Section(HEADINGS[band], counts[band]) for band in Band if counts[band]], told, filters)


class Results(QAbstractListModel):
    """The photos of one answer, in sections.

    A picture that comes later changes no row, so that views repaint when `Pictures` says so.
    """

    def __init__(self, pictures: Pictures, is_flagged: Callable[[str], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._matches: Sequence[Match] = []
        self._last: tuple[int, Match] | None = None
        """The row that was asked for last: views ask several things of one photo, which may have to be made."""
        self.sections: Sequence[Section] = []
        self._answers: dict[int, Callable[[Match], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda match: match.path.name,
            Qt.ItemDataRole.ToolTipRole: lambda match: str(match.path),
            Qt.ItemDataRole.AccessibleTextRole: lambda match: ", ".join(
                [match.path.name, number_of(match), *(["flagged"] if is_flagged(match.id) else [])]
            ),
            Role.PICTURE: lambda match: pictures.get(match.path, match.content_hash),
            Role.NUMBER: number_of,
            Role.FLAGGED: lambda match: is_flagged(match.id),
        }

    def show(self, answer: Answer) -> None:
        """Hold the photos of another answer."""
        self.beginResetModel()
        self._matches, self.sections, self._last = answer.matches, answer.sections, None
        self.endResetModel()

    def photo(self, row: int) -> Match:
        """The photo of a row."""
        if self._last is None or self._last[0] != row:
            self._last = row, self._matches[row]
        return self._last[1]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many photos."""
        return 0 if parent.isValid() else len(self._matches)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of a photo."""
        if not index.isValid() or index.row() >= len(self._matches):
            return None
        answer = self._answers.get(role)
        return answer(self.photo(index.row())) if answer else None

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
        data.setUrls([link_to(self._matches[index.row()].path) for index in indexes])
        return data
