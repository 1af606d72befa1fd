"""Tags into an XMP packet: what is lacking is put in, and not a byte of the rest is changed.

Three properties hold them, so that every program finds its own: `dc:subject` (ISO 16684-1), flat, for all; and with
all above a tag, Lightroom's `lr:hierarchicalSubject` (`animal|dog`) and digiKam's `digiKam:TagsList` (`animal/dog`).
"""

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from defusedxml.ElementTree import fromstring

from lens.errors import SidecarError
from lens.photos.tags import one_line
from lens.photos.xmp import MAX_BYTES, parse_xmp

__all__ = ["merged", "new_packet"]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
BETWEEN = " "
"""Between a namespace and a name, as expat gives both."""
START_TAG = re.compile(rb"""<([^\s/>]+)(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(/?)>""")
PADDING = "\0 \t\r\n"
MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF8: "utf-8"}


@dataclass(frozen=True)
class _Property:
    """One of the three."""

    prefix: str
    namespace: str
    name: str
    container: str
    between: str | None
    """What stands between a tag and its parent; None where parents are left out."""

    @property
    def key(self) -> str:
        return f"{self.namespace}{BETWEEN}{self.name}"

    def items(self, paths: Iterable[Sequence[str]]) -> list[str]:
        """What it should hold for tags, each given with all above it."""
        if self.between is None:
            return list(dict.fromkeys(path[-1] for path in paths))
        every = [tuple(path) for path in paths]
        above = {path[:length] for path in every for length in range(1, len(path))}
        return list(dict.fromkeys(self.between.join(path) for path in every if path not in above))


PROPERTIES = (
    _Property("dc", "http://purl.org/dc/elements/1.1/", "subject", "Bag", None),
    _Property("lr", "http://ns.adobe.com/lightroom/1.0/", "hierarchicalSubject", "Bag", "|"),
    _Property("digiKam", "http://www.digikam.org/ns/1.0/", "TagsList", "Seq", "/"),
)
EMPTY = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Lens">
 <rdf:RDF xmlns:rdf="{RDF}">
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def new_packet(paths: Sequence[Sequence[str]]) -> bytes:
    """A packet with nothing but tags, each given with all above it, the topmost first."""
    return merged(EMPTY.encode(), paths)


def merged(packet: bytes, paths: Sequence[Sequence[str]]) -> bytes:
    """The packet with these tags in it; the same bytes if it has them all, in capitals or not.

    Args:
        packet: of a side-car.
        paths: tags, each with all above it, the topmost first.

    Raises:
        SidecarError: it cannot be understood: broken, no XMP, with a document type or entities, larger than 4 MB, or
            with tags in a form that no program writes.
    """
    text, encoding, mark = _decoded(packet)
    head = text[: len(text) - len(text.lstrip(PADDING))]
    tail = text[len(text.rstrip(PADDING)) :] if text.strip(PADDING) else ""
    body = text[len(head) : len(text) - len(tail)].encode()
    found = _look(body)
    edits = [edit for each in PROPERTIES if (edit := _edit(body, found, each, paths))]
    absent = [each for each in PROPERTIES if each.key not in found.places]
    if absent:
        edits.append(_described(body, found, absent, paths))
    for edit in sorted(edits, key=lambda each: -each.start):
        body = body[: edit.start] + edit.text.encode() + body[edit.end :]
    if not edits:
        return packet
    changed = mark + (head + body.decode() + tail).encode(encoding, "xmlcharrefreplace")
    _check(packet, changed, [path[-1] for path in paths])
    return changed


@dataclass(frozen=True)
class _Edit:
    """Bytes from `start` to `end` give way to a text."""

    start: int
    end: int
    text: str


@dataclass
class _Place:
    """Where an element ends, and so where more can be put into it."""

    name: str
    """With its prefix, as it is written."""
    end: int = 0
    """Where its end tag begins; of an element without one, behind its `/>`."""
    empty: bool = False
    """Whether it has no end tag."""
    items: list[str] = field(default_factory=list)
    container: "_Place | None" = None
    text: str = ""
    """That stands in it, but not in a container."""


@dataclass
class _Found:
    """What is in a packet."""

    rdf: _Place | None = None
    about: str = ""
    places: dict[str, _Place] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    """Of the nodes, which no array can be."""


def _decoded(packet: bytes) -> tuple[str, str, bytes]:
    """The text of a packet, its encoding, and the mark of byte order it began with."""
    if len(packet) > MAX_BYTES:
        raise SidecarError("is larger than 4 MB")
    mark = next((mark for mark in MARKS if packet.startswith(mark)), b"")
    declared = re.match(rb"""[\0\s]*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""", packet)
    encoding = MARKS[mark] if mark else declared[1].decode() if declared else "utf-8"
    try:
        return packet[len(mark) :].decode(encoding), encoding, mark
    except (UnicodeDecodeError, LookupError) as error:
        raise SidecarError(f"is not the text that it says it is ({error})") from error


def _look(body: bytes) -> _Found:
    """What is where in a packet, as bytes of UTF-8."""
    try:
        fromstring(body.decode(), forbid_dtd=True)
    except (SyntaxError, ValueError) as error:  # ParseError, DefusedXmlException
        kind = "has a document type" if "DTD" in type(error).__name__ else f"is no well-formed XML ({error})"
        raise SidecarError(kind) from error
    watch = _Watch(body)
    watch.parser.Parse(body, True)
    if watch.found.rdf is None:
        raise SidecarError("is no XMP: it has no rdf:RDF")
    return watch.found


class _Watch:
    """Watches a parser walk through a packet."""

    def __init__(self, body: bytes) -> None:
        self.found = _Found()
        self._body = body
        self._open: list[tuple[str, _Place]] = []
        self.parser = expat.ParserCreate("utf-8", BETWEEN)
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        written = START_TAG.match(self._body, self.parser.CurrentByteIndex)
        place = _Place(written[1].decode(), empty=bool(written[2])) if written else _Place("")
        above = [each for each, _ in self._open]
        self._open.append((name, place))
        if name == f"{RDF}{BETWEEN}RDF":
            self.found.rdf = self.found.rdf or place
        if f"{RDF}{BETWEEN}RDF" not in above:
            return
        depth = len(above) - above.index(f"{RDF}{BETWEEN}RDF")
        if depth == 1:
            self.found.about = self.found.about or attributes.get(f"{RDF}{BETWEEN}about", attributes.get("about", ""))
            self.found.attributes |= attributes.keys()
        elif depth == 2:
            self.found.places.setdefault(name, place)
        elif depth == 3 and name.startswith(RDF):
            self._open[-2][1].container = place
        elif depth == 4 and name == f"{RDF}{BETWEEN}li":
            self._open[-2][1].items.append("")

    def _end(self, _: str) -> None:
        _, place = self._open.pop()
        place.end = self.parser.CurrentByteIndex

    def _text(self, text: str) -> None:
        name, place = self._open[-1] if self._open else ("", _Place(""))
        if name == f"{RDF}{BETWEEN}li" and len(self._open) > 1 and self._open[-2][1].items:
            self._open[-2][1].items[-1] += text
        else:
            place.text += text.strip()


def _edit(body: bytes, found: _Found, each: _Property, paths: Sequence[Sequence[str]]) -> _Edit | None:
    """What has to be put into a property that is there; None if it has all, or is not there."""
    if each.key in found.attributes or (each.key in found.places and found.places[each.key].text):
        raise SidecarError(f"has {each.prefix}:{each.name} in a form that no program writes")
    place = found.places.get(each.key)
    if place is None:
        return None
    container = place.container
    held = {_same(item) for item in container.items} if container else set()
    new = [item for item in each.items(paths) if _same(item) not in held]
    if not new:
        return None
    if container is None:
        return _put(body, place, [_container(each, new, f' xmlns:rdf="{RDF}"')])
    prefix = container.name.rpartition(":")[0]
    li = f"{prefix}:li" if prefix else "li"
    return _put(body, container, [f"<{li}>{escape(item)}</{li}>" for item in new])


def _described(body: bytes, found: _Found, absent: Sequence[_Property], paths: Sequence[Sequence[str]]) -> _Edit:
    """One more description of the photo, with the properties that are not there."""
    names = " ".join(f'xmlns:{each.prefix}="{each.namespace}"' for each in absent)
    lines = [f'<rdf:Description xmlns:rdf="{RDF}" rdf:about={quoteattr(found.about)} {names}>']
    lines += [f" <{each.prefix}:{each.name}>{_container(each, each.items(paths))}</{each.prefix}:{each.name}>"
              for each in absent]  # fmt: skip
    return _put(body, found.rdf or _Place(""), [*lines, "</rdf:Description>"])


def _container(each: _Property, items: Sequence[str], declared: str = "") -> str:
    inside = "".join(f"<rdf:li>{escape(item)}</rdf:li>" for item in items)
    return f"<rdf:{each.container}{declared}>{inside}</rdf:{each.container}>"


def _put(body: bytes, place: _Place, lines: Sequence[str]) -> _Edit:
    """Lines as the last in an element, indented as its end is."""
    if place.empty:
        return _Edit(place.end - 2, place.end, f">{''.join(lines)}</{place.name}>")
    before = body[: place.end]
    indent = re.search(rb"\n([ \t]*)$", before)
    if indent is None:
        return _Edit(place.end, place.end, "".join(lines))
    start, space = place.end - len(indent[1]), indent[1].decode()
    return _Edit(start, start, "".join(f"{space} {line}\n" for line in lines))


def _same(item: str) -> str:
    return (one_line(item) or "").casefold()


def _check(before: bytes, after: bytes, names: Sequence[str]) -> None:
    """Make sure that what is to be written says all that was said before, and the new tags."""
    old, new = parse_xmp(before), parse_xmp(after)
    lost = {_same(word) for word in (*old.keywords, *names)} - {_same(word) for word in new.keywords}
    if new.rating != old.rating or lost:
        raise SidecarError("has room for no more tags" if lost else "would lose its rating")
