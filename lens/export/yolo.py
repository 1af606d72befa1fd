"""YOLO as Ultralytics reads it: boxes, or polygons (https://docs.ultralytics.com/datasets/detect, /segment).

Written by our own code: supervision joins no parts, drops holes and loads all labels at once; ultralytics itself
writes none from masks with parts and holes. A thing is one polygon here, so that its parts and the edges of its holes
are joined by seams that enclose nothing: filled by the even-odd rule it is the mask. Ultralytics draws seams one
pixel wide.
"""

from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path

from lens.export.dataset import ExportPhoto
from lens.export.form import UPRIGHT, Writing
from lens.export.polygons import in_one_line, parts_of
from lens.export.texts import written_aside
from lens_indexes import RegionRow

__all__ = ["write_detect", "write_segment"]

DIGITS = 8  # so that a corner comes back to within a hundredth of a pixel in any photo


def _write(photos: Iterable[ExportPhoto], writing: Writing, *, segment: bool) -> None:
    """`data.yaml`, and `labels/SPLIT/x.txt` for `images/SPLIT/x.jpg`; empty for a photo without regions."""
    for split in writing.splits:
        (writing.place / "images" / split).mkdir(parents=True, exist_ok=True)
        (writing.place / "labels" / split).mkdir(parents=True)
    _write_yaml(writing)
    positions = writing.positions
    with written_aside() as write:
        for photo in photos:
            lines = []
            for region in photo.regions:
                if region.crowd:
                    writing.tally.drop(region, "crowds, which YOLO has no place for")
                    continue
                shares = _polygon(photo, region, writing) if segment else _box(photo, region.box)
                lines.append(" ".join([str(positions[region.category]), *shares]))
            place = writing.place / "labels" / str(photo.split) / f"{photo.stem}.txt"
            write(place, "".join(f"{line}\n" for line in lines))


write_detect = partial(_write, segment=False)
write_segment = partial(_write, segment=True)


def _box(photo: ExportPhoto, box: tuple[float, float, float, float]) -> list[str]:
    """Middle, width and height as shares of the photo."""
    x0, y0, x1, y1 = box
    return [
        _share((x0 + x1) / 2, photo.width),
        _share((y0 + y1) / 2, photo.height),
        _share(x1 - x0, photo.width),
        _share(y1 - y0, photo.height),
    ]


def _polygon(photo: ExportPhoto, region: RegionRow, writing: Writing) -> list[str]:
    parts = parts_of(region.mask, region.width, region.height) if region.mask else []
    if not parts:
        writing.tally.lose("boxes are written as rectangles")
        x0, y0, x1, y1 = (_share(pixels, (photo.width, photo.height)[at % 2]) for at, pixels in enumerate(region.box))
        return [x0, y0, x1, y0, x1, y1, x0, y1]
    if len(parts) > 1 or parts[0].holes:
        writing.tally.lose("masks of several parts, or with holes, are one polygon with seams")
    across, down = _whole_shares(photo.width), _whole_shares(photo.height)
    return [share for x, y in in_one_line(parts).tolist() for share in (across[x], down[y])]


def _share(pixels: float, of: int) -> str:
    return f"{pixels / of:.{DIGITS}f}"


@lru_cache(maxsize=64)
def _whole_shares(of: int) -> list[str]:
    """The shares of 0, 1, 2, … pixels: corners of masks are many, and lie on few."""
    return [_share(pixels, of) for pixels in range(of + 1)]


def _write_yaml(writing: Writing) -> None:
    """No `path`: Ultralytics then starts from the folder that the file is in, wherever it is moved to."""
    import yaml

    train, *others = writing.splits
    told = {"train": f"images/{train}", "val": f"images/{others[0] if others else train}"}
    if len(others) > 1:
        told["test"] = f"images/{others[1]}"
    names = {at: name for name, at in writing.positions.items()}
    text = yaml.safe_dump(told | {"names": names}, allow_unicode=True, sort_keys=False, width=float("inf"))
    Path(writing.place / "data.yaml").write_text(f"# {writing.about}\n# {UPRIGHT}\n{text}", encoding="utf-8")
