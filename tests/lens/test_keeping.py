"""Saved queries and albums: kept in the index, and part of queries."""

import pytest

from lens import Library
from lens.errors import LensError, NameUnknown, QueryError
from lens_indexes import Index
from tests.fakes import paint


@pytest.fixture
def indexed(library, photos, encoder, monkeypatch):
    library.index([photos], encoder)
    Index.open(library.uri).tables["photos"].update(where="path = 'red.png'", values={"rating": 5})
    monkeypatch.chdir(photos)
    return library


def names(library, encoder, query, top=20) -> list[str]:
    return [match.path.name for match in library.search(query, top=top, encoder=encoder)]


def test_a_saved_query_stands_for_itself(indexed, encoder, photos, monkeypatch, tmp_path):
    assert indexed.saved.all() == {}
    indexed.saved.add("reds", "red + orange")
    indexed.saved.add("like this", ["./blue.png", "orientation:landscape"])
    monkeypatch.chdir(tmp_path)
    other = Library.open(indexed.uri)
    assert other.saved.all() == {"like this": f"{photos}/blue.png orientation:landscape", "reds": "red +orange"}
    assert names(other, encoder, "saved:reds") == names(other, encoder, "red + orange")
    assert names(other, encoder, 'saved:"like this"', top=1) == ["blue.png"]
    assert names(other, encoder, "saved:reds -rating:5", top=1) == ["orange.png"]
    other.saved.add("reds", "blue")
    assert names(indexed, encoder, "saved:reds", top=1) == ["blue.png"]
    assert indexed.saved.drop("reds") == "blue"
    with pytest.raises(QueryError, match="Nothing is saved as reds"):
        indexed.search("saved:reds", encoder=encoder)
    with pytest.raises(NameUnknown):
        indexed.saved.drop("reds")


def test_a_circle_of_saved_queries_is_said_so(indexed, encoder):
    indexed.saved.add("a", "saved:b")
    indexed.saved.add("b", "red OR saved:a")
    with pytest.raises(QueryError, match="stands for itself"):
        indexed.search("saved:a", encoder=encoder)


def test_an_album_of_a_saved_query_is_as_long_as_that_of_its_words(indexed, encoder, photos):
    for number in range(30):
        paint(photos / "many" / f"{number}.png", f"rgb({number},0,0)")
    indexed.index([photos], encoder)
    indexed.saved.add("reds", "red")
    indexed.saved.add("pngs", "format:png")
    assert indexed.albums.add("a", "saved:reds", encoder=encoder, dry_run=True) == 20
    assert indexed.albums.add("a", "saved:pngs", encoder=encoder, dry_run=True) == 33


def test_saved_queries_within_each_other_have_an_end(indexed, encoder):
    nested = "red NOT (" * 31 + "{}" + ")" * 31
    indexed.saved.add("q0", nested.format("blue"))
    for number in range(3):
        indexed.saved.add(f"q{number + 1}", nested.format(f"saved:q{number}"))
    assert indexed.search("saved:q0", encoder=encoder)
    assert indexed.search("saved:q1", encoder=encoder)
    for query, says in (("saved:q2", "too deep"), ("saved:q3", "within each other")):
        with pytest.raises(QueryError, match=says):
            indexed.search(query, encoder=encoder)


def test_an_album_holds_photos_once_and_through_moves(indexed, encoder, photos):
    indexed.search("red", encoder=encoder)
    assert indexed.albums.add("best", "rating:5", dry_run=True) == 1
    assert indexed.albums.all() == {}
    assert indexed.albums.add("best", "rating:5") == 1
    assert indexed.albums.add("best", "format:png") == 2
    assert indexed.albums.all() == {"best": 3}
    assert set(names(indexed, encoder, "album:best")) == {"red.png", "blue.png", "orange.png"}
    assert names(indexed, encoder, "blue album:best NOT rating:5", top=1) == ["blue.png"]
    (photos / "red.png").rename(photos / "trip" / "rouge.png")
    indexed.index([photos], encoder)
    assert set(names(indexed, encoder, "album:best")) == {"rouge.png", "blue.png", "orange.png"}
    indexed.forget([photos / "trip"])
    assert indexed.albums.all() == {"best": 1}
    assert indexed.albums.add("best", "blue", 1, encoder) == 0
    assert indexed.albums.add("best", "lime", 1, encoder) == 1
    assert indexed.albums.drop("best") == 2
    with pytest.raises(QueryError, match="no album"):
        indexed.search("album:best", encoder=encoder)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101])
def test_what_can_be_no_name(indexed, name):
    with pytest.raises(NameUnknown):
        indexed.saved.add(name, "red")
    with pytest.raises(NameUnknown):
        indexed.albums.add(name, "rating:5")


@pytest.mark.parametrize("name", ["o'clock", '"', "'; DROP TABLE saved; --", "ä b", "a:b", "(x)", "\\"])
def test_any_other_name_is_a_name(indexed, encoder, name):
    indexed.saved.add(name, "red")
    indexed.albums.add(name, "rating:5")
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert names(indexed, encoder, f"saved:{quoted}") == names(indexed, encoder, "red")
    assert names(indexed, encoder, f"album:{quoted}") == ["red.png"]
    indexed.saved.drop(name)
    indexed.albums.drop(name)
    assert indexed.saved.all() == indexed.albums.all() == {}


def test_they_are_in_a_backup_and_an_optimized_index(indexed, encoder, tmp_path):
    indexed.saved.add("reds", "red")
    indexed.albums.add("best", "rating:5")
    indexed.optimize()
    indexed.backup(tmp_path / "copy")
    copy = Library.open(tmp_path / "copy")
    assert (copy.saved.all(), copy.albums.all()) == ({"reds": "red"}, {"best": 1})
    assert names(copy, encoder, "album:best") == ["red.png"]


def test_without_an_index_there_is_nothing_to_keep(library):
    for call in (library.saved.all, library.albums.all, library.meta.all, lambda: library.saved.add("a", "b")):
        with pytest.raises(LensError, match="no index"):
            call()


def test_photos_are_put_into_albums_and_taken_out_by_their_ids(indexed, encoder):
    ids = [match.id for match in indexed.search("format:png", encoder=encoder)]
    assert indexed.albums.ids("best") == []
    assert indexed.albums.put("best", ids[:2]) == ids[:2]
    assert indexed.albums.put("best", ids) == ids[2:]
    indexed.albums.put("other", ids[:1])
    assert indexed.albums.take("best", [ids[0], "gone"]) == [ids[0]]
    assert (indexed.albums.ids("best"), indexed.albums.ids("other")) == (ids[1:], ids[:1])
    assert indexed.albums.take("best", ids) == ids[1:]
    assert indexed.albums.all() == {"other": 1}
    assert indexed.albums.have("best", ids[1:]) == ids[1:]
    assert indexed.albums.have("best", ids[:1]) == ids[:1]
    assert indexed.albums.ids("best") == ids[:1]
    with pytest.raises(NameUnknown):
        indexed.albums.put(" ", ids)
