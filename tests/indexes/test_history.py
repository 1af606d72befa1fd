"""Edits of regions are undone and done again, whole, also after a kill between any two of their commits."""

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from lens_indexes import Change, Index, RegionState
from lens_indexes.history import EditState
from tests.indexes.test_regions import region
from tests.rows import CLIP, row, unit


@pytest.fixture
def index(tmp_path) -> Index:
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.photos.add([row(number) for number in range(3)], {CLIP: unit(3, CLIP.dim)})
    index.regions.add([region(1, 0, mask=b"1"), region(2, 0), region(3, 1)], {CLIP: unit(3, CLIP.dim)})
    return index


def accepted(number: int, photo: int) -> Change:
    before = {"state": "proposed", "changed_at": None}
    after = {"state": "accepted", "changed_at": datetime(2026, 2, 2, tzinfo=UTC)}
    return Change(region(number, photo).id, row(photo).id, before, after)


def removed(number: int, photo: int, **facts: Any) -> Change:
    return Change(region(number, photo).id, row(photo).id, asdict(region(number, photo, **facts)), None)


def states(index: Index) -> list[str]:
    return [each.state for each in index.regions.get([region(number, 0).id for number in (1, 2, 3)])]


def test_an_edit_is_undone_and_done_again(index):
    index.history.carry_out("accepted", [accepted(1, 0), accepted(3, 1)])
    assert states(index) == ["accepted", "proposed", "accepted"]
    assert index.regions.get([region(1, 0).id])[0].changed_at == datetime(2026, 2, 2, tzinfo=UTC)
    undone = index.history.undo()
    assert undone is not None and (undone.what, undone.regions, undone.number) == ("accepted", 2, 1)
    assert states(index) == ["proposed"] * 3
    assert index.regions.get([region(1, 0).id])[0].changed_at is None
    assert index.history.redo() is not None
    assert states(index) == ["accepted", "proposed", "accepted"]
    assert len(index.regions.vectors(CLIP)[0]) == 3


def test_undo_goes_back_as_far_as_there_are_edits_also_after_opening_again(index):
    for number, photo in ((1, 0), (2, 0), (3, 1)):
        index.history.carry_out("accepted", [accepted(number, photo)])
    again = Index.open(index.uri)
    for expected in (["accepted", "accepted", "proposed"], ["accepted", "proposed", "proposed"], ["proposed"] * 3):
        assert again.history.undo() is not None
        assert states(again) == expected
    assert again.history.undo() is None


def test_what_was_undone_is_gone_once_something_else_is_done(index):
    index.history.carry_out("accepted", [accepted(1, 0)])
    index.history.undo()
    index.history.carry_out("accepted", [accepted(2, 0)])
    assert index.history.redo() is None
    assert [(edit.number, edit.state) for edit in index.history.all()] == [(1, EditState.DONE)]
    assert states(index) == ["proposed", "accepted", "proposed"]


def test_a_region_that_was_removed_comes_back_into_its_source(index):
    index.history.carry_out("removed", [removed(1, 0, mask=b"1")])
    assert index.regions.get([region(1, 0).id]) == []
    index.history.undo()
    assert index.regions.get([region(1, 0).id]) == [region(1, 0, mask=b"1")]
    index.history.redo()
    assert index.regions.get([region(1, 0).id]) == []


def test_a_region_that_was_drawn_goes_and_comes_back_also_into_an_index_without_regions(tmp_path):
    index = Index.create(str(tmp_path / "other"))
    drawn = region(9, 0, state=RegionState.ACCEPTED)
    index.history.carry_out("drawn", [Change(drawn.id, drawn.photo, None, asdict(drawn))])
    assert index.regions.of_photos([drawn.photo]) == [drawn]
    index.history.undo()
    assert index.regions.of_photos([drawn.photo]) == []


def test_the_vector_of_a_box_that_was_moved_is_no_longer_its_own(index):
    moved = Change(region(2, 0).id, row(0).id, {"box": (1.0, 0.0, 3.5, 2.0)}, {"box": (0.0, 0.0, 1.0, 1.0)})
    index.history.carry_out("edited", [moved])
    assert index.regions.get([moved.region])[0].box == (0.0, 0.0, 1.0, 1.0)
    assert sorted(index.regions.vectors(CLIP)[0]) == [region(1, 0).id, region(3, 1).id]


class Killed(Exception):
    pass


@pytest.mark.parametrize("commits", range(6))
@pytest.mark.parametrize("act", ["carry_out", "undo", "redo"])
def test_an_edit_that_was_killed_anywhere_is_whole_or_not_there(index, monkeypatch, act, commits):
    """Killed after some of the calls that commit, an edit is finished or was never begun; older ones stay."""
    history = index.history
    history.carry_out("accepted", [accepted(2, 0)])
    both = [accepted(1, 0), removed(3, 1)]
    if act != "carry_out":
        history.carry_out("both", both)
    if act == "redo":
        history.undo()
    left = commits

    def kill_after(call):
        def called(*given: Any, **named: Any) -> Any:
            nonlocal left
            if not left:
                raise Killed
            left -= 1
            return call(*given, **named)

        return called

    with monkeypatch.context() as patched:
        for owner, name in (
            (history._changes, "add"),
            (history._edits, "add"),
            (history._edits, "set_state"),
            (index.regions, "delete"),
            (index.regions, "restore"),
            (index.regions, "patch"),
        ):
            patched.setattr(owner, name, kill_after(getattr(owner, name)))
        with suppress(Killed):
            history.carry_out("both", both) if act == "carry_out" else getattr(history, act)()

    again = Index.open(index.uri)
    again.history.settle()
    assert states(again) in (["proposed", "accepted", "proposed"], ["accepted", "accepted"])
    assert all(edit.state in {EditState.DONE, EditState.UNDONE} for edit in again.history.all())
    last = again.history.all()[-1]
    assert (states(again) == ["accepted", "accepted"]) == (last.what == "both" and last.state == EditState.DONE)
    while again.history.undo():
        pass
    assert states(again) == ["proposed"] * 3


def test_what_was_forgotten_does_not_come_back(index):
    index.history.carry_out("removed", [removed(1, 0), removed(3, 1)])
    index.forget([row(0).id])
    index.history.undo()
    assert [each.id for each in index.regions.of_photos([row(0).id, row(1).id])] == [region(3, 1).id]
