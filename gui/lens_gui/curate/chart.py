"""The map of a collection as a file, and the colours that its points may have."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["COLOURS", "MAP", "OTHER", "Chart", "Colouring", "by_band", "by_date", "by_tag", "chart_in", "keep_chart"]

MAP = "map"
"""The kind of what is found that is a map."""
COLOURS = 9
"""Kinds of photos that have a colour of their own."""
OTHER = COLOURS
"""The number of the colour that all others have."""
NEVER = np.datetime64("NaT", "s")


@dataclass(frozen=True)
class Colouring:
    """Which colour each point has, and what the colours mean."""

    numbers: NDArray[np.uint8]
    """(n,) from 0 to `OTHER`."""
    meaning: tuple[str, ...]
    """Of the colours that are used, from 0 on."""
    ordered: bool
    """Whether they are steps on one scale."""


@dataclass(frozen=True)
class Chart:
    """Where photos lie, and what their points can be coloured by."""

    told: str
    """How they were laid out, in words."""
    ids: tuple[str, ...]
    paths: tuple[str, ...]
    hashes: tuple[str, ...]
    points: NDArray[np.float32]
    """(n, 2), from 0 to 1."""
    tags: Colouring
    dates: Colouring


def by_tag(tags: Sequence[Sequence[str]]) -> Colouring:
    """The tags that most photos have; a photo with several of them has the colour of the rarest."""
    counts = Counter(tag for some in tags for tag in set(some))
    most = [tag for tag, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:COLOURS]]
    place = {tag: at for at, tag in enumerate(most)}
    numbers = [max((place[tag] for tag in some if tag in place), default=OTHER) for some in tags]
    return Colouring(np.array(numbers, np.uint8), tuple(most), ordered=False)


def by_date(dates: Sequence[datetime | None]) -> Colouring:
    """As many photos of each colour as can be, the oldest first; those without a date are others."""
    taken = np.array(
        [NEVER if date is None else np.datetime64(date.replace(tzinfo=None), "s") for date in dates], "M8[s]"
    )
    dated = np.flatnonzero(~np.isnat(taken))
    numbers = np.full(len(taken), OTHER, np.uint8)
    days, place = np.unique(taken[dated].astype("M8[D]"), return_inverse=True)
    if not len(days):
        return Colouring(numbers, (), ordered=True)
    before = np.cumsum(np.bincount(place)) - np.bincount(place)  # photos of earlier days: one day has one colour
    step = before * COLOURS // len(dated)
    used, steps = np.unique(step, return_inverse=True)
    numbers[dated] = steps[place]
    spans = [days[steps == number] for number in range(len(used))]
    meaning = tuple(str(span[0]) if span[0] == span[-1] else f"{span[0]} – {span[-1]}" for span in spans)
    return Colouring(numbers, meaning, ordered=True)


def by_band(ids: Sequence[str], bands: Mapping[str, str]) -> Colouring:
    """The bands of an answer, the surest first; photos that are not in it are others."""
    names = tuple(dict.fromkeys(bands.values()))
    place = {name: at for at, name in enumerate(names)}
    numbers = [place.get(bands.get(id_, ""), OTHER) for id_ in ids]
    return Colouring(np.array(numbers, np.uint8), names, ordered=True)


def keep_chart(chart: Chart, file: Path, about: str) -> None:
    """Write a map down, and what of; wholly or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    begun = file.with_suffix(".part")
    with begun.open("wb") as out:
        np.savez(
            out,
            about=np.array(about),
            told=np.array(chart.told),
            ids=np.array(chart.ids, str),
            paths=np.array(chart.paths, str),
            hashes=np.array(chart.hashes, str),
            points=chart.points,
            tags_numbers=chart.tags.numbers,
            tags_meaning=np.array(chart.tags.meaning, str),
            dates_numbers=chart.dates.numbers,
            dates_meaning=np.array(chart.dates.meaning, str),
        )
    begun.replace(file)


def chart_in(file: Path, about: str | None = None) -> Chart | None:
    """A map that was written down; None if it is about something else, or cannot be read."""
    try:
        with np.load(file, allow_pickle=False) as held:
            if about is not None and str(held["about"]) != about:
                return None
            return Chart(
                str(held["told"]),
                tuple(held["ids"].tolist()),
                tuple(held["paths"].tolist()),
                tuple(held["hashes"].tolist()),
                held["points"],
                Colouring(held["tags_numbers"], tuple(held["tags_meaning"].tolist()), ordered=False),
                Colouring(held["dates_numbers"], tuple(held["dates_meaning"].tolist()), ordered=True),
            )
    except (OSError, ValueError, KeyError, EOFError):
        return None
