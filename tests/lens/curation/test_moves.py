"""Moving duplicates aside and back: nothing lost, nothing overwritten, and the index follows."""

import json

import pytest
from PIL import Image

from lens.curation import moves
from lens.errors import FolderError
from lens_indexes import Index


@pytest.fixture
def folder(tmp_path, samples):
    place = tmp_path / "photos"
    (place / "trip").mkdir(parents=True)
    (place / "bear.jpg").write_bytes((samples / "bear.jpg").read_bytes())
    with Image.open(place / "bear.jpg") as bear:
        bear.resize((200, 218)).save(place / "trip" / "small.jpg")
    (place / "trip" / "small.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>bear</rdf:li></rdf:Bag></dc:subject>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return place.resolve()


@pytest.fixture
def curation(library, folder, encoder):
    library.index([folder], encoder)
    return library.curation


def everything(place):
    return {str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()}


def rows(library):
    return {row["path"]: row for row in Index.open(library.uri).photos.table.to_arrow().to_pylist()}


def test_a_dry_run_moves_nothing(curation, folder, tmp_path):
    before = everything(folder)
    planned = curation.move_duplicates(curation.duplicates(), tmp_path / "aside", dry_run=True)
    assert [move.source for move in planned.moves] == [folder / "trip" / "small.jpg"]
    assert everything(folder) == before
    assert not (tmp_path / "aside").exists()


def test_there_and_back(curation, library, folder, tmp_path, encoder):
    before, known = everything(folder), rows(library)
    moved = curation.move_duplicates(curation.duplicates(), tmp_path / "aside")
    assert [move.target for move in moved.moves] == [tmp_path / "aside" / "photos" / "trip" / "small.jpg"]
    aside = everything(tmp_path / "aside" / "photos")
    assert everything(folder) | aside == before
    assert aside.keys() == {"trip/small.jpg", "trip/small.xmp"}
    assert rows(library)["trip/small.jpg"]["missing"]
    assert curation.duplicates() == []
    back = curation.undo_moves(tmp_path / "aside")
    assert (len(back.moves), back.refused) == (1, [])
    assert everything(folder) == before
    assert rows(library) == known
    assert curation.undo_moves(tmp_path / "aside").moves == []
    assert library.index([folder], encoder).unchanged == 2


def test_what_somebody_chose_is_moved_and_no_other(curation, folder, tmp_path):
    [group] = curation.duplicates()
    small, kept = group.others[0].photo, group.kept
    assert curation.chosen_groups({"gone": [kept.id]}) == []
    chosen = curation.chosen_groups({small.id: [kept.id, "gone"]})
    moved = curation.move_duplicates(chosen, tmp_path / "aside")
    assert [(move.source, move.kept) for move in moved.moves] == [(kept.path, small.path)]
    assert small.path.exists() and not kept.path.exists()


def test_the_next_run_knows_a_moved_photo_by_its_content(curation, library, folder, tmp_path, encoder):
    ids = {row["id"] for row in rows(library).values()}
    curation.move_duplicates(curation.duplicates(), tmp_path / "aside")
    encoder.encoded = 0
    report = library.index([tmp_path / "aside"], encoder)
    assert (report.moved, report.added, encoder.encoded) == (1, 0, 0)
    assert {row["id"] for row in rows(library).values()} == ids


def test_below_a_root_the_row_goes_along(curation, library, folder, encoder):
    curation.move_duplicates(curation.duplicates(), folder / "aside")
    assert not rows(library)["aside/photos/trip/small.jpg"]["missing"]
    assert library.index([folder], encoder).unchanged == 2
    planned = curation.move_duplicates(curation.duplicates(), folder / "aside", dry_run=True)
    assert planned.moves == []


def test_the_kept_photo_takes_over_and_gives_back(curation, library, folder, tmp_path):
    before = rows(library)["bear.jpg"]
    assert (before["rating"], before["keywords"]) == (None, [])
    curation.move_duplicates(curation.duplicates(), tmp_path / "aside", take_over=True)
    after = rows(library)["bear.jpg"]
    assert (after["rating"], after["keywords"]) == (4, ["bear"])
    curation.undo_moves(tmp_path / "aside")
    assert rows(library)["bear.jpg"] == before


def gone(folder, tmp_path):
    (folder / "bear.jpg").unlink()


def changed(folder, tmp_path):
    with (folder / "trip" / "small.jpg").open("ab") as file:
        file.write(b"more")


def kept_changed(folder, tmp_path):
    with (folder / "bear.jpg").open("ab") as file:
        file.write(b"more")


def taken(folder, tmp_path):
    target = tmp_path / "aside" / "photos" / "trip" / "small.jpg"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"another")


@pytest.mark.parametrize("obstacle", [gone, changed, kept_changed, taken], ids=lambda each: each.__name__)
def test_what_is_in_the_way_keeps_a_photo_where_it_is(curation, folder, tmp_path, obstacle):
    groups = curation.duplicates()
    obstacle(folder, tmp_path)
    before = everything(tmp_path / "photos")
    moved = curation.move_duplicates(groups, tmp_path / "aside")
    assert moved.moves == []
    assert [path for path, _ in moved.refused] == [folder / "trip" / "small.jpg"]
    assert everything(tmp_path / "photos") == before


def test_hard_links_are_one_photo(library, folder, tmp_path, encoder):
    (folder / "same.jpg").hardlink_to(folder / "bear.jpg")
    library.index([folder], encoder)
    curation = library.curation
    moved = curation.move_duplicates(curation.duplicates(), tmp_path / "aside")
    assert ["same file" in why for _, why in moved.refused] == [True]
    assert (folder / "same.jpg").exists()
    assert (folder / "bear.jpg").exists()


def test_nothing_is_overwritten_on_the_way_back(curation, folder, tmp_path):
    curation.move_duplicates(curation.duplicates(), tmp_path / "aside")
    (folder / "trip" / "small.jpg").write_bytes(b"new")
    back = curation.undo_moves(tmp_path / "aside")
    assert (back.moves, len(back.refused)) == ([], 1)
    assert (folder / "trip" / "small.jpg").read_bytes() == b"new"
    (folder / "trip" / "small.jpg").unlink()
    assert len(curation.undo_moves(tmp_path / "aside").moves) == 1


def test_a_run_killed_before_the_index_followed_is_undone(curation, folder, tmp_path, monkeypatch):
    before = everything(folder)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(moves, "_follow", killed)
        curation.move_duplicates(curation.duplicates(), tmp_path / "aside")
    assert not (folder / "trip" / "small.jpg").exists()
    assert len(curation.undo_moves(tmp_path / "aside").moves) == 1
    assert everything(folder) == before
    assert len(curation.duplicates()) == 1


def test_the_log_is_written_before_the_move(curation, folder, tmp_path, monkeypatch):
    seen = []

    def rename(source, target):
        seen.extend(json.loads(line) for line in (tmp_path / "aside" / moves.LOG).read_text().splitlines())
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(moves, "_rename", rename)
    moved = curation.move_duplicates(curation.duplicates(), tmp_path / "aside")
    assert moved.refused == [(folder / "trip" / "small.jpg", "permission denied")]
    assert [entry["source"] for entry in seen] == [str(folder / "trip" / "small.jpg")]


def test_what_is_no_folder_or_has_no_log_is_told(curation, folder, tmp_path):
    with pytest.raises(FolderError, match="is a file"):
        curation.move_duplicates(curation.duplicates(), folder / "bear.jpg")
    for content in (None, "no json\n", '{"id": 1}\n'):
        if content:
            (tmp_path / moves.LOG).write_text(content)
        with pytest.raises(FolderError, match="no log of moves"):
            curation.undo_moves(tmp_path)
