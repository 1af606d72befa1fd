"""Photos to look through are counted as a plain count does it, and an edit costs the same among very many."""

import random
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from lens.reviewing.photo_queue import Counted, PhotoQueue
from lens_indexes import RegionState
from tests.labelled import labelled, photos_of, rows_for
from tests.lens.reviewing.test_reviewing import reviewed  # noqa: F401

STATES = list(RegionState)


def some(choice: random.Random) -> list[Counted]:
    return [Counted(choice.choice("abc"), choice.choice(STATES)) for _ in range(choice.randrange(4))]


def test_running_counts_are_those_of_a_plain_count():
    choice = random.Random(3)
    photos = {f"{number:032x}": Path(f"{number}.jpg") for number in range(12)}
    held = {id_: some(choice) for id_ in list(photos)[:8]}
    queue = PhotoQueue(photos, held | {"elsewhere": [Counted("z", "proposed")]})
    for _ in range(200):
        seen = [each for its in held.values() for each in its if each.state != "rejected"]
        assert queue.waiting == sum(each.state == "proposed" for each in seen)
        assert +queue.categories == Counter(each.category for each in seen)
        waits = [any(each.state == "proposed" for each in held.get(id_, ())) for id_ in queue.ids]
        at = choice.randrange(len(queue))
        expected = [place for place in [*range(at, len(queue)), *range(at)] if waits[place]]
        assert queue.next_waiting(at) == (expected[0] if expected else None)
        photo = choice.choice(queue.ids)
        held[photo] = some(choice)
        queue.update(photo, held[photo])
    assert queue.place("elsewhere") is None


def test_an_edit_costs_the_same_among_a_hundred_thousand():
    photos = {f"{number:032x}": Path(f"{number}.jpg") for number in range(100_000)}
    queue = PhotoQueue(photos, {id_: [Counted("dog", RegionState.PROPOSED)] for id_ in photos})
    began, at = time.perf_counter(), 0
    for number in range(2_000):
        at = queue.next_waiting(at) or 0
        assert at == number
        queue.update(queue.ids[at], [Counted("cat", RegionState.EDITED)])
    # Walking the queue each time takes some 20 ms of an edit on a quiet machine, 40 s in all.
    assert time.perf_counter() - began < 10, "an edit walks the queue"
    assert (queue.waiting, queue.categories["cat"], queue.categories["dog"]) == (98_000, 2_000, 98_000)


def test_photos_that_wait_come_first_and_the_others_after_them(reviewed):  # noqa: F811
    queue = reviewed.reviewing.photos()
    assert [queue.paths[id_].stem for id_ in queue.ids][:3] == ["green", "blue", "red"]
    assert len(queue) == len(reviewed.photos())
    assert [queue.paths[id_].stem for id_ in queue.ids][3:] == sorted(
        path.stem for path in reviewed.photos() if path.stem not in {"green", "blue", "red"}
    )
    assert (queue.waiting, dict(queue.categories)) == (4, {"dog": 3, "cat": 2})
    assert {int(id_, 16) for id_ in queue.disputed} == {2}
    narrowed = reviewed.reviewing.photos("format:jpeg")
    assert [narrowed.paths[id_].stem for id_ in narrowed.ids] == ["green"]
    assert narrowed.waiting == 1
    reviewed.labels.sources.hide("me")
    assert dict(reviewed.reviewing.photos().categories) == {"dog": 3, "cat": 1}


def test_photos_are_in_the_order_of_what_waits_in_them(library, tmp_path):
    index = labelled(library, tmp_path / "photos", [f"{name}.png" for name in "fbdaechgji"])
    index.regions.delete(index.regions.matching()["id"].to_pylist())
    random, photos = np.random.default_rng(0), photos_of(index)
    for source in ("one", "two", "three"):
        rows = rows_for(index, photos, source, state=RegionState.PROPOSED)
        states = random.choice([*RegionState], len(rows), p=[0.5, 0.2, 0.2, 0.1])
        kept = random.random(len(rows)) < 0.3
        index.regions.add(
            [replace(row, state=RegionState(s)) for row, s, k in zip(rows, states, kept, strict=True) if k], {}
        )
    index.hidden.set("three", hidden=True)
    proposals = library.reviewing.queue()
    queue = library.reviewing.photos()
    first = list(dict.fromkeys(each.region.photo for each in proposals))
    assert queue.ids[: len(first)] == first and 1 < len(first) < len(queue)
    assert queue.waiting == len(proposals)
    assert queue.disputed == {each.region.id for each in proposals if each.disputed} != set()
    assert [queue.paths[id_] for id_ in queue.ids[len(first) :]] == sorted(
        queue.paths[id_] for id_ in queue.ids[len(first) :]
    )


def test_what_was_found_since_is_told_by_photo(reviewed):  # noqa: F811
    made = max(each.region.made_at for each in reviewed.reviewing.queue())
    assert reviewed.reviewing.found_since(made) == {}
    found = reviewed.reviewing.found_since(made - timedelta(seconds=1))
    assert [[int(each.id, 16) for each in its] for its in found.values()] == [[3, 6]]  # all of the photo of 6
    assert reviewed.reviewing.found_since(datetime.now(UTC)) == {}
