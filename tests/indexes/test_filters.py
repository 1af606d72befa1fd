"""Conditions on facts: each against a plain reading of the rows, and no text is ever more than text."""

import math
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lens_indexes import Index
from lens_indexes.filters import (
    All,
    Among,
    Below,
    Compare,
    Contains,
    Listed,
    Negation,
    OneOf,
    Pixels,
    Shape,
    Some,
    Within,
)
from tests.rows import CLIP, age, row, unit

PARIS, LONDON = (48.8566, 2.3522), (51.5074, -0.1278)
ROWS = [
    row(
        1,
        path="2023/Trip/a.jpg",
        camera="Canon EOS 5D",
        keywords=("Beach", "Ana's 'sea'"),
        taken_at=datetime(2023, 6, 30, 23, 59, 59),
        lat=PARIS[0],
        lon=PARIS[1],
        rating=4,
        width=4000,
        height=3000,
        size=5_000_000,
        place="Paris, France",
    ),
    row(
        2,
        path="2023/b.jpg",
        camera='ÄRA "x" 100%_',
        taken_at=datetime(2023, 7, 1),
        rating=0,
        lat=LONDON[0],
        lon=LONDON[1],
    ),
    row(3, path="trip.jpg", root="old", format="PNG", width=100, height=100, keywords=("beach house",)),
    row(4, path="Trip/d.jpg", width=60_000, height=60_000, missing=True),
    row(5, path="Trips/e.jpg", width=3, height=60_000_000),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Index:
    index = Index.create(str(tmp_path_factory.mktemp("filters") / "index"))
    index.photos.bind(CLIP)
    index.photos.add(ROWS, {CLIP: unit(len(ROWS), CLIP.dim)})
    return index


def found(index: Index, condition) -> set[int]:
    return {int(id_, 16) for id_ in index.photos.matching(condition)["id"].to_pylist()}


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        (All(()), {1, 2, 3, 5}),
        (Some(()), set()),
        (Compare("rating", ">=", 4), {1}),
        (Compare("rating", "<", 4), {2}),
        (Compare("rating", "=", 0), {2}),
        (Negation(Compare("rating", ">=", 4)), {2, 3, 5}),
        (Compare("taken_at", "<", datetime(2023, 7, 1)), {1}),
        (Compare("taken_at", ">=", datetime(2023, 7, 1)), {2}),
        (Contains("camera", "canon"), {1}),
        (Contains("camera", "ära"), {2}),
        (Contains("camera", "100%_"), {2}),
        (Contains("camera", "%"), {2}),
        (Contains("camera", ".*"), set()),
        (Contains("place", "PARIS"), {1}),
        (Listed("keywords", "beach"), {1}),
        (Listed("keywords", "ana's 'SEA'"), {1}),
        (Negation(Listed("keywords", "beach")), {2, 3, 5}),
        (OneOf("format", ("PNG", "GIF")), {3}),
        (Below("trip"), {1}),
        (Below("2023"), {1, 2}),
        (Below("2023/trip"), {1}),
        (Below("old"), {3}),
        (Below("", "photos"), {1, 2, 5}),
        (Below("2023", "photos"), {1, 2}),
        (Below("Trip", "photos"), set()),
        (Within(*PARIS, 1), {1}),
        (Within(*PARIS, 342), {1}),
        (Within(*PARIS, 345), {1, 2}),
        (Pixels(">=", 12e6), {1, 5}),
        (Compare("size", ">", 1e6), {1}),
        (Shape("landscape"), {1, 2}),
        (Shape("portrait"), {5}),
        (Shape("square"), {3}),
        (Among(frozenset({f"{3:032x}", f"{4:032x}", "x' OR true --"})), {3}),
        (All((Below("2023"), Negation(Shape("portrait")))), {1, 2}),
        (Some((Shape("square"), Contains("camera", "canon"))), {1, 3}),
    ],
)
def test_conditions(index, condition, numbers):
    assert found(index, condition) == numbers


def test_distances_are_those_of_the_sphere(index):
    """Paris to London is 344 km, by the spherical law of cosines."""
    (lat1, lon1), (lat2, lon2) = ([math.radians(degrees) for degrees in city] for city in (PARIS, LONDON))
    cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(lon1 - lon2)
    km = 6371 * math.acos(cosine)
    assert found(index, Within(*PARIS, km - 0.01)) == {1}
    assert found(index, Within(*PARIS, km + 0.01)) == {1, 2}


HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(
        [
            "'",
            '"',
            "' OR 1=1 --",
            "'; DROP TABLE photos; --",
            "\\",
            "%",
            "_",
            ".*",
            "[",
            "(?i)",
            "\0",
            "\n",
            "${x}",
            "a" * 5000,
        ]
    ),
)


@given(HOSTILE)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_is_more_than_text(index, text):
    here = [row for row in ROWS if not row.missing]
    as_read = {
        Contains("camera", text): [row.camera is not None and text.lower() in row.camera.lower() for row in here],
        Listed("keywords", text): [text.lower() in map(str.lower, row.keywords) for row in here],
        OneOf("format", (text,)): [row.format == text for row in here],
        Below(text, "photos"): [row.root == "photos" and (not text or row.path.startswith(f"{text}/")) for row in here],
        Among(frozenset({text})): [row.id == text for row in here],
    }
    for condition, fitting in as_read.items():
        if not (
            isinstance(condition, Contains) and not text.isascii()
        ):  # capitals of other alphabets: by example above
            assert found(index, condition) == {int(r.id, 16) for r, fits in zip(here, fitting, strict=True) if fits}
        else:
            found(index, condition)


def test_an_index_that_was_not_migrated_knows_no_keywords(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.photos.add(ROWS, {CLIP: unit(len(ROWS), CLIP.dim)})
    age(index.uri)
    old = Index.open(index.uri)
    assert found(old, Listed("keywords", "beach")) == set()
    assert found(old, Negation(Contains("place", "paris"))) == {1, 2, 3, 5}


def test_an_empty_index_has_no_photo_to_match(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    for condition in (All(()), Listed("keywords", "x"), Within(0, 0, 1), Below("x"), Pixels(">", 1), Shape("square")):
        assert found(index, condition) == set()
