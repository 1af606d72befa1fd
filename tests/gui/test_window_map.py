"""The map of a collection: colours, points, the lasso, and what follows from it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPolygonF
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.curate.chart import OTHER, Chart, by_band, by_date, by_tag, chart_in, keep_chart
from lens_gui.curate.map_view import MapView
from lens_gui.curate.points import Sight, colours_of, inside, paint_points
from lens_gui.pictures import Pictures
from lens_gui.tasks import Tasks
from lens_gui.window import Window

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CORNERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.5]], np.float32)


def chart_of(points: np.ndarray, photos: list[Path] | None = None) -> Chart:
    names = tuple(f"photo {number}" for number in range(len(points)))
    paths = tuple(map(str, photos)) if photos else names
    none = [()] * len(points)
    return Chart("told", names, paths, names, points, by_tag(none), by_date([None] * len(points)))


@pytest.fixture
def view(qtbot: QtBot) -> MapView:
    tasks = Tasks(1)
    shown = MapView(Pictures(tasks))
    qtbot.addWidget(shown, before_close_func=lambda _: tasks.close())
    shown.resize(400, 400)
    with qtbot.waitExposed(shown):
        shown.show()
    shown.show_chart(chart_of(CORNERS), by_tag([["a"], [], [], [], ["b"]]))
    return shown


def around(view: MapView, row: int, reach: int = 12) -> list[QPoint]:
    centre = view.place_of(row).toPoint()
    return [centre + QPoint(dx * reach, dy * reach) for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def lasso(qtbot: QtBot, view: MapView, points: list[QPoint], modifiers: Qt.KeyboardModifier = SHIFT & CONTROL) -> None:
    qtbot.mousePress(view, LEFT, modifiers, points[0])
    for point in points[1:]:
        qtbot.mouseMove(view, point)
    qtbot.mouseRelease(view, LEFT, modifiers, points[-1])


def test_what_is_drawn_around_is_chosen_and_shift_adds(view: MapView, qtbot: QtBot) -> None:
    told: list[int] = []
    view.picked.connect(told.append)
    lasso(qtbot, view, around(view, 0))
    assert view.ids == ["photo 0"]
    lasso(qtbot, view, around(view, 4), SHIFT)
    assert view.ids == ["photo 0", "photo 4"]
    qtbot.mouseClick(view, LEFT, pos=view.place_of(3).toPoint())
    assert view.ids == ["photo 3"]
    qtbot.mouseClick(view, LEFT, pos=QPoint(view.width() // 2, 3))  # where there is nothing
    assert view.ids == [] and told == [1, 2, 1, 0]


def test_the_map_is_moved_and_zoomed_where_the_mouse_is(view: MapView, qtbot: QtBot) -> None:
    place = view.place_of(1)
    view.zoom(3, place)
    assert (view.place_of(1) - place).manhattanLength() < 0.5
    assert view.place_of(0).x() < 0  # out of sight
    qtbot.mousePress(view, RIGHT, pos=QPoint(200, 200))
    qtbot.mouseMove(view, QPoint(170, 240))
    qtbot.mouseRelease(view, RIGHT, pos=QPoint(170, 240))
    assert (view.place_of(1) - place - QPointF(-30, 40)).manhattanLength() < 0.5
    view.choose_in_sight()
    assert view.ids == ["photo 1"]
    view.fit()
    view.zoom(0.1)  # never smaller than it fits
    view.choose_in_sight()
    assert len(view.ids) == len(CORNERS)


def test_a_thumbnail_comes_where_the_mouse_is(view: MapView, photos: Path, qtbot: QtBot) -> None:
    files = sorted(photos.rglob("*.*"))
    view.show_chart(chart_of(CORNERS[: len(files)], files), by_tag([[]] * len(files)))
    qtbot.mouseMove(view, view.place_of(0).toPoint())
    qtbot.waitUntil(lambda: view.hovered == 0, timeout=WAIT)
    colours = {"blue": "blue", "green": "green", "red": "red", "orange": "orange"}
    wanted = QColor(colours[files[0].stem])

    def there() -> None:
        image = view.grab().toImage()
        seen = {image.pixelColor(x, y).name() for x in range(0, 220, 3) for y in range(0, 220, 3)}
        assert any(_near(QColor(name), wanted) for name in seen), f"no {wanted.name()} among {len(seen)} colours"

    qtbot.waitUntil(there, timeout=WAIT)


def _near(one: QColor, other: QColor) -> bool:
    return max(abs(a - b) for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)) < 30


def test_points_are_painted_where_they_are_in_their_colours() -> None:
    red, blue, grey, white = (QColor(name) for name in ("red", "blue", "grey", "white"))
    pixels = np.array([[10, 10], [20, 10], [12, 10], [-50, 3], [999, 5]], np.float32)
    numbers = np.array([0, 1, 2, 0, 1], np.uint8)

    def painted(chosen: list[bool]) -> list[str]:
        image = paint_points(
            pixels,
            numbers,
            np.array(chosen),
            colours=[red, blue, grey],
            background=white,
            size=(40, 30),
            radius=2,
        )
        return [image.pixelColor(x, y).name() for x, y in ((10, 10), (12, 10), (20, 12), (20, 13), (30, 20))]

    assert painted([False] * 5) == [red.name(), red.name(), blue.name(), white.name(), white.name()]
    faded = painted([False, False, True, False, False])
    assert faded[:2] == [grey.name(), grey.name()] and faded[2] not in (blue.name(), white.name())


def test_the_lasso_holds_what_the_outline_does() -> None:
    rng = np.random.default_rng(0)
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    outline = [
        QPointF(100 + r * np.cos(a), 100 + r * np.sin(a)) for r, a in zip(rng.uniform(30, 90, 12), angles, strict=True)
    ]
    points = rng.integers(-20, 220, (500, 2)).astype(np.float32)
    polygon, found = QPolygonF(outline), inside(points, outline, (200, 200))
    for (x, y), is_in in zip(points.tolist(), found.tolist(), strict=True):
        beside = [
            polygon.containsPoint(QPointF(x + dx, y + dy), Qt.FillRule.OddEvenFill) for dx in (-2, 2) for dy in (-2, 2)
        ]
        if len(set(beside)) == 1:  # not at the edge, which may be painted or not
            assert is_in == beside[0], (x, y)
    assert found.any() and not found.all()


def test_what_is_in_sight_is_where_arithmetic_says() -> None:
    sight = Sight(0.25, 0.5, 200, 300, 100)
    assert sight.pixels(np.array([[0.25, 0.5], [0.75, 1.0]], np.float32)).tolist() == [[150, 50], [250, 150]]


def test_colours_by_tag_date_and_band() -> None:
    tags = by_tag([["dog"], ["dog", "puppy"], ["dog"], []])
    assert tags.meaning == ("dog", "puppy") and tags.numbers.tolist() == [0, 1, 0, OTHER]
    days = [datetime(2020, 1, day) for day in (3, 1, 1)]
    dates = by_date([*days, None])
    assert dates.meaning == ("2020-01-01", "2020-01-03") and dates.numbers.tolist() == [1, 0, 0, OTHER]
    many = by_date([datetime(2000 + year, 1, 1) for year in range(90)])
    assert np.bincount(many.numbers).tolist() == [10] * 9 and many.meaning[0] == "2000-01-01 – 2009-01-01"
    bands = by_band(["a", "b", "c"], {"b": "Confident", "c": "Likely"})
    assert bands.numbers.tolist() == [OTHER, 0, 1]
    for count in range(10):
        assert len(colours_of(count, ordered=True, other=QColor("grey"))) == OTHER + 1


def test_a_map_is_read_as_it_was_written_and_only_for_what_it_is_about(tmp_path: Path) -> None:
    file, chart = tmp_path / "map.npz", chart_of(CORNERS)
    keep_chart(chart, file, "one")
    read = chart_in(file, "one")
    assert read and (read.ids, read.paths, read.told) == (chart.ids, chart.paths, chart.told)
    assert (read.points == CORNERS).all() and (read.tags.numbers == chart.tags.numbers).all()
    assert chart_in(file, "other") is None
    file.write_bytes(b"no map")
    assert chart_in(file) is None


def test_photos_chosen_on_the_map_are_shown_in_the_search(
    open_window: Callable[[Library], Window], indexed: Library, qtbot: QtBot
) -> None:
    window = open_window(indexed)
    qtbot.keyClick(window, Qt.Key.Key_6, CONTROL)
    screen = window.curate
    qtbot.mouseClick(screen.choices.tabs["map"], LEFT)

    def there() -> None:
        assert not screen.awaits and screen.map.view.isVisible(), screen.blank.text

    qtbot.waitUntil(there, timeout=WAIT)
    view = screen.map.view
    assert "4 photos" in screen.told.text() and "lens-photos[map]" in screen.told.text()
    view.setFocus()
    lasso(qtbot, view, around(view, 0, 3))
    assert "1 photo is chosen" in screen.map.told.text()
    qtbot.keyClick(view, Qt.Key.Key_A, CONTROL)
    assert len(view.ids) == 4
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.ids == []
    qtbot.keyClick(view, Qt.Key.Key_O)
    assert window.toast.text == "No photo is chosen."
    lasso(qtbot, view, around(view, 2, 3))
    [chosen] = view.ids
    qtbot.keyClick(view, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: window.search.isVisible() and window.search.results.rowCount() == 1, timeout=WAIT)
    assert window.search.results.photo(0).id == chosen
    legend = screen.map.legend
    qtbot.keyClick(window, Qt.Key.Key_6, CONTROL)
    qtbot.mouseClick(legend.viewport(), LEFT, pos=legend.visualItemRect(legend.item(0)).center())
    assert len(view.ids) == 4  # none has a tag or a date
