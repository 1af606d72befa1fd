"""The values of EXIF tags, as far as they can be trusted.

EXIF is written by thousands of programs and is wrong in as many ways; a field that makes no sense is dropped, alone.
"""

from typing import Any

from PIL import Image

from lens.photos.pillow import DECODER_ERRORS

_LONGEST_TEXT = 200


def directory(exif: Image.Exif, tag: int) -> dict[int, Any]:
    """The directory of tags that `tag` leads to; empty if it cannot be read."""
    try:
        found = exif.get_ifd(tag)
    except DECODER_ERRORS:
        return {}
    return found if isinstance(found, dict) else {}


def field(tags: Any, tag: int) -> Any:
    """The value of a tag, `None` if it is absent or cannot be decoded (Pillow decodes when asked)."""
    try:
        value = tags.get(tag)
    except DECODER_ERRORS:
        return None
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def text_field(tags: Any, tag: int) -> str | None:
    """The value of a tag as one clean line of at most 200 characters."""
    value = field(tags, tag)
    if isinstance(value, bytes):
        return one_line(value.decode(errors="replace"))
    return one_line(_utf8(value)) if isinstance(value, str) else None


def one_line(text: str) -> str | None:
    """Text without control characters, at most 200 characters; `None` if nothing is left."""
    text = text.split("\0", 1)[0] if text.strip("\0") and text[0] != "\0" else text.replace("\0", "")
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())[:_LONGEST_TEXT].rstrip() or None


def stars(value: Any) -> int | None:
    """A rating of 0 to 5 stars; anything else is none (-1 says "rejected", 99 is Windows' per cent)."""
    return value if isinstance(value, int) and 0 <= value <= 5 else None


def _utf8(value: str) -> str:
    """Pillow takes EXIF text for Latin-1; what is well-formed UTF-8 was meant to be UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value.encode(errors="replace").decode()
