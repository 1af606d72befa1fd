"""Tables of facts: matched to photos, typed, asked for, and kept through moves."""

import pytest

from lens.errors import MetaError, QueryError
from lens.meta import MetaColumn
from tests.fakes import paint


@pytest.fixture
def indexed(library, photos, encoder):
    paint(photos / "a" / "twice.png", "lime")
    paint(photos / "b" / "twice.png", "navy")
    library.index([photos], encoder)
    return library


def table(tmp_path, text: str):
    (tmp_path / "facts.csv").write_text(text, encoding="utf-8")
    return tmp_path / "facts.csv"


def names(library, encoder, query) -> set[str]:
    return {match.path.name for match in library.search(query, encoder=encoder)}


def test_columns_are_typed_and_asked_for(indexed, encoder, photos, tmp_path):
    file = table(
        tmp_path,
        "Path,Score,Taken On,Who is it?,empty\n"
        f'{photos}/red.png,0.9,2023-05-01,"Ana, O\'Neil",\n'
        "photos/green.jpg,3,2024-01-31T10:00,bob,\n"
        "trip/orange.png,-1e1,2020-02-02,42,\n"
        "blue.png,,2020-02-03,,\n"
        "nowhere.png,1,2020-01-01,x,\n"
        "twice.png,1,2020-01-01,x,\n"
        "a/twice.png,10,2021-01-01,x,\n",
    )
    foreseen = indexed.meta.import_csv(file, dry_run=True)
    assert indexed.meta.all() == {}
    done = indexed.meta.import_csv(file)
    assert done == foreseen
    assert (done.photos, done.unmatched) == (5, ["nowhere.png", "twice.png"])
    assert done.columns == [
        MetaColumn("score", "number", 4),
        MetaColumn("taken_on", "date", 5),
        MetaColumn("who_is_it", "text", 4),
        MetaColumn("empty", "text", 0),
    ]
    assert indexed.meta.all() == {"score": 4, "taken_on": 5, "who_is_it": 4}
    assert names(indexed, encoder, "meta.score:>=3") == {"green.jpg", "twice.png"}
    assert names(indexed, encoder, "meta.score:3") == {"green.jpg"}
    assert names(indexed, encoder, "meta.score:-10..1") == {"red.png", "orange.png"}
    assert names(indexed, encoder, "meta.taken_on:2020..2021-01") == {"orange.png", "blue.png", "twice.png"}
    assert names(indexed, encoder, "meta.who_is_it:BOB") == {"green.jpg"}
    assert names(indexed, encoder, "meta.who_is_it:o'neil red") == {"red.png"}
    assert names(indexed, encoder, "meta.who_is_it:4") == {"orange.png"}
    with pytest.raises(QueryError, match=r"did you mean meta\.score"):
        indexed.search("meta.scor:1", encoder=encoder)


def test_values_survive_moves_and_are_replaced_one_by_one(indexed, encoder, photos, tmp_path):
    indexed.meta.import_csv(table(tmp_path, "file;stars\nred.png;1\nblue.png;1\n"))
    (photos / "red.png").rename(photos / "rouge.png")
    indexed.index([photos], encoder)
    assert names(indexed, encoder, "meta.stars:1") == {"rouge.png", "blue.png"}
    indexed.meta.import_csv(table(tmp_path, "file;stars\nrouge.png;2\ngreen.jpg;2\nblue.png;\n"))
    assert names(indexed, encoder, "meta.stars:2") == {"rouge.png", "green.jpg"}
    assert names(indexed, encoder, "meta.stars:1") == {"blue.png"}
    indexed.forget([photos / "rouge.png"])
    assert indexed.meta.all() == {"stars": 2}
    assert indexed.meta.drop("stars") == 2
    assert indexed.meta.all() == {}


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "path\nred.png\n", "path,,b\nx,1,2\n", "path,a,A\nx,1,2\n", '"', "path,a\n\0,\0\n" + "x" * 200_000],
)
def test_odd_tables_are_refused_or_match_nothing(indexed, tmp_path, text):
    try:
        assert indexed.meta.import_csv(table(tmp_path, text)).photos == 0
    except MetaError as error:
        assert "\n" not in str(error)


def test_a_table_that_names_no_photo_is_refused(indexed, tmp_path):
    with pytest.raises(MetaError, match="names no photo of the index, or several: x"):
        indexed.meta.import_csv(table(tmp_path, "foo,bar\nx,1\n"))
    assert indexed.meta.all() == {}


def test_a_file_that_is_no_text_is_said_so(indexed, tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    for file in (tmp_path / "x.csv", tmp_path / "none.csv", tmp_path):
        with pytest.raises(MetaError, match="cannot be read"):
            indexed.meta.import_csv(file)
