"""From phrases to regions in the index."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens import Library
from lens.errors import NameUnknown, QueryError
from lens.labeling import labelling
from lens.labeling.finding import Finder
from lens.labeling.masks import decoded
from lens.labeling.prompts import parse_prompts
from lens.labeling.tiles import detect_tiled, tiles_of
from lens.models.segmenters.base import BOXES, PHRASES, Masks, SegmenterInfo
from lens.models.segmenters.builtin import load_builtin
from lens_indexes import RegionState
from tests.fakes import ColourEncoder
from tests.label_fakes import BROKEN, ColourDetector, draw_things
from tests.orientations import save_orientations

RED, BLUE = (10, 5, 40, 35), (50, 20, 70, 50)


@pytest.fixture
def folder(tmp_path) -> Path:
    photos = tmp_path / "photos"
    draw_things(photos / "both.png", {"red": RED, "blue": BLUE})
    draw_things(photos / "trip" / "blue.png", {"blue": BLUE})
    draw_things(photos / "trip" / "nothing.png", {})
    return photos.resolve()


@pytest.fixture
def library(library, folder, encoder) -> Library:
    library.index([folder], encoder)
    library._encoders._encoders[encoder.info.name] = encoder
    return library


def rows(library: Library) -> list:
    index = library._index()
    ids = index.regions.matching()["id"].to_pylist()
    names = {id_: path for id_, _, path in index.photos.places()}
    found = [(names[row.photo], row.category, row.box, row) for row in index.regions.get(ids)]
    return sorted(found, key=lambda each: each[:3])


def seen(library: Library) -> list:
    return [each[:3] for each in rows(library)]


def test_phrases_become_regions_with_vectors(library, encoder):
    detector = ColourDetector()
    report = library.labels.label("red, sky=blue|navy, green", detector=detector)
    assert seen(library) == [("both.png", "red", RED), ("both.png", "sky", BLUE), ("trip/blue.png", "sky", BLUE)]
    assert (report.photos, report.already, report.labelled, report.regions) == (3, 0, 3, 3)
    assert report.categories == {"red": 1, "sky": 2, "green": 0}
    assert detector.seen == 3  # once a photo, whatever the number of phrases
    row = rows(library)[1][3]
    assert (row.prompt, row.model, row.width, row.height) == ("blue", "colours", 80, 60)
    assert (row.state, row.mask) == (RegionState.PROPOSED, None)
    assert row.source == report.source
    assert report.source.startswith("colours 20")
    [column] = library._index().regions.encoders()
    ids, vectors = library._index().regions.vectors(column)
    crop = Image.new("RGB", (20, 30), "blue")
    np.testing.assert_allclose(vectors[ids.index(row.id)], encoder.encode_images([crop])[0], atol=1e-6)


def test_what_was_looked_through_is_passed_over(library):
    detector = ColourDetector()
    first = library.labels.label("red, blue", detector=detector)
    again = library.labels.label("blue, red", detector=detector)
    assert (again.already, again.labelled, again.source) == (3, 0, first.source)
    assert detector.seen == 3
    other = library.labels.label("blue, red", detector=ColourDetector(revision="2"))
    assert (other.labelled, other.regions, other.held) == (3, 0, 3)
    assert len(rows(library)) == 3


def test_asking_otherwise_adds_no_doubles_and_removes_nothing(library):
    library.labels.label("red", detector=ColourDetector(), source="mine")
    [(_, _, _, region)] = rows(library)
    library.reviewing.decide(f"id={region.id}", RegionState.REJECTED)
    report = library.labels.label("red, blue", detector=ColourDetector(), source="mine")
    assert (report.regions, report.held, report.categories) == (2, 1, {"red": 0, "blue": 2})
    assert [each[1] for each in rows(library)] == ["blue", "red", "blue"]
    apart = library.labels.label("red, blue", detector=ColourDetector(), source="other", apart=True)
    assert (apart.regions, apart.held) == (3, 0)
    library.labels.sources.hide("mine")
    library.labels.sources.hide("other")
    assert library.labels.label("red", detector=ColourDetector(), source="third").regions == 1


def test_only_the_hits_of_a_query_or_a_folder(library, folder):
    report = library.labels.label("blue", folder / "trip", detector=ColourDetector())
    assert (report.photos, seen(library)) == (2, [("trip/blue.png", "blue", BLUE)])
    two = library.labels.label("blue", [str(folder / "trip"), str(folder)], detector=ColourDetector(), dry_run=True)
    assert two.photos == library.labels.label("blue", folder, detector=ColourDetector(), dry_run=True).photos == 3
    report = library.labels.label("blue", "folder:photos -folder:trip", detector=ColourDetector())
    assert (report.photos, report.already, report.regions) == (1, 0, 1)
    assert library.labels.label("blue", detector=ColourDetector()).already == 3
    with pytest.raises(QueryError, match="No photo answers date:1900"):
        library.labels.label("blue", "date:1900", detector=ColourDetector())
    with pytest.raises(QueryError, match="Only the hits of a query"):
        library.labels.label("blue", folder, top=1, detector=ColourDetector())


def test_a_dry_run_tells_and_writes_nothing(library):
    library.labels.label("red", "folder:trip", detector=ColourDetector())
    version = library._index().labelled.table().version
    report = library.labels.label("red", detector=ColourDetector(), dry_run=True)
    assert (report.dry_run, report.photos, report.already, report.labelled) == (True, 3, 2, 1)
    assert report.seconds > 0
    assert rows(library) == []
    assert library._index().labelled.table().version == version


def test_a_photo_that_breaks_the_detector_is_lost_alone_and_listed(library, folder, encoder):
    for number in range(4):
        draw_things(folder / f"broken{number}.png", {"blue": BLUE}, paper="#{:02x}{:02x}{:02x}".format(*BROKEN))
    library.index([folder], encoder)
    (folder / "broken0.png").unlink()
    draw_things(folder / "broken1.png", {"red": RED})
    report = library.labels.label("red, blue", detector=ColourDetector())
    assert (report.labelled, report.regions) == (3, 3)
    assert {failed.path.name: failed.reason for failed in report.failed} == {
        "broken0.png": "vanished",
        "broken1.png": "has changed since it was indexed: lens index FOLDER comes first",
        "broken2.png": "RuntimeError: this photo is too much for the network",
        "broken3.png": "RuntimeError: this photo is too much for the network",
    }
    [source] = library.labels.sources.all()
    assert (source.looked, source.failed) == (3, 4)
    assert library.labels.sources.failed(source.name) == sorted(report.failed, key=lambda failed: failed.path)
    library.index([folder], encoder)
    again = library.labels.label("red, blue", detector=ColourDetector())
    assert (again.already, again.labelled, len(again.failed)) == (3, 1, 2)
    [source] = library.labels.sources.all()
    assert (source.looked, source.failed) == (4, 3)


def test_a_detector_that_breaks_on_everything_is_no_fault_of_the_photos(library, monkeypatch):
    class Broken(ColourDetector):
        def detect_all(self, images, phrases, threshold=None):
            raise RuntimeError("no kernel")

    monkeypatch.setattr(labelling, "HOPELESS", 3)
    with pytest.raises(RuntimeError, match="no kernel"):
        library.labels.label("red", detector=Broken())


def test_a_photo_that_changed_is_looked_through_again(library, folder, encoder):
    library.labels.label("red, blue", detector=ColourDetector())
    [judged] = [each[3] for each in rows(library) if each[:2] == ("both.png", "red")]
    library.reviewing.decide(f"id={judged.id}", RegionState.ACCEPTED)
    draw_things(folder / "both.png", {"red": RED, "blue": (50, 2, 70, 10)})
    library.index([folder], encoder)
    report = library.labels.label("red, blue", detector=ColourDetector())
    assert (report.already, report.labelled, report.regions, report.held) == (2, 1, 1, 1)
    assert seen(library)[:2] == [("both.png", "blue", (50, 2, 70, 10)), ("both.png", "red", RED)]
    assert len(rows(library)) == 3
    draw_things(folder / "both.png", {"red": RED}, size=(90, 60))
    library.index([folder], encoder)
    library.labels.label("red, blue", detector=ColourDetector())
    assert [(row.width, row.state) for path, _, _, row in rows(library) if path == "both.png"] == [
        (80, RegionState.ACCEPTED),
        (90, RegionState.PROPOSED),
    ]


def test_masks_and_boxes_are_in_upright_pixels_whatever_the_orientation(library, tmp_path, encoder):
    upright = Image.open(draw_things(tmp_path / "upright.png", {"red": RED, "blue": BLUE}, size=(200, 100)))
    turned = tmp_path / "turned"
    turned.mkdir()
    assert len(save_orientations(turned, upright)) == 8
    library.index([turned], encoder)
    library.labels.label("red, blue", turned, detector=ColourDetector(), segmenter=load_builtin())
    found = [each for each in rows(library) if each[0].startswith("orientation")]
    assert [each[1:3] for each in found] == [("blue", BLUE), ("red", RED)] * 8
    pixels = np.asarray(upright.convert("RGB"), int)
    for _, category, _, row in found:
        assert (row.width, row.height) == (200, 100)
        mask = decoded(row.mask, row.width, row.height)
        thing = np.abs(pixels - (255, 0, 0) if category == "red" else pixels - (0, 0, 255)).max(axis=2) == 0
        assert (mask & thing).sum() / (mask | thing).sum() > 0.9


def test_an_index_run_gives_vectors_to_regions_that_have_none(library, folder, encoder):
    library.labels.label("red, blue", detector=ColourDetector())
    regions, other = library._index().regions, ColourEncoder("other")
    [column] = regions.encoders()
    ids, vectors = regions.vectors(column)
    regions.empty_vectors(ids[1:], column)
    assert len(regions.lacking(column)) == 2
    (folder / "trip" / "blue.png").rename(folder / "moved.png")
    library.index([folder], [encoder, other])
    for filled in regions.encoders():
        ids_now, now = regions.vectors(filled)
        np.testing.assert_array_equal(now[[ids_now.index(id_) for id_ in ids]], vectors)
    assert [each.name for each in regions.encoders()] == ["colour", "other"]
    version = regions.table().version
    library.index([folder], [encoder, other])
    assert regions.table().version == version


def test_tiles_cover_a_photo_and_overlap():
    assert tiles_of((500, 400), 500) == []
    for size, side in [((1000, 700), 400), ((401, 90), 400), ((3000, 350), 640)]:
        seen = np.zeros(size, int)
        for x0, y0, x1, y1 in tiles_of(size, side):
            assert x1 - x0 == min(side, size[0])
            assert y1 - y0 == min(side, size[1])
            seen[x0:x1, y0:y1] += 1
        assert seen.min() == 1
    starts = sorted({tile[0] for tile in tiles_of((1000, 100), 400)})
    assert all(after - before <= 300 for before, after in itertools.pairwise(starts))


def test_a_detector_sees_small_things_in_tiles_and_no_halves(tmp_path):
    class Shortsighted(ColourDetector):
        """Sees only what fills a hundredth of what it looks at."""

        def _found(self, image, phrases, threshold):
            return super()._found(image, phrases, 0.1)

    image = Image.open(draw_things(tmp_path / "large.png", {"red": (390, 210, 440, 250)}, size=(1000, 700)))
    assert len(Shortsighted().detect(image, ["red"])) == 0
    [found] = detect_tiled(Shortsighted(), [image], ["red"], None, 400)
    assert len(found)
    assert (found.boxes == [390, 210, 440, 250]).all()


class Phrases:
    """A segmenter that takes phrases alone."""

    info = SegmenterInfo("by-words", "fake", "1", frozenset({PHRASES}))

    def set_image(self, image):
        self.image = image

    def segment(self, *, boxes=None, points=None, phrases=None):
        found = ColourDetector().detect(self.image, phrases)
        masks = []
        for x0, y0, x1, y1 in found.boxes.astype(int):
            mask = np.zeros((self.image.height, self.image.width), bool)
            mask[y0:y1, x0:x1] = True
            masks.append(mask)
        return Masks.of(self.image.size, masks, found.scores.tolist(), found.phrases.tolist())


def test_a_segmenter_can_find_things_by_itself(library):
    report = library.labels.label("red, blue", detector="none", segmenter=Phrases())
    assert (report.model, report.regions) == ("by-words", 3)
    assert seen(library)[0] == ("both.png", "blue", BLUE)
    mask = decoded(rows(library)[0][3].mask, 80, 60)
    assert mask[20:50, 50:70].all()
    assert mask.sum() == 30 * 20


def test_models_that_cannot_do_it_are_refused():
    prompts = parse_prompts("dog")
    with pytest.raises(QueryError, match="needs a detector"):
        Finder(prompts, None)
    with pytest.raises(QueryError, match=f"takes no {BOXES}: use it with --detector none"):
        Finder(prompts, ColourDetector(), Phrases())
    with pytest.raises(QueryError, match=f"takes no {PHRASES}: name a --detector too"):
        Finder(prompts, None, load_builtin())


def test_sources_are_listed_renamed_merged_hidden_and_dropped(library):
    sources = library.labels.sources
    library.labels.label("red", detector=ColourDetector(), source="a")
    library.labels.label("blue", detector=ColourDetector(), source="b")
    assert [(each.name, each.regions, each.looked) for each in sources.all()] == [("a", 1, 3), ("b", 2, 3)]
    sources.hide("a")
    sources.rename("a", "c")
    assert [(each.name, each.hidden) for each in sources.all()] == [("b", False), ("c", True)]
    with pytest.raises(NameUnknown, match="already"):
        sources.rename("b", "c")
    sources.merge("c", "b")
    [only] = sources.all()
    assert (only.name, only.regions, only.categories, only.hidden) == ("b", 3, {"blue": 2, "red": 1}, False)
    sources.drop("b")
    assert (sources.all(), rows(library)) == ([], [])
    for unknown in (sources.drop, sources.hide, sources.get):
        with pytest.raises(NameUnknown, match="no source 'b'"):
            unknown("b")
    assert library.labels.label("blue", detector=ColourDetector(), source="b").labelled == 3


def test_a_shared_labelling_lets_others_write_and_keeps_what_they_decide(library, folder, encoder):
    class Interrupted(ColourDetector):
        """While it looks, somebody accepts what it has found before."""

        def detect_all(self, images, phrases, min_score=None):
            for *_, region in rows(library):
                library.reviewing.decide([region.id], RegionState.ACCEPTED)
            return super().detect_all(images, phrases, min_score)

    library.labels.label("red, blue", detector=ColourDetector(), source="mine")
    before = {region.id for *_, region in rows(library)}
    draw_things(folder / "more.png", {"blue": BLUE})
    for photo in folder.rglob("*.png"):  # other content, so that all are looked through again by the same run
        Image.open(photo).save(photo, optimize=True, compress_level=1)
    library.index([folder], encoder)
    report = library.labels.label("red, blue", detector=Interrupted(), source="mine", shared=True)
    kept = {region.id: region.state for *_, region in rows(library)}
    assert before <= set(kept)
    assert {kept[id_] for id_ in before} == {"accepted"}
    assert report.labelled > 0
