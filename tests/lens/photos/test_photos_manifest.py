"""A manifest names photos as a scan of their folder finds them, and tells what it names and is not there."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lens import Library
from lens.errors import FolderError, ManifestError
from lens.photos.manifest import listed
from lens.photos.scan import FoundPhoto, scan
from tests.fakes import ColourEncoder, paint


def text(file: Path, *paths: object) -> Path:
    file.write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    return file


def parquet(file: Path, *paths: object) -> Path:
    pq.write_table(pa.table({"number": range(len(paths)), "path": [str(path) for path in paths]}), file)
    return file


@pytest.mark.parametrize(("write", "name"), [(text, "photos.txt"), (parquet, "photos.parquet")])
def test_it_names_what_a_scan_finds(photos, tmp_path, write, name):
    (photos / "red.png.xmp").write_text("<x/>")
    found = sorted(scan(photos), key=lambda photo: photo.relative)
    named = [each.path if number % 2 else each.relative for number, each in enumerate(found)]
    assert list(listed(write(tmp_path / name, *named), photos)) == found
    assert next(photo for photo in found if photo.relative == "red.png").sidecar_mtime_ns > 0
    assert len(found) == 4


def test_what_is_not_there_is_told_and_what_is_excluded_is_not(photos, tmp_path):
    paths = ["absent.png", "trip", "trip/orange.png", "", "trip/../red.png"]
    first, folder, *rest = listed(text(tmp_path / "photos.txt", *paths), photos, exclude=["orange*"])
    assert (first.relative, folder.reason) == ("absent.png", "not a regular file")
    assert first.reason == "named in the manifest and not there"
    assert [photo.relative for photo in rest if isinstance(photo, FoundPhoto)] == ["red.png"]


@pytest.mark.parametrize("path", ["../other.png", "/etc/passwd", ".", "trip/../../x.png"])
def test_nothing_outside_the_folder_is_read(photos, tmp_path, path):
    with pytest.raises(ManifestError, match="does not lie below"):
        list(listed(text(tmp_path / "photos.txt", path), photos))


def test_what_is_wrong_with_it_is_told_in_a_line(photos, tmp_path):
    broken, latin = tmp_path / "broken.parquet", tmp_path / "latin.txt"
    broken.write_bytes(b"PAR1 and no more")
    latin.write_bytes("caf\xe9.png\n".encode("latin-1"))
    pathless = tmp_path / "pathless.parquet"
    pq.write_table(pa.table({"file": ["red.png"]}), pathless)
    told = {
        tmp_path / "none.txt": "No such file",
        broken: "cannot be read as Parquet",
        latin: "not text in UTF-8",
        pathless: "no column `path`",
    }
    for file, what in told.items():
        with pytest.raises(ManifestError, match=what):
            list(listed(file, photos))


def test_a_run_reads_what_is_named_alone_and_forgets_nothing(photos, tmp_path):
    library, encoder = Library.open(tmp_path / "index"), ColourEncoder()
    manifest = text(tmp_path / "photos.txt", "red.png", "blue.png")
    assert library.index([photos], encoder, manifest=manifest).added == 2
    paint(photos / "new.png", "yellow")
    again = library.index([photos], encoder, manifest=text(manifest, "red.png", "gone.png", "new.png"))
    assert (again.added, again.unchanged, again.missing, again.skipped) == (1, 1, 0, 1)
    assert {path.name for path in library.photos()} == {"red.png", "blue.png", "new.png"}
    (photos / "blue.png").unlink()
    assert library.index([photos], encoder, manifest=manifest).missing == 1
    with pytest.raises(ManifestError, match="one folder"):
        library.index([photos, photos / "trip"], encoder, manifest=manifest)


def test_paths_may_lead_through_a_link_to_the_folder(photos, tmp_path):
    (tmp_path / "link").symlink_to(photos, target_is_directory=True)
    named = text(tmp_path / "photos.txt", tmp_path / "link" / "red.png", tmp_path / "link" / "trip" / "orange.png")
    assert [photo.relative for photo in listed(named, photos)] == ["red.png", "trip/orange.png"]


def test_what_was_skipped_is_remembered_unless_it_is_named(photos, tmp_path):
    library, encoder = Library.open(tmp_path / "index"), ColourEncoder()
    (photos / "broken.jpg").write_bytes(b"\xff\xd8no")
    library.index([photos], encoder)
    assert [each.path.name for each in library.skipped()] == ["broken.jpg"]
    library.index([photos], encoder, manifest=text(tmp_path / "photos.txt", "red.png"))
    assert [each.path.name for each in library.skipped()] == ["broken.jpg"]
    paint(photos / "mended.png", "red").rename(photos / "broken.jpg")
    library.index([photos], encoder, manifest=text(tmp_path / "photos.txt", "broken.jpg"))
    assert library.skipped() == []


def test_a_manifest_that_names_nothing_that_is_there_is_no_drive_that_is_away(photos, tmp_path):
    library, encoder = Library.open(tmp_path / "index"), ColourEncoder()
    library.index([photos], encoder)
    assert library.index([photos], encoder, manifest=text(tmp_path / "photos.txt", "gone.png")).missing == 0
    with pytest.raises(FolderError, match=r"no photos in .*photos.txt"):
        library.index([photos], encoder, manifest=text(tmp_path / "photos.txt"))
