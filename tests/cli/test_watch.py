"""`lens index --watch` follows what happens to the folders, until it is interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lens import Library
from tests.fakes import paint

PROGRAM = """
import lens.models.loaded
from tests.fakes import ColourEncoder
lens.models.loaded.load = lambda name, **_: ColourEncoder("builtin")
from lens_cli.app import main
main()
"""
PATIENCE = 60  # seconds; a run starts some two seconds after the last change


class Watch:
    """A running `lens index --watch`."""

    def __init__(self, index: Path, folders: list[Path], *options: str) -> None:
        self._index = index
        self._log = index.parent / "watch.log"
        self._output = index.parent / "watch.jsonl"
        command = [sys.executable, "-c", PROGRAM, "index", *map(str, folders), "--watch", "--json", *options]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LENS_INDEX": str(index)}
        with self._log.open("w") as log, self._output.open("w") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=log, env=environment)

    @property
    def reports(self) -> list[dict[str, Any]]:
        """Of every run so far."""
        return [json.loads(line) for line in self._output.read_text().splitlines(keepends=True) if line[-1] == "\n"]

    @property
    def said(self) -> str:
        return self._log.read_text()

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, (self.reports, self.said)
            time.sleep(0.05)

    def runs(self, count: int) -> dict[str, Any]:
        """Wait for that many runs: the last report."""
        self.until(lambda: len(self.reports) >= count)
        return self.reports[count - 1]

    def total(self, what: str) -> int:
        return sum(report[what] for report in self.reports)

    def found(self) -> list[str]:
        from tests.fakes import ColourEncoder

        return sorted(
            match.path.name for match in Library(str(self._index)).search("red", 99, ColourEncoder("builtin"))
        )


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    started = []

    def start(*folders: Path, options: tuple[str, ...] = ()) -> Watch:
        started.append(Watch(tmp_path / "index", list(folders), *options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def test_new_changed_deleted_and_renamed(watching, photos):
    watch = watching(photos)
    assert watch.runs(1)["added"] == 4
    paint(photos / "pink.png", "pink")
    assert watch.runs(2)["added"] == 1
    paint(photos / "pink.png", "white")
    assert watch.runs(3)["changed"] == 1
    (photos / "pink.png").unlink()
    assert watch.runs(4)["missing"] == 1
    (photos / "trip").rename(photos / "voyage")
    assert watch.runs(5)["moved"] == 1
    paint(photos / "voyage" / "cyan.png", "cyan")  # in a folder that had another name when it began
    assert watch.runs(6)["added"] == 1
    assert watch.found() == ["blue.png", "cyan.png", "green.jpg", "orange.png", "red.png"]
    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait(PATIENCE) == 130
    assert watch.said.splitlines()[-1].startswith("lens: interrupted")
    assert "Traceback" not in watch.said


def test_a_burst_of_copies_ends_in_one_run(watching, photos):
    watch = watching(photos)
    watch.runs(1)
    for number in range(40):
        paint(photos / "new" / f"{number}.png", f"rgb({number},0,0)")
        time.sleep(0.05)
    assert watch.runs(2)["added"] == 40
    time.sleep(4)
    assert len(watch.reports) == 2


def test_what_is_no_photo_or_left_out_starts_no_run(watching, photos, tmp_path):
    watch = watching(tmp_path, options=("--exclude", "private"))  # the index lies in the folder as well
    watch.runs(1)
    time.sleep(3)
    runs = len(watch.reports)
    (photos / "notes.txt").write_text("no photo")
    paint(photos / ".hidden" / "red.png", "red")
    paint(photos / "private" / "red.png", "red")
    time.sleep(5)
    assert len(watch.reports) == runs
    paint(photos / "pink.png", "pink")
    assert watch.runs(runs + 1)["added"] == 1


def test_a_folder_that_vanishes_is_waited_for(watching, photos, tmp_path):
    other = paint(tmp_path / "other" / "black.png", "black").parent.resolve()
    watch = watching(photos, other)
    assert watch.runs(1)["added"] == 5
    photos.rename(tmp_path / "drive")
    watch.until(lambda: f"{photos} is empty or not there now" in watch.said)
    paint(other / "grey.png", "grey")
    watch.until(lambda: watch.total("added") == 6)
    photos.mkdir()  # a mount point with nothing mounted
    time.sleep(3)
    assert (watch.total("missing"), watch.said.count("not there now")) == (0, 1)
    photos.rmdir()
    paint(tmp_path / "drive" / "white.png", "white")
    (tmp_path / "drive").rename(photos)
    watch.until(lambda: watch.total("added") == 7)
    paint(photos / "pink.png", "pink")  # it is watched again
    watch.until(lambda: watch.total("added") == 8)
    assert watch.total("missing") == 0
    assert len(watch.found()) == 8


def test_a_folder_that_only_seems_to_be_there_does_not_keep_the_others_waiting(watching, photos, tmp_path):
    other = paint(tmp_path / "other" / "black.png", "black").parent.resolve()
    watch = watching(photos, other)
    assert watch.runs(1)["added"] == 5
    photos.rename(tmp_path / "drive")
    photos.mkdir()
    (photos / "not mounted.txt").write_text("what some put into a mount point")
    paint(other / "grey.png", "grey")
    watch.until(lambda: watch.total("added") == 6)
    watch.until(lambda: f"{photos} has no photos now, and 4 were indexed from it" in watch.said)
    assert watch.total("missing") == 0


def test_wrong_usage(watching, photos, tmp_path):
    for folder, options, status in (
        (photos, ("--dry-run",), 2),
        (photos, ("--strict",), 2),
        (tmp_path / "none", (), 1),
    ):
        assert watching(folder, options=options).process.wait(PATIENCE) == status
