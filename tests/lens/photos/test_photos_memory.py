"""Photos that are larger than they look on disk are refused, or cost no more memory than their pixels need."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("resource", reason="peak memory is measured where POSIX is")

MB = 1_000_000
_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, bytes or kilobytes

_READ = """
import resource, sys
from pathlib import Path
from PIL import Image
from lens.errors import PhotoError
from lens.photos import read_photo
Image.init()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    outcome = "x".join(map(str, read_photo(Path(sys.argv[1]), min_side=224).image.size))
except PhotoError as error:
    outcome = str(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
print(outcome)
"""


_READ_SIX_AT_ONCE = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from PIL import Image
from lens.indexing.memory import give_back_soon
from lens.photos import read_photo
give_back_soon()  # as an index run does: otherwise glibc keeps what is freed
Image.init()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with ThreadPoolExecutor(6) as pool:
    photos = [pool.submit(read_photo, Path(sys.argv[1]), min_side=224) for _ in range(6)]
sizes = {photo.result().image.size for photo in photos}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
print(sizes)
"""


def read(path: Path, program: str = _READ) -> tuple[str, int]:
    """What becomes of a photo in a process of its own, and by how many bytes its memory peaks.

    A process inherits the peak of the one that started it, which is therefore a small shell and not pytest.
    """
    command = ["/bin/sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    peak, outcome = done.stdout.splitlines()
    return outcome, int(peak) * _UNIT


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def png(path: Path, width: int, height: int, channels: int, extra: bytes = b"") -> Path:
    """A grey or RGB PNG of any size, compressed row by row."""
    deflate = zlib.compressobj(9)
    row = bytes(1 + width * channels)
    pixels = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    header = struct.pack(">LLBBBBB", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
    return path


def test_a_png_of_900_megapixels_is_refused_unread(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", 30_000, 30_000, 1)
    assert path.stat().st_size < MB
    outcome, peak = read(path)
    assert outcome == "larger than 250 megapixels"
    assert peak < 20 * MB


def test_the_largest_that_is_read_costs_little_more_than_its_pixels(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", 12_000, 8_000, 3)
    outcome, peak = read(path)
    assert outcome == "706x471"
    assert 380 * MB < peak < 450 * MB  # Pillow needs 4 bytes a pixel; a second copy of them would be seen


def test_large_photos_are_not_all_decoded_at_once(tmp_path: Path) -> None:
    outcome, peak = read(png(tmp_path / "a.png", 12_000, 8_000, 3), _READ_SIX_AT_ONCE)
    assert outcome == "{(706, 471)}"
    assert 700 * MB < peak < 1000 * MB  # two of 96 megapixels fit into 250, six would take 2.3 GB


def test_transparency_costs_no_copy(tmp_path: Path) -> None:
    Image.new("RGBA", (6_000, 4_000)).save(tmp_path / "a.png", compress_level=1)
    outcome, peak = read(tmp_path / "a.png")
    assert outcome == "750x500"
    assert 180 * MB < peak < 240 * MB  # 8 bytes a pixel: Pillow multiplies colours by opacity before it shrinks them


def test_a_large_jpeg_costs_little(tmp_path: Path) -> None:
    Image.new("RGB", (12_000, 8_000)).save(tmp_path / "a.jpg")
    outcome, peak = read(tmp_path / "a.jpg")
    assert outcome == "750x500"
    assert peak < 40 * MB


def test_texts_and_profiles_that_unfold_without_end_are_not_unfolded(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(300_000_000))
    for kind, data in (
        (b"zTXt", b"note\0\0" + bomb),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb),
        (b"iCCP", b"a\0\0" + bomb),
    ):
        _, peak = read(png(tmp_path / "a.png", 300, 300, 3, chunk(kind, data)))
        assert peak < 50 * MB, kind


def claims() -> dict[str, bytes]:
    """Small files of several formats that claim to hold more than 250 megapixels."""
    tiff, heic = BytesIO(), BytesIO()
    Image.new("RGB", (64, 64)).save(tiff, "TIFF")
    pytest.importorskip("pillow_heif").from_pillow(Image.new("RGB", (64, 64))).save(heic)
    width, side = struct.Struct("<HHLL"), struct.Struct(">LL")
    gif = struct.pack("<HHBBB6x", 65_535, 65_535, 0x80, 0, 0) + b"," + struct.pack("<HHHHBB", 0, 0, 9, 9, 0, 2)
    return {
        "a.bmp": b"BM" + struct.pack("<LHHLLllHHLLllLL", 99, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
        "a.gif": b"GIF89a" + gif,
        "a.ppm": b"P6 50000 50000 255\n",
        "a.tif": tiff.getvalue().replace(width.pack(256, 4, 1, 64), width.pack(256, 4, 1, 10**9)),
        "a.heic": heic.getvalue().replace(side.pack(64, 64), side.pack(60_000, 60_000)),
    }


def test_other_formats_that_claim_too_much(tmp_path: Path) -> None:
    for name, data in claims().items():
        (tmp_path / name).write_bytes(data)
        outcome, peak = read(tmp_path / name)
        assert outcome == "larger than 250 megapixels", name
        assert peak < 20 * MB, name
