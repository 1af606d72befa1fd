"""An index run ends in an index that says what the folders hold, whatever happened to them."""

import os
import shutil
import threading
from pathlib import Path

import lancedb
import pytest
from PIL import ExifTags, Image

from lens import Library
from lens.errors import EncoderMismatch, FolderError, IndexLocked, PhotoOutOfReach, QueryError
from lens.indexing import Progress
from lens_indexes import Index
from tests.fakes import ColourEncoder, paint


def names(library: Library, encoder: ColourEncoder) -> list[str]:
    """File names that can be found."""
    return sorted(match.path.name for match in library.search("red", encoder=encoder))


def ids(library: Library) -> dict[str, str]:
    """File name to id, missing photos included."""
    return {Path(path).name: id_ for id_, _, path in Index.open(library.uri).photos.places()}


@pytest.fixture
def indexed(library, photos, encoder) -> Library:
    report = library.index([photos], encoder)
    assert (report.added, report.unchanged, report.skipped) == (4, 0, 0)
    return library


def test_a_second_run_reads_nothing(indexed, photos, encoder):
    report = indexed.index([photos], encoder)
    assert (report.added, report.unchanged) == (0, 4)
    assert encoder.encoded == 4


def test_a_new_photo_is_added(indexed, photos, encoder):
    paint(photos / "pink.png", "pink")
    report = indexed.index([photos], encoder)
    assert (report.added, report.unchanged) == (1, 4)
    assert "pink.png" in names(indexed, encoder)


def test_a_changed_photo_is_encoded_again_under_its_id(indexed, photos, encoder):
    before = ids(indexed)
    paint(photos / "green.jpg", "white")
    report = indexed.index([photos], encoder)
    assert (report.changed, report.added, report.unchanged) == (1, 0, 3)
    assert ids(indexed) == before
    assert indexed.search("white", encoder=encoder)[0].path.name == "green.jpg"


def test_a_touched_photo_is_not_encoded_again(indexed, photos, encoder):
    os.utime(photos / "red.png", (1, 1))
    report = indexed.index([photos], encoder)
    assert (report.moved, report.unchanged, encoder.encoded) == (1, 3, 4)
    assert indexed.index([photos], encoder).unchanged == 4


@pytest.mark.parametrize("place", ["rot.png", "trip/rot.png"])
def test_a_renamed_or_moved_photo_keeps_its_id_and_vector(indexed, photos, encoder, place):
    before = ids(indexed)["red.png"]
    (photos / "red.png").rename(photos / place)
    report = indexed.index([photos], encoder)
    assert (report.moved, report.added, report.missing, encoder.encoded) == (1, 0, 0, 4)
    assert ids(indexed)["rot.png"] == before
    assert indexed.search("red", encoder=encoder)[0].path == photos / place


def test_a_moved_folder_keeps_its_photos(indexed, photos, encoder, tmp_path):
    before = ids(indexed)
    photos.rename(tmp_path / "pictures")
    report = indexed.index([tmp_path / "pictures"], encoder)
    assert (report.moved, report.added, encoder.encoded) == (4, 0, 4)
    assert ids(indexed) == before


def test_a_copy_is_a_photo_of_its_own(indexed, photos, encoder):
    shutil.copy(photos / "red.png", photos / "red copy.png")
    report = indexed.index([photos], encoder)
    assert (report.added, report.moved, report.missing) == (1, 0, 0)
    assert len(set(ids(indexed).values())) == 5


def test_two_copies_of_a_photo_that_is_gone_do_not_share_its_row(indexed, photos, encoder):
    shutil.copy(photos / "red.png", photos / "a.png")
    shutil.copy(photos / "red.png", photos / "b.png")
    (photos / "red.png").unlink()
    report = indexed.index([photos], encoder)
    assert (report.added, report.moved, report.missing) == (1, 1, 0)
    assert names(indexed, encoder) == ["a.png", "b.png", "blue.png", "green.jpg", "orange.png"]


def test_a_gone_photo_is_hidden_and_comes_back_with_its_id(indexed, photos, encoder, tmp_path):
    before = ids(indexed)
    shutil.move(photos / "red.png", tmp_path / "away.png")
    assert indexed.index([photos], encoder).missing == 1
    assert "red.png" not in names(indexed, encoder)
    assert indexed.status().missing == 1
    shutil.move(tmp_path / "away.png", photos / "red.png")
    report = indexed.index([photos], encoder)
    assert (report.moved, report.added, encoder.encoded) == (1, 0, 4)
    assert ids(indexed) == before


def test_prune_removes_what_is_gone_and_a_dry_run_only_says_so(indexed, photos, encoder):
    (photos / "red.png").unlink()
    foreseen = indexed.index([photos], encoder, prune=True, prune_many=True, dry_run=True)
    assert (foreseen.pruned, foreseen.dry_run) == (1, True)
    assert "red.png" in names(indexed, encoder)
    assert indexed.index([photos], encoder, prune=True, prune_many=True).pruned == 1
    assert "red.png" not in ids(indexed)


def test_prune_keeps_what_only_moved(indexed, photos, encoder):
    before = ids(indexed)["red.png"]
    (photos / "red.png").rename(photos / "rot.png")
    report = indexed.index([photos], encoder, prune=True)
    assert (report.moved, report.pruned) == (1, 0)
    assert ids(indexed)["rot.png"] == before


def test_a_dry_run_makes_no_index(library, photos, encoder, tmp_path):
    report = library.index([photos], encoder, dry_run=True)
    assert (report.added, report.dry_run) == (4, True)
    assert not (tmp_path / "index").exists()


def test_indexing_one_folder_says_nothing_of_the_others(indexed, photos, encoder, tmp_path):
    paint(tmp_path / "other" / "black.png", "black")
    (photos / "red.png").unlink()
    assert indexed.index([tmp_path / "other"], encoder).missing == 0
    assert indexed.index([photos / "trip"], encoder).missing == 0
    assert indexed.index([photos], encoder).missing == 1


def test_a_folder_above_takes_over_without_reading_again(library, photos, encoder):
    library.index([photos / "trip"], encoder)
    report = library.index([photos], encoder)
    assert (report.added, report.unchanged) == (3, 1)
    assert len(ids(library)) == 4


def test_the_same_folder_twice_is_read_once(library, photos, encoder):
    assert library.index([photos, photos / "trip", photos], encoder).added == 4


def test_an_unmounted_drive_costs_nothing(indexed, photos, encoder, tmp_path):
    photos.rename(tmp_path / "drive")
    with pytest.raises(FolderError):
        indexed.index([photos], encoder)
    photos.mkdir()  # a mount point with nothing mounted
    with pytest.raises(FolderError, match=r"4 were indexed .* mounted\?.*lens forget"):
        indexed.index([photos], encoder, prune=True)
    assert indexed.status().photos == 4


def test_what_lies_in_a_folder_that_cannot_be_listed_is_not_taken_for_gone(indexed, photos, encoder, monkeypatch):
    listing = os.scandir

    def refuse(path):
        if Path(path).name == "trip":
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = indexed.index([photos], encoder, prune=True)
    assert (report.pruned, report.missing, report.skipped) == (0, 0, 1)
    assert "orange.png" in ids(indexed)


def test_a_broken_file_is_listed_and_not_tried_again(indexed, photos, encoder, monkeypatch):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8 not a photo")
    assert indexed.index([photos], encoder).skipped == 1
    [skipped] = indexed.skipped()
    assert skipped.path == photos / "broken.jpg"
    assert skipped.reason
    read: list[Path] = []
    monkeypatch.setattr("lens.indexing.reading.read_photo", lambda path, **_: read.append(path))
    assert indexed.index([photos], encoder).skipped == 1
    assert read == []


def test_a_broken_file_is_tried_again_when_it_changes_or_the_reader_does(indexed, photos, encoder, monkeypatch):
    broken = photos / "broken.png"
    broken.write_bytes(b"not a photo")
    indexed.index([photos], encoder)
    monkeypatch.setattr("lens.indexing.indexer.READER", "a better reader")
    assert indexed.index([photos], encoder).skipped == 1
    assert len(indexed.skipped()) == 1
    paint(broken, "white")
    report = indexed.index([photos], encoder)
    assert (report.added, report.skipped, indexed.skipped()) == (1, 0, [])


def test_a_file_that_was_out_of_reach_is_tried_again(indexed, photos, encoder, monkeypatch):
    paint(photos / "locked.png", "white")

    def refuse(path, **_):
        raise PhotoOutOfReach("permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("lens.indexing.reading.read_photo", refuse)
        assert indexed.index([photos], encoder).skipped == 1
        assert indexed.index([photos], encoder).skipped == 1
        assert [row.reason for row in indexed.skipped()] == ["permission denied"]
    report = indexed.index([photos], encoder)
    assert (report.added, report.skipped, indexed.skipped()) == (1, 0, [])


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails as a bad disk does")
def test_a_disk_that_fails_while_it_is_read_costs_no_photo(indexed, photos, encoder, tmp_path):
    before = ids(indexed)
    (photos / "red.png").rename(tmp_path / "red.png")
    for name in ("red.png", "new.png"):
        (photos / name).symlink_to("/proc/self/mem")  # whose beginning is an input/output error to read
    for _ in range(2):
        report = indexed.index([photos], encoder)
        assert (report.added, report.skipped, indexed.status().missing) == (0, 2, 1)
        assert {row.reason for row in indexed.skipped()} == {"cannot be read: Input/output error"}
    assert ids(indexed) == before

    for name in ("red.png", "new.png"):
        (photos / name).unlink()
    (tmp_path / "red.png").rename(photos / "red.png")
    paint(photos / "new.png", "white")
    report = indexed.index([photos], encoder)
    assert (report.added, report.skipped, indexed.skipped(), indexed.status().missing) == (1, 0, [], 0)
    assert ids(indexed).items() >= before.items()


def test_a_photo_that_breaks_is_hidden_and_its_row_kept(indexed, photos, encoder):
    before = ids(indexed)["red.png"]
    (photos / "red.png").write_bytes(b"overwritten")
    report = indexed.index([photos], encoder)
    assert (report.skipped, report.missing) == (1, 1)
    assert "red.png" not in names(indexed, encoder)
    paint(photos / "red.png", "red")
    assert indexed.index([photos], encoder).moved == 1
    assert ids(indexed)["red.png"] == before


def test_a_broken_file_that_is_deleted_is_forgotten(indexed, photos, encoder):
    (photos / "broken.jpg").write_bytes(b"x")
    indexed.index([photos], encoder)
    (photos / "broken.jpg").unlink()
    indexed.index([photos], encoder)
    assert indexed.skipped() == []


def test_a_file_that_vanishes_under_way_is_no_failure(indexed, photos, encoder, monkeypatch):
    paint(photos / "brief.png", "white")
    plan = "lens.library.plan_run"
    from lens.indexing.indexer import plan_run

    def plan_then_delete(*args):
        planned = plan_run(*args)
        (photos / "brief.png").unlink()
        return planned

    monkeypatch.setattr(plan, plan_then_delete)
    report = indexed.index([photos], encoder)
    assert (report.added, report.skipped, indexed.skipped()) == (0, 0, [])


def test_a_name_that_is_not_utf8_is_listed(indexed, photos, encoder):
    os.link(photos / "red.png", os.fsencode(photos) + b"/caf\xe9.png")
    assert indexed.index([photos], encoder).skipped == 1
    [skipped] = indexed.skipped()
    assert "caf\\xe9.png" in str(skipped.path)
    assert indexed.index([photos], encoder).skipped == 1
    assert len(indexed.skipped()) == 1


def test_a_second_encoder_is_added_beside_the_first(indexed, photos, encoder):
    shapes = ColourEncoder("shapes")
    report = indexed.index([photos], shapes)
    assert (report.added, report.filled) == (0, 4)
    assert [(status.name, status.photos) for status in indexed.status().encoders] == [("colour", 4), ("shapes", 4)]
    assert indexed.index([photos], shapes).filled == 0
    assert indexed.search("red", encoder=encoder)[0].path.name == "red.png"


def test_two_encoders_share_one_reading(library, photos, encoder, monkeypatch):
    shapes, read = ColourEncoder("shapes"), []
    reading = "lens.indexing.reading.read_photo"
    from lens.indexing.reading import read_photo

    monkeypatch.setattr(reading, lambda path, **options: read.append(path) or read_photo(path, **options))
    report = library.index([photos], [encoder, shapes])
    assert (report.added, report.encoders) == (4, ["colour", "shapes"])
    assert (len(read), encoder.encoded, shapes.encoded) == (4, 4, 4)
    for each in (encoder, shapes):
        assert library.search("red", encoder=each)[0].path.name == "red.png"


def test_an_encoder_that_is_added_fills_only_what_it_lacks(indexed, photos, encoder):
    shapes = ColourEncoder("shapes")
    indexed.index([photos / "trip"], shapes)
    paint(photos / "pink.png", "pink")
    report = indexed.index([photos], [encoder, shapes])
    assert (report.added, report.filled, report.unchanged) == (1, 3, 1)
    assert (encoder.encoded, shapes.encoded) == (5, 5)
    assert [status.photos for status in indexed.status().encoders] == [5, 5]


def test_dropping_and_choosing_encoders(indexed, photos, encoder):
    with pytest.raises(EncoderMismatch, match="only encoder"):
        indexed.drop_encoder("colour")
    indexed.index([photos], ColourEncoder("shapes"))
    assert [(held.name, held.default) for held in indexed.status().encoders] == [("colour", True), ("shapes", False)]
    indexed.set_default_encoder("shapes")
    assert [(held.name, held.default) for held in indexed.status().encoders] == [("colour", False), ("shapes", True)]
    indexed.drop_encoder("shapes")
    assert [(held.name, held.default) for held in indexed.status().encoders] == [("colour", True)]
    for change in (indexed.drop_encoder, indexed.set_default_encoder):
        with pytest.raises(EncoderMismatch, match="it has: colour"):
            change("shapes")
    assert len(indexed.search("red", encoder=encoder)) == 4


def test_an_encoder_without_words_serves_similar_only(library, photos):
    class Wordless:
        def __init__(self):
            inner = ColourEncoder("wordless")
            self.info, self.batch, self.prepare = inner.info, inner.batch, inner.prepare
            self.thread_safe = False
            self.encode_prepared, self.encode_images = inner.encode_prepared, inner.encode_images

    library.index([photos], Wordless())
    assert library.similar(photos / "red.png", encoder=Wordless())[0].path.name == "orange.png"
    assert library.search(str(photos / "red.png"), encoder=Wordless())[0].path.name == "red.png"
    with pytest.raises(QueryError, match="wordless knows no words"):
        library.search("red", encoder=Wordless())


def test_vectors_of_another_revision_are_refused_before_anything_is_read(indexed, photos, encoder):
    paint(photos / "pink.png", "pink")
    with pytest.raises(EncoderMismatch):
        indexed.index([photos], ColourEncoder(revision="2"))
    with pytest.raises(EncoderMismatch):
        indexed.search("red", encoder=ColourEncoder(revision="2"))
    assert indexed.status().photos == 4


def test_bad_folders_are_one_line_each(library, tmp_path, encoder, photos):
    (tmp_path / "empty").mkdir()
    for folder, reason in (("none", "no"), ("photos/red.png", "file"), ("empty", "no photos")):
        with pytest.raises(FolderError, match=reason) as caught:
            library.index([tmp_path / folder], encoder)
        assert "\n" not in str(caught.value)
    with pytest.raises(FolderError, match="no"):  # the good folder beside it is not begun
        library.index([photos, tmp_path / "none"], encoder)
    assert library.status().photos == 0


def test_a_run_that_is_interrupted_keeps_what_it_read(library, photos, encoder):
    def interrupt(progress: Progress) -> None:
        if progress.total and progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.index([photos], encoder, on_progress=interrupt)
    assert library.status().photos == 2
    report = library.index([photos], encoder)
    assert (report.added, report.unchanged) == (2, 2)


def test_two_runs_at_once(indexed, photos, encoder):
    with Index.open(indexed.uri).writing(), pytest.raises(IndexLocked):
        indexed.index([photos], encoder)


def test_progress_ends_at_the_total(library, photos, encoder):
    said: list[Progress] = []
    library.index([photos], encoder, on_progress=said.append)
    assert said[-1] == Progress(4, 4, 0)
    assert [progress.done for progress in said] == sorted(progress.done for progress in said)


def test_photos_are_never_written_to(indexed, photos, encoder):
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in photos.rglob("*") if file.is_file()}
    indexed.index([photos], encoder, prune=True)
    indexed.forget([photos])
    after = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in photos.rglob("*") if file.is_file()}
    assert after == before


def test_a_folder_that_is_renamed_under_way_costs_nothing(library, tmp_path, encoder, monkeypatch):
    monkeypatch.setattr("lens.indexing.indexer.COMMIT_PHOTOS", 4)
    folder = (tmp_path / "photos").resolve()
    for number in range(300):
        paint(folder / "trip" / f"{number:03}.png", f"rgb({number % 256},{number // 256},0)")

    def rename(progress: Progress) -> None:
        if progress.total and progress.done == 8:
            (folder / "trip").rename(folder / "voyage")

    first = library.index([folder], encoder, on_progress=rename)
    assert first.added >= 8
    assert first.vanished > 0
    assert first.added + first.vanished == 300
    assert (first.skipped, library.skipped()) == (0, [])
    before = ids(library)
    second = library.index([folder], encoder)
    assert (second.moved, second.added, second.missing) == (first.added, first.vanished, 0)
    assert ids(library).items() >= before.items()
    assert library.verify() == []
    assert library.status().photos == 300


def test_a_known_photo_that_vanishes_under_way_is_hidden_and_told(indexed, photos, encoder, monkeypatch):
    from lens.indexing.indexer import plan_run

    os.utime(photos / "red.png", (1, 1))

    def plan_then_delete(*args):
        planned = plan_run(*args)
        (photos / "red.png").unlink()
        return planned

    monkeypatch.setattr("lens.library.plan_run", plan_then_delete)
    report = indexed.index([photos], encoder)
    assert (report.vanished, report.missing, report.skipped) == (1, 1, 0)
    assert "red.png" in ids(indexed)
    assert "red.png" not in names(indexed, encoder)


def test_a_run_that_waits_goes_on_from_what_the_other_left(indexed, photos, encoder):
    paint(photos / "pink.png", "pink")
    holding, release = threading.Event(), threading.Event()

    def hold():
        other = Library.open(indexed.uri)
        with Index.open(indexed.uri).writing():
            holding.set()
            release.wait(20)
        other.index([photos], ColourEncoder(), wait=True)

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(20)
    threading.Timer(0.5, release.set).start()
    report = indexed.index([photos], encoder, wait=True)
    holder.join()
    assert report.added + report.unchanged == 5
    assert len(ids(indexed)) == 5


def test_a_photo_that_changes_is_encoded_again_by_one_encoder_of_two(indexed, photos, encoder):
    shapes = ColourEncoder("shapes")
    indexed.index([photos], shapes)
    paint(photos / "red.png", "navy")
    assert indexed.index([photos], encoder).changed == 1
    assert [status.photos for status in indexed.status().encoders] == [4, 3]
    assert indexed.index([photos], [encoder, shapes]).filled == 1
    assert [status.photos for status in indexed.status().encoders] == [4, 4]


def test_keywords_and_places_are_kept(tmp_path, library, encoder):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (38.0, 42.0, 50.0), 3: "W", 4: (9.0, 8.0, 22.0)})
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (20, 10), "red").save(tmp_path / "photos" / "lisbon.jpg", exif=exif)
    subjects = "<rdf:Bag><rdf:li>tram</rdf:li><rdf:li>hill</rdf:li></rdf:Bag>"
    (tmp_path / "photos" / "lisbon.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmp:Rating="4"><dc:subject>{subjects}</dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>'
    )
    library.index([tmp_path / "photos"], encoder)
    row = lancedb.connect(library.uri).open_table("photos").to_arrow().to_pylist()[0]
    assert (row["keywords"], row["rating"], row["place"]) == (["tram", "hill"], 4, "Lisbon, Portugal")
