"""An index on an object store holds what one in a folder does, has one writer, and keeps its vectors here."""

import logging
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from lens_indexes import Index, IndexFailure, IndexLocked, IndexNotFound, lease, open_mirror
from lens_indexes.beside import Beside, make_room
from lens_indexes.connecting import connect
from lens_indexes.filters import All
from tests.rows import CLIP, names, row, unit
from tests.stores import KEY, SECRET, objects


def filled(uri: str, *numbers: int) -> Index:
    index = Index.create(uri)
    with index.writing():
        index.roots.add(Path("/photos"))
        index.photos.bind(CLIP)
        index.photos.add([row(number) for number in numbers], {CLIP: unit(len(numbers), CLIP.dim)})
    return index


def test_it_holds_what_an_index_in_a_folder_does(bucket, tmp_path):
    away, here = filled(bucket, 3, 1, 2), filled(str(tmp_path / "here"), 3, 1, 2)
    block = Index.open(bucket).block(CLIP)
    assert isinstance(block.vectors, np.memmap), "the vectors are not mapped from this machine's cache"
    assert names(block) == names(here.block(CLIP))
    np.testing.assert_array_equal(block.vectors, here.block(CLIP).vectors)
    known = away.photos.matching(All(()), ["path", "content_hash"])
    assert known.equals(here.photos.matching(All(()), ["path", "content_hash"]))


def test_what_is_kept_here_is_of_the_present_state(bucket):
    index = filled(bucket, 1, 2)
    index.block(CLIP)
    assert open_mirror(index.beside) is not None
    with index.writing():
        index.photos.add([row(9)], {CLIP: unit(1, CLIP.dim, seed=9)})
    assert open_mirror(index.beside) is None
    assert names(index.block(CLIP)) == ["1.jpg", "2.jpg", "9.jpg"]


def test_another_index_at_the_same_place_is_not_taken_for_the_one_before(bucket):
    filled(bucket, 1, 2).block(CLIP)
    database = connect(bucket)
    for name in database.list_tables().tables:
        database.drop_table(name)
    assert names(filled(bucket, 7, 8).block(CLIP)) == ["7.jpg", "8.jpg"]


def test_vectors_beyond_the_limit_are_read_and_not_kept(bucket, monkeypatch):
    monkeypatch.setenv("LENS_VECTOR_CACHE_GB", "0.000001")
    index = filled(bucket, 1, 2)
    assert names(index.block(CLIP)) == ["1.jpg", "2.jpg"]
    assert open_mirror(index.beside) is None
    monkeypatch.setenv("LENS_VECTOR_CACHE_GB", "1")
    assert isinstance(index.block(CLIP).vectors, np.memmap)


def test_the_cache_read_longest_ago_makes_room(tmp_path, monkeypatch):
    monkeypatch.setenv("LENS_CACHE", str(tmp_path))
    monkeypatch.setenv("LENS_VECTOR_CACHE_GB", "0.000003")  # 3,000 bytes
    places = [Beside(tmp_path / "indexes" / name, str, cached=True) for name in ("old", "young", "new")]
    for age, place in zip((200, 100), places, strict=False):
        place.folder.mkdir(parents=True)
        (place.folder / "vectors.npy").write_bytes(bytes(1000))
        place.read()
        _age(place.folder / "used", age)
    assert make_room(places[2], 900)
    assert sorted(folder.name for folder in (tmp_path / "indexes").iterdir()) == ["old", "young"]
    assert make_room(places[2], 1500)
    assert [folder.name for folder in (tmp_path / "indexes").iterdir()] == ["young"]
    assert not make_room(places[2], 3001)
    assert places[1].folder.exists()


def _age(file: Path, seconds: float) -> None:
    os.utime(file, (time.time() - seconds,) * 2)


def test_a_second_writer_is_told_who_the_first_is(bucket):
    index = filled(bucket, 1)
    told = r"Another Lens is writing to the index s3://.* \(process \d+ on .*free"
    with index.writing(), pytest.raises(IndexLocked, match=told):
        Index.open(bucket).writing().__enter__()
    with Index.open(bucket).writing():
        pass


def test_a_writer_that_was_killed_gives_the_index_up_when_its_lease_is_over(bucket, monkeypatch):
    index = filled(bucket, 1)
    monkeypatch.setattr(lease, "LEASE", -1.0)
    killed = index.writing()
    killed.__enter__()
    monkeypatch.setattr(lease, "LEASE", 600.0)
    with Index.open(bucket).writing(wait=60):
        pass
    with pytest.raises(IndexLocked, match="took over"):
        killed.__exit__(None, None, None)


@pytest.mark.slow  # those that lose try again and again
def test_a_writer_that_lost_the_index_is_told_before_it_commits_again(bucket, monkeypatch):
    index = filled(bucket, 1)
    monkeypatch.setattr(lease, "RENEWED", 0.1)
    with pytest.raises(IndexLocked, match="took over"), index.writing():
        index.check_writer()
        table = connect(bucket).open_table(lease.WRITER_TABLE)
        table.update(values={"holder": "another", "until": time.time() + 600})
        until = time.monotonic() + 60
        while time.monotonic() < until:
            index.check_writer()
            time.sleep(0.05)
    table.update(values={"until": 0.0})


def test_a_limit_that_is_no_number_is_told(bucket, monkeypatch):
    monkeypatch.setenv("LENS_VECTOR_CACHE_GB", "20GB")
    with pytest.raises(IndexFailure, match="LENS_VECTOR_CACHE_GB is '20GB'"):
        filled(bucket, 1).block(CLIP)


def test_of_several_that_take_it_at_once_one_gets_it(bucket):
    filled(bucket, 1)
    tables, taken = [connect(bucket).open_table(lease.WRITER_TABLE) for _ in range(4)], []
    threads = [
        threading.Thread(target=lambda n=number, t=table: taken.append(lease._take(t, f"{n}")))
        for number, table in enumerate(tables)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True], "the lease is not exclusive"


def test_it_tells_what_is_wrong_in_a_line(bucket, monkeypatch):
    with pytest.raises(IndexNotFound, match=f"no index at {bucket}/none"):
        Index.open(f"{bucket}/none")
    with pytest.raises(IndexFailure, match="NoSuchBucket: The specified bucket does not exist"):
        Index.open("s3://lens-none-such/index")
    for key in ("mykey:mysecret", "mykey:my/mysecret"):
        with pytest.raises(IndexFailure, match="must hold no key") as caught:
            Index.open(f"s3://{key}@bucket/index")
        assert "mysecret" not in str(caught.value)
    with monkeypatch.context() as nobody, pytest.raises(IndexFailure, match=r"\(the store does not answer\)"):
        nobody.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        Index.open(bucket)
    monkeypatch.setenv("LENS_OFFLINE", "1")
    with pytest.raises(IndexFailure, match="stay offline"):
        Index.open(bucket)


def test_keys_are_neither_kept_nor_logged(bucket, caplog):
    caplog.set_level(logging.DEBUG)
    index = filled(bucket, 1, 2)
    index.block(CLIP)
    with index.writing(), pytest.raises(IndexLocked) as caught:
        Index.open(bucket).writing().__enter__()
    held = [*objects(bucket).values(), *(file.read_bytes() for file in index.beside.folder.glob("*"))]
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("lens")]
    said = [*ours, str(caught.value), *(text.decode("latin-1") for text in held)]
    assert len(held) > 5
    assert not [text for text in said if KEY in text or SECRET in text]
