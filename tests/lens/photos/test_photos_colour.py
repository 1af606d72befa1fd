"""Pixels of every kind become the right 8-bit sRGB."""

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from lens.photos import read_photo

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
RAMP = np.linspace(0, 1, 64)


def read(path: Path, image: Image.Image, min_side: int | None = None, **options: object) -> NDArray[np.int16]:
    image.save(path, **options)  # type: ignore[arg-type]
    photo = read_photo(path, min_side=min_side)
    assert photo.image.mode == "RGB"
    return np.asarray(photo.image, np.int16)


def ramp(dtype: type, white: float) -> NDArray[np.generic]:
    """Eight rows of 64 greys from black to white."""
    return np.tile(RAMP * white, (8, 1)).astype(dtype)


def assert_is_ramp(values: NDArray[np.int16], tolerance: float = 1.5) -> None:
    assert np.abs(values - (RAMP * 255)[None, :, None]).max() <= tolerance


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jp2"])
def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path, suffix: str) -> None:
    image = Image.fromarray(ramp(np.uint16, 65535))
    assert image.mode == "I;16"
    assert_is_ramp(read(tmp_path / f"a{suffix}", image))


def test_a_dark_sixteen_bit_photo_stays_dark(tmp_path: Path) -> None:
    assert read(tmp_path / "a.png", Image.fromarray(ramp(np.uint16, 6553.5))).max() == 25


def test_big_endian_sixteen_bits(tmp_path: Path) -> None:
    data = ramp(np.uint16, 65535).astype(">u2").tobytes()
    assert_is_ramp(read(tmp_path / "a.tif", Image.frombytes("I;16B", (64, 8), data)))


def test_twelve_bits_of_tiff(tmp_path: Path) -> None:
    levels = ramp(np.uint16, 4095).ravel().astype(np.uint32)
    first, second = levels[::2], levels[1::2]  # two levels in three bytes
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1).astype(np.uint8)
    fields = {256: 64, 257: 8, 258: 12, 259: 1, 262: 1, 273: 122, 277: 1, 278: 8, 279: packed.size}
    entries = b"".join(struct.pack("<HHLL", tag, 3, 1, value) for tag, value in fields.items())
    header = b"II*\0" + struct.pack("<LH", 8, len(fields)) + entries + bytes(4)
    (tmp_path / "a.tif").write_bytes(header + packed.tobytes())
    assert_is_ramp(np.asarray(read_photo(tmp_path / "a.tif").image, np.int16))


@pytest.mark.parametrize("white", [255, 65535, 1_000_000])
def test_integers_of_32_bits(tmp_path: Path, white: int) -> None:
    assert_is_ramp(read(tmp_path / "a.tif", Image.fromarray(ramp(np.int32, white))), 2.5)


def test_pgm_of_more_than_8_bits(tmp_path: Path) -> None:
    header = b"P5 64 8 1023\n"
    (tmp_path / "a.pgm").write_bytes(header + ramp(np.uint16, 1023).astype(">u2").tobytes())
    assert_is_ramp(np.asarray(read_photo(tmp_path / "a.pgm").image, np.int16))
    (tmp_path / "a.pgm").write_bytes(header + ramp(np.uint16, 102.3).astype(">u2").tobytes())
    assert np.asarray(read_photo(tmp_path / "a.pgm").image).max() == pytest.approx(25, abs=1)


@pytest.mark.parametrize("white", [1, 255, 65535, 3e6])
def test_floats(tmp_path: Path, white: float) -> None:
    assert_is_ramp(read(tmp_path / "a.tif", Image.fromarray(ramp(np.float32, white))))


def test_floats_below_zero_and_that_are_no_numbers(tmp_path: Path) -> None:
    assert_is_ramp(read(tmp_path / "a.tif", Image.fromarray((ramp(np.float32, 2) - 1).astype(np.float32))))
    broken = ramp(np.float32, 1)
    broken[0, :3] = np.nan, np.inf, -np.inf
    values = read(tmp_path / "b.tif", Image.fromarray(broken))
    assert values[0, :3].max() == 0
    assert values[1].max() == 255


def test_one_bit(tmp_path: Path) -> None:
    image = Image.fromarray((np.indices((8, 64)).sum(0) % 2 * 255).astype(np.uint8)).convert("1")
    values = read(tmp_path / "a.png", image)
    assert values[0, 0].tolist() == [0, 0, 0]
    assert values[0, 1].tolist() == [255, 255, 255]
    assert read(tmp_path / "b.png", image, min_side=2).mean() == pytest.approx(127.5, abs=1)  # smoothed, not dropped


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_what_is_transparent_becomes_white(tmp_path: Path, mode: str, suffix: str) -> None:
    image = Image.new(mode, (30, 10), (0,) * len(mode))
    image.paste((0,) * (len(mode) - 1) + (255,), (10, 0, 20, 10))
    image.paste((0,) * (len(mode) - 1) + (128,), (20, 0, 30, 10))
    options = {"lossless": True, "exact": True} if suffix == ".webp" else {}
    values = read(tmp_path / f"a{suffix}", image, **options)
    assert values[5, 5].tolist() == [255, 255, 255]
    assert values[5, 15].tolist() == [0, 0, 0]
    assert values[5, 25] == pytest.approx(127, abs=1)


def test_premultiplied_alpha_of_tiff(tmp_path: Path) -> None:
    """Half-transparent (200, 100, 0), stored as (100, 50, 0, 128)."""
    Image.new("RGBA", (4, 4), (100, 50, 0, 128)).save(tmp_path / "a.tif")
    straight, premultiplied = (struct.pack("<HHLL", 338, 3, 1, kind) for kind in (2, 1))
    data = (tmp_path / "a.tif").read_bytes()
    assert straight in data
    (tmp_path / "a.tif").write_bytes(data.replace(straight, premultiplied))
    assert np.asarray(read_photo(tmp_path / "a.tif").image)[0, 0] == pytest.approx((227, 177, 127), abs=3)


def test_palettes_with_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (20, 10), 0)
    image.putpalette([255, 0, 0, 0, 128, 0, 0, 0, 255])
    image.paste(1, (10, 0, 20, 10))
    for suffix in (".png", ".gif"):
        values = read(tmp_path / f"a{suffix}", image, transparency=0)
        assert values[5, 5].tolist() == [255, 255, 255]
        assert values[5, 15].tolist() == [0, 128, 0]
        assert read(tmp_path / f"b{suffix}", image)[5, 5].tolist() == [255, 0, 0]
    assert read(tmp_path / "c.png", image, transparency=bytes([128, 255]))[5, 5] == pytest.approx(
        (255, 127, 127), abs=1
    )


def test_a_colour_that_means_transparent(tmp_path: Path) -> None:
    image = Image.new("RGB", (20, 10), (1, 2, 3))
    image.paste((9, 9, 9), (10, 0, 20, 10))
    values = read(tmp_path / "a.png", image, transparency=(1, 2, 3))
    assert values[5, 5].tolist() == [255, 255, 255]
    assert values[5, 15].tolist() == [9, 9, 9]


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk(tmp_path: Path, suffix: str) -> None:
    """JPEG stores Adobe's inverted inks, TIFF plain ones."""
    image = Image.new("CMYK", (64, 16), (0, 0, 0, 0))
    image.paste((255, 0, 0, 0), (16, 0, 32, 16))
    image.paste((0, 0, 0, 255), (32, 0, 48, 16))
    image.paste((0, 255, 255, 0), (48, 0, 64, 16))
    values = read(tmp_path / f"a{suffix}", image)
    for x, colour in ((8, (255, 255, 255)), (24, (0, 255, 255)), (40, (0, 0, 0)), (56, (255, 0, 0))):
        assert values[8, x] == pytest.approx(colour, abs=6)


def test_lab(tmp_path: Path) -> None:
    to_lab = ImageCms.buildTransform(SRGB, ImageCms.createProfile("LAB"), "RGB", "LAB")
    colours = Image.new("RGB", (30, 10), (200, 30, 60))
    colours.paste((20, 120, 220), (10, 0, 20, 10))
    lab = ImageCms.applyTransform(colours, to_lab)
    assert lab is not None
    values = read(tmp_path / "a.tif", lab)
    assert values[5, 5] == pytest.approx((200, 30, 60), abs=5)
    assert values[5, 15] == pytest.approx((20, 120, 220), abs=5)


def test_ycbcr_of_tiff(tmp_path: Path) -> None:
    assert read(tmp_path / "a.tif", Image.new("RGB", (16, 16), (200, 30, 60)).convert("YCbCr"))[5, 5] == pytest.approx(
        (200, 30, 60), abs=3
    )


# -- profiles ---------------------------------------------------------------------------------------------------------


def swapped_profile() -> bytes:
    """sRGB whose red and green primaries are exchanged: what it calls red is green."""
    data = bytearray(SRGB.tobytes())
    entries = [128 + 4 + 12 * number for number in range(int.from_bytes(data[128:132], "big"))]
    red = next(entry for entry in entries if data[entry : entry + 4] == b"rXYZ")
    green = next(entry for entry in entries if data[entry : entry + 4] == b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


def grey_profile(gamma: float) -> bytes:
    """A minimal grey ICC profile (ICC.1:2001-04): white point and one gamma curve."""
    white = b"XYZ \0\0\0\0" + b"".join(round(value * 65536).to_bytes(4, "big") for value in (0.9642, 1.0, 0.8249))
    curve = b"curv\0\0\0\0\0\0\0\1" + round(gamma * 256).to_bytes(2, "big") + bytes(2)
    tags = [(b"wtpt", 128 + 4 + 24, white), (b"kTRC", 128 + 4 + 24 + len(white), curve)]
    table = len(tags).to_bytes(4, "big") + b"".join(
        name + start.to_bytes(4, "big") + len(body).to_bytes(4, "big") for name, start, body in tags
    )
    body = table + white + curve
    header = bytearray(128)
    header[0:4] = (128 + len(body)).to_bytes(4, "big")
    header[8:12], header[12:24], header[36:40] = b"\x02\x40\0\0", b"mntrGRAYXYZ ", b"acsp"
    header[68:80] = white[8:]
    return bytes(header) + body


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_colours_are_taken_through_the_profile(tmp_path: Path, suffix: str) -> None:
    red = Image.new("RGB", (32, 32), (230, 40, 20))
    values = read(tmp_path / f"a{suffix}", red, icc_profile=swapped_profile())
    assert values[16, 16] == pytest.approx((40, 230, 20), abs=6)


def test_srgb_changes_nothing(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    values = read(tmp_path / "a.png", Image.fromarray(noise), icc_profile=SRGB.tobytes())
    assert np.abs(values - noise).max() <= 2


def test_transparency_and_profile_together(tmp_path: Path) -> None:
    image = Image.new("RGBA", (32, 32), (230, 40, 20, 255))
    image.paste((0, 0, 0, 0), (0, 0, 16, 32))
    values = read(tmp_path / "a.png", image, icc_profile=swapped_profile())
    assert values[16, 8].tolist() == [255, 255, 255]
    assert values[16, 24] == pytest.approx((40, 230, 20), abs=6)


def test_palette_and_profile_together(tmp_path: Path) -> None:
    image = Image.new("P", (8, 8), 0)
    image.putpalette([230, 40, 20])
    assert read(tmp_path / "a.png", image, icc_profile=swapped_profile())[4, 4] == pytest.approx((40, 230, 20), abs=6)


def test_grey_through_its_profile(tmp_path: Path) -> None:
    """A linear grey of one half is 188 in sRGB (IEC 61966-2-1)."""
    image = Image.new("L", (8, 8), 128)
    assert read(tmp_path / "a.png", image, icc_profile=grey_profile(1.0))[4, 4] == pytest.approx((188,) * 3, abs=2)
    assert read(tmp_path / "b.png", image)[4, 4].tolist() == [128] * 3


def test_grey_in_a_file_with_a_colour_profile(tmp_path: Path) -> None:
    image = Image.new("L", (8, 8), 100)
    assert read(tmp_path / "a.jpg", image, icc_profile=SRGB.tobytes())[4, 4] == pytest.approx((100,) * 3, abs=2)


@pytest.mark.parametrize("profile", [b"", b"nonsense", swapped_profile()[:200], bytes(400)])
def test_profiles_that_are_none_are_ignored(tmp_path: Path, profile: bytes) -> None:
    values = read(tmp_path / "a.png", Image.new("RGB", (8, 8), (230, 40, 20)), icc_profile=profile)
    assert values[4, 4].tolist() == [230, 40, 20]


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_profiles_for_other_pixels_are_ignored(tmp_path: Path, mode: str) -> None:
    profile = swapped_profile() if mode == "CMYK" else ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    image = Image.new("RGB", (8, 8), (90, 90, 90)).convert(mode)
    assert read(tmp_path / "a.tif", image, icc_profile=profile)[4, 4] == pytest.approx((90,) * 3, abs=1)


def ink_profile(cyan: tuple[int, int, int]) -> bytes:
    """A minimal printer's ICC profile (ICC.1:2001-04, 6.5.7): cyan ink has the given Lab colour, black ink is black."""
    corners = [(ink >> 3 & 1, ink & 1) for ink in range(16)]  # of C, M, Y, K: whether there is cyan, and black
    inks = bytes(
        value
        for has_cyan, has_black in corners
        for value in ((0, 128, 128) if has_black else cyan if has_cyan else (255, 128, 128))
    )
    identity = struct.pack(">9l", *(65536 * (cell in (0, 4, 8)) for cell in range(9)))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + bytes(range(256)) * 4 + inks + bytes(range(256)) * 3
    header = bytearray(128)
    header[0:4] = (128 + 16 + len(lut)).to_bytes(4, "big")
    header[8:12], header[12:24], header[36:40] = b"\x02\x40\0\0", b"prtrCMYKLab ", b"acsp"
    header[68:80] = b"".join(round(value * 65536).to_bytes(4, "big") for value in (0.9642, 1.0, 0.8249))
    return bytes(header) + struct.pack(">L4sLL", 1, b"A2B0", 144, len(lut)) + lut


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_through_its_profile(tmp_path: Path, suffix: str) -> None:
    """An ink called cyan that prints Lab (60, 60, 0), a pink."""
    image = Image.new("CMYK", (48, 16), (0, 0, 0, 0))
    image.paste((255, 0, 0, 0), (16, 0, 32, 16))
    image.paste((0, 0, 0, 255), (32, 0, 48, 16))
    values = read(tmp_path / f"a{suffix}", image, icc_profile=ink_profile((153, 188, 128)))
    assert values[8, 8] == pytest.approx((255, 255, 255), abs=3)
    assert values[8, 24] == pytest.approx((236, 92, 147), abs=4)
    assert values[8, 40] == pytest.approx((0, 0, 0), abs=3)


# -- animations -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".tif", ".avif"])
def test_the_first_frame_of_many(tmp_path: Path, suffix: str) -> None:
    first, second = Image.new("RGB", (32, 32), (200, 0, 0)), Image.new("RGB", (32, 32), (0, 0, 200))
    values = read(tmp_path / f"a{suffix}", first, save_all=True, append_images=[second])
    assert values[16, 16] == pytest.approx((200, 0, 0), abs=5)
