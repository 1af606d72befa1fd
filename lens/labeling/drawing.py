"""Regions drawn on their photo: masks tinted, boxes outlined, names on chips."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lens.labeling.masks import decoded
from lens_indexes import Box, RegionRow

__all__ = ["COLOURS", "Colour", "colour_of", "draw_regions"]

Colour = tuple[int, int, int]

COLOURS: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (213, 94, 0),
    (204, 121, 167),
    (0, 114, 178),
    (240, 228, 66),
    (148, 103, 189),
    (140, 200, 60),
    (220, 60, 80),
)
"""Told apart by people who see few colours too; the first seven are Okabe and Ito's (jfly.uni-koeln.de/color)."""
TINT = 0.42  # how much of a mask's colour covers the photo
SMALLEST = 11  # pixels of the letters


def colour_of(category: str) -> Colour:
    """The colour of a category, the same in every picture."""
    return COLOURS[hashlib.sha256(category.encode("utf-8", "replace")).digest()[0] % len(COLOURS)]


def draw_regions(
    photo: Image.Image,
    regions: Sequence[RegionRow],
    *,
    side: int,
    colours: Mapping[str, Colour] | None = None,
    names: bool = True,
) -> Image.Image:
    """A photo made small, with its regions drawn on it.

    Args:
        photo: upright RGB.
        regions: in pixels of the upright photo as it was when they were made.
        side: pixels of the longer side of the picture.
        colours: by the ids of regions, where it is not the category that gives them.
        names: write the category and the score beside each.
    """
    scale = side / max(photo.size)
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    picture = photo.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    line = max(2, round(side / 240))
    drawn = [(each, (colours or {}).get(each.id) or colour_of(each.category)) for each in regions]
    for region, colour in drawn:
        if region.mask is not None:
            mask = Image.fromarray(decoded(region.mask, region.width, region.height).astype(np.uint8) * 255)
            mask = mask.resize(size, Image.Resampling.BILINEAR).point(lambda value: int(value * TINT))
            picture.paste(Image.new("RGB", size, colour), mask=mask)
    draw = ImageDraw.Draw(picture)
    for region, colour in drawn:
        draw.rectangle(_scaled(region, size), outline=colour, width=line)
    if names:
        font = ImageFont.load_default(max(SMALLEST, round(side / 48)))
        for region, colour in drawn:
            _chip(draw, region, _scaled(region, size), colour, font)
    return picture


def _scaled(region: RegionRow, size: tuple[int, int]) -> Box:
    """The box in pixels of the picture."""
    across, down = size[0] / region.width, size[1] / region.height
    x0, y0, x1, y1 = region.box
    left, upper = x0 * across, y0 * down
    return left, upper, max(left + 1, x1 * across - 1), max(upper + 1, y1 * down - 1)


def _chip(
    draw: ImageDraw.ImageDraw,
    region: RegionRow,
    box: Box,
    colour: Colour,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
) -> None:
    """The name of a region above its box, or inside where there is no room above."""
    text = region.category if region.score is None else f"{region.category} {region.score:.2f}"
    _, _, right, bottom = draw.textbbox((0, 0), text, font=font)
    width, height = right + 8, bottom + 6
    left = max(0, min(box[0], draw.im.size[0] - width))
    upper = box[1] - height if box[1] >= height else box[1]
    draw.rectangle((left, upper, left + width, upper + height), fill=colour)
    ink = (20, 20, 20) if sum(colour) > 330 else (255, 255, 255)
    draw.text((left + 4, upper + 2), text, fill=ink, font=font)
