"""Which photos meet a condition: columns of the mirror, columns of the table and a plain reading of rows agree."""

import math
from datetime import datetime
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lens_indexes import Index, IndexDamaged, PhotoRow, open_mirror
from lens_indexes.beside import MIRROR_FOLDER
from lens_indexes.facts import Facts, StoredColumns, columns_of_table, ordered, store_columns
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
    meets,
)
from lens_indexes.schema import as_arrow, photo_schema
from tests.rows import CLIP, row, unit

TEXTS = st.sampled_from(["Canon", "canon EOS", "ÄRA", "ära", "", "a\0b", "\n", "PNG", "JPEG", "Paris, France"])
NAMES = st.sampled_from(["2023", "Trip", "trip", "Ä", "a b"])
OPERATORS = st.sampled_from(["<", "<=", ">", ">=", "="])
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
LATS, LONS = st.sampled_from([-90.0, 0.0, 48.8566, 51.5074, 90.0]), st.sampled_from([-180.0, -0.1278, 2.3522, 180.0])
PATHS = st.lists(NAMES, max_size=3).map(lambda folders: "/".join([*folders, "photo.jpg"]))
FACTS = st.fixed_dictionaries(
    {
        "root": st.sampled_from(["photos", "trip"]),
        "path": PATHS,
        "camera": st.none() | TEXTS,
        "lens": st.none() | TEXTS,
        "place": st.none() | TEXTS,
        "format": TEXTS,
        "keywords": st.lists(TEXTS, max_size=3).map(tuple),
        "rating": st.none() | st.integers(0, 5),
        "size": st.integers(0, 2**45),
        "width": st.integers(1, 70_000),
        "height": st.integers(1, 70_000),
        "lat": st.none() | LATS,
        "lon": st.none() | LONS,
        "taken_at": st.none() | MOMENTS,
    }
)
LEAVES = st.one_of(
    st.builds(Compare, st.sampled_from(["rating", "size"]), OPERATORS, st.floats(-1, 1e13) | st.integers(0, 5)),
    st.builds(Compare, st.just("taken_at"), OPERATORS, MOMENTS),
    st.builds(Contains, st.sampled_from(["camera", "lens", "place"]), TEXTS),
    st.builds(OneOf, st.just("format"), st.lists(TEXTS, max_size=3).map(tuple)),
    st.builds(Listed, st.just("keywords"), TEXTS),
    st.builds(Below, st.lists(NAMES, max_size=2).map("/".join), st.none() | st.sampled_from(["photos", "trip"])),
    st.builds(Within, LATS, LONS, st.sampled_from([0.0, 1.0, 344.0, 6000.0, 30_000.0])),
    st.builds(Pixels, OPERATORS, st.floats(0, 5e9)),
    st.builds(Shape, st.sampled_from(["landscape", "portrait", "square"])),
    st.builds(Among, st.frozensets(st.integers(0, 12).map(lambda n: row(n).id) | TEXTS, max_size=4)),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(All, st.lists(parts, max_size=3).map(tuple)),
        st.builds(Some, st.lists(parts, max_size=3).map(tuple)),
        st.builds(Negation, parts),
    ),
    max_leaves=6,
)
COMPARED = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "=": lambda one, other: one == other,
}


def known(value, holds) -> bool:
    return value is not None and holds(value)


PLAIN = {
    All: lambda it, photo: all(plainly(part, photo) for part in it.parts),
    Some: lambda it, photo: any(plainly(part, photo) for part in it.parts),
    Negation: lambda it, photo: not plainly(it.part, photo),
    Compare: lambda it, photo: known(getattr(photo, it.column), lambda value: COMPARED[it.operator](value, it.value)),
    Contains: lambda it, photo: known(getattr(photo, it.column), lambda text: it.text.casefold() in text.casefold()),
    OneOf: lambda it, photo: getattr(photo, it.column) in it.texts,
    Listed: lambda it, photo: any(it.text.casefold() == each.casefold() for each in photo.keywords),
    Below: lambda it, photo: (
        f"/{it.folder}/".casefold() in f"/{photo.root}/{photo.path}".casefold()
        if it.root is None
        else photo.root == it.root and (not it.folder or photo.path.startswith(f"{it.folder}/"))
    ),
    Within: lambda it, photo: (
        None not in (photo.lat, photo.lon) and distance(it.lat, it.lon, photo.lat, photo.lon) <= it.km
    ),
    Pixels: lambda it, photo: COMPARED[it.operator](photo.width * photo.height, it.value),
    Shape: lambda it, photo: it.shape == shape(photo),
    Among: lambda it, photo: photo.id in it.ids,
}


def plainly(condition, photo: PhotoRow) -> bool:
    """Whether one photo meets a condition, read as one would."""
    return PLAIN[type(condition)](condition, photo)


def shape(photo: PhotoRow) -> str:
    if photo.width == photo.height:
        return "square"
    return "landscape" if photo.width > photo.height else "portrait"


def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    lat1, lon1, lat2, lon2 = map(math.radians, (lat1, lon1, lat2, lon2))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * math.asin(min(1.0, math.sqrt(half)))


@given(st.lists(FACTS, max_size=12), CONDITIONS, st.randoms(use_true_random=False))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_columns_say_what_rows_say_wherever_they_lie(tmp_path, facts, condition, random):
    rows = [row(number, **each) for number, each in enumerate(facts)]
    expected = [plainly(condition, each) for each in rows]

    def met(columns, ids):
        def having(wanted):
            return np.array([id_ in wanted for id_ in ids], bool)

        return meets(condition, Facts(len(ids), columns, having)).tolist()

    columns = columns_of_table(as_arrow(rows, photo_schema()))
    ids = [each.id for each in rows]
    assert met(columns, ids) == expected
    order = random.sample(range(len(rows)), len(rows))
    turned = {name: ordered(column, order) for name, column in columns.items()}
    store_columns(tmp_path / "facts.npz", turned)
    stored = StoredColumns(tmp_path / "facts.npz", len(rows))
    assert met(stored, [ids[number] for number in order]) == [expected[number] for number in order]
    assert set(stored) == set(columns)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Index, list[PhotoRow]]:
    """An index of two hundred photos, some missing, some without a vector."""
    random = Random(0)
    words = ["Canon", "ÄRA", "", "Paris, France", None]
    rows = [
        row(
            number,
            id=f"{number * 2**120 // 200:032x}",
            root=random.choice(["photos", "trip"]),
            path="/".join([*random.sample(["2023", "Trip", "trip", "Ä"], random.randrange(3)), f"{number}.jpg"]),
            format=random.choice(["PNG", "JPEG"]),
            keywords=tuple(random.sample(["ära", "Canon", ""], random.randrange(3))),
            rating=random.choice([None, *range(6)]),
            size=random.randrange(10**13),
            width=random.choice([1, 2, 70_000]),
            height=random.choice([1, 2, 70_000]),
            lat=random.choice([48.8566, 51.5074, 90.0, None]),
            lon=random.choice([-0.1278, 2.3522, None]),
            taken_at=random.choice([None, datetime(random.randrange(1, 9999), 5, 1)]),
            missing=number % 9 == 0,
            **{name: random.choice(words) for name in ("camera", "lens", "place")},
        )
        for number in range(200)
    ]
    index = Index.create(str(tmp_path_factory.mktemp("facts") / "index"))
    index.roots.add(Path("/photos"))
    index.roots.add(Path("/trip"))
    index.photos.bind(CLIP)
    index.photos.add(rows, {CLIP: unit(len(rows), CLIP.dim)})
    index.photos.empty_vectors([rows[4].id], CLIP)
    index.block(CLIP)
    return index, [each for each in rows if not each.missing and each is not rows[4]]


@given(CONDITIONS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_mirror_says_what_the_table_says(made, condition):
    index, rows = made
    block = open_mirror(index.beside).block(CLIP)
    met = {block.id(number) for number in block.meeting(condition).nonzero()[0]}
    assert met == {each.id for each in rows if plainly(condition, each)}
    there = {each.id for each in rows}
    assert met == there & set(index.photos.matching(condition)["id"].to_pylist())


def test_ids_are_found_whatever_else_is_asked_for(made):
    index, rows = made
    block = index.block(CLIP)
    asked = {rows[3].id, rows[50].id, "f" * 32, "", "é"}
    assert {block.id(number) for number in block.having(asked).nonzero()[0]} == {rows[3].id, rows[50].id}
    assert not block.having(set()).any()
    assert [block.id(number) for number in block.rows_beginning(rows[50].id[:20])] == [rows[50].id]
    assert len(block.rows_beginning("00")) == sum(each.id.startswith("00") for each in rows)


def test_a_reader_keeps_the_facts_it_has_when_the_mirror_is_made_again(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.photos.add([row(1, rating=5), row(2)], {CLIP: unit(2, CLIP.dim)})
    old = index.block(CLIP)
    index.photos.delete([row(1).id])
    assert index.block(CLIP).meeting(Compare("rating", ">=", 1)).tolist() == [False]
    assert old.meeting(Compare("rating", ">=", 1)).tolist() == [True, False]


def test_facts_that_have_changed_on_the_disk_are_noticed(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.photos.add([row(1, rating=5, camera="Canon EOS")], {CLIP: unit(1, CLIP.dim)})
    index.block(CLIP)
    (file,) = (Path(index.uri) / MIRROR_FOLDER).glob("*.facts.npz")
    file.write_bytes(file.read_bytes().replace(b"Canon", b"Nikon"))
    block = open_mirror(index.beside).block(CLIP)
    with pytest.raises(IndexDamaged, match="remove it"):
        block.meeting(Contains("camera", "Nikon"))
