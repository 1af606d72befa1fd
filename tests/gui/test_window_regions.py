"""Regions over their photo."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from lens import Library
from lens.labeling.masks import decoded
from lens_gui.photo.sketch import outline_of
from lens_gui.window import Window
from lens_indexes import RegionState
from tests.labelled import SIZE, labelled, photos_of, rows_for


def test_regions_are_drawn_where_they_are_and_hidden_by_their_source(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    index = labelled(library, tmp_path / "photos")
    photos = photos_of(index)
    index.regions.add(rows_for(index, photos, "machine", state=RegionState.PROPOSED), {})
    rejected = rows_for(index, photos, "wrong", state=RegionState.REJECTED)
    index.regions.add(rejected, {})
    wanted = sorted(photos.values(), key=lambda photo: photo["path"])[1]
    mine = [row for row in index.regions.of_photos([wanted["id"]]) if row.source == "me"]
    window = open_window(library)
    qtbot.waitUntil(lambda: window.search.results.rowCount() == len(photos))
    results = window.search.results
    window.open_photo(next(row for row in range(len(photos)) if results.photo(row).id == wanted["id"]))
    overlay = window.photo.canvas.overlay
    qtbot.waitUntil(lambda: overlay.shown == 2 * len(mine), timeout=120_000)

    masked = next(row for row in mine if row.mask is not None)
    mask = decoded(masked.mask or b"", masked.width, masked.height)
    outline = outline_of(masked, 1, {})
    assert outline is not None and round(_area(outline.inside)) == int(mask.sum())
    qtbot.waitUntil(lambda: overlay.settled, timeout=120_000)
    assert overlay.at(QPointF(3.5, 4.5)) is not None and overlay.at(QPointF(0.5, SIZE[1] - 0.5)) is None

    boxes = {box.text().split("  ")[0]: box for box in window.photo.facts.widget().findChildren(QCheckBox)}
    assert set(boxes) == {"me", "machine"}  # what was rejected is not there
    qtbot.mouseClick(boxes["machine"], Qt.MouseButton.LeftButton, pos=boxes["machine"].rect().center() * 0.2)
    assert overlay.shown == len(mine)
    qtbot.keyClick(window.photo, "r")
    assert overlay.shown == 0
    qtbot.keyClick(window.photo, "r")
    assert overlay.shown == len(mine)
    qtbot.keyClick(window.photo, Qt.Key.Key_Right)
    qtbot.waitUntil(
        lambda: window.photo.is_whole and overlay.shown == len(mine), timeout=120_000
    )  # hidden for the next one too


def _area(outline: QPainterPath) -> float:
    """Square pixels within a path, by the even-odd rule, from its rings."""
    rings = outline.toSubpathPolygons()
    sizes = sorted((abs(_signed([(p.x(), p.y()) for p in ring])) for ring in rings), reverse=True)
    return sizes[0] - sum(sizes[1:]) if len(sizes) > 1 else sizes[0]


def _signed(points: list[tuple[float, float]]) -> float:
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return sum(x * b - a * y for (x, y), (a, b) in pairs) / 2
