"""A contact sheet: results as one picture, for people who would rather look than read."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from lens.config import thumbnail_folder
from lens.errors import PhotoError, SheetError
from lens.photos.decode import read_photo
from lens.photos.thumbnails import Thumbnails
from lens.search.match import Match, RegionMatch
from lens.search.page import html_page

CELL = 240  # pixels of a photo's square
GAP = 12
CAPTION = 22
PAPER = (250, 250, 248)
INK = (70, 70, 70)


def contact_sheet(results: Sequence[tuple[str, Sequence[Match]]], *, columns: int = 5) -> Image.Image:
    """Draw the matches of one or several queries, each under its words.

    Args:
        results: queries, each with its matches, best first. A photo that can no longer be read, as when its drive is
            not mounted, is shown by its thumbnail, and left blank where there is none.
        columns: photos side by side, at the most.
    """
    columns = max(1, min(columns, max((len(matches) for _, matches in results), default=1)))
    title, small = ImageFont.load_default(22), ImageFont.load_default(13)
    rows = [max(1, -(-len(matches) // columns)) for _, matches in results]
    row_height = CELL + CAPTION + GAP
    heading = 46
    size = (GAP + columns * (CELL + GAP), GAP + sum(heading + count * row_height for count in rows))
    sheet = Image.new("RGB", size, PAPER)
    thumbnails = Thumbnails(thumbnail_folder())
    draw = ImageDraw.Draw(sheet)
    top = GAP
    for (words, matches), count in zip(results, rows, strict=True):
        draw.text((GAP, top + 8), words, fill=(20, 20, 20), font=title)
        top += heading
        for number, match in enumerate(matches):
            left = GAP + number % columns * (CELL + GAP)
            upper = top + number // columns * row_height
            sheet.paste(_cell(match, thumbnails), (left, upper))
            draw.text((left, upper + CELL + 4), _caption(match, draw, small), fill=INK, font=small)
        top += count * row_height
    return sheet


def save_sheet(results: Sequence[tuple[str, Sequence[Match]]], file: Path) -> None:
    """Save the contact sheet; the suffix of `file` names the format: a picture's, or `.html`.

    Raises:
        SheetError: the format is unknown, or the file cannot be written.
    """
    try:
        if file.suffix.lower() in {".html", ".htm"}:
            file.write_text(_page(results), encoding="utf-8")
        else:
            contact_sheet(results).save(file, quality=88)
    except (OSError, ValueError) as error:
        raise SheetError(f"The contact sheet cannot be saved as {file}: {error}. Try results.jpg.") from error


def _page(results: Sequence[tuple[str, Sequence[Match]]]) -> str:
    thumbnails = Thumbnails(thumbnail_folder())
    return html_page(
        [(query, [(match, _picture(match, thumbnails)) for match in matches]) for query, matches in results]
    )


def _cell(match: Match, thumbnails: Thumbnails) -> Image.Image:
    cell = Image.new("RGB", (CELL, CELL), (235, 235, 232))
    picture = _picture(match, thumbnails)
    if picture:
        inside = ImageOps.contain(picture, (CELL, CELL), Image.Resampling.LANCZOS)
        cell.paste(inside, ((CELL - inside.width) // 2, (CELL - inside.height) // 2))
    return cell


def _picture(match: Match, thumbnails: Thumbnails) -> Image.Image | None:
    """The photo, or the region cut out of it, else the thumbnail of what was indexed."""
    with suppress(PhotoError):
        if isinstance(match, RegionMatch):
            x, y, width, height = match.box
            return read_photo(match.path).image.crop((x, y, x + width, y + height))
        return read_photo(match.path, min_side=CELL // 2).image
    thumbnail = thumbnails.path(match.content_hash)
    with suppress(PhotoError):
        return read_photo(thumbnail).image if thumbnail else None
    return None


def _caption(match: Match, draw: ImageDraw.ImageDraw, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    name = match.path.name
    while len(name) > 4 and draw.textlength(f"{match.score:.3f}  {name}", font=font) > CELL:
        name = name[:-2].rstrip("…") + "…"
    return f"{match.score:.3f}  {name}"
