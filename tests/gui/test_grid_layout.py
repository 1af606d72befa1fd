"""The arithmetic of the grid, against looking at every tile."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect

from lens_gui.search.layout import GAP, Layout, Section

LAYOUTS = st.builds(
    Layout,
    st.lists(st.builds(Section, st.sampled_from(["", "Confident", "The rest"]), st.integers(0, 30)), max_size=4),
    st.integers(50, 900),
    st.integers(40, 200),
)


@given(LAYOUTS)
def test_tiles_lie_apart_within_the_grid_and_in_reading_order(layout: Layout) -> None:
    rects = [layout.rect(number) for number in range(layout.count)]
    for one, other in pairwise(rects):
        assert not one.intersects(other)
        assert (one.top(), one.left()) < (other.top(), other.left())
    if rects:
        assert rects[0].top() >= GAP
        assert rects[-1].bottom() < layout.height


@given(LAYOUTS, st.integers(0, 900), st.integers(0, 4000))
def test_the_tile_at_a_point_is_the_one_that_contains_it(layout: Layout, x: int, y: int) -> None:
    point = QPoint(x, y)
    naive = [number for number in range(layout.count) if layout.rect(number).contains(point)]
    assert layout.at(point) == (naive[0] if naive else None)
    for number in range(layout.count):
        assert layout.at(layout.rect(number).center()) == number


@given(LAYOUTS, st.integers(-50, 900), st.integers(-50, 3000), st.integers(1, 800), st.integers(1, 900))
def test_an_area_touches_what_intersects_it(layout: Layout, x: int, y: int, width: int, height: int) -> None:
    area = QRect(x, y, width, height)
    naive = [number for number in range(layout.count) if layout.rect(number).intersects(area)]
    assert list(layout.within(area)) == naive


def test_headings_stand_above_the_first_row_of_their_section() -> None:
    layout = Layout([Section("Confident", 3), Section("Likely", 0), Section("The rest", 2)], 400, 100)
    found = list(layout.headings(QRect(0, 0, 400, layout.height)))
    assert [section.heading for _, section in found] == ["Confident", "The rest"]
    for (rect, _), first in zip(found, (0, 3), strict=True):
        assert rect.bottom() < layout.rect(first).top()


def test_arrows_keep_the_column_and_cross_headings() -> None:
    layout = Layout([Section("Confident", 5), Section("The rest", 4)], 3 * (100 + GAP) + GAP, 100)
    assert layout.columns == 3
    assert layout.beside(1, 1, 0) == 4
    assert layout.beside(2, 1, 0) == 4  # the row below is shorter
    assert layout.beside(4, 1, 0) == 6  # past the heading
    assert layout.beside(6, -1, 0) == 4
    assert layout.beside(0, -1, 0) == 0
    assert layout.beside(8, 1, 0) == 8
    assert layout.beside(0, 0, -1) == 0
    assert layout.beside(2, 0, 1) == 3


def test_a_million_tiles_are_found_without_a_list() -> None:
    layout = Layout([Section("", 1_000_000)], 1200, 176)
    bottom = layout.rect(999_999)
    assert list(layout.within(bottom.adjusted(-10, 0, 10, 0)))[-1] == 999_999
    assert layout.at(bottom.center()) == 999_999
