"""Runs into an object store that fails now and then, and runs that are killed: nothing is lost and nothing is twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lens import Library
from lens.errors import IndexNotFound
from lens.indexing import indexer
from lens_indexes import Index, lease
from lens_indexes.connecting import connect
from tests.fakes import ColourEncoder, paint
from tests.stores import failing, put, serving

pytestmark = pytest.mark.slow  # each commit takes a second or two, and some are made again

PHOTOS = 60
RUN = """
import sys
from lens import Library
from lens.indexing import indexer
from tests.fakes import ColourEncoder

indexer.COMMIT_PHOTOS = 2
Library.open().index([sys.argv[1]], ColourEncoder())
"""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for number in range(PHOTOS):
        paint(tmp_path / "many" / f"{number}.png", (number * 4, number * 3, 255 - number * 2))
    return tmp_path / "many"


@pytest.mark.parametrize("done", [False, True])
def test_a_store_that_fails_one_request_in_twenty_loses_nothing(bucket, many, monkeypatch, done):
    monkeypatch.setattr(indexer, "COMMIT_PHOTOS", 4)
    library, encoder = Library.open(bucket), ColourEncoder()
    with serving(failing(20, done=done)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert library.index([many], encoder).added == PHOTOS
        assert Library.open(bucket).index([many], encoder).unchanged == PHOTOS
        assert len(Library.open(bucket).search("red", PHOTOS, encoder)) == PHOTOS
        assert library.verify() == []


@pytest.mark.parametrize("on_the_store", [False, True])
def test_a_run_that_is_killed_is_taken_up_and_ends_as_an_undisturbed_one(
    bucket, many, tmp_path, monkeypatch, on_the_store
):
    if on_the_store:
        pytest.importorskip("s3fs")
        for file in many.iterdir():
            put(f"{bucket}-photos/{file.name}", file.read_bytes())
        many = f"{bucket}-photos"
    monkeypatch.setenv("LENS_INDEX", bucket)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(Path.cwd())])}
    with subprocess.Popen([sys.executable, "-c", RUN, str(many)], env=environment) as run:
        while committed(bucket) < 4:
            assert run.poll() is None, "the run ended before it was killed"
            time.sleep(0.2)
        run.send_signal(signal.SIGKILL)
    assert 4 <= committed(bucket) < PHOTOS
    connect(bucket).open_table(lease.WRITER_TABLE).update(values={"until": 0.0})  # two minutes later
    library, here, encoder = Library.open(bucket), Library.open(tmp_path / "here"), ColourEncoder()
    kept = committed(bucket)
    assert library.index([many], encoder).unchanged == kept
    here.index([many], encoder)
    assert rows(library, encoder) == rows(here, encoder)
    assert library.verify() == []


def committed(uri: str) -> int:
    try:
        return Index.open(uri).photos.count(missing=False)
    except IndexNotFound:
        return 0


def rows(library: Library, encoder: ColourEncoder) -> list[tuple[str, str, float]]:
    matches = library.search("red", PHOTOS, encoder)
    return sorted((match.path.name, match.content_hash, round(match.score, 5)) for match in matches)
