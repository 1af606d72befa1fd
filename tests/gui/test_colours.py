"""Classes have colours that are told apart, and keep them."""

from itertools import combinations

import cv2
import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor

from lens.labeling.drawing import colour_of
from lens_gui.colours import PALETTE, Colours

NAMES = [f"class {number}" for number in range(20)]


def apart(one: QColor, other: QColor) -> float:
    """How far two colours are from each other in CIE Lab; 2 or 3 can just be told apart side by side."""
    rgb = np.array([[each.getRgb()[:3] for each in (one, other)]], np.float32) / 255
    first, second = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[0]
    return float(np.linalg.norm(first - second))


def test_twenty_classes_have_colours_that_are_told_apart(settings: QSettings) -> None:
    colours = Colours(settings, "index")
    given = [colours.of(name) for name in NAMES]
    assert min(apart(one, other) for one, other in combinations(given, 2)) > 25
    assert len({colour_of(name) for name in NAMES}) < 11  # what a sheet has for them clashes
    assert colours.of(NAMES[0]) == QColor(*colour_of(NAMES[0]))


def test_a_class_keeps_its_colour_whatever_comes_later_and_when_lens_starts_again(settings: QSettings) -> None:
    first = [Colours(settings, "index").of(name) for name in NAMES]
    again = Colours(QSettings(settings.fileName(), QSettings.Format.IniFormat), "index")
    again.of("another")
    assert [again.of(name) for name in reversed(NAMES)] == first[::-1]


def test_with_more_classes_than_colours_each_is_given_as_often(settings: QSettings) -> None:
    colours = Colours(settings, "index")
    given = [colours.of(f"{number}").getRgb()[:3] for number in range(2 * len(PALETTE))]
    assert sorted(given) == sorted(2 * PALETTE)
