"""The models of photos and of counts keep Qt's rules while what they hold changes."""

from pathlib import Path

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from lens.tagging.teaching import Attempt, Candidate
from lens_gui.compare.judged import Judged
from lens_gui.compare.matrix import Matrix
from lens_gui.curate.found import Found, Part, Piece
from lens_gui.curate.pieces import Pieces
from lens_gui.pictures import Pictures
from lens_gui.tasks import Tasks
from lens_gui.teach.questions import Questions

STRICT = QAbstractItemModelTester.FailureReportingMode.Fatal


def part(heading: str, *ids: str) -> Part:
    return Part(heading, ids, tuple(Piece(id_, Path(f"/{id_}.jpg"), id_ * 16, "0.5", "best") for id_ in ids))


def shown(model: QAbstractItemModel) -> list[list[str]]:
    cells = [[model.index(row, at) for at in range(model.columnCount())] for row in range(model.rowCount())]
    return [[str(cell.data(Qt.ItemDataRole.DisplayRole)) for cell in row] for row in cells]


def test_what_was_found_replaces_what_was_found_before(qtbot: QtBot) -> None:
    tasks = Tasks(1)
    pieces = Pieces(Pictures(tasks), lambda _: False)
    tester = QAbstractItemModelTester(pieces, STRICT)
    pieces.hold(Found("", (part("one", "aa", "ab"), part("two", "ba", "bb", "bc"))), marked=True)
    assert pieces.rowCount() == 5
    assert [pieces.marks[row] for row in range(5)] == [True, False, True, False, False]
    pieces.turn([1])
    pieces.keep(3)
    assert pieces.kept_beside(4) == pieces.piece(3)
    pieces.hold(Found("", (part("other", "ca"),)), marked=False)
    assert (pieces.rowCount(), pieces.marks) == (1, {})
    pieces.hold(Found("", ()), marked=False)
    assert pieces.rowCount() == 0
    assert tester.model() is pieces
    tasks.close()


def test_questions_are_followed_by_others(qtbot: QtBot) -> None:
    tasks = Tasks(1)
    questions = Questions(Pictures(tasks), {"aa": True}.get)
    tester = QAbstractItemModelTester(questions, STRICT)
    photos = [Candidate(Path(f"/{id_}.jpg"), 0.5, id_, id_ * 16) for id_ in ("aa", "ab", "ac")]
    questions.ask(Attempt(None, tuple(photos[:2]), tuple(photos[2:]), ()))
    assert (questions.rowCount(), [*questions.open_rows()]) == (3, [1])
    questions.ask(Attempt(None, (), tuple(photos), ()))
    assert (questions.rowCount(), [*questions.open_rows()]) == (3, [])
    assert tester.model() is questions
    tasks.close()


def test_a_confusion_matrix_replaces_another(qtbot: QtBot) -> None:
    matrix = Matrix()
    tester = QAbstractItemModelTester(matrix, STRICT)
    matrix.show(Judged("a", "b", "", ("dog", "cat"), ("", ""), ((3, 1, 0), (0, 2, 1), (1, 0, 0))))
    assert (matrix.rowCount(), matrix.columnCount()) == (3, 3)
    assert (shown(matrix)[0][:2], matrix.count(1, 1), matrix.name(2)) == (["3", "1"], 2, None)
    matrix.show(Judged("a", "b", "", ("dog",), ("",), ((5, 0), (0, 0))))
    assert shown(matrix)[0][0] == "5"
    matrix.show(None)
    assert matrix.rowCount() == 0
    assert tester.model() is matrix
