"""Things are found rather than pictures."""

import numpy as np
import pytest
from PIL import Image

from lens.curation.curation import categories_of
from lens.errors import QueryError
from lens.labeling.report import LabelReport
from lens.search.sheet import contact_sheet, save_sheet
from lens_indexes import RegionState
from tests.label_fakes import ColourDetector, draw_things

RED, BLUE, ROSE = (10, 5, 40, 35), (50, 20, 70, 50), (2, 2, 30, 30)


@pytest.fixture
def labelled(library, tmp_path, encoder):
    folder = tmp_path / "photos"
    draw_things(folder / "both.png", {"red": RED, "blue": BLUE})
    draw_things(folder / "trip" / "rose.png", {"#e01010": ROSE})
    draw_things(folder / "nothing.png", {})
    library.index([folder], encoder)
    library._encoders._encoders[encoder.info.name] = encoder
    with pytest.raises(QueryError, match="No region has a vector of colour"):
        library.search_regions("red")
    library.labels.label("rose=red, sky=blue", detector=ColourDetector(), source="colours")
    return library


def found(library, query, **more) -> list[tuple]:
    matches = library.search_regions(query, **more)
    assert [match.rank for match in matches] == [*range(1, len(matches) + 1)]
    return [(match.path.name, match.box, match.category) for match in matches]


IN_BOTH, SKY, IN_ROSE = (
    ("both.png", (10, 5, 30, 30), "rose"),
    ("both.png", (50, 20, 20, 30), "sky"),
    ("rose.png", (2, 2, 28, 28), "rose"),
)


def test_words_rank_regions_by_their_own_vectors(labelled, encoder):
    assert found(labelled, "red") == [IN_BOTH, IN_ROSE, SKY]
    assert found(labelled, "blue", top=1) == [SKY]
    [best] = labelled.search_regions("red", top=1)
    crop = Image.open(best.path).crop((10, 5, 40, 35))
    expected = encoder.encode_texts(["red"])[0] @ encoder.encode_images([crop])[0]
    assert best.score == pytest.approx(float(expected), abs=1e-6)
    assert best.spot == f"{best.path}#10,5,30,30"
    assert found(labelled, best.spot)[0] == IN_BOTH
    assert np.isclose(labelled.search_regions(best.spot, top=1)[0].score, 1)


def test_filters_say_in_which_photos(labelled):
    assert found(labelled, "red folder:trip") == [IN_ROSE]
    assert found(labelled, "red has:sky") == [IN_BOTH, SKY]
    with pytest.raises(QueryError, match="ranked by words or photos"):
        labelled.search_regions("has:sky")
    with pytest.raises(QueryError, match="ranked by words or photos"):
        labelled.search_regions("red OR blue")


def test_things_like_a_thing_leave_it_out(labelled):
    photo = labelled.status().folders[0] / "both.png"
    assert found(labelled, f"{photo}#12,6,26,28", others=True) == [IN_ROSE, SKY]
    assert found(labelled, str(photo), others=True) == [IN_ROSE]


def test_what_is_rejected_or_hidden_is_left_out(labelled):
    [sky] = [match.region for match in labelled.search_regions("blue", top=1)]
    labelled.reviewing.decide(f"id={sky}", RegionState.REJECTED)
    assert {*found(labelled, "blue")} == {IN_BOTH, IN_ROSE}
    labelled.labels.sources.hide("colours")
    assert found(labelled, "red") == []


def test_photos_are_picked_by_label(labelled):
    picked = labelled.curation.pick(3, balance="label").photos
    assert {match.path.name for match in picked} == {"both.png", "rose.png", "nothing.png"}
    categories = categories_of(labelled._index()).values()
    assert sorted(map(sorted, categories)) == [["rose"], ["rose", "sky"]]


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_sheets_show_crops_and_boxes(labelled, tmp_path, suffix):
    results = [("red", labelled.search_regions("red"))]
    save_sheet(results, tmp_path / f"crops{suffix}")
    sheet = contact_sheet(results)
    assert sheet.getpixel((12 + 120, 58 + 120)) == (255, 0, 0)  # the middle of the first crop
    report = LabelReport("colours", "m", "rose=red, sky=blue", False, 3, 0)
    assert {path.name: len(rows) for path, rows in labelled.labels.regions("colours").items()} == {
        "both.png": 2,
        "rose.png": 1,
    }
    labelled.labels.save_sheet(report, tmp_path / f"labels{suffix}")
    assert (tmp_path / f"labels{suffix}").stat().st_size > 3000
