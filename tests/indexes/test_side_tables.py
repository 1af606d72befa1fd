"""What filters ask of other tables is answered from files of exactly their present state."""

import json
from pathlib import Path

import pytest

from lens_indexes import NOTHING, Index, SideTables, TagRow
from lens_indexes.beside import MIRROR_FOLDER
from lens_indexes.filters import Compare, OneOf
from lens_indexes.side_tables import COPIED, tagged
from tests.rows import row

RUN = "a" * 32


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(str(tmp_path / "index"))
    made.tags.put(RUN, "everyday", "builtin", [tag(1, "dog"), tag(2, "Dog"), tag(2, "cat"), tag(3, NOTHING)])
    return made


def tag(number: int, name: str) -> TagRow:
    return TagRow(row(number).id, name, 0.5, "hash")


def closed(index: Index) -> SideTables:
    def refuse() -> Index:
        raise AssertionError("the index was opened")

    return SideTables(index.uri, refuse)


def opened(index: Index) -> SideTables:
    return SideTables(index.uri, lambda: Index.open(index.uri))


def files(index: Index) -> list[Path]:
    return sorted((Path(index.uri) / MIRROR_FOLDER).glob("*.side"))


def test_the_second_who_asks_needs_no_index(index):
    with pytest.raises(AssertionError, match="was opened"):
        closed(index).rows("tags")
    for tables in (opened(index), closed(index)):
        assert tagged(tables.rows("tags"), "DOG") == {row(1).id, row(2).id}
        assert tagged(tables.rows("tags"), "cat") == {row(2).id}
        assert tagged(tables.rows("tags"), "horse") == frozenset()
    assert len(files(index)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.tags.put("b" * 32, "scenes", "builtin", [tag(4, "dog")]),
        lambda index: index.tags.put(RUN, "everyday", "builtin", [tag(1, "cat")]),
        lambda index: index.tags.forget([row(1).id]),
        lambda index: index.tags.drop("everyday"),
        lambda index: index.optimize(),
    ],
)
def test_after_every_change_the_index_is_asked_again(index, change):
    tables = opened(index)
    tables.rows("tags")
    change(index)
    for each in (tables, opened(index), closed(index)):
        for name in ("dog", "cat"):
            assert tagged(each.rows("tags"), name) == index.tags.photos(name)
    assert len(files(index)) == 1, "those of older versions are removed"


def test_a_table_that_was_never_made_has_no_rows(index):
    for name in COPIED.keys() - {"tags"}:
        assert closed(index).rows(name).texts(COPIED[name][0]) == []


def test_numbers_are_compared(index):
    index.meta.put({"score": {row(1).id: (None, 0.5, None), row(2).id: (None, 0.9, None)}})
    for tables in (opened(index), closed(index)):
        assert tables.rows("meta").texts("id", Compare("number", ">=", 0.7)) == [row(2).id]
        assert tables.rows("meta").texts("name", OneOf("id", (row(1).id,))) == ["score"]


@pytest.mark.parametrize(
    "damage", [lambda file: file.write_bytes(file.read_bytes()[:-9]), lambda file: file.write_bytes(b"")]
)
def test_a_damaged_file_is_made_again(index, damage):
    opened(index).rows("tags")
    damage(files(index)[0])
    assert tagged(opened(index).rows("tags"), "cat") == {row(2).id}
    assert tagged(closed(index).rows("tags"), "cat") == {row(2).id}


def test_one_byte_that_is_another_is_noticed(index):
    opened(index).rows("tags")
    file = files(index)[0]
    whole = bytearray(file.read_bytes())
    whole[whole.index(json.dumps("cat").encode()) + 1] ^= 1
    file.write_bytes(whole)
    assert tagged(opened(index).rows("tags"), "cat") == {row(2).id}


def test_what_was_read_while_the_table_changed_is_not_kept(index):
    def changing() -> Index:
        index.tags.put("c" * 32, "late", "builtin", [tag(9, "dog")])
        return Index.open(index.uri)

    assert row(9).id in tagged(SideTables(index.uri, changing).rows("tags"), "dog")
    assert files(index) == []


def test_a_writer_that_was_killed_leaves_nothing_that_is_read(index):
    folder = Path(index.uri) / MIRROR_FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "tags-0123456789ab.side").write_bytes(b"half")
    assert tagged(opened(index).rows("tags"), "cat") == {row(2).id}
    assert [file.name for file in files(index)] != ["tags-0123456789ab.side"]
    assert len(files(index)) == 1


def test_without_room_for_a_file_the_table_answers(index, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lens_indexes.side_tables.store_columns", full)
    assert tagged(opened(index).rows("tags"), "cat") == {row(2).id}
    assert files(index) == []
