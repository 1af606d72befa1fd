"""What is looked at: one region in its photo; two sources beside each other."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lens.errors import PhotoError, SheetError
from lens.labeling.drawing import Colour, draw_regions
from lens.photos.decode import read_photo
from lens.reviewing.comparing import Comparison, Differing
from lens.reviewing.proposal import Proposal

__all__ = ["picture_of", "save_comparison"]

SIDE = 720  # pixels of the longer side of one photo
CELL, NAMES, GAP = 46, 160, 24  # pixels of the matrix of confusions
MOST_CATEGORIES = 20
PAPER, INK, BLUE = (250, 250, 248), (40, 40, 40), np.array((30, 90, 165))
Font: TypeAlias = ImageFont.ImageFont | ImageFont.FreeTypeFont
COLOURS: dict[str, Colour] = {
    "right": (90, 170, 90),
    "confused": (230, 159, 0),
    "missed": (204, 60, 110),
    "spurious": (213, 94, 0),
}


def picture_of(proposal: Proposal) -> Image.Image:
    """The photo with its one region.

    Raises:
        PhotoError: the photo cannot be read.
    """
    return draw_regions(read_photo(proposal.path, min_side=SIDE).image, [proposal.region], side=SIDE)


def save_comparison(comparison: Comparison, differing: Sequence[Differing], file: Path) -> None:
    """Save the matrix of confusions, and below it photos: left what was found, right what is true.

    Args:
        comparison: of the two sources.
        differing: the photos to show; those that cannot be read are left out.
        file: its suffix names the format.

    Raises:
        SheetError: the format is unknown, or the file cannot be written.
    """
    parts = [_matrix(comparison), _legend()] if differing else [_matrix(comparison)]
    for each in differing:
        parts += _pair(comparison, each)
    width = max(part.width for part in parts) + 2 * GAP
    picture = Image.new("RGB", (width, sum(part.height + GAP for part in parts) + GAP), PAPER)
    top = GAP
    for part in parts:
        picture.paste(part, (GAP, top))
        top += part.height + GAP
    try:
        picture.save(file)
    except (OSError, ValueError) as error:
        raise SheetError(f"The picture cannot be saved as {file}: {error}. Try compared.png.") from error


def _matrix(comparison: Comparison) -> Image.Image:
    """Rows are what is true, columns what it was found as; the bluer, the larger its part of the row."""
    shown = min(len(comparison.categories), MOST_CATEGORIES)
    names = [score.category for score in comparison.categories[:shown]]
    kept = [*range(shown), -1]
    counts = comparison.confusion[np.ix_(kept, kept)]
    parts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    title, small = ImageFont.load_default(20), ImageFont.load_default(14)
    head = 50 + round(NAMES * 0.8)
    picture = Image.new("RGB", (NAMES + CELL * (shown + 1) + NAMES, head + CELL * (shown + 1)), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((0, 0), f"{comparison.found}  judged by  {comparison.truth}", fill=INK, font=title)
    draw.text((0, 28), "Rows: what is true. Columns: what it was found as.", fill=INK, font=small)
    for at, name in enumerate([*names, "missed"]):
        _slanted(picture, name, (NAMES + at * CELL + CELL // 2, head - 6), small)
    for row, name in enumerate([*names, "spurious"]):
        top = head + row * CELL
        draw.text((NAMES - 8, top + CELL / 2), _short(name, draw, small), fill=INK, font=small, anchor="rm")
        for column in range(shown + 1):
            left, part = NAMES + column * CELL, parts[row, column]
            fill = tuple(np.round(BLUE * part + 245 * (1 - part)).astype(int).tolist())
            draw.rectangle((left, top, left + CELL - 2, top + CELL - 2), fill=fill)
            if counts[row, column]:
                ink = PAPER if part > 0.5 else INK
                middle = (left + CELL / 2, top + CELL / 2)
                draw.text(middle, f"{counts[row, column]}", fill=ink, font=small, anchor="mm")
    return picture


def _legend() -> Image.Image:
    """Which colour means what in the photos."""
    font = ImageFont.load_default(14)
    picture = Image.new("RGB", (len(COLOURS) * NAMES, CELL // 2), PAPER)
    draw = ImageDraw.Draw(picture)
    for at, (kind, colour) in enumerate(COLOURS.items()):
        draw.rectangle((at * NAMES, 2, at * NAMES + 16, 18), fill=colour)
        draw.text((at * NAMES + 24, 10), kind, fill=INK, font=font, anchor="lm")
    return picture


def _slanted(picture: Image.Image, text: str, foot: tuple[int, int], font: Font) -> None:
    """Text that climbs to the right from a place."""
    label = Image.new("L", (NAMES, 20), 0)
    draw = ImageDraw.Draw(label)
    draw.text((0, 2), _short(text, draw, font), fill=255, font=font)
    turned = label.rotate(50, expand=True, resample=Image.Resampling.BICUBIC)
    picture.paste(INK, (foot[0] - 8, foot[1] - turned.height + 8), turned)


def _short(text: str, draw: ImageDraw.ImageDraw, font: Font) -> str:
    while len(text) > 4 and draw.textlength(text, font=font) > NAMES - 12:
        text = text[:-2].rstrip("…") + "…"
    return text


def _pair(comparison: Comparison, differing: Differing) -> list[Image.Image]:
    """One photo twice: with what was found, and with what is true."""
    try:
        photo = read_photo(differing.path, min_side=SIDE).image
    except PhotoError:
        return []
    sides = []
    for which in ("found", "true"):
        told = [(region, each.kind) for each in differing.differences if (region := getattr(each, which))]
        colours = {region.id: COLOURS[kind] for region, kind in told}
        sides.append(draw_regions(photo, [region for region, _ in told], side=SIDE, colours=colours))
    small, width = ImageFont.load_default(14), sides[0].width
    both = Image.new("RGB", (2 * width + GAP, sides[0].height + GAP), PAPER)
    draw = ImageDraw.Draw(both)
    for at, (side, name) in enumerate(zip(sides, (comparison.found, comparison.truth), strict=True)):
        draw.text((at * (width + GAP), 0), f"{name}   {differing.path.name}", fill=INK, font=small)
        both.paste(side, (at * (width + GAP), GAP))
    return [both]
