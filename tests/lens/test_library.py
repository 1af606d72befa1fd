"""The library as a caller sees it."""

import shutil

import lancedb
import pytest

import lens
from lens import Library
from tests.fakes import paint


def test_public_names():
    assert lens.__all__ == ["Library", "__version__"]
    for name in lens.__all__:
        assert getattr(lens, name)


def test_the_default_index_is_the_environments(monkeypatch, tmp_path):
    monkeypatch.setenv("LENS_INDEX", str(tmp_path / "mine"))
    assert Library.open().uri == str(tmp_path / "mine")
    monkeypatch.delenv("LENS_INDEX")
    assert "lens" in Library.open().uri
    assert Library.open("s3://bucket/index").uri == "s3://bucket/index"


def test_search_ranks_by_nearness(library, photos, encoder):
    library.index([photos], encoder)
    matches = library.search("red", top=3, encoder=encoder)
    assert [match.rank for match in matches] == [1, 2, 3]
    assert [match.path.name for match in matches[:2]] == ["red.png", "orange.png"]
    assert all(match.path.is_absolute() for match in matches)
    assert sorted((match.score for match in matches), reverse=True) == [match.score for match in matches]


def test_many_queries_are_answered_as_one_by_one(library, photos, encoder):
    library.index([photos], encoder)
    queries = ["red", "blue", f"green {photos / 'red.png'}"]
    together = library.search_many(queries, top=4, encoder=encoder)
    for query, matches in zip(queries, together, strict=True):
        alone = library.search(query, top=4, encoder=encoder)
        assert [match.path for match in matches] == [match.path for match in alone]
        assert [match.score for match in matches] == pytest.approx([match.score for match in alone], abs=1e-6)


def test_similar_leaves_the_photo_itself_out_and_keeps_its_copies(library, photos, encoder):
    paint(photos / "red copy.png", "red")
    library.index([photos], encoder)
    matches = library.similar(photos / "red.png", encoder=encoder)
    assert [match.path.name for match in matches[:2]] == ["red copy.png", "orange.png"]
    assert [match.rank for match in matches] == [1, 2, 3, 4]


def test_similar_takes_a_photo_that_is_not_indexed(library, photos, encoder, tmp_path):
    library.index([photos], encoder)
    stranger = paint(tmp_path / "stranger.png", "navy")
    assert library.similar(stranger, top=1, encoder=encoder)[0].path.name == "blue.png"


def test_status_counts(library, photos, encoder):
    (photos / "broken.jpg").write_bytes(b"x")
    library.index([photos], encoder)
    (photos / "red.png").unlink()
    library.index([photos], encoder)
    status = library.status()
    assert (status.photos, status.missing, status.skipped) == (3, 1, 1)
    assert [(held.name, held.dim, held.photos) for held in status.encoders] == [("colour", 49, 3)]
    assert status.folders == [photos]
    assert status.bytes
    assert status.bytes > 1000


def test_forget_a_photo_a_folder_and_a_skipped_file(library, photos, encoder):
    (photos / "trip" / "broken.jpg").write_bytes(b"x")
    library.index([photos], encoder)
    assert library.forget([photos / "trip"], dry_run=True) == 2
    assert library.status().photos == 4
    assert library.forget([photos / "trip", photos / "red.png"]) == 3
    assert (library.status().photos, library.skipped()) == (2, [])
    assert (photos / "red.png").exists()


def test_a_folder_that_is_forgotten_is_not_looked_through_again(library, photos, encoder, tmp_path):
    paint(tmp_path / "other's" / "navy.png", "navy")
    library.index([photos, tmp_path / "other's"], encoder)
    (photos / "red.png").unlink()
    library.index([photos], encoder)
    held = {each.folder: (each.photos, each.missing, each.there) for each in library.folders()}
    assert held == {photos: (3, 1, True), tmp_path / "other's": (1, 0, True)}
    shutil.move(tmp_path / "other's", tmp_path / "away")
    assert [each.there for each in library.folders()] == [False, True]
    assert library.forget([tmp_path / "other's"]) == 1
    assert [each.folder for each in library.folders()] == [photos]
    library.forget([photos])
    assert library.folders() == []
    assert library.index([photos], encoder).added == 3


def test_disk_use_adds_up(library, photos, encoder):
    library.index([photos], encoder)
    use = library.disk_use()
    assert use.index == library.status().bytes
    assert use.vectors == 4 * encoder.info.dim * 4
    assert use.thumbnails > 0


def test_a_backup_tells_how_far_it_is_and_is_checked(library, photos, encoder, tmp_path):
    library.index([photos], encoder)
    steps = []
    assert library.backup(tmp_path / "copy", on_progress=steps.append) == []
    assert steps[-1].done == steps[-1].total == 5  # four photos and a root
    assert Library.open(tmp_path / "copy").status().photos == 4
    table = lancedb.connect(library.uri).open_table("photos")
    table.add(table.to_arrow().slice(0, 1))
    [problem] = Library.open(library.uri).backup(tmp_path / "another")
    assert (problem.kind, problem.count) == ("double id", 1)


def test_a_folder_is_known_by_the_link_that_leads_to_it(library, photos, encoder, tmp_path):
    (tmp_path / "link").symlink_to(photos, target_is_directory=True)
    library.index([tmp_path / "link"], encoder)
    assert len(library.similar(tmp_path / "link" / "red.png", encoder=encoder)) == 3
    assert library.forget([tmp_path / "link" / "red.png"]) == 1
    assert library.forget([tmp_path / "link"]) == 3


def test_another_handle_sees_what_was_written(library, photos, encoder):
    library.index([photos], encoder)
    reader = Library.open(library.uri)
    assert len(reader.search("red", encoder=encoder)) == 4
    paint(photos / "pink.png", "pink")
    library.index([photos], encoder)
    assert len(reader.search("red", encoder=encoder)) == 5
