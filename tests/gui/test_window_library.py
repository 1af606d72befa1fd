"""The library screen, and indexing from it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from lens import Library
from lens.indexing.report import Progress
from lens_gui.app import OneWindow
from lens_gui.progress import progress_text
from lens_gui.shortcuts import KEYS, Shortcuts
from lens_gui.window import Window
from lens_gui.work import Work

Open = Callable[[Library], Window]


def test_a_folder_is_indexed_from_the_empty_window(
    open_window: Open, library: Library, samples: Path, qtbot: QtBot
) -> None:
    window = open_window(library)
    qtbot.waitUntil(window.search.empty.isVisible)
    window.search.empty.wanted.emit(samples / "food")
    assert window.library.isVisible()
    with qtbot.waitSignal(window.library.changed, timeout=120_000):
        pass
    assert "added" in window.toast.text
    window.show_search()
    qtbot.waitUntil(lambda: window.search.results.rowCount() > 0)


def test_a_folder_that_is_not_there_is_said(library: Library, tmp_path: Path, qtbot: QtBot) -> None:
    work = Work()
    with qtbot.waitSignal(work.ended, timeout=120_000) as ended:
        assert work.start("index", library.uri, str(tmp_path / "nowhere"))
        assert not work.start("index", library.uri, str(tmp_path))  # one at a time
    [outcome] = ended.args or [None]
    assert outcome.failed and "nowhere" in outcome.text and "\n" not in outcome.text
    assert "FolderError" in outcome.details


def test_what_the_index_holds_is_shown(open_window: Open, indexed: Library, photos: Path, qtbot: QtBot) -> None:
    window = open_window(indexed)
    window.library.refresh()
    qtbot.waitUntil(lambda: "4 photos" in window.library.counts.text(), timeout=120_000)
    [folder] = window.library.folders.rows.rows
    assert (folder.folder, folder.photos, folder.there) == (photos, 4, True)
    assert not window.library.strip.isVisible()


@pytest.mark.parametrize(
    ("step", "seconds", "done", "text"),
    [
        (Progress(50, 1000, 0), 10.0, 50, "50 of 1,000 · 5 photos/s · 3 min 10 s left"),
        (Progress(990, 1000, 2), 10.0, 100, "990 of 1,000 · 10 photos/s · 1 s left · 2 skipped"),
        (Progress(1, 9, 0), 0.2, 1, "1 of 9"),
    ],
)
def test_progress_has_rate_and_time_left(step: Progress, seconds: float, done: int, text: str) -> None:
    assert progress_text(step, seconds, done) == text


def test_a_second_start_raises_the_window(open_window: Open, indexed: Library, qtbot: QtBot) -> None:
    first, second = OneWindow(indexed.uri), OneWindow(indexed.uri)
    assert first.is_first()
    window = open_window(indexed)
    first.raise_when_asked(window)
    window.hide()
    assert not second.is_first()
    qtbot.waitUntil(window.isVisible)
    first.close()
    assert second.is_first()  # nobody has it any more
    second.close()


def test_keys_can_be_changed_and_are_all_listed(settings: QSettings, qtbot: QtBot) -> None:
    settings.setValue("shortcuts/fit", "Ctrl+0")
    shortcuts = Shortcuts(settings)
    assert shortcuts.keys("fit").toString() == "Ctrl+0"
    assert shortcuts.tip("fit").endswith("(Ctrl+0)")
    for where in {key.where for key in KEYS.values()}:
        used = [shortcuts.keys(name).toString() for name, key in KEYS.items() if key.where in (where, "Everywhere")]
        assert len(set(used)) == len(used), where
