"""One photo in the eight orientations of EXIF."""

from pathlib import Path

from PIL import Image

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What undoes the turn that each orientation asks for."""


def save_orientations(folder: Path, upright: Image.Image) -> list[Path]:
    """The photo as eight files without loss, each stored as a camera held in another way stores it."""
    files = []
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = upright.transpose(TURNS[orientation]) if orientation in TURNS else upright
        file = folder / f"orientation-{orientation}.png"
        stored.save(file, exif=exif)
        files.append(file)
    return files
