"""From files to upright pixels: orientation, size, errors, and hostile bytes."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFile

from lens.errors import PhotoError
from lens.photos import RAW_SUFFIXES, Photo, read_photo

# What Pillow decodes only when it is asked a second time, after the first attempt failed.
DAMAGED = {
    "pillow/Tests/images/broken_data_stream.png": "the lower quarter of the pixels is missing",
    "pillow/Tests/images/truncated_end_chunk.png": "the file ends within a chunk",
    "pillow/Tests/images/apng/chunk_no_fctl.png": "the chunks are in an order that is not allowed",
}


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


def test_photos_above_pillows_own_limit_are_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("1", (15_000, 13_000)))  # 195 megapixels; Pillow refuses above 179
    assert min(read_photo(path, min_side=100).image.size) >= 200


# -- errors -----------------------------------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    assert str(path) not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_reasons_are_in_a_users_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jpeg = saved(tmp_path / "a.jpg", scene()).read_bytes()
    for name, data, reason in (
        ("empty.jpg", b"", "the file is empty"),
        ("text.jpg", b"once upon a time", "not an image that can be read"),
        ("zeros.tga", bytes(100), "not an image that can be read"),
        ("script.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image that can be read"),
        ("half.jpg", jpeg[: len(jpeg) // 2], "truncated"),
    ):
        (tmp_path / name).write_bytes(data)
        assert refusal(tmp_path / name) == reason
    assert refusal(tmp_path / "gone.jpg") == "vanished"
    assert refusal(tmp_path) == "not a regular file"
    for suffix in RAW_SUFFIXES:
        assert refusal(tmp_path / f"a{suffix.upper()}") == "RAW photos are not read yet"

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert refusal(tmp_path / "a.jpg") == "permission denied"


def test_no_file_is_taken_for_a_tga_by_its_bytes_alone(tmp_path: Path) -> None:
    data = saved(tmp_path / "a.tga", scene()).read_bytes()
    assert read_photo(tmp_path / "a.tga").facts.format == "TGA"
    (tmp_path / "a.jpg").write_bytes(data)
    assert refusal(tmp_path / "a.jpg") == "not an image that can be read"


def test_heic_without_its_library_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lens.photos.pillow import _heif_format

    _heif_format.cache_clear()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50))
    assert refusal(tmp_path / "a.jpg") == "HEIC needs: pip install 'lens-photos[heif]'"


def test_the_hash_is_of_the_files_bytes(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", scene())
    assert read_photo(path).content_hash == hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def test_the_content_counts_and_not_the_suffix(tmp_path: Path) -> None:
    saved(tmp_path / "a.png", scene()).rename(tmp_path / "a.jpg")
    assert read_photo(tmp_path / "a.jpg").facts.format == "PNG"


# -- hostile files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("min_side", [None, 64])
def test_every_stress_file_is_read_or_refused(
    shared_data: Path, min_side: int | None, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "stress"
    entries = json.loads((folder / "index.json").read_text())
    assert len(entries) == 381
    refused = set()
    for entry in entries:
        try:
            photo = read_photo(folder / entry["path"], min_side=min_side)
        except PhotoError:
            refused.add(entry["path"])
        else:
            assert photo.image.mode == "RGB"
            if min_side is None:
                assert photo.image.size == (photo.facts.width, photo.facts.height)
    assert refused & {entry["path"] for entry in entries if entry["decodes"]} == set(DAMAGED)
    assert capfd.readouterr() == ("", "")  # neither warnings nor libtiff's own messages reach the terminal
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_threads_are_quiet_and_agree(shared_data: Path) -> None:
    """Warnings are errors here, so one that leaks fails; the filters are attacked from another thread meanwhile."""
    paths = [path for path in sorted((shared_data / "stress/pillow").rglob("*")) if path.is_file()]
    done = threading.Event()

    def disturb() -> None:
        while not done.is_set():
            warnings.simplefilter("error")

    def outcome(path: Path) -> str:
        try:
            photo = read_photo(path, min_side=50)
        except PhotoError as error:
            return str(error)
        return hashlib.sha256(photo.image.tobytes()).hexdigest()

    alone = [outcome(path) for path in paths]
    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(outcome, paths))
    finally:
        done.set()
        disturber.join()
    assert together == alone


def _seed(format_: str, mode: str = "RGB", **options: object) -> bytes:
    exif = Image.Exif()
    exif.update({0x010F: "Make", 0x0110: "Model", 0x0112: 6, 0x0132: "2020:01:01 00:00:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (1.0, 2.0, 3.0), 3: "E", 4: (4.0, 5.0, 6.0)})
    file = BytesIO()
    if format_ != "GIF":
        options["exif"] = exif
    scene(40, 24).convert(mode).save(file, format_, **options)  # type: ignore[arg-type]
    return file.getvalue()


SEEDS = {
    "a.jpg": _seed("JPEG"),
    "b.jpg": _seed("JPEG", progressive=True),
    "c.jpg": _seed("JPEG", "CMYK"),
    "a.png": _seed("PNG"),
    "p.png": _seed("PNG", "P"),
    "a.webp": _seed("WEBP"),
    "a.tif": _seed("TIFF"),
    "z.tif": _seed("TIFF", compression="tiff_lzw"),
    "a.gif": _seed("GIF", "P"),
}


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_damage_raises_anything_but_a_photo_error(tmp_path: Path, name: str, data: st.DataObject) -> None:
    damaged = bytearray(SEEDS[name])
    edits = st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255))
    for position, value in data.draw(st.lists(edits, max_size=8)):
        damaged[position] = value
    cut = data.draw(st.one_of(st.just(len(damaged)), st.integers(0, len(damaged))))
    path = tmp_path / name
    path.write_bytes(damaged[:cut])
    try:
        photo = read_photo(path, min_side=data.draw(st.sampled_from([None, 4])), max_pixels=4_000_000)
    except PhotoError as error:
        assert str(error)
    else:
        assert isinstance(photo, Photo)
        assert photo.image.mode == "RGB"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_files_and_folders_of_somebody_else() -> None:
    code = """
import os, sys
from pathlib import Path
from tempfile import TemporaryDirectory
from lens.errors import FolderError, PhotoError
from lens.photos import check_folder, read_photo, scan
os.setuid(65534)
root = Path(sys.argv[1])
try:
    read_photo(root / "a.png")
except PhotoError as error:
    print(error)
print([(item.relative, item.reason) for item in scan(root) if not hasattr(item, "path")])
try:
    check_folder(root / "closed")
except FolderError as error:
    print("permission denied" in str(error))
"""
    with TemporaryDirectory() as name:  # below it, unlike below tmp_path, others may go
        root = Path(name)
        root.chmod(0o755)
        saved(root / "a.png", scene()).chmod(0)
        (root / "closed").mkdir(mode=0)
        done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["permission denied", "[('closed', 'permission denied')]", "True"]
