"""Changing keys."""

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QKeySequenceEdit, QLabel, QPushButton

from lens_gui.notice import Notice
from lens_gui.section import Section
from lens_gui.shortcuts import KEYS, KeysTaken, Shortcuts
from lens_gui.table import Column, Rows, Table
from lens_gui.theme import STEP

__all__ = ["KeysSection"]

SEEN = 9  # rows


class KeysSection(Section):
    """What can be done by key, and by which; the chosen line can be changed below."""

    def __init__(self, shortcuts: Shortcuts) -> None:
        super().__init__("Keys")
        self._shortcuts = shortcuts
        self.rows = Rows[str](
            [
                Column("What it does", lambda name: KEYS[name].text, wide=True),
                Column("Where", lambda name: KEYS[name].where),
                Column("Keys", self._shown),
            ],
            self,
        )
        self.rows.show(list(KEYS))
        self.table = Table(self.rows, "Keys of the window", most=SEEN)
        self.conflict = Notice()
        self.reset_all = self.add_button("Reset all", "Have the keys that Lens came with")
        self.editor = QKeySequenceEdit()
        self.editor.setMaximumSequenceLength(1)
        self.editor.setAccessibleName("New keys")
        self.name = QLabel()
        self.none, self.reset = QPushButton("No key"), QPushButton("Reset")
        below = QHBoxLayout()
        below.setSpacing(STEP)
        below.addWidget(self.name, 1)
        for widget in (self.editor, self.none, self.reset):
            below.addWidget(widget)
        for part in (self.table, self.conflict):
            self.body.addWidget(part)
        self.body.addLayout(below)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._chosen())
        self.editor.editingFinished.connect(lambda: self._take(self.editor.keySequence()))
        self.none.clicked.connect(lambda: self._take(QKeySequence()))
        self.reset.clicked.connect(self._reset)
        self.reset_all.clicked.connect(self._reset_all)
        self.table.choose(0)

    def _shown(self, name: str) -> str:
        return self._shortcuts.keys(name).toString(QKeySequence.SequenceFormat.NativeText) or "–"

    def _chosen(self) -> None:
        name = self.table.chosen
        self.conflict.hide()
        if name:
            self.name.setText(f"{KEYS[name].text}: press the new keys")
            self.editor.blockSignals(True)
            self.editor.setKeySequence(self._shortcuts.keys(name))
            self.editor.blockSignals(False)

    def _take(self, keys: QKeySequence) -> None:
        name = self.table.chosen
        if name is None or keys == self._shortcuts.keys(name):
            return
        try:
            self._shortcuts.set_keys(name, keys)
        except KeysTaken as taken:
            self._chosen()
            self.conflict.tell(str(taken), "")
        else:
            self._show_again()

    def _reset(self) -> None:
        name = self.table.chosen
        try:
            if name:
                self._shortcuts.reset(name)
        except KeysTaken as taken:
            self.conflict.tell(str(taken), "")
        else:
            self._show_again()

    def _reset_all(self) -> None:
        self._shortcuts.reset_all()
        self._show_again()

    def _show_again(self) -> None:
        row = self.table.currentIndex().row()
        self.rows.show(list(KEYS))
        self.table.choose(row)
        self._chosen()
