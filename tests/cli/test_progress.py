"""What is said of long work where no bar can be drawn."""

from types import SimpleNamespace

import lens_cli.console
from lens.indexing.report import Progress
from lens_cli.console import progress_bar


def test_lines_tell_a_speed_once_there_is_one(capsys, monkeypatch):
    monkeypatch.setattr(lens_cli.console, "SECONDS_BETWEEN_LINES", 0.0)
    clock = iter([0.0, 60.0, 70.0, 80.0, 90.0])  # the first photo came late
    monkeypatch.setattr(lens_cli.console, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with progress_bar(quiet=False) as report:
        report(Progress(20, 100, 0))
        report(Progress(40, 100, 1, "loss 0.500"))
        report(Progress(5, 25, 0))  # of something else
        report(Progress(15, 25, 0))
    assert capsys.readouterr().err.splitlines() == [
        "20 of 100 photos, 0 skipped",
        "40 of 100 photos, 2.0/s, 1 skipped, loss 0.500, 30 s left",
        "5 of 25 photos, 0 skipped",
        "15 of 25 photos, 1.0/s, 0 skipped, 10 s left",
    ]
