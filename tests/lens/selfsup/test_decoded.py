"""Photos decoded once for training."""

import os
import time

import numpy as np
import pytest
from PIL import Image

from lens.errors import TuneError
from lens.selfsup.decoded import KEPT, decode_once
from tests.fakes import paint


def test_photos_are_decoded_once_and_what_cannot_be_read_is_left_out(tmp_path):
    photos = [paint(tmp_path / f"{number}.png", f"rgb({10 * number},0,0)", (48, 32)) for number in range(100)]
    photos[3].write_bytes(b"broken")
    seen = []
    decoded, kept = decode_once(photos, 16, tmp_path / "cache", seen.append)
    assert decoded.shape == (99, 16, 16, 3)
    assert kept.tolist() == [0, 1, 2, *range(4, 100)]
    assert decoded[3, 8, 8].tolist() == [40, 0, 0]  # the fifth photo
    assert seen[-1].done == seen[-1].total == 100
    assert seen[-1].skipped == 1
    seen.clear()
    again, _ = decode_once(photos, 16, tmp_path / "cache", seen.append)
    assert not seen
    assert np.array_equal(again, decoded)
    paint(photos[3], "rgb(30,0,0)", (48, 32))
    assert len(decode_once(photos, 16, tmp_path / "cache")[0]) == 100


def test_what_nothing_has_read_for_weeks_is_removed(tmp_path):
    cache, photos = tmp_path / "cache", [paint(tmp_path / f"{name}.png", "red") for name in "abc"]
    long_ago = time.time() - KEPT - 60
    for photo in photos[:2]:
        decode_once([photo], 16, cache)
    torn, foreign = cache / f"{'0' * 24}.77.part", cache / "mine.npy"
    for file in (torn, foreign):
        file.write_bytes(b"")
    before = set(cache.iterdir())
    for file in before:
        os.utime(file, (long_ago, long_ago))
    decode_once([photos[1]], 16, cache)  # is there, and read
    decode_once([photos[2]], 16, cache)
    assert len(list(cache.glob("*.numbers.npy"))) == 2
    assert foreign.exists()
    assert not torn.exists()
    assert len(before - set(cache.iterdir())) == 3  # the first photo's two, and the torn one


def test_the_middle_is_kept(tmp_path):
    wide = Image.new("RGB", (96, 32), "blue")
    wide.paste("red", (32, 0, 64, 32))
    wide.save(tmp_path / "wide.png")
    decoded, _ = decode_once([tmp_path / "wide.png"], 16, tmp_path / "cache")
    assert decoded[0, 8, 2:14].tolist() == [[255, 0, 0]] * 12


def test_nothing_to_decode_and_no_room_are_said(tmp_path):
    with pytest.raises(TuneError, match="None of the photos"):
        decode_once([tmp_path / "none.png"], 16, tmp_path / "cache")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TuneError, match="cannot be written"):
        decode_once([paint(tmp_path / "1.png", "red")], 16, tmp_path / "file" / "cache")
