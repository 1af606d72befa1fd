"""Files of other programs that are read as a whole, none longer than such a file is."""

import json
from pathlib import Path
from typing import Any, NoReturn

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from lens.errors import ImportRefused
from lens.export.found import Spot, refuse

__all__ = ["read_bytes", "read_json", "read_text", "read_xml"]


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a file.

    Args:
        path: of the file.
        most: bytes.

    Raises:
        ImportRefused: it cannot be read, or is longer.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise ImportRefused(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if len(content) > most:
        raise refuse(Spot(path), f"the file is longer than {most // 1_000_000} MB")
    return content


def read_text(path: Path, most: int) -> str:
    """The content of a file as UTF-8; see `read_bytes`."""
    try:
        return read_bytes(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(Spot(path, f"byte {error.start:,}"), "this is not UTF-8") from error


def read_json(path: Path, most: int) -> dict[str, Any]:
    """The one object that a file holds; see `read_bytes`."""
    try:
        content = json.loads(read_text(path, most), parse_constant=_no_number)
    except RecursionError as error:
        raise refuse(Spot(path), "it nests too deep") from error
    except ValueError as error:
        raise refuse(Spot(path), f"this is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise refuse(Spot(path), "an object was expected")
    return content


def read_xml(path: Path, most: int) -> Any:
    """The root of a document that declares neither types nor entities; see `read_bytes`."""
    try:
        return fromstring(read_bytes(path, most), forbid_dtd=True)
    except DefusedXmlException as error:
        raise refuse(Spot(path), "it declares a document type or entities, which are not read") from error
    except (ParseError, ValueError, LookupError) as error:
        raise refuse(Spot(path), f"this is not XML ({error})") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
