"""Batches that are encoded side by side."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lens.indexing.lane import ENOUGH, Lane
from lens.indexing.stages import Stages
from lens.indexing.threads import THREADS, libraries_keep_to_one_thread
from lens.models import load
from lens.models.encoders.base import EncoderInfo, Vectors


class Numbers:
    """Gives each number as its vector, the later the sooner, and notes how many batches were asked for at once."""

    info = EncoderInfo("numbers", "none", "1", dim=1, min_side=1)
    batch = 4
    thread_safe = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = self.most = self.calls = 0

    def encode_prepared(self, inputs: Sequence[int]) -> Vectors:
        with self._lock:
            self.now, self.calls = self.now + 1, self.calls + 1
            self.most = max(self.most, self.now)
            wait = 0.02 / self.calls
        time.sleep(wait)
        with self._lock:
            self.now -= 1
        return np.array(inputs, np.float32)[:, None]


def test_vectors_come_in_the_order_of_the_photos_whatever_is_ready_first() -> None:
    encoder = Numbers()
    with ThreadPoolExecutor(THREADS) as pool:
        lane = Lane(encoder, Stages(), pool)
        for start, stop in ((0, 101), (101, 103), (103, 103), (103, 150)):
            assert [lane.put(number) for number in range(start, stop)] == [*range(stop - start)]
            assert lane.take().ravel().tolist() == [*range(start, stop)]
    assert 1 < encoder.most <= THREADS
    assert lane.speed
    assert lane.speed > 0


def test_photos_wait_for_the_network_and_do_not_pile_up() -> None:
    encoder, go_on = Numbers(), threading.Event()
    begun = threading.Semaphore(0)

    def slowly(inputs: Sequence[int]) -> Vectors:
        begun.release()
        assert go_on.wait(60)
        return Numbers.encode_prepared(encoder, inputs)

    with ThreadPoolExecutor(THREADS) as pool:
        lane = Lane(encoder, Stages(), pool)
        lane.put(0)  # the first photo goes alone
        encoder.encode_prepared = slowly  # type: ignore[method-assign]
        arrived = []
        putting = threading.Thread(target=lambda: arrived.extend(lane.put(number) for number in range(1, 400)))
        putting.start()
        for _ in range(THREADS):
            assert begun.acquire(timeout=60)
        putting.join(0.3)
        held = len(arrived)
        go_on.set()
        putting.join(60)
        assert held <= 4 * (THREADS + 2) + 1
        assert lane.take().ravel().tolist() == [*range(400)]


def test_what_the_network_throws_is_thrown_by_the_next_take() -> None:
    encoder = Numbers()

    def broken(inputs: Sequence[int]) -> Vectors:
        raise ValueError(f"no vector for {inputs[0]}")

    with ThreadPoolExecutor(THREADS) as pool:
        lane = Lane(encoder, Stages(), pool)
        lane.put(0)
        encoder.encode_prepared = broken  # type: ignore[method-assign]
        for number in range(1, 5):
            lane.put(number)
        with pytest.raises(ValueError, match="no vector for 1"):
            lane.take()


def test_too_few_photos_say_nothing_about_the_speed() -> None:
    lane = Lane(Numbers(), Stages())
    for number in range(ENOUGH):
        lane.put(number)
    lane.take()
    assert lane.speed is None  # the first photo, which loads the network, is not counted


def test_the_built_in_network_gives_the_same_side_by_side() -> None:
    encoder = load("builtin")
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 256, (192 + 64 * (number % 2), 256, 3), np.uint8) for number in range(70)]
    alone = Lane(encoder, Stages())
    for photo in photos:
        alone.put(photo)
    expected = alone.take()
    with ThreadPoolExecutor(THREADS) as pool, libraries_keep_to_one_thread():
        beside = Lane(encoder, Stages(), pool)
        for photo in photos:
            beside.put(photo)
        found = beside.take()
    assert np.abs(found - expected).max() < 1e-5
