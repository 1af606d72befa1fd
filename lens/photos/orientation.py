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


def swaps_sides(orientation: int) -> bool:
    """Whether what is stored as the width is the height of the upright photo."""
    return orientation >= 5
