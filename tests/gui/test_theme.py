"""Words can be read in both colours: the contrast of the Web Content Accessibility Guidelines, at least 4.5 to 1."""

import pytest
from PySide6.QtGui import QColor

from lens_gui import theme

PAIRS = [
    ("text", "window"),
    ("text", "base"),
    ("text", "raised"),
    ("text", "chosen"),
    ("muted", "window"),
    ("muted", "base"),
    ("on_accent", "accent"),
    ("on_notice", "notice"),
    ("window", "text"),  # toasts
]


def luminance(name: str) -> float:
    """Relative luminance of an sRGB colour."""
    parts = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _rgb(name)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _rgb(name: str) -> tuple[float, float, float]:
    colour = QColor(name)
    return colour.redF(), colour.greenF(), colour.blueF()


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [theme._LIGHT, theme._DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "behind"), PAIRS)
def test_words_can_be_read(colours: theme._Colours, words: str, behind: str) -> None:
    assert contrast(getattr(colours, words), getattr(colours, behind)) >= 4.5


@pytest.mark.parametrize("colours", [theme._LIGHT, theme._DARK], ids=["light", "dark"])
def test_the_focus_can_be_seen(colours: theme._Colours) -> None:
    assert min(contrast(colours.accent, behind) for behind in (colours.window, colours.base, colours.raised)) >= 3
