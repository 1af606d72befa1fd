"""RAW photos made by hand: DNG files (Adobe DNG specification 1.4) of a sensor that saw a known scene."""

import struct
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 96, 64

# XYZ to linear sRGB under D65, ten thousandths: the camera's colours are the screen's.
_COLOUR_MATRIX = (32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572)
_BYTE, _TEXT, _SHORT, _LONG, _RATIONAL, _SIGNED = 1, 2, 3, 4, 5, 10
_CODES = {_BYTE: "B", _SHORT: "H", _LONG: "L", _RATIONAL: "L", _SIGNED: "l"}

type_and_data = tuple[int, int, bytes]  # type, count, value


def scene(width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.float64]:
    """(height, width, 3) sRGB from 0 to 1, different in every corner."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return np.stack([x, y, 0.5 + 0.4 * np.sin(5 * x * y)], axis=2)


def picture(width: int, height: int) -> Image.Image:
    """The scene as a camera shows it."""
    return Image.fromarray((scene(width, height) * 255 + 0.5).astype(np.uint8))


def jpeg(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=95)
    return file.getvalue()


def dng(
    *,
    preview: Image.Image | bytes | None = None,
    orientation: int = 1,
    date: str = "2021:07:03 18:05:09",
    xmp: bytes = b"",
    claimed: tuple[int, int] | None = None,
) -> bytes:
    """A DNG file of 96 × 64 pixels.

    Args:
        preview: What the camera embedded: an image is stored as plain pixels, bytes are a JPEG.
        orientation: EXIF's, of sensor and preview.
        date: EXIF's DateTime.
        xmp: A packet to embed.
        claimed: Width and height that the sensor claims to have, in place of the true ones.
    """
    width, height = claimed or (WIDTH, HEIGHT)
    sensor = _mosaic()
    body = bytearray(struct.pack("<2sHL", b"II", 42, 0)) + sensor
    raw = {
        254: _field(_LONG, 0),
        256: _field(_LONG, width),
        257: _field(_LONG, height),
        258: _field(_SHORT, 16),
        259: _field(_SHORT, 1),
        262: _field(_SHORT, 32803),  # colour filter array
        273: _field(_LONG, 8),
        277: _field(_SHORT, 1),
        278: _field(_LONG, height),
        279: _field(_LONG, len(sensor)),
        33421: _field(_SHORT, 2, 2),
        33422: _field(_BYTE, 0, 1, 1, 2),  # red, green; green, blue
        50717: _field(_LONG, 65535),  # white
    }
    camera = {
        271: _text("Acme"),
        272: _text("Raw One"),
        274: _field(_SHORT, orientation),
        306: _text(date),
        50706: _field(_BYTE, 1, 4, 0, 0),
        50707: _field(_BYTE, 1, 1, 0, 0),
        50708: _text("Acme Raw One"),
        50721: _field(_SIGNED, *(part for value in _COLOUR_MATRIX for part in (value, 10_000))),
        50728: _field(_RATIONAL, 1, 1, 1, 1, 1, 1),
        50778: _field(_SHORT, 21),  # D65
    }
    if xmp:
        camera[700] = (_BYTE, len(xmp), xmp)
    if preview is None:
        first = raw | camera
    else:
        sub = len(body)
        body += _directory(sub, raw)
        pixels = preview if isinstance(preview, bytes) else preview.tobytes()
        with Image.open(BytesIO(preview)) if isinstance(preview, bytes) else preview as image:
            size = image.size
        first = camera | {
            254: _field(_LONG, 1),
            256: _field(_LONG, size[0]),
            257: _field(_LONG, size[1]),
            258: _field(_SHORT, 8, 8, 8),
            259: _field(_SHORT, 7 if isinstance(preview, bytes) else 1),
            262: _field(_SHORT, 6 if isinstance(preview, bytes) else 2),
            273: _field(_LONG, len(body)),
            277: _field(_SHORT, 3),
            278: _field(_LONG, size[1]),
            279: _field(_LONG, len(pixels)),
            330: _field(_LONG, sub),
        }
        body += pixels
    body += bytes(len(body) % 2)
    body[4:8] = struct.pack("<L", len(body))
    return bytes(body + _directory(len(body), first))


def _mosaic() -> bytes:
    """What a sensor under a Bayer filter sees: one linear value of 16 bits a pixel."""
    seen = scene()
    linear = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4)
    sensor = linear[:, :, 1].copy()
    sensor[0::2, 0::2] = linear[0::2, 0::2, 0]
    sensor[1::2, 1::2] = linear[1::2, 1::2, 2]
    return (sensor * 65535).astype("<u2").tobytes()


def _field(type_: int, *values: int) -> type_and_data:
    count = len(values) // 2 if type_ in (_RATIONAL, _SIGNED) else len(values)
    return type_, count, struct.pack(f"<{len(values)}{_CODES[type_]}", *values)


def _text(text: str) -> type_and_data:
    return _TEXT, len(text) + 1, text.encode() + b"\0"


def _directory(offset: int, fields: dict[int, type_and_data]) -> bytes:
    """A directory that will stand at `offset`, and behind it the values that do not fit into their four bytes."""
    behind = offset + 2 + 12 * len(fields) + 4
    entries, values = struct.pack("<H", len(fields)), b""
    for tag, (type_, count, data) in sorted(fields.items()):
        place = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<L", behind + len(values))
        entries += struct.pack("<HHL", tag, type_, count) + place
        values += data + bytes(len(data) % 2) if len(data) > 4 else b""
    return entries + bytes(4) + values
