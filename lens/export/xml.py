"""XML that is written as it comes, with what XML 1.0 cannot hold replaced."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

__all__ = ["Xml"]

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Xml:
    """A document that is being written.

    Args:
        file: takes UTF-8.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._to = XMLGenerator(file, encoding="utf-8", short_empty_elements=True)
        self._to.startDocument()
        self._depth = 0

    @contextmanager
    def within(self, name: str, attributes: Mapping[str, object] | None = None) -> Iterator[None]:
        """An element with others in it."""
        self._indent()
        self._open(name, attributes or {})
        self._depth += 1
        yield
        self._depth -= 1
        self._indent()
        self._to.endElement(name)

    def leaf(self, name: str, text: object = "", attributes: Mapping[str, object] | None = None) -> None:
        """An element with nothing but text in it."""
        self._indent()
        self._open(name, attributes or {})
        # A carriage return has to be a reference, or readers take it for a line feed.
        pieces = _clean(text).split("\r")
        for at, piece in enumerate(pieces):
            if at:
                self._to.ignorableWhitespace("&#13;")
            self._to.characters(piece)
        self._to.endElement(name)

    def _open(self, name: str, attributes: Mapping[str, object]) -> None:
        self._to.startElement(name, AttributesImpl({key: _clean(value) for key, value in attributes.items()}))

    def _indent(self) -> None:
        self._to.ignorableWhitespace("\n" + "  " * self._depth)


def _clean(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else _NO_XML.sub("\ufffd", text)
