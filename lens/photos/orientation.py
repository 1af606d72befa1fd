"""How the pixels of a photo are stored, and how they are turned upright."""

from PIL import Image

# How to undo each EXIF orientation (CIPA DC-008, tag 0x0112).
_UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The image as it is to be looked at; `orientation`, 1 to 8 as in EXIF, says how it is stored."""
    return image.transpose(_UNDO[orientation]) if orientation in _UNDO else image


def upright_box(
    box: tuple[float, float, float, float], size: tuple[int, int], orientation: int
) -> tuple[float, float, float, float]:
    """A box, x0, y0, x1, y1, as it lies in the image that `upright` gives of one of this width and height."""
    (x0, y0, x1, y1), (width, height) = box, size
    if orientation in (2, 3, 7, 8):
        x0, x1 = width - x1, width - x0
    if orientation in (3, 4, 6, 7):
        y0, y1 = height - y1, height - y0
    return (y0, x0, y1, x1) if swaps_sides(orientation) else (x0, y0, x1, y1)


def swaps_sides(orientation: int) -> bool:
    """Whether what is stored as the width is the height of the upright photo."""
    return orientation >= 5
