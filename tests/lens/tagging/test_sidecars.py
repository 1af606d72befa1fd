"""Tags in side-cars: what other programs find there, and that nothing which was there is lost."""

import difflib
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from lens.errors import SidecarError
from lens.indexing.report import nothing_to_tell
from lens.photos.xmp import parse_xmp, read_sidecars
from lens.tagging.photo_tags import PhotoTags, Tag
from lens.tagging.sidecars import sidecar_of, write_sidecars
from lens.tagging.xmp_merging import merged, new_packet

PATHS = [("animal",), ("animal", "dog"), ("tree & <leaf>",), ("café",)]
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

DARKTABLE = """<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
   xmp:Rating="4"
   darktable:xmp_version="5">
   <darktable:history>
    <rdf:Seq>
     <rdf:li
      darktable:num="0"
      darktable:operation="exposure"
      darktable:params="gz11eJxjYGBgYAJiCQYYOOHEgAYY0QVwggZ7CB6p8dlAwQ=="/>
    </rdf:Seq>
   </darktable:history>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>Dog</rdf:li>
     <rdf:li>holiday &amp; sea</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <lr:hierarchicalSubject>
    <rdf:Bag>
     <rdf:li>trips|holiday &amp; sea</rdf:li>
    </rdf:Bag>
   </lr:hierarchicalSubject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""
DIGIKAM = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<!-- mine -->
<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<r:Description r:about="uuid:faf5bdd5" xmlns:digiKam="http://www.digikam.org/ns/1.0/"
 xmlns:mine="urn:x" mine:a="1 &#10; />">
<digiKam:TagsList><r:Seq><r:li>People/Ana</r:li></r:Seq></digiKam:TagsList>
<mine:b r:parseType="Resource"><mine:c>x</mine:c></mine:b>
</r:Description></r:RDF></x:xmpmeta>
<?xpacket end='w'?>"""
EMPTY_BAG = f"""<R xmlns="{RDF}"><RDF><Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><Bag/></dc:subject>
</Description></RDF></R>"""
EMPTY_SUBJECT = f"""<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description xmlns:d="http://purl.org/dc/elements/1.1/"><d:subject/>
</rdf:Description></rdf:RDF>"""
NO_NODE = f'<rdf:RDF xmlns:rdf="{RDF}"/>'


def as_pillow_reads(packet: bytes) -> dict[str, list[str]]:
    """The arrays of a packet as Pillow finds them in a photo."""
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "JPEG", xmp=packet)
    described = Image.open(made).getxmp()["xmpmeta"]["RDF"]["Description"]
    nodes = described if isinstance(described, list) else [described]
    arrays: dict[str, list[str]] = {}
    for node in nodes:
        for name in {"subject", "hierarchicalSubject", "TagsList"} & node.keys():
            held = next(iter(node[name].values()))["li"]
            arrays[name] = held if isinstance(held, list) else [held]
    return arrays


def elements(packet: bytes) -> list[tuple]:
    """Every element with its attributes and text, but for the three arrays."""
    text = packet.decode("utf-8-sig").strip("\0 \n") if packet[:2] not in (b"\xff\xfe", b"\xfe\xff") else packet
    root = ElementTree.fromstring(text)
    return [(each.tag, dict(each.attrib), (each.text or "").strip()) for each in root.iter()]


def test_a_new_packet_is_read_by_lens_and_by_pillow():
    packet = new_packet(PATHS)
    assert parse_xmp(packet).keywords == ("animal", "dog", "tree & <leaf>", "café")
    assert as_pillow_reads(packet) == {
        "subject": ["animal", "dog", "tree & <leaf>", "café"],
        "hierarchicalSubject": ["animal|dog", "tree & <leaf>", "café"],
        "TagsList": ["animal/dog", "tree & <leaf>", "café"],
    }


@pytest.mark.parametrize("text", [DARKTABLE, DIGIKAM, EMPTY_BAG, EMPTY_SUBJECT, NO_NODE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_was_there_stays(text, encoding):
    text = text.replace('"UTF-8"', '"UTF-16"') if encoding == "utf-16" else text + "\0\0\0"
    before = text.encode(encoding)
    after = merged(before, PATHS)
    old, new = parse_xmp(before), parse_xmp(after)
    assert new.rating == old.rating
    known = {word.casefold() for word in new.keywords}
    assert known >= {"animal", "dog", "tree & <leaf>", "café"} | {word.casefold() for word in old.keywords}
    remaining = elements(after)
    for each in elements(before):
        assert each in remaining
    assert merged(after, PATHS) == after, "there is nothing to add a second time"
    inserted = after.decode(encoding).replace("\r", "")
    position = 0
    for letter in re.sub(r"/>", "", before.decode(encoding)):  # but for empty elements, which are opened
        position = inserted.index(letter, position) + 1


def test_a_packet_of_darktable_only_grows():
    before = DARKTABLE.encode()
    after = merged(before, PATHS)
    compared = difflib.ndiff(DARKTABLE.splitlines(), after.decode().splitlines())
    assert {line[0] for line in compared} == {" ", "+"}, "lines are added and none is changed"
    assert as_pillow_reads(after) == {
        "subject": ["Dog", "holiday & sea", "animal", "tree & <leaf>", "café"],
        "hierarchicalSubject": ["trips|holiday & sea", "animal|dog", "tree & <leaf>", "café"],
        "TagsList": ["animal/dog", "tree & <leaf>", "café"],
    }


def test_a_new_description_is_of_the_same_thing():
    root = ElementTree.fromstring(merged(DIGIKAM.encode(), PATHS).decode().strip("\0"))
    assert {node.get(f"{{{RDF}}}about") for node in root.iter(f"{{{RDF}}}Description")} == {"uuid:faf5bdd5"}


def test_letters_that_an_encoding_lacks_are_written_as_numbers():
    before = DARKTABLE.replace('"UTF-8"', '"ISO-8859-1"').encode("latin-1")
    after = merged(before, [("ねこ",), ("café",)])
    assert {"ねこ", "café"} <= set(parse_xmp(after).keywords)
    assert "café".encode("latin-1") in after


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("packet", "about"),
    [
        (b"", "no well-formed"),
        (b"<x", "no well-formed"),
        (b"<x/>", "no rdf:RDF"),
        (BOMB, "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        (DARKTABLE.encode() + b" " * 4_000_000, "larger than 4 MB"),
        (b'<?xml version="1.0" encoding="none"?><x/>', "is not the text"),
        (b"<x>\xff</x>", "is not the text"),
        (DARKTABLE.replace('xmp:Rating="4"', 'dc:subject="cat"').encode(), "a form that no program writes"),
        (EMPTY_BAG.replace("<Bag/>", "cat").encode(), "a form that no program writes"),
        (new_packet([(f"word {number}",) for number in range(1000)]), "no more tags"),
    ],
)
def test_what_cannot_be_understood_is_refused(packet, about):
    with pytest.raises(SidecarError, match=about) as refused:
        merged(packet, PATHS)
    assert "\n" not in str(refused.value)


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "dog.jpg"
    Image.new("RGB", (8, 8)).save(path)
    return path


def tagged(path: Path, *paths: tuple[str, ...]) -> PhotoTags:
    return PhotoTags("0" * 32, path, "hash", tuple(Tag(path[-1], 0.5, path) for path in paths))


def write(photos, **more):
    return write_sidecars(photos, nothing_to_tell, **more)


def test_a_side_car_is_made_once(photo):
    before = photo.read_bytes()
    foreseen = write([tagged(photo, ("dog",))], dry_run=True)
    assert list(photo.parent.iterdir()) == [photo]
    done = write([tagged(photo, ("dog",)), tagged(photo.with_name("other.jpg"))])
    assert done == foreseen
    [made] = done.written
    assert (made.file.name, made.new) == ("dog.jpg.xmp", True)
    assert read_sidecars(photo).keywords == ("dog",)
    state = made.file.stat()
    again = write([tagged(photo, ("Dog",))])
    assert (again.written, again.unchanged) == ((), 1)
    assert made.file.stat().st_mtime_ns == state.st_mtime_ns
    assert photo.read_bytes() == before
    assert sorted(file.name for file in photo.parent.iterdir()) == ["dog.jpg", "dog.jpg.xmp"]


@pytest.mark.parametrize("name", ["dog.jpg.xmp", "dog.xmp", "dog.XMP", "dog.jpg.XMP"])
def test_the_one_that_is_there_is_added_to(photo, name):
    held = photo.with_name(name)
    held.write_bytes(DARKTABLE.encode())
    held.chmod(0o640)
    [done] = write([tagged(photo, ("cat",))]).written
    assert (done.file, done.new) == (held, False)
    found = read_sidecars(photo)
    assert (found.rating, found.keywords) == (4, ("Dog", "holiday & sea", "cat", "trips"))
    assert held.stat().st_mode & 0o777 == 0o640
    assert len(list(photo.parent.iterdir())) == 2


def test_which_side_car_is_whose(tmp_path):
    def there(*names: str) -> None:
        for name in names:
            (tmp_path / name).touch()

    there("a.jpg", "a.cr2", "a.xmp", "b.jpg", "b.xmp", "c.nef", "d.jpg", "d.jpg.xmp", "d.xmp", "e.nef", "e.nef.xmp")
    named = {name: sidecar_of(tmp_path / name).name for name in ("a.jpg", "a.cr2", "b.jpg", "c.nef", "d.jpg", "e.nef")}
    assert named == {
        "a.jpg": "a.jpg.xmp",
        "a.cr2": "a.xmp",
        "b.jpg": "b.xmp",
        "c.nef": "c.xmp",
        "d.jpg": "d.jpg.xmp",
        "e.nef": "e.nef.xmp",
    }


def test_what_is_refused_stays_as_it_is_and_the_others_are_written(photo):
    broken = photo.with_name("broken.jpg")
    broken.write_bytes(photo.read_bytes())
    broken.with_name("broken.xmp").write_bytes(BOMB)
    done = write([tagged(broken, ("dog",)), tagged(photo, ("dog",)), tagged(photo.with_name("gone.jpg"), ("dog",))])
    assert [path for path, _ in done.refused] == [broken, photo.with_name("gone.jpg")]
    assert "document type" in done.refused[0][1]
    assert "not there" in done.refused[1][1]
    assert [each.photo for each in done.written] == [photo]
    assert broken.with_name("broken.xmp").read_bytes() == BOMB


def test_a_folder_that_cannot_be_written_to_loses_nothing(photo, monkeypatch):
    held = photo.with_name("dog.xmp")
    held.write_bytes(DARKTABLE.encode())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lens.tagging.sidecars.os.fsync", full)
    [(_, why)] = write([tagged(photo, ("cat",))]).refused
    assert "No space left" in why
    assert held.read_bytes() == DARKTABLE.encode()
    assert sorted(file.name for file in photo.parent.iterdir()) == ["dog.jpg", "dog.xmp"]


def test_a_link_leads_to_the_side_car_that_is_written(photo):
    real = photo.parent / "elsewhere" / "real.xmp"
    real.parent.mkdir()
    real.write_bytes(DARKTABLE.encode())
    photo.with_name("dog.xmp").symlink_to(real)
    write([tagged(photo, ("cat",))])
    assert photo.with_name("dog.xmp").is_symlink()
    assert "cat" in parse_xmp(real.read_bytes()).keywords


def test_indexing_again_encodes_nothing(library, photos, encoder, tmp_path):
    library.index([photos], encoder)
    before = encoder.encoded
    write([tagged(path, ("dog",)) for path in library.photos()])
    assert len(list(photos.rglob("*.xmp"))) == 4
    report = library.index([photos], encoder)
    assert (report.moved, report.changed, report.added) == (4, 0, 0)  # looked at, for what the side-cars say
    assert encoder.encoded == before
    assert library.index([photos], encoder).unchanged == 4
