"""The model of every table, under Qt's own tester."""

from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from lens.comparison import Comparison
from lens.evaluation.intervals import Share
from lens.licences import UsedPackage
from lens.models.listing import listed
from lens.status import EncoderStatus, FolderStatus, SkippedPhoto
from lens_gui.library.encoders import Encoders
from lens_gui.library.folders import Folders
from lens_gui.library.skipped import SkippedSheet
from lens_gui.models.reading import ModelRow
from lens_gui.models.rows import model_rows
from lens_gui.preferences.about import LicencesSheet
from lens_gui.preferences.keys import KeysSection
from lens_gui.shortcuts import Shortcuts
from lens_gui.table import Column, Rows, Table

STRICT = QAbstractItemModelTester.FailureReportingMode.Fatal
COMPARED = Comparison("colour", 200, 41.5, Share(0.8, 0.7, 0.9, 200), 0.1, None)


def cells(rows: Rows) -> list[list[str]]:
    """What is shown, with every other role asked for too."""
    roles = [*Qt.ItemDataRole]
    shown = []
    for row in range(rows.rowCount()):
        line = [rows.index(row, column) for column in range(rows.columnCount())]
        for index in line:
            for role in roles:
                rows.data(index, role)
        shown.append([rows.data(index) for index in line])
    return shown


def test_rows_say_what_their_columns_say(qtbot: QtBot) -> None:
    rows = Rows[int]([Column("Number", str, right=True), Column("Twice", lambda row: str(2 * row), tip=lambda _: "")])
    QAbstractItemModelTester(rows, STRICT)
    assert cells(rows) == []
    rows.show([1, 2, 3])
    assert cells(rows) == [["1", "2"], ["2", "4"], ["3", "6"]]
    assert rows.headerData(1, Qt.Orientation.Horizontal) == "Twice"
    assert rows.headerData(0, Qt.Orientation.Vertical) is None
    assert rows.data(rows.index(0, 1), Qt.ItemDataRole.ToolTipRole) is None
    assert rows.data(rows.index(2, 1), Qt.ItemDataRole.AccessibleTextRole) == "Twice: 6"
    table = Table(rows, "Numbers", most=2)
    qtbot.addWidget(table)
    assert table.chosen is None
    table.choose(1)
    assert table.chosen == 2
    two = table.height()
    rows.show([1])
    assert table.chosen is None
    assert two - table.height() == table.verticalHeader().defaultSectionSize()
    rows.show(range(100))
    assert table.height() == two  # the rest is scrolled to


def test_every_table_of_the_window_is_sound(qtbot: QtBot, settings: QSettings, tmp_path: Path) -> None:
    folders, encoders, keys = Folders(), Encoders(), KeysSection(Shortcuts(settings))
    skipped = SkippedSheet([SkippedPhoto(tmp_path / "a.jpg", "truncated")], folders)
    licences = LicencesSheet([UsedPackage("x", "1", None)], folders)
    models = model_rows(folders)
    for widget in (folders, encoders, keys):
        qtbot.addWidget(widget)
    for rows in (folders.rows, encoders.rows, keys.rows, skipped.rows, licences.rows, models):
        QAbstractItemModelTester(rows, STRICT)

    folders.show_folders([FolderStatus(tmp_path, 3, 1, True), FolderStatus(tmp_path / "away", 1200, 0, False)])
    assert cells(folders.rows) == [
        [str(tmp_path), "", "1", "3"],
        [str(tmp_path / "away"), "Not there now: nothing is lost", "", "1,200"],
    ]
    held = [EncoderStatus("colour", "m", "1", 3, 5, True), EncoderStatus("other", "m", "1", 3, 2, False)]
    encoders.show_encoders(held, 5, ["colour", "builtin"], {"colour": COMPARED})
    assert cells(encoders.rows) == [
        ["colour", "Default", "5", "42", "80%", "–"],
        ["other", "", "2 of 5", "–", "–", "–"],
    ]
    assert [action.text() for action in encoders.menu.actions()] == ["builtin"]
    assert cells(skipped.rows) == [[str(tmp_path / "a.jpg"), "truncated"]]
    assert cells(licences.rows) == [["x", "1", "Not told by the package"]]
    models.show([ModelRow(model, None) for model in listed()])
    by_name = {line[0]: line for line in cells(models)}
    assert by_name["clip-b32"][1:] == ["", "MIT", "605 MB", "66.6 %", "–"]
    assert by_name["builtin"][1:4] == ["Installed", "Apache-2.0", "With Lens"]
    assert ["Search", "Everywhere", "/"] in cells(keys.rows)
