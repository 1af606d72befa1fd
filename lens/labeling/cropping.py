"""What an encoder sees of a region."""

from math import ceil

from PIL import Image

from lens_indexes import Box

__all__ = ["cropped"]


def cropped(image: Image.Image, box: Box) -> Image.Image:
    """The pixels of a photo that a box touches."""
    x0, y0, x1, y1 = box
    return image.crop((int(x0), int(y0), ceil(x1), ceil(y1)))
