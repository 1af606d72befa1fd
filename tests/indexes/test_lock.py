"""One writer at a time, who is named to the others; readers never wait."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lens_indexes import Index, IndexLocked, IndexNotWritable
from lens_indexes.lock import HOLDER_FILE, LOCK_FILE

HOLD = """
import sys
sys.path[:] = {paths}
from lens_indexes import Index
with Index.open({uri!r}).writing():
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.create(str(tmp_path / "index"))


@pytest.fixture
def holder(index):
    """Another process that holds the index until it is told a line."""
    program = HOLD.format(paths=json.dumps(sys.path), uri=index.uri)
    with subprocess.Popen(
        [sys.executable, "-c", program, "index", "~/Photos"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        yield other
        other.kill()


def test_a_second_writer_is_told_who_holds_the_index(index, holder):
    with pytest.raises(IndexLocked) as caught, index.writing():
        pass
    said = str(caught.value)
    assert "\n" not in said
    for known in (f"process {holder.pid} on {socket.gethostname()} since 20", "index ~/Photos", "--wait"):
        assert known in said
    assert Index.open(index.uri).photos.count(missing=False) == 0  # readers are not kept waiting


def test_a_dead_writer_is_not_waited_for(index, holder):
    holder.kill()
    holder.wait()
    assert json.loads((Path(index.uri) / HOLDER_FILE).read_text())["pid"] == holder.pid  # it could not tidy up
    with index.writing():
        assert json.loads((Path(index.uri) / HOLDER_FILE).read_text())["pid"] == os.getpid()
    assert not (Path(index.uri) / HOLDER_FILE).exists()


def test_who_waits_gets_its_turn(index, holder, caplog):
    caplog.set_level("INFO")
    turns = []

    def write():
        with index.writing(wait=True):
            turns.append(time.monotonic())

    waiting = threading.Thread(target=write)
    waiting.start()
    waiting.join(1)
    assert waiting.is_alive()
    assert f"Waiting for another Lens that writes to the index {index.uri} (process {holder.pid}" in caplog.text
    released = time.monotonic()
    holder.communicate("go\n")
    waiting.join(20)
    assert turns[0] > released


def test_a_note_that_cannot_be_read_is_done_without(index, holder):
    for text in ("", "[]", "{}", "{"):
        (Path(index.uri) / HOLDER_FILE).write_text(text)
        with pytest.raises(IndexLocked, match=r"Another Lens is writing to the index \S+index\. "), index.writing():
            pass


def test_two_makers_of_one_index_do_not_meet(tmp_path):
    program = (
        f"import sys; sys.path[:] = {json.dumps(sys.path)}\n"
        "from lens_indexes import Index\n"
        f"print(Index.create({str(tmp_path / 'index')!r}, wait=True).photos.count(missing=False))"
    )
    makers = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [maker.communicate()[0] for maker in makers] == ["0\n"] * 3


def test_a_lock_that_may_not_be_written_is_one_line(index):
    (Path(index.uri) / LOCK_FILE).unlink()
    (Path(index.uri) / LOCK_FILE).mkdir()
    with pytest.raises(IndexNotWritable, match=r"may not be written: \w") as caught, index.writing():
        pass
    assert "\n" not in str(caught.value)


def test_a_failure_inside_leaves_no_lock(index):
    with pytest.raises(OSError, match="mine"), index.writing():
        raise OSError("mine")
    with index.writing():
        pass
