"""Plain SVG: a curve over epochs, and values with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

__all__ = ["Bar", "curve", "intervals"]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 300, 190, 52, 12, 28, 26
ROW, NAMES, FIGURES = 26, 250, 190
INK, FAINT, MAIN, OTHER, LIMIT = "#222", "#999", "#1f6f8b", "#b0722a", "#b03030"


@dataclass(frozen=True)
class Bar:
    """A value with its interval, in one row."""

    name: str
    value: float
    low: float
    high: float
    figures: str
    """The same in words."""
    first: bool = True
    """Whether it is of the first of two that are compared."""


def curve(title: str, epochs: Sequence[float], values: Sequence[float], limit: float | None = None) -> str:
    """A line through one value an epoch, n ≥ 1 of them, and a dashed one where it must not fall below."""
    low, high = (pick([*values, *([] if limit is None else [limit])]) for pick in (min, max))
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    low, high = low - room, high + room

    def place(epoch: float, value: float) -> tuple[float, float]:
        along = (epoch - epochs[0]) / ((epochs[-1] - epochs[0]) or 1)
        return (
            LEFT + along * (WIDTH - LEFT - RIGHT),
            TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM),
        )

    svg = _svg(WIDTH, HEIGHT, title)
    _text(svg, LEFT, 16, title, weight="bold")
    _line(svg, (LEFT, TOP), (LEFT, HEIGHT - BOTTOM), FAINT)
    _line(svg, (LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM), FAINT)
    for value in {max(values), min(values)} if _apart(values, high - low) else {values[-1]}:
        _text(svg, LEFT - 5, place(0, value)[1] + 4, f"{value:.{_digits(values)}g}", anchor="end")
    for epoch, anchor in {epochs[-1]: "end", epochs[0]: "middle"}.items():
        _text(svg, place(epoch, low)[0], HEIGHT - 8, f"epoch {epoch:g}", anchor=anchor)
    if limit is not None:
        _line(svg, place(epochs[0], limit), place(epochs[-1], limit), LIMIT, dashes="5 4")
    points = [place(*each) for each in zip(epochs, values, strict=True)]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    ET.SubElement(svg, "polyline", {"points": way, "fill": "none", "stroke": MAIN, "stroke-width": "2"})
    for x, y in points:
        _dot(svg, x, y, MAIN)
    return ET.tostring(svg, "unicode")


def intervals(title: str, bars: Sequence[Bar], low: float, high: float) -> str:
    """Rows of n ≥ 1 values on one scale from `low` to `high`, each with its interval; nought is marked."""
    height = TOP + ROW * len(bars) + 10
    width = NAMES + 2 * WIDTH - LEFT + FIGURES
    end = width - FIGURES

    def along(value: float) -> float:
        return NAMES + (min(max(value, low), high) - low) / (high - low) * (end - NAMES)

    svg = _svg(width, height, title)
    _text(svg, 0, 16, title, weight="bold")
    if low < 0 < high:
        _line(svg, (along(0), TOP - 4), (along(0), height - 6), FAINT)
    for number, bar in enumerate(bars):
        y, colour = TOP + ROW * (number + 0.5), MAIN if bar.first else OTHER
        _text(svg, 0, y + 4, bar.name)
        _line(svg, (along(bar.low), y), (along(bar.high), y), colour, width="3")
        _dot(svg, along(bar.value), y, colour, radius="5")
        _text(svg, end + 12, y + 4, bar.figures)
    return ET.tostring(svg, "unicode")


def _apart(values: Sequence[float], scale: float) -> bool:
    """Whether the largest and the smallest can both be named without overlap."""
    return (max(values) - min(values)) / scale > 16 / (HEIGHT - TOP - BOTTOM)


def _digits(values: Sequence[float]) -> int:
    """As many as tell the largest from the smallest, three at the least."""
    named = (digits for digits in range(3, 7) if f"{max(values):.{digits}g}" != f"{min(values):.{digits}g}")
    return next(named, 3)


def _svg(width: float, height: float, title: str) -> ET.Element:
    named = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "width": str(width)}
    svg = ET.Element(
        "svg", named | {"height": str(height), "role": "img", "font-family": "sans-serif", "font-size": "12"}
    )
    ET.SubElement(svg, "title").text = title
    return svg


def _text(svg: ET.Element, x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> None:
    at = {"x": f"{x:.1f}", "y": f"{y:.1f}", "fill": INK, "text-anchor": anchor, "font-weight": weight}
    ET.SubElement(svg, "text", at).text = text


def _line(
    svg: ET.Element,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    *,
    width: str = "1",
    dashes: str = "none",
) -> None:
    (x1, y1), (x2, y2) = start, end
    ends = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
    ET.SubElement(svg, "line", ends | {"stroke": colour, "stroke-width": width, "stroke-dasharray": dashes})


def _dot(svg: ET.Element, x: float, y: float, colour: str, *, radius: str = "3") -> None:
    ET.SubElement(svg, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": radius, "fill": colour})
