"""Ratings and keywords, in photos and beside them."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from lens.photos import Facts, read_photo
from lens.photos.xmp import Xmp, parse_xmp

RATING = 0x4746


def packet(inside: str = "", attributes: str = "") -> bytes:
    """An XMP packet as programs write it, with padding behind."""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:lr="http://ns.adobe.com/lightroom/1.0/" {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>
{" " * 200}<?xpacket end="w"?>""".encode()


def bag(name: str, *words: str, kind: str = "Bag") -> str:
    return f"<{name}><rdf:{kind}>{''.join(f'<rdf:li>{word}</rdf:li>' for word in words)}</rdf:{kind}></{name}>"


def tagged(rating: int, *keywords: str) -> bytes:
    return packet(bag("dc:subject", *keywords), f'xmp:Rating="{rating}"')


def facts_of(path: Path, **options: object) -> Facts:
    Image.new("RGB", (40, 20)).save(path, **options)  # type: ignore[arg-type]
    return read_photo(path).facts


# -- packets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "attributes", "rating"),
    [
        ("", 'xmp:Rating="4"', 4),
        ("<xmp:Rating>4</xmp:Rating>", "", 4),
        ("<xmp:Rating> 4.0 </xmp:Rating>", "", 4),
        ("", 'xmp:Rating="0"', 0),
        ("", 'xmp:Rating="-1"', None),
        ("", 'xmp:Rating="3.5"', None),
        ("", 'xmp:Rating="99"', None),
        ("", 'xmp:Rating="inf"', None),
        ("", 'xmp:Rating="many"', None),
        ("<xmp:Rating/>", "", None),
        ("<xmp:Rating>9</xmp:Rating>", 'xmp:Rating="2"', 2),
        ("", "", None),
    ],
)
def test_ratings(inside: str, attributes: str, rating: int | None) -> None:
    assert parse_xmp(packet(inside, attributes)) == Xmp(rating)


@pytest.mark.parametrize(
    ("inside", "keywords"),
    [
        (bag("dc:subject", "dog", "Zürich", "dog"), ("dog", "Zürich")),
        (bag("dc:subject", "dog", kind="Seq"), ("dog",)),
        ("<dc:subject>dog</dc:subject>", ("dog",)),
        (
            bag("lr:hierarchicalSubject", "Places|Portugal|Lisbon", "Places|Spain"),
            ("Places", "Portugal", "Lisbon", "Spain"),
        ),
        (bag("dc:subject", "Lisbon") + bag("lr:hierarchicalSubject", "Places|Lisbon"), ("Lisbon", "Places")),
        (bag("dc:subject", " two\n words ", "", "  ", "x" * 300, "&lt;b&gt;"), ("two words", "x" * 200, "<b>")),
        (bag("dc:subject", "Ã¼", "犬"), ("Ã¼", "犬")),  # XML says what it is; nothing is to be guessed
        (bag("dc:subject"), ()),
        ("<dc:title>dog</dc:title>", ()),
    ],
)
def test_keywords(inside: str, keywords: tuple[str, ...]) -> None:
    assert parse_xmp(packet(inside)) == Xmp(None, keywords)


def test_there_is_a_limit_to_keywords() -> None:
    assert len(parse_xmp(packet(bag("dc:subject", *map(str, range(5000))))).keywords) == 1000


@pytest.mark.parametrize(
    ("encoding", "name", "mark"),
    [
        ("utf-8", "UTF-8", b"\xef\xbb\xbf"),
        ("utf-16-le", "UTF-16", b"\xff\xfe"),
        ("utf-16-be", "UTF-16", b"\xfe\xff"),
        ("latin-1", "ISO-8859-1", b""),
    ],
)
def test_other_encodings(encoding: str, name: str, mark: bytes) -> None:
    inside = (
        tagged(3, "Zürich").decode().split("?>", 1)[1].rsplit("<?", 1)[0]
    )  # the packet's frame has a mark of its own
    document = f'<?xml version="1.0" encoding="{name}"?>' + inside
    assert parse_xmp(mark + document.encode(encoding)) == Xmp(3, ("Zürich",))


@pytest.mark.parametrize("padding", [b"", b"\0" * 9, b" \r\n\0"])
def test_padding(padding: bytes) -> None:
    assert parse_xmp(padding + tagged(3, "dog") + padding) == Xmp(3, ("dog",))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
HOSTILE = {
    "nothing": b"",
    "no XML": b"\xff\xd8 once upon a time",
    "half of it": tagged(3, "dog")[:-300],
    "a billion laughs": f"<!DOCTYPE x [{LAUGHS}]>".encode() + tagged(3, "&l9;"),
    "one entity": b'<!DOCTYPE x [<!ENTITY dog "dog">]>' + tagged(3, "&dog;"),
    "a file of the system": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + tagged(3, "&f;"),
    "a document type elsewhere": b'<!DOCTYPE x SYSTEM "http://localhost/x.dtd">' + tagged(3, "dog"),
    "an unknown encoding": b'<?xml version="1.0" encoding="klingon"?><x/>',
    "an encoding of many bytes": b'<?xml version="1.0" encoding="shift_jis"?><x/>',
    "too much": tagged(3, "x" * 4_000_000),
    "a deep well": b"<a>" * 100_000 + b"</a>" * 100_000,
    "subjects within subjects": packet("<dc:subject>" * 120_000 + "</dc:subject>" * 120_000),
    "names without a namespace": b'<Description Rating="3"><subject>dog</subject></Description>',
}


@pytest.mark.timeout(30)  # far more than it takes, and far less than what grows with the square of the size would
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_broken_packet_says_nothing(kind: str) -> None:
    assert parse_xmp(HOSTILE[kind]) == Xmp()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_broken_packet_never_costs_the_photo(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.xmp").write_bytes(HOSTILE[kind])
    exif = Image.Exif()
    exif[RATING] = 2
    facts = facts_of(tmp_path / "a.webp", exif=exif, xmp=HOSTILE[kind])
    assert (facts.rating, facts.keywords) == (2, ())


# -- photos -----------------------------------------------------------------------------------------------------------


def iptc(*keywords: bytes) -> bytes:
    return b"".join(b"\x1c\x02\x19" + len(word).to_bytes(2, "big") + word for word in keywords)


def resource(data: bytes) -> bytes:
    """A JPEG segment of Photoshop's, with IPTC in it (CIPA DC-008 knows nothing of it; XMP specification, part 3)."""
    block = b"8BIM\x04\x04\0\0" + len(data).to_bytes(4, "big") + data + bytes(len(data) % 2)
    content = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + (len(content) + 2).to_bytes(2, "big") + content


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif", ".heic"])
def test_packets_in_every_format(tmp_path: Path, suffix: str) -> None:
    options: dict[str, object] = {"xmp": tagged(4, "dog")}
    if suffix == ".heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    if suffix == ".png":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", tagged(4, "dog").decode())
        options = {"pnginfo": info}
    if suffix == ".tif":
        tags = ImageFileDirectory_v2()
        tags[700] = tagged(4, "dog")
        tags.tagtype[700] = 1
        options = {"tiffinfo": tags}
    facts = facts_of(tmp_path / f"a{suffix}", **options)
    assert (facts.rating, facts.keywords) == (4, ("dog",))


def test_xmp_counts_more_than_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[RATING] = 2
    assert facts_of(tmp_path / "a.jpg", exif=exif).rating == 2
    assert facts_of(tmp_path / "a.jpg", exif=exif, xmp=tagged(-1)).rating == 2
    assert facts_of(tmp_path / "a.jpg", exif=exif, xmp=tagged(5)).rating == 5


@pytest.mark.parametrize(
    ("data", "keywords"),
    [
        (iptc(b"dog"), ("dog",)),
        (iptc(b"dog", "Zürich".encode(), "Köln".encode("latin-1"), b"dog"), ("dog", "Zürich", "Köln")),
        (iptc(b""), ()),
        (iptc(b"dog", b"", b"cat"), ("dog", "cat")),
        (iptc(b"dog")[:-1], ("do",)),
        (b"\x1c\x02\x19\x80\x04\xff\xff\xff\xff", ()),
        (b"nonsense", ()),
    ],
)
def test_iptc_keywords(tmp_path: Path, data: bytes, keywords: tuple[str, ...]) -> None:
    file = BytesIO()
    Image.new("RGB", (40, 20)).save(file, "JPEG")
    (tmp_path / "a.jpg").write_bytes(file.getvalue()[:2] + resource(data) + file.getvalue()[2:])
    assert read_photo(tmp_path / "a.jpg").facts.keywords == keywords


def test_iptc_keywords_of_a_tiff(tmp_path: Path) -> None:
    tags = ImageFileDirectory_v2()
    tags[33723] = iptc(b"dog", b"cat")
    tags.tagtype[33723] = 7
    assert facts_of(tmp_path / "a.tif", tiffinfo=tags).keywords == ("dog", "cat")


# -- side-cars --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.xmp", "a.jpg.xmp", "a.XMP", "a.jpg.XMP"])
def test_side_cars(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(tagged(5, "dog"))
    facts = facts_of(tmp_path / "a.jpg")
    assert (facts.rating, facts.keywords) == (5, ("dog",))
    assert facts_of(tmp_path / "b.jpg").keywords == ()


def test_a_side_cars_rating_wins_and_keywords_come_together(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    assert facts_of(photo, xmp=tagged(1, "dog", "cat")).rating == 1
    (tmp_path / "a.xmp").write_bytes(tagged(4, "cat", "bird"))
    facts = facts_of(photo, xmp=tagged(1, "dog", "cat"))
    assert (facts.rating, facts.keywords) == (4, ("dog", "cat", "bird"))
    (tmp_path / "a.jpg.xmp").write_bytes(tagged(5, "fish"))
    facts = facts_of(photo, xmp=tagged(1, "dog", "cat"))
    assert (facts.rating, facts.keywords) == (5, ("dog", "cat", "fish", "bird"))
    (tmp_path / "a.jpg.xmp").write_bytes(packet())
    assert facts_of(photo, xmp=tagged(1)).rating == 4


def test_a_side_car_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.xmp").write_bytes(packet())
    facts = facts_of(tmp_path / "a.jpg", xmp=tagged(1, "dog"))
    assert (facts.rating, facts.keywords) == (1, ("dog",))


def test_a_side_car_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.xmp").mkdir()
    (tmp_path / "a.jpg.xmp").symlink_to(tmp_path / "nowhere")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "a.XMP")
    assert facts_of(tmp_path / "a.jpg", xmp=tagged(1, "dog")).rating == 1
