"""What waits is shown, the disputed first; what is said of it is kept and can be taken back."""

from dataclasses import replace

import pytest

from lens import Library
from lens.errors import NameUnknown, QueryError
from lens_indexes import RegionRow, RegionState
from lens_indexes.filters import OneOf
from tests.indexes.test_regions import region

COLOURS = ("red", "green", "blue")


@pytest.fixture
def reviewed(library: Library, photos, encoder) -> Library:
    """A library with a dog in each photo, found by `owl`; in the green one `me` has drawn a cat elsewhere."""
    library.index([photos], encoder)
    index = library._index()
    ids = {path.rsplit("/")[-1].split(".")[0]: id_ for id_, _, path in index.photos.places()}

    def of(number: int, colour: str, **changes) -> RegionRow:
        made = region(number, 0, width=32, height=24, box=(1, 1, 9, 9), source="owl", score=number / 10)
        return replace(made, photo=ids[colour], **changes)

    index.regions.add(
        [
            of(1, "blue"),
            of(2, "green"),
            of(3, "red"),
            of(6, "red", category="cat"),
            of(5, "green", source="me", category="cat", box=(20, 10, 30, 20), state=RegionState.ACCEPTED),
        ],
        {},
    )
    return library


def states(library: Library) -> dict[int, str]:
    rows = library._index().regions.matching(OneOf("source", ("owl",)), ["state"]).to_pylist()
    return {int(row["id"], 16): row["state"] for row in rows}


def test_what_is_disputed_comes_first_then_photo_by_photo(reviewed):
    queue = reviewed.reviewing.queue()
    assert [(each.path.stem, int(each.region.id, 16), each.disputed) for each in queue] == [
        ("green", 2, True),
        ("blue", 1, False),
        ("red", 6, False),
        ("red", 3, False),
    ]
    assert [each.path.stem for each in reviewed.reviewing.queue(where="category=cat", most=1)] == ["red"]
    assert [each.path.stem for each in reviewed.reviewing.queue(where="state=accepted")] == ["green"]


def test_hidden_sources_are_left_alone(reviewed):
    reviewed.labels.sources.hide("owl")
    assert reviewed.reviewing.queue() == []
    assert reviewed.reviewing.decide("score>0", RegionState.REJECTED) == 0
    reviewed.labels.sources.hide("owl", hidden=False)
    reviewed.labels.sources.hide("me")
    assert not any(each.disputed for each in reviewed.reviewing.queue())


def test_a_query_narrows_what_is_meant(reviewed):
    assert [each.path.stem for each in reviewed.reviewing.queue("folder:photos format:jpeg")] == ["green"]
    assert reviewed.reviewing.decide("score>0", RegionState.ACCEPTED, "format:jpeg") == 1
    assert states(reviewed)[2] == "accepted"


def test_regions_are_accepted_rejected_and_that_is_taken_back(reviewed):
    review = reviewed.reviewing
    assert review.decide("score>=0.3 and category=dog", RegionState.ACCEPTED, dry_run=True) == 1
    assert set(states(reviewed).values()) == {"proposed"}
    assert review.decide("score>=0.3 and category=dog", RegionState.ACCEPTED) == 1
    assert review.decide("score<0.3", RegionState.REJECTED) == 2
    assert states(reviewed) == {1: "rejected", 2: "rejected", 3: "accepted", 6: "proposed"}
    assert [edit.regions for edit in review.undo(5)] == [2, 1]
    assert set(states(reviewed).values()) == {"proposed"}
    assert len(review.redo(1)) == 1
    assert states(reviewed) == {1: "proposed", 2: "proposed", 3: "accepted", 6: "proposed"}


def test_only_what_is_proposed_is_meant_unless_states_are_spoken_of(reviewed):
    review = reviewed.reviewing
    review.decide("id!=x", RegionState.ACCEPTED)
    assert review.decide("score>0", RegionState.REJECTED) == 0
    assert review.decide("score>0 and state=accepted and source=owl", RegionState.REJECTED) == 4


def test_a_region_gets_another_name_and_counts_as_edited(reviewed):
    assert reviewed.reviewing.relabel("category=cat", " big  cat ") == 1
    (named,) = reviewed._index().regions.get([f"{6:032x}"])
    assert (named.category, named.state) == ("big cat", "edited")
    assert named.changed_at is not None
    with pytest.raises(NameUnknown):
        reviewed.reviewing.relabel("category=dog", "  ")


def test_nonsense_changes_nothing(reviewed):
    with pytest.raises(QueryError):
        reviewed.reviewing.decide("colour=red", RegionState.REJECTED)
    assert reviewed.reviewing.history() == []


@pytest.mark.parametrize(
    ("query", "stems"),
    [
        ('missed:"owl vs me"', {"green"}),
        ('spurious:"owl vs me"', {"green"}),
        ('spurious:"owl vs me: dog"', {"green"}),
        ('spurious:"owl vs me: cat"', set()),
        ('confused:"owl vs me"', set()),
    ],
)
def test_differences_of_sources_are_queries(reviewed, encoder, query, stems):
    assert {match.path.stem for match in reviewed.search(query, encoder=encoder)} == stems


def test_a_query_for_differences_says_what_it_takes(reviewed, encoder):
    with pytest.raises(QueryError, match="Two sources"):
        reviewed.search("missed:owl", encoder=encoder)
