"""Photos are found by what was labelled in them, and keep it when they are renamed."""

import pytest

from lens_indexes import RegionState
from tests.label_fakes import ColourDetector, draw_things

RED, BLUE = (10, 5, 40, 35), (50, 20, 70, 50)


@pytest.fixture
def labelled(library, tmp_path, encoder):
    folder = tmp_path / "photos"
    draw_things(folder / "both.png", {"red": RED, "blue": BLUE})
    draw_things(folder / "small.png", {"red": (1, 1, 9, 9)})
    draw_things(folder / "nothing.png", {})
    library.index([folder], encoder)
    library._encoders._encoders[encoder.info.name] = encoder
    library.labels.label("Rose=red, sky=blue", detector=ColourDetector(), source="colours")
    return library


def names(library, query: str) -> set[str]:
    return {match.path.name for match in library.search(query)}


def test_photos_are_found_by_category_score_and_source(labelled):
    assert names(labelled, "has:rose") == {"both.png", "small.png"}
    assert names(labelled, "-has:Rose") == {"nothing.png"}
    assert names(labelled, "has:rose has:sky") == {"both.png"}
    assert names(labelled, "label:rose") == {"both.png", "small.png"}
    assert names(labelled, "label:rose>=0.3") == {"both.png"}
    assert names(labelled, "label:rose<0.3") == {"small.png"}
    assert names(labelled, "source:COLOURS") == {"both.png", "small.png"}
    assert names(labelled, "has:ros OR source:me") == set()
    assert names(labelled, "red has:sky") == {"both.png"}


def test_what_is_rejected_or_hidden_does_not_count(labelled):
    index = labelled._index()
    sky = [row for row in index.regions.get(index.regions.matching()["id"].to_pylist()) if row.category == "sky"]
    assert len(sky) == labelled.reviewing.decide("category=sky", RegionState.REJECTED)
    assert names(labelled, "has:sky") == set()
    labelled.labels.sources.hide("colours")
    assert names(labelled, "has:rose") == set()
    assert names(labelled, "source:colours") == {"both.png", "small.png"}


def test_regions_follow_photos_that_swap_names_and_go_when_they_are_forgotten(labelled, encoder):
    folder = labelled.status().folders[0]
    (folder / "both.png").rename(folder / "other.png")
    (folder / "nothing.png").rename(folder / "both.png")
    (folder / "other.png").rename(folder / "nothing.png")
    labelled.index([folder], encoder)
    assert names(labelled, "has:sky") == {"nothing.png"}
    assert labelled.verify() == []
    (folder / "nothing.png").rename(folder / "moved.png")
    labelled.index([folder], encoder)
    assert names(labelled, "has:sky") == {"moved.png"}
    status = labelled.status()
    assert (status.regions, status.sources) == (3, 1)
    labelled.forget([folder / "moved.png"])
    assert labelled.status().regions == 1
