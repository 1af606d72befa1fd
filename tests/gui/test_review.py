"""What the desk tells the window of a photo, and what it does when nobody waits for it."""

from pathlib import Path

import pytest

from lens import Library
from lens.indexing.lane import column_of
from lens_gui.label import review as reviews
from lens_gui.label.review import FEW, Review
from lens_indexes import RegionState
from tests.fakes import paint
from tests.labelled import labelled, photos_of, rows_for


def test_what_was_drawn_has_its_vector_once_nobody_waits_for_an_edit(library: Library, tmp_path: Path) -> None:
    for number in range(FEW + 2):
        paint(tmp_path / "many" / f"{number}.png", f"rgb({number * 30}, 0, 0)")
    library.index([tmp_path / "many"], "builtin")
    column = column_of(library._encoders.get("builtin").info)
    review = Review(library)
    view = review.queue("")
    drawn = []
    for _ in range(FEW + 2):
        made = review.draw(view.photo, (2, 3, 10, 12), (32, 24), "dog").region
        assert made is not None
        drawn.append(made.id)
        view = review.step(1)
    regions = library._index().regions
    assert not regions.vectors(column)[0]
    assert review.tidy()  # some at a time, so that a key is not kept waiting
    assert len(regions.vectors(column)[0]) == FEW
    assert not review.tidy()
    assert sorted(regions.vectors(column)[0]) == sorted(drawn)
    review.undo()
    review.redo()
    review.tidy()
    assert drawn[-1] in regions.vectors(column)[0]


def test_of_many_regions_without_a_vector_some_are_encoded_at_a_time(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(tmp_path / "many" / "a.png", "navy")
    library.index([tmp_path / "many"], "builtin")
    column = column_of(library._encoders.get("builtin").info)
    monkeypatch.setattr(reviews, "SOME", 3)
    review = Review(library)
    view = review.queue("")
    for _ in range(7):
        review.draw(view.photo, (2, 3, 10, 12), (32, 24), "dog")
    regions, filled = library._index().regions, list[int]()
    while review.tidy():
        filled.append(len(regions.vectors(column)[0]))
    assert filled == [3, 6] and len(regions.vectors(column)[0]) == 7


def test_only_what_has_changed_is_told_of_a_photo_that_is_shown(library: Library, tmp_path: Path) -> None:
    index = labelled(library, tmp_path / "photos", ["a.png", "b.png", "c.png"])
    index.regions.delete(index.regions.matching()["id"].to_pylist())
    rows = rows_for(index, photos_of(index), "machine", state=RegionState.PROPOSED)
    index.regions.add(rows, {})
    review = Review(library)
    shown = review.queue("")
    assert shown.whole and {each.id for each in shown.regions} == {row.id for row in rows if row.photo == shown.photo}

    def follow(answer: reviews.View, changed: int, gone: int = 0) -> None:
        """What the window has then is what it would be told if it asked for all."""
        nonlocal shown
        assert (answer.whole, len(answer.regions), len(answer.gone)) == (False, changed, gone)
        shown = answer.filled_up(shown)
        held = index.regions.of_photos([shown.photo])
        assert shown.regions == tuple(held) and shown.whole and not shown.gone

    first = shown.region
    assert first is not None
    follow(review.decide(shown.photo, first.id, "accepted"), 1)
    assert shown.region is not None and shown.region.id != first.id
    follow(review.draw(shown.photo, (1, 1, 9, 9), (60, 40), "bird"), 1)
    follow(review.undo(), 0, gone=1)
    follow(review.redo(), 1)
    index.regions.delete([rows[0].id, rows[1].id])  # by another program
    here = sum(row.photo == shown.photo for row in rows[:2])
    follow(review.look_again(), 0, gone=here)
    follow(review.go_on(), 0)
    elsewhere = review.step(1)
    assert elsewhere.whole and elsewhere.photo != shown.photo
    assert elsewhere.filled_up(shown) is elsewhere
    back = review.step(-1)
    assert back.whole and back.regions == shown.regions
    late = review.decide(back.photo, back.regions[-1].id, "rejected")
    assert late.filled_up(elsewhere) is late, "it is about another photo than the window shows"
    assert review.queue("").whole
