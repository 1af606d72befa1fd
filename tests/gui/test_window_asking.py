"""What is read in a process of its own, and what comes of it in the window."""

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lens import Library
from lens.comparison import Comparison
from lens.errors import IndexDamaged
from lens.evaluation.intervals import Share
from lens_gui.asking import Asking, tell
from lens_gui.library.reading import held_of, read
from lens_gui.models.reading import ModelRow, read_models, rows_of

MODULE = "lens_gui.models.reading"


def told(capsys: pytest.CaptureFixture[str], answer: object) -> dict[str, object]:
    """What another process would hear."""
    tell(lambda: answer)
    line: dict[str, object] = json.loads(capsys.readouterr().out)
    return line


def test_an_index_is_the_same_after_the_way(indexed: Library, capsys: pytest.CaptureFixture[str]) -> None:
    Path(indexed.folders()[0].folder, "broken.jpg").write_bytes(b"x")
    indexed.index([indexed.folders()[0].folder], "builtin")
    held = read(indexed.uri)
    assert held is not None
    assert len(held.skipped) == 1
    assert len(held.status.encoders) == 2
    assert held_of(told(capsys, held)["answer"]) == held  # type: ignore[arg-type]


def test_models_are_the_same_after_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    compared = Comparison("builtin", 200, 30.0, Share(0.7, 0.6, 0.8, 200), 0.1, None)
    rows = [*read_models(), ModelRow(read_models()[0].model, compared)]
    assert rows_of(told(capsys, rows)["answer"]) == rows  # type: ignore[arg-type]


def test_no_index_is_told_as_none(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, read(library.uri)) == {"answer": None}


def test_what_went_wrong_is_told_with_details(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        print("not for the window")
        raise IndexDamaged("It is damaged.")

    tell(fail)
    trouble = json.loads(capsys.readouterr().out)["trouble"]
    assert trouble["text"] == "It is damaged."
    assert "IndexDamaged" in trouble["details"]


def test_a_process_that_ends_without_an_answer(qtbot: QtBot) -> None:
    asking = Asking("lens_gui.no_such_module", make=list)
    with qtbot.waitSignal(asking.failed, timeout=120_000) as failed:
        asking.ask()
    [trouble] = failed.args or [None]
    assert "no_such_module" in trouble.details


def test_asked_twice_it_answers_once_with_what_is_so_then(qtbot: QtBot) -> None:
    asking, answers = Asking(MODULE, make=rows_of), []
    asking.answered.connect(answers.append)
    asking.ask()
    asking.ask()
    qtbot.waitUntil(lambda: bool(answers), timeout=120_000)
    qtbot.wait(200)
    assert len(answers) == 1


def test_a_closed_one_says_nothing(qtbot: QtBot) -> None:
    asking = Asking(MODULE, make=rows_of)
    with qtbot.assertNotEmitted(asking.answered, wait=300), qtbot.assertNotEmitted(asking.failed, wait=300):
        asking.ask()
        asking.close()
