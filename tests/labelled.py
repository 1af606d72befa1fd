"""A library with regions of every kind, on photos with every kind of name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

from lens import Library
from lens.labeling.masks import box_of, encoded
from lens_indexes import Category, Index, RegionRow, RegionState
from tests.fakes import ColourEncoder

SIZE = (60, 40)
NAMES = [
    "plain.png",
    "a/same.png",
    "b/same.png",
    "b/Same.PNG",
    "with space, comma; and 'quotes' \"double\".png",
    "Übergröße 猫 🐕.png",
    "new\nline.png",
    "two.dots.here.png",
]
CATEGORIES = ["dog", "a \"quoted\", 'odd': {name}", "猫 & <tag>\n#2"]


def disc(size: tuple[int, int], x: float, y: float, radius: float) -> np.ndarray:
    """A mask, (height, width), of a disc."""
    columns, rows = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def kinds(size: tuple[int, int] = SIZE) -> dict[str, np.ndarray | None]:
    """A mask of each kind; None for what is only a box."""
    ring = disc(size, 20, 20, 12) & ~disc(size, 20, 20, 5)
    return {
        "disc": disc(size, 30, 15, 9),
        "ring": ring,
        "parts": disc(size, 10, 10, 6) | disc(size, 45, 25, 8),
        "all": (ring & ~disc(size, 20, 9, 1.5)) | disc(size, 20, 20, 2) | disc(size, 50, 30, 5),
        "edge": disc(size, 0, 0, 10),
        "box": None,
    }


def rows_for(index: Index, photos: dict[str, dict], source: str = "me", **changes) -> list[RegionRow]:
    """A region of each kind in each photo but the first, which has none."""
    rows = []
    for at, (id_, photo) in enumerate(sorted(photos.items(), key=lambda each: each[1]["path"])):
        size = (photo["width"], photo["height"])
        for number, (kind, mask) in enumerate(kinds(size).items() if at else ()):
            facts = {
                "id": f"{len(rows) + 1:032x}" if source == "me" else f"{len(rows) + 1:08x}{hash(source) % 16**24:024x}",
                "photo": id_,
                "content_hash": photo["content_hash"],
                "category": CATEGORIES[(at + number) % len(CATEGORIES)],
                "box": tuple(map(float, box_of(mask))) if mask is not None else (3.0, 4.0, 20.0, 30.0),
                "width": size[0],
                "height": size[1],
                "source": source,
                "state": RegionState.ACCEPTED,
                "made_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(rows)),
                "score": None if kind == "box" else 0.5,
                "mask": None if mask is None else encoded(mask),
            }
            rows.append(RegionRow(**facts | changes))
    return rows


def labelled(library: Library, folder: Path, names: list[str] | None = None) -> Index:
    """Index photos of these names and give them regions: all kinds, and a proposed one."""
    for number, name in enumerate(names or NAMES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
        Image.fromarray(pixels).save(path)
    library.index([folder], ColourEncoder())
    index = Index.open(library.uri)
    rows = rows_for(index, photos_of(index))
    index.regions.add(rows, {})
    index.categories.put([Category(name, 7 + number, "animal") for number, name in enumerate(CATEGORIES)])
    return index


def photos_of(index: Index) -> dict[str, dict]:
    """What the index knows of each photo, by id."""
    names = ["id", "path", "content_hash", "width", "height", "orientation"]
    columns = index.photos.facts(names)
    return {
        row["id"]: row
        for row in (dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True))
    }
