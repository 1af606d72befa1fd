"""Where the tiles of a grid with headings lie: arithmetic alone, whatever the number of tiles."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect

__all__ = ["GAP", "HEADING", "Layout", "Section"]

GAP = 8
HEADING = 40
"""Pixels that a heading takes above its first row."""


@dataclass(frozen=True)
class Section:
    """Tiles that follow each other, with a heading above them unless it is empty."""

    heading: str
    count: int


@dataclass(frozen=True)
class _Placed:
    section: Section
    first: int  # tile
    top: int  # pixel at which the heading begins
    tiles: int  # pixel at which the first row begins


class Layout:
    """Rectangles of tiles, in pixels of the whole grid, its upper left corner at 0, 0.

    Args:
        sections: in their order; those without tiles take no room.
        width: of the grid.
        tile: width and height of a tile.
    """

    def __init__(self, sections: Sequence[Section], width: int, tile: int) -> None:
        self.columns = max(1, (width - GAP) // (tile + GAP))
        self.width, self.tile = width, tile
        self._left = max(GAP, (width - self.columns * (tile + GAP) + GAP) // 2)
        self._placed: list[_Placed] = []
        first = top = 0
        for section in sections:
            if section.count:
                tiles = top + (HEADING if section.heading else GAP)
                self._placed.append(_Placed(section, first, top, tiles))
                first += section.count
                top = tiles + -(-section.count // self.columns) * (tile + GAP)
        self.count, self.height = first, top + GAP if first else 0

    def rect(self, number: int) -> QRect:
        """Where a tile lies."""
        placed = self._placed[bisect_right(self._placed, number, key=lambda each: each.first) - 1]
        row, column = divmod(number - placed.first, self.columns)
        step = self.tile + GAP
        return QRect(self._left + column * step, placed.tiles + row * step, self.tile, self.tile)

    def at(self, point: QPoint) -> int | None:
        """The tile at a point; None between tiles."""
        for number in self._of_row(point.y()):
            if self.rect(number).contains(point):
                return number
        return None

    def within(self, area: QRect) -> Iterator[int]:
        """The tiles that an area touches."""
        top = max(area.top(), 0)
        while top <= area.bottom():
            row = self._of_row(top)
            for number in row:
                if self.rect(number).intersects(area):
                    yield number
            below = self._row_below(top)
            if below is None:
                return
            top = below

    def headings(self, area: QRect) -> Iterator[tuple[QRect, Section]]:
        """The headings that an area touches, and where."""
        for placed in self._placed:
            rect = QRect(self._left, placed.top, self.width - 2 * self._left, HEADING)
            if placed.section.heading and rect.intersects(area):
                yield rect, placed.section

    def beside(self, number: int, rows: int, columns: int) -> int:
        """The tile some rows below (above if negative) and columns to the right of another, as near as there is one."""
        if columns:
            return min(max(number + columns, 0), self.count - 1)
        rect = self.rect(number)
        column = (rect.left() - self._left) // (self.tile + GAP)
        for _ in range(abs(rows)):
            y = rect.bottom() + GAP + 1 if rows > 0 else rect.top() - GAP - 1
            row = self._of_row(y) or self._of_row(y + HEADING if rows > 0 else y - HEADING)
            if not row:
                break
            number = row[min(column, len(row) - 1)]
            rect = self.rect(number)
        return number

    def _section_at(self, y: int) -> _Placed | None:
        at = bisect_right(self._placed, y, key=lambda each: each.top) - 1
        return self._placed[at] if at >= 0 and y < self.height else None

    def _of_row(self, y: int) -> range:
        """The tiles of the row at a height, with the gap below it; none at a heading."""
        placed = self._section_at(y)
        if placed is None or y < placed.tiles:
            return range(0)
        begin = (y - placed.tiles) // (self.tile + GAP) * self.columns
        return range(placed.first + begin, placed.first + min(begin + self.columns, placed.section.count))

    def _row_below(self, y: int) -> int | None:
        """Where the next row or section begins; None at the end."""
        placed = self._section_at(y)
        if placed is None:
            return None
        if y < placed.tiles:
            return placed.tiles
        step = self.tile + GAP
        below = placed.tiles + ((y - placed.tiles) // step + 1) * step
        return below if below < self.height else None
