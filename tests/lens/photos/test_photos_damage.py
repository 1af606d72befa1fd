"""What is damaged, hostile or out of reach is refused with a reason, quietly."""

import hashlib
import json
import os
import struct
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from lens.errors import PhotoError
from lens.photos import Photo, read_photo
from tests.dng import dng, jpeg, picture

# What Pillow decodes only when it is asked a second time, after the first attempt failed.
DAMAGED = {
    "pillow/Tests/images/broken_data_stream.png": "the lower quarter of the pixels is missing",
    "pillow/Tests/images/truncated_end_chunk.png": "the file ends within a chunk",
    "pillow/Tests/images/apng/chunk_no_fctl.png": "the chunks are in an order that is not allowed",
}


def scene(width: int = 96, height: int = 64) -> Image.Image:
    return Image.radial_gradient("L").resize((width, height)).convert("RGB")


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


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


def test_threads_agree(shared_data: Path) -> None:
    """Warnings are errors here: one that leaks from any thread fails."""
    paths = [path for path in sorted((shared_data / "stress/pillow").rglob("*")) if path.is_file()]

    def outcome(path: Path) -> str:
        try:
            photo = read_photo(path, min_side=50)
        except PhotoError as error:
            return str(error)
        return hashlib.sha256(photo.image.tobytes()).hexdigest()

    alone = [outcome(path) for path in paths]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(outcome, paths)) == alone


def test_pillows_warnings_stay_unseen_whatever_filters_are_set(tmp_path: Path) -> None:
    entry = struct.pack("<HHLL", 0x010F, 2, 500, 60_000)  # 500 letters far behind the end
    exif = b"Exif\0\0II*\0" + struct.pack("<LH", 8, 1) + entry + bytes(4)
    path = saved(tmp_path / "a.jpg", scene(), exif=exif)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with Image.open(path) as image:
            image.getexif()
        assert seen  # Pillow does warn
        seen.clear()
        for _ in range(2):
            warnings.simplefilter("always")
            assert read_photo(path).facts.camera is None
            warnings.warn("of somebody else", UserWarning, stacklevel=1)
        assert [str(warning.message) for warning in seen] == ["of somebody else"] * 2


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
    "a.dng": dng(),
    "b.dng": dng(preview=jpeg(picture(60, 40))),
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
