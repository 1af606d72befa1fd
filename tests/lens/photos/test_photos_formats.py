"""HEIC and AVIF, and of files with many pictures the first."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens.photos import read_photo

COLOURS = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255)}


def near(image: Image.Image, colour: tuple[int, int, int], at: tuple[int, int] = (5, 5)) -> bool:
    return bool(np.abs(np.subtract(image.getpixel(at), colour)).max() < 30)


def frames(size: tuple[int, int] = (40, 30)) -> list[Image.Image]:
    return [Image.new("RGB", size, colour) for colour in COLOURS]


# -- HEIC and AVIF ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
@pytest.mark.parametrize("min_side", [None, 64])
def test_pixels_and_facts(tmp_path: Path, suffix: str, min_side: int | None) -> None:
    if suffix == ".heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    image = Image.linear_gradient("L").resize((512, 384)).convert("RGB")
    exif = Image.Exif()
    exif[0x0110] = "Box"
    image.save(tmp_path / f"a{suffix}", exif=exif, quality=90)
    photo = read_photo(tmp_path / f"a{suffix}", min_side=min_side)
    assert (photo.facts.width, photo.facts.height, photo.facts.camera) == (512, 384, "Box")
    assert photo.facts.format == {".heic": "HEIF", ".avif": "AVIF"}[suffix]
    assert photo.image.size == ((512, 384) if min_side is None else (171, 128))
    expected = np.asarray(image.resize(photo.image.size, Image.Resampling.BOX), np.int16)
    assert np.abs(np.asarray(photo.image, np.int16) - expected).mean() < 3


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_transparency_is_white(tmp_path: Path, suffix: str) -> None:
    if suffix == ".heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(tmp_path / f"a{suffix}")
    assert near(read_photo(tmp_path / f"a{suffix}").image, (255, 255, 255))


def test_of_several_pictures_in_a_heic_the_primary_one(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = pillow_heif.HeifFile()
    for image in frames((64, 64)):
        file.add_from_pillow(image)
    file.save(tmp_path / "a.heic", primary_index=1)
    assert near(read_photo(tmp_path / "a.heic").image, COLOURS["lime"])


# -- many pictures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "format_"),
    [(".gif", "GIF"), (".png", "PNG"), (".webp", "WEBP"), (".tif", "TIFF"), (".mpo", "MPO"), (".avif", "AVIF")],
)
@pytest.mark.parametrize("min_side", [None, 8])
def test_the_first_picture_counts(tmp_path: Path, suffix: str, format_: str, min_side: int | None) -> None:
    first, *others = frames()
    first.save(tmp_path / f"a{suffix}", format_, save_all=True, append_images=others)
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert getattr(image, "n_frames", 1) == 3
    photo = read_photo(tmp_path / f"a{suffix}", min_side=min_side)
    assert near(photo.image, COLOURS["red"])
    assert (photo.facts.width, photo.facts.height) == (40, 30)


def test_pages_of_other_sizes_do_not_matter(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (40, 30), "red"), Image.new("L", (400, 300))
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.image.size == (photo.facts.width, photo.facts.height) == (40, 30)


def test_a_png_that_shows_another_picture_where_it_cannot_move(tmp_path: Path) -> None:
    """The picture that every program shows counts; it is not part of the animation."""
    first, *others = frames()
    first.save(tmp_path / "a.png", save_all=True, append_images=others, default_image=True)
    assert near(read_photo(tmp_path / "a.png").image, COLOURS["red"])


def partial_gif(transparent: bool) -> bytes:
    """A GIF of 20 × 10 pixels by hand, whose first frame is 8 × 4 lime pixels at 5, 2."""
    palette = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0])
    control = b"!\xf9\x04" + struct.pack("<BHBB", 1, 0, 3, 0) if transparent else b""
    codes = [code for _ in range(8 * 4 // 2) for code in (4, 1, 1)] + [5]  # clear, two pixels, …, end; 3 bits each
    bits = sum(code << 3 * number for number, code in enumerate(codes))
    data = bits.to_bytes(-(-3 * len(codes) // 8), "little")
    frame = b"," + struct.pack("<HHHHB", 5, 2, 8, 4, 0) + bytes([2, len(data)]) + data + b"\0"
    return b"GIF89a" + struct.pack("<HHBBB", 20, 10, 0x81, 0, 0) + palette + control + frame + b";"


@pytest.mark.parametrize(("transparent", "around"), [(True, (255, 255, 255)), (False, (255, 0, 0))])
def test_a_gif_whose_first_frame_fills_a_part(tmp_path: Path, transparent: bool, around: tuple[int, int, int]) -> None:
    """Around it is what is transparent, or else the background colour, the palette's first here."""
    (tmp_path / "a.gif").write_bytes(partial_gif(transparent))
    image = read_photo(tmp_path / "a.gif").image
    expected = np.full((10, 20, 3), around, np.uint8)
    expected[2:6, 5:13] = COLOURS["lime"]
    assert np.array_equal(np.asarray(image), expected)
