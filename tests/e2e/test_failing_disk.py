"""A disk that fails while a run commits costs nothing that was committed, and is told in one line."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lens import Library
from lens_indexes import Index
from tests.fakes import ColourEncoder, paint

PROGRAM = """
import sys
from lens import Library
from lens.errors import LensError
from lens.indexing import indexer
from tests.fakes import ColourEncoder

indexer.COMMIT_PHOTOS = 8
try:
    Library.open(sys.argv[1]).index([sys.argv[2]], ColourEncoder())
except LensError as error:
    print(error)
"""
SAID = {
    errno.EIO: "reports an error (input/output error)",
    errno.ENOSPC: "No room left on the disk",
    errno.EACCES: "may not be written",
    errno.EROFS: "may not be written",
}


@pytest.fixture(scope="module")
def failing_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes writes fail."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and a C compiler")
    built = tmp_path_factory.mktemp("failing") / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(built), str(source), "-ldl"], check=True)
    return built


@pytest.mark.parametrize("after", [0, 7, 23])
@pytest.mark.parametrize("code", SAID, ids=errno.errorcode.get)
def test_nothing_is_lost_and_it_is_told(failing_disk, library, tmp_path, code, after):
    folder = (tmp_path / "photos").resolve()
    for number in range(10):
        paint(folder / f"{number}.png", f"rgb({number},0,0)")
    library.index([folder], ColourEncoder())
    before = {id_: path for id_, _, path in Index.open(library.uri).photos.places()}
    for number in range(10, 40):
        paint(folder / f"{number}.png", f"rgb({number},0,0)")
    (folder / "broken.gif").write_bytes(b"broken")

    environment = {"LD_PRELOAD": str(failing_disk), "FAIL_WITH": str(code), "FAIL_AFTER": str(after)}
    failed = subprocess.run(
        [sys.executable, "-c", PROGRAM, library.uri, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert SAID[code] in failed.stdout, failed.stdout + failed.stderr
    assert failed.stdout.count("\n") == 1
    assert "Traceback" not in failed.stderr

    kept = {id_: path for id_, _, path in Index.open(library.uri).photos.places()}
    assert kept.items() >= before.items()
    assert library.verify() == []
    report = Library.open(library.uri).index([folder], ColourEncoder())
    assert (report.added, report.unchanged, report.skipped) == (40 - len(kept), len(kept), 1)
    after_all = {id_: path for id_, _, path in Index.open(library.uri).photos.places()}
    assert after_all.items() >= kept.items()
    assert sorted(after_all.values()) == sorted(f"{number}.png" for number in range(40))
