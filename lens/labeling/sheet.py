"""A contact sheet of labelled photos, with boxes and masks drawn on them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from lens.errors import PhotoError, SheetError
from lens.labeling.drawing import draw_regions
from lens.photos.decode import read_photo
from lens.search.match import Match
from lens.search.page import html_page
from lens_indexes import RegionRow

__all__ = ["save_label_sheet"]

SIDE = 480  # pixels of a picture's longer side
COLUMNS = 3
GAP, CAPTION, HEADING = 14, 22, 48
PAPER, INK = (250, 250, 248), (50, 50, 50)


def save_label_sheet(heading: str, photos: Mapping[Path, Sequence[RegionRow]], file: Path) -> None:
    """Save photos with their regions; the suffix of `file` names the format: a picture's, or `.html`.

    Args:
        heading: what was looked for.
        photos: the regions of each; a photo that can no longer be read is left out.
        file: where to.

    Raises:
        SheetError: the format is unknown, or the file cannot be written.
    """
    drawn = [(path, regions, picture) for path, regions in photos.items() if (picture := _drawn(path, regions))]
    try:
        if file.suffix.lower() in {".html", ".htm"}:
            matches = [
                (Match(rank, path, max((row.score or 0 for row in regions), default=0.0), "", ""), picture)
                for rank, (path, regions, picture) in enumerate(drawn, start=1)
            ]
            file.write_text(html_page([(heading, matches)], side=SIDE), encoding="utf-8")
        else:
            _sheet(heading, [(path.name, picture) for path, _, picture in drawn]).save(file, quality=88)
    except (OSError, ValueError) as error:
        raise SheetError(f"The contact sheet cannot be saved as {file}: {error}. Try labels.jpg.") from error


def _drawn(path: Path, regions: Sequence[RegionRow]) -> Image.Image | None:
    try:
        return draw_regions(read_photo(path, min_side=SIDE).image, regions, side=SIDE)
    except PhotoError:
        return None


def _sheet(heading: str, pictures: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Pictures in columns, each put below the shortest so far."""
    title, small = ImageFont.load_default(22), ImageFont.load_default(13)
    columns = max(1, min(COLUMNS, len(pictures)))
    ends, places = [HEADING + GAP] * columns, []
    for _, picture in pictures:
        column = ends.index(min(ends))
        places.append((GAP + column * (SIDE + GAP), ends[column]))
        ends[column] += picture.height + CAPTION + GAP
    sheet = Image.new("RGB", (GAP + columns * (SIDE + GAP), max(ends)), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, GAP), heading, fill=INK, font=title)
    for (name, picture), (left, upper) in zip(pictures, places, strict=True):
        sheet.paste(picture, (left, upper))
        draw.text((left, upper + picture.height + 3), name, fill=INK, font=small)
    return sheet
