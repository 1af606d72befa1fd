"""Side-cars that come, change and go after their photo was indexed."""

import os
from pathlib import Path

import pytest

from lens import Library
from lens.indexing import reading
from lens.photos import FoundPhoto, scan
from lens_indexes import Index, PhotoRow
from tests.fakes import ColourEncoder
from tests.rows import age

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmp:Rating="{rating}"><dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"""


def write(sidecar: Path, rating: int, *keywords: str, at: int) -> None:
    words = "".join(f"<rdf:li>{word}</rdf:li>" for word in keywords)
    sidecar.write_text(XMP.format(rating=rating, words=words))
    os.utime(sidecar, (at, at))


def known(library: Library, name: str) -> PhotoRow:
    index = Index.open(library.uri)
    return next(row for row in index.photos.get([id_ for id_, _, _ in index.photos.places()]) if row.path == name)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read."""
    names: list[str] = []
    read_photo = reading.read_photo

    def reading_it(path, **options):
        names.append(path.name)
        return read_photo(path, **options)

    monkeypatch.setattr(reading, "read_photo", reading_it)
    return names


@pytest.mark.parametrize("name", ["red.png.xmp", "red.xmp", "red.XMP"])
def test_a_sidecar_is_followed_without_encoding_anything_again(
    library: Library, photos: Path, encoder: ColourEncoder, read: list[str], name: str
) -> None:
    library.index([photos], encoder)
    before = known(library, "red.png")
    assert (before.rating, before.keywords) == (None, ())
    sidecar = photos / name

    def indexed(*, rating: int | None, keywords: tuple[str, ...]) -> None:
        read.clear()
        report = library.index([photos], encoder)
        assert (read, report.moved, report.unchanged, encoder.encoded) == (["red.png"], 1, 3, 4)
        now = known(library, "red.png")
        assert (now.id, now.rating, now.keywords) == (before.id, rating, keywords)
        assert library.index([photos], encoder).unchanged == 4

    write(sidecar, 3, "rose", at=1_000)
    indexed(rating=3, keywords=("rose",))
    write(sidecar, 5, "rose", "garden", at=2_000)
    indexed(rating=5, keywords=("rose", "garden"))
    write(sidecar, 4, at=1_500)  # older than the last, as from a backup
    indexed(rating=4, keywords=())
    sidecar.unlink()
    indexed(rating=None, keywords=())


def test_a_photo_that_moves_with_its_sidecar_keeps_what_it_says(
    library: Library, photos: Path, encoder: ColourEncoder
) -> None:
    write(photos / "red.xmp", 2, "rose", at=1_000)
    library.index([photos], encoder)
    before = known(library, "red.png")
    for name in ("red.png", "red.xmp"):
        (photos / name).rename(photos / "trip" / name)
    assert library.index([photos], encoder).moved == 1
    after = known(library, "trip/red.png")
    assert (after.id, after.rating, after.keywords) == (before.id, 2, ("rose",))
    (photos / "trip" / "red.png").rename(photos / "red.png")  # and now without it
    library.index([photos], encoder)
    assert known(library, "red.png").rating is None


def test_an_index_from_before_looks_once_at_photos_with_sidecars(
    library: Library, photos: Path, encoder: ColourEncoder, read: list[str]
) -> None:
    write(photos / "red.xmp", 2, at=1_000)
    library.index([photos], encoder)
    age(library.uri, 3)
    for expected in (["red.png"], []):
        read.clear()
        Library.open(library.uri).index([photos], encoder)
        assert read == expected


def test_the_latest_of_the_sidecars_of_one_photo_counts_and_no_other(tmp_path: Path) -> None:
    for name, at in (("a.jpg", 5), ("a.xmp", 7), ("a.jpg.XMP", 9), ("b.jpg", 5), ("c.xmp", 8), ("A.xmp", 11)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (at, at))
    found = {item.relative: item.sidecar_mtime_ns for item in scan(tmp_path) if isinstance(item, FoundPhoto)}
    assert found == {"a.jpg": 9_000_000_000, "b.jpg": 0}
