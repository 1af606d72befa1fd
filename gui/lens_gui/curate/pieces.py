"""Photos in the parts that they were found in, and which of each part is kept and which go."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from lens.search.match import Match
from lens_gui.curate.found import Found, Part, Piece
from lens_gui.pictures import Pictures
from lens_gui.search.layout import Section
from lens_gui.search.results import Answer, Results, Role

__all__ = ["Pieces"]

SAID = {True: "kept", False: "goes"}


class Pieces(Results):
    """A model of what was found.

    Args:
        pictures: of the photos.
        is_flagged: whether a photo is, by its id.
    """

    def __init__(self, pictures: Pictures, is_flagged: Callable[[str], bool], parent: QObject | None = None) -> None:
        super().__init__(pictures, is_flagged, parent)
        self._pieces: list[tuple[Piece, int]] = []  # with the number of its part
        self.parts: Sequence[Part] = ()
        self.marks: dict[int, bool] = {}
        """Rows of photos that are kept (True) or go; no others do either."""

    def hold(self, found: Found, *, marked: bool) -> None:
        """Show what was found; if marked, the first of each part is kept, and the others go."""
        self.parts = found.parts
        self._pieces = [(piece, number) for number, part in enumerate(self.parts) for piece in part.pieces]
        self.marks = {}
        if marked:
            self.marks = {row: piece is self.parts[of].pieces[0] for row, (piece, of) in enumerate(self._pieces)}
        matches = [
            Match(row + 1, piece.path, 0.0, piece.id, piece.content_hash) for row, (piece, _) in enumerate(self._pieces)
        ]
        self.show(Answer(matches, [Section(part.heading, len(part.pieces)) for part in self.parts], ""))

    def piece(self, row: int) -> Piece:
        """What is known of a photo."""
        return self._pieces[row][0]

    def part_of(self, row: int) -> Part:
        """The part that a photo is in."""
        return self.parts[self._pieces[row][1]]

    def kept_beside(self, row: int) -> Piece | None:
        """The photo that is kept of its part; None if nothing is marked."""
        return next((self.piece(each) for each in self._beside(row) if self.marks.get(each)), None)

    def turn(self, rows: Sequence[int]) -> None:
        """Let photos stay that would go, and go that would stay; what is kept stays."""
        goes = any(row not in self.marks for row in rows)
        for row in rows:
            if self.marks.get(row) is not True:
                self.marks.pop(row, None)
                if goes:
                    self.marks[row] = False

    def keep(self, row: int) -> None:
        """Keep a photo as the best of its part; the one that was goes."""
        for each in self._beside(row):
            if self.marks.get(each):
                self.marks[each] = False
        self.marks[row] = True

    def chosen(self) -> dict[str, list[str]]:
        """By the photo that is kept, those that go, as ids."""
        found: dict[str, list[str]] = {}
        for row, kept in self.marks.items():
            best = self.kept_beside(row)
            if not kept and best:
                found.setdefault(best.id, []).append(self.piece(row).id)
        return found

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of a photo."""
        if not index.isValid() or index.row() >= len(self._pieces):
            return None
        piece, said = self.piece(index.row()), self.marks.get(index.row())
        if role == Role.SAID:
            return said
        if role == Role.NUMBER:
            return piece.number
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, [str(piece.path), piece.note]))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(
                filter(None, [piece.path.name, piece.number, piece.note, SAID.get(said) if said is not None else ""])
            )
        return super().data(index, role)

    def _beside(self, row: int) -> range:
        """The rows of the part that a photo is in."""
        of = self._pieces[row][1]
        first = row
        while first and self._pieces[first - 1][1] == of:
            first -= 1
        return range(first, first + len(self.parts[of].pieces))
