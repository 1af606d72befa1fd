"""RAW photos: the camera's preview, or else what the sensor saw. DNG stands for all of them."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens.errors import PhotoError
from lens.photos import RAW_SUFFIXES, read_photo
from lens.photos.raw import _exif
from tests.dng import HEIGHT, WIDTH, dng, jpeg, picture, scene

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/></rdf:RDF></x:xmpmeta>"""


def written(folder: Path, data: bytes, name: str = "a.dng") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def difference(image: Image.Image, expected: Image.Image | None = None) -> float:
    """Mean absolute difference from the scene, in grey levels."""
    seen = np.asarray(image, np.float64)
    wanted = scene(*image.size) * 255 if expected is None else np.asarray(expected, np.float64)
    return float(np.abs(seen - wanted).mean())


def refusal(path: Path, **options: int) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path, **options)
    return str(caught.value)


def test_the_sensor_at_half_size_where_there_is_no_preview(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    photo = read_photo(written(tmp_path, dng()))
    assert photo.image.size == (WIDTH // 2, HEIGHT // 2)
    assert (photo.facts.width, photo.facts.height, photo.facts.format) == (WIDTH, HEIGHT, "DNG")
    assert difference(photo.image) < 15  # LibRaw brightens what it develops
    for turn in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180):
        assert difference(photo.image.transpose(turn)) > 40  # the comparison would have seen another picture


@pytest.mark.parametrize("as_jpeg", [True, False])
def test_the_preview_where_it_is_large_enough(tmp_path: Path, as_jpeg: bool) -> None:
    pytest.importorskip("rawpy")
    small = picture(60, 40).point(lambda level: 255 - level)  # a negative: nobody confuses it with the sensor's
    photo = read_photo(written(tmp_path, dng(preview=jpeg(small) if as_jpeg else small)))
    assert photo.image.size == (60, 40)
    assert difference(photo.image, small) < 5
    assert (photo.facts.width, photo.facts.height) == (WIDTH, HEIGHT)


def test_a_preview_that_is_too_small_is_passed_over(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    path = written(tmp_path, dng(preview=jpeg(picture(30, 20))))
    assert read_photo(path).image.size == (48, 32)
    assert read_photo(path, min_side=10).image.size == (30, 20)  # 20 are needed
    assert read_photo(path, min_side=11).image.size == (48, 32)


def test_a_large_preview_is_decoded_small(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    photo = read_photo(written(tmp_path, dng(preview=jpeg(picture(960, 640)))), min_side=64)
    assert photo.image.size == (240, 160)
    assert difference(photo.image) < 3


def test_a_broken_preview_is_passed_over(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    preview = jpeg(picture(60, 40))
    photo = read_photo(written(tmp_path, dng(preview=preview).replace(preview, bytes(len(preview)))))
    assert photo.image.size == (48, 32)
    assert difference(photo.image) < 15


@pytest.mark.parametrize("with_preview", [True, False])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path: Path, orientation: int, with_preview: bool) -> None:
    pytest.importorskip("rawpy")
    preview = jpeg(picture(60, 40)) if with_preview else None
    stored = read_photo(written(tmp_path, dng(preview=preview))).image
    photo = read_photo(written(tmp_path, dng(preview=preview, orientation=orientation)))
    assert photo.facts.orientation == orientation
    assert (photo.facts.width > photo.facts.height) == (photo.image.width > photo.image.height) == (orientation < 5)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "b.png", exif=exif)  # that PNG is turned rightly is tested elsewhere
    assert difference(photo.image, read_photo(tmp_path / "b.png").image) == 0


def test_a_preview_that_the_camera_has_turned_is_not_turned_again(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    photo = read_photo(written(tmp_path, dng(preview=jpeg(picture(40, 60)), orientation=6)))
    assert photo.image.size == (40, 60)
    assert difference(photo.image) < 3


def test_facts(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    facts = read_photo(written(tmp_path, dng(xmp=XMP), "a.DNG")).facts
    assert (facts.camera, facts.taken_at) == ("Acme Raw One", datetime(2021, 7, 3, 18, 5, 9))
    assert (facts.format, facts.rating, facts.lens) == ("DNG", 3, None)


def test_a_date_that_only_libraw_understands(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    dates = [
        read_photo(written(tmp_path, dng(date=date))).facts.taken_at for date in ("2021: 7: 3 18: 5: 9", "no date")
    ]
    assert dates == [datetime(2021, 7, 3, 18, 5, 9), None]


@pytest.mark.parametrize("start", [b"II*\0", b"IIRO", b"IIU\0"])
def test_tags_of_files_that_are_nearly_tiff(start: bytes) -> None:
    assert _exif(start + dng()[4:], None)[0x0110] == "Raw One"


def test_tags_of_the_preview_where_the_file_is_no_tiff(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[0x0110] = "Other"
    picture(60, 40).save(tmp_path / "a.jpg", exif=tags)
    with Image.open(tmp_path / "a.jpg") as preview:
        assert _exif(b"FUJIFILMCCD-RAW ", preview)[0x0110] == "Other"
    assert not _exif(b"FUJIFILMCCD-RAW ", None)


def test_what_is_no_raw_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    for name, data in (("a.cr2", jpeg(picture(60, 40))), ("b.nef", b"once upon a time " * 99), ("c.arw", dng()[:500])):
        assert refusal(written(tmp_path, data, name)) == "not a RAW photo that LibRaw knows"
    assert refusal(written(tmp_path, b"short", "d.pef")) == "damaged, or of a kind that is not supported"
    assert refusal(written(tmp_path, b"", "d.raf")) == "the file is empty"


def test_threads_agree(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    paths = [written(tmp_path, dng(orientation=number), f"{number}.dng") for number in range(1, 9)]
    alone = [read_photo(path).image.tobytes() for path in paths]
    with ThreadPoolExecutor(4) as pool:
        assert [photo.image.tobytes() for photo in pool.map(read_photo, paths * 5)] == alone * 5


def test_too_many_pixels_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    assert refusal(written(tmp_path, dng()), max_pixels=6000) == "larger than 0.006 megapixels"
    path = written(tmp_path, dng(preview=jpeg(picture(960, 640))))
    assert read_photo(path, max_pixels=600_000).image.size == (48, 32)  # the preview alone has too many
    huge = written(tmp_path, dng(claimed=(60_000, 60_000)))
    assert refusal(huge) in ("larger than 250 megapixels", "not a RAW photo that LibRaw knows")


def test_without_its_library_it_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    for suffix in RAW_SUFFIXES:
        path = written(tmp_path, dng(), f"a{suffix.upper()}")
        assert refusal(path) == "RAW needs: pip install 'lens-photos[raw]'"


@pytest.mark.parametrize("package", ["rawpy", "pillow-heif"])
def test_the_reader_changes_with_what_can_be_read(tmp_path: Path, package: str) -> None:
    """What was skipped is tried again once the package is installed, or another version of it."""

    def reader(version: str) -> str:
        installed = tmp_path / version / f"{package.replace('-', '_')}-{version}.dist-info"
        installed.mkdir(parents=True)
        (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed.parent), *sys.path])}
        command = [sys.executable, "-c", "from lens.photos import READER; print(READER)"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert f"{package}-98.1" in reader("98.1")
    assert f"{package}-98.1" not in reader("99.2")
