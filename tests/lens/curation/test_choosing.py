"""Clusters, what is unusual, picking, quality and moments."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from lens.curation.clusters import cluster, name_clusters, nouns
from lens.curation.collection import CuratedPhoto
from lens.curation.moment import same_moment
from lens.curation.picking import coverage, pick
from lens.curation.unusual import unusualness
from lens.errors import QueryError
from lens_indexes import Measures
from tests.fakes import ColourEncoder, paint
from tests.rows import unit


def groups_of(sizes, dim=20, spread=0.05):
    """Unit vectors in clusters of these sizes, and which they belong to."""
    centres = unit(len(sizes), dim, seed=1)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    vectors = centres[labels] + spread * np.random.default_rng(2).normal(size=(sum(sizes), dim)).astype(np.float32)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


def photo(number, **changes) -> CuratedPhoto:
    known = {
        "id": f"{number:032x}",
        "path": Path(f"/photos/{number % 3}/{number}.jpg"),
        "content_hash": str(number),
        "size": 1,
        "mtime_ns": 1,
        "width": 4,
        "height": 3,
        "taken_at": None,
        "utc_offset_minutes": None,
        "lat": None,
        "lon": None,
        "rating": None,
        "keywords": (),
        "place": None,
        "pixel_hash": None,
        "measures": Measures(b"x" * 32, 0.7, 0.5, 0, 0, 7),
    }
    return CuratedPhoto(**known | changes)


def test_the_number_of_clusters_is_found():
    vectors, labels = groups_of([30, 25, 20, 15, 10, 5])
    found = cluster(vectors)
    assert [len(each.members) for each in found] == [30, 25, 20, 15, 10, 5]
    assert all(len(set(labels[each.members])) == 1 for each in found)
    cosines = vectors[found[0].members] @ found[0].centre
    assert found[0].cohesion == pytest.approx(cosines.mean())
    assert cosines.tolist() == sorted(cosines.tolist(), reverse=True)


@pytest.mark.parametrize(("apart", "count"), [(0.55, 6), (0.3, 2)])
def test_two_kinds_are_told_apart_further_where_that_fits_nearly_as_well(apart, count):
    """Three sorts of each kind; both times two clusters have the largest silhouette, 0.78 beside 0.75, 0.86 to 0.47."""
    rng, axes = np.random.default_rng(0), np.eye(64)
    centres = [axes[kind] + apart * axes[2 + 3 * kind + sort] for kind in range(2) for sort in range(3)]
    vectors = np.repeat(centres, 30, axis=0) + rng.normal(scale=0.04, size=(180, 64))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    assert len(cluster(vectors)) == count


@pytest.mark.parametrize("sizes", [[], [1], [2], [3]])
def test_hardly_any_photos_have_clusters_too(sizes):
    vectors, _ = groups_of(sizes) if sizes else (np.zeros((0, 5), np.float32), None)
    found = cluster(vectors)
    assert sorted(number for each in found for number in each.members) == list(range(sum(sizes)))


def test_as_many_clusters_as_were_asked_for():
    vectors, _ = groups_of([30, 25, 20])
    assert len(cluster(vectors, 5)) == 5
    assert len(cluster(vectors[:4], 9)) == 4


def test_clusters_are_named_by_what_fits_them(library, tmp_path, encoder):
    class Colours(ColourEncoder):
        def encode_texts(self, texts):
            return super().encode_texts([text.removeprefix("a photo of ") for text in texts])

    for colour in ("red", "blue"):
        for number in range(4):
            paint(tmp_path / "photos" / f"{colour}{number}.png", colour, (30 + number, 20))
    library.index([tmp_path / "photos"], encoder)
    vectors = np.array(encoder.encode_images([Image.new("RGB", (9, 9), name) for name in ("red", "blue")] * 3))
    assert [names[0] for names in name_clusters(cluster(vectors, 2), Colours(), ["green", "red", "blue"])] in (
        ["red", "blue"],
        ["blue", "red"],
    )


def test_there_are_nouns():
    assert len(nouns()) == len(set(nouns())) > 250


def test_what_is_unlike_all_others_is_unusual():
    vectors, _ = groups_of([40, 40])
    odd = unit(3, 20, seed=9)
    scores = unusualness(np.concatenate([vectors, odd, odd[:1]]))  # a copy does not make it usual
    assert set(np.argsort(-scores)[:4].tolist()) == {80, 81, 82, 83}
    together = np.concatenate([vectors, odd])
    naive = 1 - np.sort(together @ together.T, axis=1)[:, -11]
    np.testing.assert_allclose(unusualness(together), naive, atol=1e-5)
    assert unusualness(odd[:1]).tolist() == [0]


def test_diverse_photos_are_the_farthest_ones():
    vectors, labels = groups_of([50, 10, 3, 1])
    picked = pick([photo(number) for number in range(64)], vectors, 4)
    assert set(labels[picked]) == {0, 1, 2, 3}
    for turn in range(1, 4):
        nearest = (vectors @ vectors[picked[:turn]].T).max(axis=1)
        assert picked[turn] == np.argmin(nearest)


def test_typical_photos_are_from_the_densest_places():
    vectors, labels = groups_of([40, 30, 20])
    vectors[labels == 0] += 0.1 * unit(40, 20, seed=5)  # less dense, but for one
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    picked = pick([photo(number) for number in range(90)], vectors, 3, typical=True)
    assert labels[picked].tolist() == [0, 1, 2]
    for number in picked:
        own = vectors[labels == labels[number]]
        nearest = np.sort(np.linalg.norm(own[:, None] - own[None], axis=2), axis=1)[:, 1:21].mean(axis=1)
        assert np.flatnonzero(labels == labels[number])[np.argmin(nearest)] == number


@pytest.mark.parametrize("typical", [False, True])
@pytest.mark.parametrize("count", [1, 7, 30, 99])
def test_so_many_are_picked_and_each_once(typical, count):
    vectors, _ = groups_of([10, 10, 10])
    picked = pick([photo(number) for number in range(30)], vectors, count, typical=typical)
    assert len(picked) == len(set(picked)) == min(count, 30)


def test_folders_and_tags_are_balanced():
    vectors, _ = groups_of([30])
    folders = [photo(number, path=Path("/a" if number < 25 else "/b") / f"{number}.jpg") for number in range(30)]
    picked = pick(folders, vectors, 8, balance="folder")
    assert [sum(number >= 25 for number in picked[:part]) for part in (2, 8)] == [1, 4]
    assert sum(number >= 25 for number in pick(folders, vectors, 20, balance="folder")) == 5
    tags = [photo(number, keywords=("dog", "rare") if number < 2 else ("dog",)) for number in range(30)]
    assert sum(number < 2 for number in pick(tags, vectors, 6, balance="tag")) == 2


def test_coverage_is_how_near_the_nearest_picked_photo_is():
    vectors, _ = groups_of([20, 20])
    covered = coverage(vectors, [0, 25])
    nearest = np.maximum(vectors @ vectors[0], vectors @ vectors[25])
    assert covered.mean == pytest.approx(nearest.mean())
    assert covered.low == pytest.approx(np.quantile(nearest, 0.05))
    assert coverage(vectors, list(range(40))).low == pytest.approx(1, abs=1e-5)


def test_an_index_is_picked_from_and_sorted(library, samples, tmp_path, encoder):
    library.index([samples], encoder)
    picked = library.curation.pick(6)
    assert len(picked.photos) == 6
    assert picked.photos[0].score == 1
    assert all(match.path.is_file() for match in picked.photos)
    assert picked.coverage.low > picked.by_chance.low - 0.2
    assert sum(len(each.photos) for each in library.curation.clusters(3)) == 28
    assert len(library.curation.unusual(5)) == 5
    with pytest.raises(QueryError, match="balanced by colour"):
        library.curation.pick(3, balance="colour")
    with pytest.raises(QueryError, match="no vectors of nobody"):
        library.curation.unusual(encoder="nobody")


def test_flaws_are_found_and_the_worst_comes_first(library, samples, tmp_path, encoder):
    folder = tmp_path / "photos"
    folder.mkdir()
    with Image.open(samples / "bear.jpg") as bear:
        bear.save(folder / "good.jpg")
        bear.filter(ImageFilter.GaussianBlur(3)).save(folder / "soft.jpg")
        bear.filter(ImageFilter.GaussianBlur(12)).save(folder / "softer.jpg")
        ImageEnhance.Brightness(bear).enhance(0.1).save(folder / "dark.png")
        ImageEnhance.Brightness(bear).enhance(4).save(folder / "bright.png")
    paint(folder / "empty.png", "gray", (400, 300))
    library.index([folder], encoder)
    found = {report.photo.path.name: report.flaws for report in library.curation.quality()}
    assert "good.jpg" not in found
    assert "dark" in found["dark.png"]
    assert {"bright", "clipped"} <= set(found["bright.png"])
    assert set(found["empty.png"]) == {"blurred", "empty"}
    blurred = [report.photo.path.name for report in library.curation.quality(["blurred"])]
    assert [name for name in blurred if name.startswith("soft")] == ["softer.jpg", "soft.jpg"]
    assert "bright.png" not in blurred
    with pytest.raises(QueryError, match="ugly is no flaw"):
        library.curation.quality(["ugly"])


NOON = datetime(2026, 5, 1, 12)


def test_the_same_moment_is_near_in_time_and_place():
    asked = photo(0, taken_at=NOON, lat=46.0, lon=7.0)
    photos = [
        photo(1, taken_at=NOON + timedelta(minutes=30), lat=46.0, lon=7.0),
        photo(2, taken_at=NOON - timedelta(minutes=10), lat=46.01, lon=7.0),  # 1.1 km away
        photo(3, taken_at=NOON, lat=47.0, lon=7.0),  # far away
        photo(4, taken_at=NOON + timedelta(days=1), lat=46.0, lon=7.0),  # another day
        photo(5, taken_at=NOON + timedelta(minutes=1)),  # a camera without GPS
        photo(6, lat=46.0, lon=7.001),  # a scan without time
        photo(7),
    ]
    found = same_moment(asked, photos, 10)
    assert [int(each.path.stem) for each in found] == [5, 6, 1, 2]
    assert found[2].seconds == 1800
    assert found[2].score == pytest.approx(0.5**0.5)
    assert found[3].kilometres == pytest.approx(1.112, abs=0.001)
    assert (found[0].kilometres, found[1].seconds) == (None, None)
    assert len(same_moment(asked, photos, 2)) == 2


def test_zones_count_where_both_are_known():
    asked = photo(0, taken_at=NOON, utc_offset_minutes=120)
    same = photo(1, taken_at=NOON - timedelta(hours=2), utc_offset_minutes=0)
    assert same_moment(asked, [same], 1)[0].seconds == 0
    assert same_moment(asked, [replace(same, utc_offset_minutes=None)], 1)[0].seconds == -7200


def test_a_photo_without_time_and_place_has_no_moment(library, samples, encoder, tmp_path):
    library.index([samples], encoder)
    with pytest.raises(QueryError, match="neither when nor where"):
        library.curation.same_moment(paint(tmp_path / "x.png", "red"))
    with pytest.raises(QueryError, match="cannot be searched with"):
        library.curation.same_moment(tmp_path / "nothing.png")


def test_the_same_scene_is_what_is_much_more_alike_than_others(library, samples, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for file in sorted(samples.rglob("*.jpg"))[:20]:
        (folder / file.name).write_bytes(file.read_bytes())
    with Image.open(samples / "pizza.jpg") as pizza:
        pizza.crop((0, 0, 540, 480)).save(folder / "left.jpg")
        pizza.crop((100, 0, 640, 480)).save(tmp_path / "right.jpg")
    library.index([folder])
    assert {match.path.name for match in library.curation.same_scene(tmp_path / "right.jpg")} == {
        "left.jpg",
        "pizza.jpg",
    }
