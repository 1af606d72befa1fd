"""From files to upright pixels of the right size."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from lens.errors import PhotoError
from lens.photos import read_photo


def pixels(image: Image.Image) -> NDArray[np.int16]:
    assert image.mode == "RGB"
    return np.asarray(image, np.int16)


def scene(width: int = 96, height: int = 64) -> Image.Image:
    """Smooth, coloured, and different in every corner."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    values = np.stack([x, y, 0.5 + 0.4 * np.sin(5 * x * y)], axis=2) * 255
    return Image.fromarray(values.astype(np.uint8))


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


# -- orientation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("series", ["Landscape", "Portrait"])
@pytest.mark.parametrize("min_side", [None, 100])
def test_the_orientation_series_is_one_upright_photo(shared_data: Path, series: str, min_side: int | None) -> None:
    folder = shared_data / "stress/exif_orientation"
    upright = read_photo(folder / f"{series}_1.jpg", min_side=min_side)
    reference = pixels(upright.image)
    for orientation in range(9):
        photo = read_photo(folder / f"{series}_{orientation}.jpg", min_side=min_side)
        assert photo.facts.orientation == max(orientation, 1)
        assert (photo.facts.width, photo.facts.height) == (upright.facts.width, upright.facts.height)
        difference = np.abs(pixels(photo.image) - reference).mean()
        assert difference < 4, f"orientation {orientation} differs by {difference:.1f} grey levels"
    for turned in (reference[::-1], reference[:, ::-1], reference[::-1, ::-1]):
        assert np.abs(turned - reference).mean() > 20  # the comparison above would have seen a wrong turn


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
def test_every_orientation_in_every_format(tmp_path: Path, suffix: str, orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # of Transpose; how the sensor saw what is now upright
    stored = scene() if orientation == 1 else scene().transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(saved(tmp_path / f"a{suffix}", stored, exif=exif))
    assert photo.image.size == (photo.facts.width, photo.facts.height) == (96, 64)
    assert photo.facts.orientation == orientation
    assert np.abs(pixels(photo.image) - pixels(scene())).mean() < 4


def test_heic_is_turned_once(shared_data: Path) -> None:
    pytest.importorskip("pillow_heif")
    entries = json.loads((shared_data / "stress/index.json").read_text())
    heic = [entry for entry in entries if entry.get("format") == "HEIF"]
    assert heic
    for entry in heic:
        photo = read_photo(shared_data / "stress" / entry["path"])
        assert photo.image.size == (photo.facts.width, photo.facts.height)
        assert photo.facts.orientation == 1


def test_a_turned_heic_comes_out_upright(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = scene().transpose(Image.Transpose.ROTATE_90)
    pillow_heif.from_pillow(stored).save(tmp_path / "a.heic", exif=exif.tobytes(), quality=90)
    photo = read_photo(tmp_path / "a.heic")
    assert photo.image.size == (photo.facts.width, photo.facts.height) == (96, 64)
    assert np.abs(pixels(photo.image) - pixels(scene())).mean() < 5


# -- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["coco/images/000000000285.jpg", "stress/exif_orientation/Landscape_6.jpg"])
@pytest.mark.parametrize("min_side", [64, 100, 140])
def test_decoding_small_is_decoding_and_making_small(shared_data: Path, name: str, min_side: int) -> None:
    whole = read_photo(shared_data / name)
    small = read_photo(shared_data / name, min_side=min_side)
    assert small.facts == whole.facts
    assert small.content_hash == whole.content_hash
    assert 2 * min_side <= min(small.image.size) < min(whole.image.size)
    target = (min_side, round(min_side * whole.image.height / whole.image.width))
    resized = [pixels(photo.image.resize(target, Image.Resampling.BICUBIC)) for photo in (small, whole)]
    assert np.abs(resized[0] - resized[1]).mean() < 3


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".jp2", ".gif", ".bmp"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(width=st.integers(1, 900), height=st.integers(1, 900), min_side=st.integers(4, 300))
def test_the_shorter_side_keeps_what_the_encoder_needs(
    tmp_path: Path, suffix: str, width: int, height: int, min_side: int
) -> None:
    photo = read_photo(saved(tmp_path / f"a{suffix}", Image.new("RGB", (width, height), "teal")), min_side=min_side)
    shorter, original = min(photo.image.size), min(width, height)
    assert (photo.facts.width, photo.facts.height) == (width, height)
    assert shorter >= min(original, 2 * min_side)
    assert shorter <= max(min(original, 4 * min_side), 1)
    assert photo.image.width / photo.image.height == pytest.approx(width / height, rel=1 / max(shorter - 1, 1) + 0.01)


@pytest.mark.parametrize("size", [(1, 30_000), (30_000, 1), (1, 1), (3, 9000)])
def test_extreme_shapes(tmp_path: Path, size: tuple[int, int]) -> None:
    for suffix in (".png", ".jpg"):
        photo = read_photo(saved(tmp_path / f"a{suffix}", Image.new("RGB", size, "red")), min_side=224)
        assert photo.image.size == size


def test_the_limit_on_pixels_comes_before_decoding(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("L", (1000, 1001)))
    assert read_photo(path, max_pixels=1_001_000).image.size == (1000, 1001)
    path.write_bytes(path.read_bytes()[:200])  # would be truncated, if it were decoded
    with pytest.raises(PhotoError, match=r"^larger than 1 megapixels$"):
        read_photo(path, max_pixels=1_000_000)


@pytest.mark.parametrize(
    ("name", "mode", "pixels"),
    [("a.webp", "RGB", 40_000), ("a.jp2", "RGB", 40_000), ("a.tif", "F", 47_058), ("a.avif", "RGB", 88_888)],
)
def test_what_takes_much_memory_to_decode_has_a_lower_limit(tmp_path: Path, name: str, mode: str, pixels: int) -> None:
    path = saved(tmp_path / name, Image.new(mode, (100, pixels // 100)))
    assert read_photo(path, max_pixels=100_000).image.size == (100, pixels // 100)
    path = saved(tmp_path / name, Image.new(mode, (100, pixels // 100 + 1)))
    with pytest.raises(PhotoError, match=rf"^larger than {pixels / 1e6:g} megapixels, the most of [A-Z0-9]+$"):
        read_photo(path, max_pixels=100_000)
    assert read_photo(saved(tmp_path / "a.png", Image.new("RGB", (1000, 100))), max_pixels=100_000)


def test_photos_above_pillows_own_limit_are_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("1", (15_000, 13_000)))  # 195 megapixels; Pillow refuses above 179
    assert min(read_photo(path, min_side=100).image.size) >= 200


def test_a_photo_with_another_behind_it_is_a_jpeg(tmp_path: Path) -> None:
    """Phones store depth and gain maps so (CIPA DC-007, multi-picture format)."""
    image = scene(800, 600)
    photo = read_photo(
        saved(tmp_path / "a.jpg", image, format="MPO", save_all=True, append_images=[image]), min_side=100
    )
    assert (photo.facts.format, photo.facts.width, photo.image.size) == ("JPEG", 800, (400, 300))
    assert np.abs(pixels(photo.image) - pixels(scene(400, 300))).mean() < 3
