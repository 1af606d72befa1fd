"""Odd, hostile and broken files: each is in the index or listed with a reason, and the run goes on."""

import json

import lancedb

from lens.models import load
from lens.search import Band


def test_every_file_is_indexed_or_listed(shared_data, library):
    stress = shared_data / "stress"
    files = {stress / entry["path"] for entry in json.loads((stress / "index.json").read_text())}
    encoder = load("builtin")
    report = library.index([stress], encoder)
    skipped = {row.path: row.reason for row in library.skipped()}
    found = {match.path for match in library.search("a photo", top=1000, encoder=encoder, least=Band.REST)}
    assert found.isdisjoint(skipped)
    assert found | skipped.keys() == files
    assert all(skipped.values())
    assert (report.added, report.skipped) == (len(found), len(skipped))
    assert len(found) > 300


def test_the_eight_orientations_are_one_photo(shared_data, library):
    encoder = load("builtin")
    stress = shared_data / "stress" / "exif_orientation"
    library.index([stress], encoder)
    # Each file is the same scene with its number written on it; a photo on its side would rank behind the other scene.
    for number in range(9):
        alike = library.similar(stress / f"Landscape_{number}.jpg", top=8, encoder=encoder, least=Band.REST)
        assert all(match.path.name.startswith("Landscape") for match in alike)
    rows = lancedb.connect(library.uri).open_table("photos").to_arrow().to_pylist()
    landscapes = [row for row in rows if row["path"].startswith("Landscape")]
    assert {(row["width"], row["height"]) for row in landscapes} == {(1800, 1200)}
    assert {row["orientation"] for row in landscapes} == set(range(1, 9))
