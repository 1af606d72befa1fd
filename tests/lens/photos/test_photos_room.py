"""What threads hold at once stays within the room they share."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lens.photos.room import Room


def test_no_more_is_held_than_there_is_room_for() -> None:
    room, lock = Room(10), threading.Lock()
    held = most = 0

    def hold(amount: int) -> None:
        nonlocal held, most
        with room.taken(amount):
            with lock:
                held += amount
                most = max(most, held)
            threading.Event().wait(0.002)
            with lock:
                held -= amount

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hold, [1, 4, 3, 7, 2, 10, 5, 6] * 6))
    assert 5 < most <= 10
    assert held == 0


def test_one_that_needs_more_than_all_gets_in_alone() -> None:
    room = Room(10)
    inside = threading.Event()

    def small() -> None:
        with room.taken(1):
            inside.set()

    with room.taken(25):
        other = threading.Thread(target=small)
        other.start()
        assert not inside.wait(0.05)
    other.join(5)
    assert inside.is_set()


def test_a_failure_gives_its_room_back() -> None:
    room = Room(10)
    with pytest.raises(ValueError), room.taken(10):
        raise ValueError
    with room.taken(10):
        pass
